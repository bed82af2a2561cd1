//! What certainly has a table on a base: classes that stand on it, through others of the project too, and tables that are
//! handed its metadata.

use std::collections::BTreeMap;

use super::file::{File, Kind, ModelClass};
use super::naming::{Described, Key, Naming};
use super::{Base, Holders, Model};
use crate::source::PythonFiles;
use crate::source::modules::Meant;
use crate::source::reach::imported;

/// The models of a base, in order of files.
pub(super) fn of(python: &PythonFiles<'_>, files: &[File], base: &Base, holders: &Holders) -> Vec<Model> {
    let mut by_name: BTreeMap<&str, Vec<(usize, usize)>> = BTreeMap::new();
    for (at, file) in files.iter().enumerate() {
        for (of, class) in file.classes.iter().enumerate() {
            by_name.entry(&class.name).or_default().push((at, of));
        }
    }
    let mut descent = Descent { python, files, base, by_name, standing: BTreeMap::new() };
    while descent.grow() {}
    let mut models = descent.classes();
    for file in files {
        for table in &file.tables {
            let object = match base.kind {
                Kind::MetaData => Some(table.metadata.as_str()).filter(|dotted| !holders.hold(file, dotted)),
                _ => table.metadata.strip_suffix(".metadata"),
            };
            let is_its = object.is_some_and(|object| descent.is_base(file, object));
            if let Some(name) = table.name.clone().filter(|_| is_its) {
                models.push(model(file, name.clone(), Some(name)));
            }
        }
    }
    models.sort();
    models.dedup();
    models
}

/// The classes that stand on a base, as far as they are found.
struct Descent<'f> {
    python: &'f PythonFiles<'f>,
    files: &'f [File],
    base: &'f Base,
    /// The classes of a name, by the places of file and class.
    by_name: BTreeMap<&'f str, Vec<(usize, usize)>>,
    /// By the same places.
    standing: BTreeMap<(usize, usize), Standing>,
}

/// What a class hands on to its heirs.
#[derive(Debug, Clone, Copy, Default)]
struct Standing {
    /// It works the names of their tables out.
    names_tables: bool,
    /// It has a table, which they share.
    is_table: bool,
}

impl Descent<'_> {
    /// Finds more classes; whether there are any.
    fn grow(&mut self) -> bool {
        let found = &self.base.found;
        let mut more = Vec::new();
        for (at, file) in self.files.iter().enumerate() {
            for (of, class) in file.classes.iter().enumerate() {
                let is_known = self.standing.contains_key(&(at, of));
                if is_known || class.name == found.name && file.module == found.module {
                    continue;
                }
                if let Some(above) = self.above(file, class) {
                    let is_own = class.has_table || self.base.kind == Kind::Flask && !class.is_abstract;
                    let names_tables = above.names_tables || class.names_tables;
                    more.push(((at, of), Standing { names_tables, is_table: above.is_table || is_own }));
                }
            }
        }
        let is_more = !more.is_empty();
        self.standing.extend(more);
        is_more
    }

    /// What a class inherits, if it stands on the base.
    fn above(&self, file: &File, class: &ModelClass) -> Option<Standing> {
        let mut above: Option<Standing> = None;
        if class.owns_metadata {
            return above;
        }
        for text in &class.bases {
            let object = match self.base.kind {
                Kind::Flask => text.strip_suffix(".Model"),
                _ => Some(text.as_str()),
            };
            if object.is_some_and(|object| self.is_base(file, object)) {
                above.get_or_insert_default();
            }
            let name = last(text);
            for (at, standing) in self.called(name) {
                let is_alone = self.by_name[name].len() == 1;
                if file.means(text, &self.files[at].module, name, is_alone) {
                    let above = above.get_or_insert_default();
                    above.names_tables |= standing.names_tables;
                    above.is_table |= standing.is_table;
                }
            }
        }
        above
    }

    /// The classes of a name that stand on the base, each with the place of its file.
    fn called(&self, name: &str) -> impl Iterator<Item = (usize, Standing)> {
        let places = self.by_name.get(name).into_iter().flatten();
        places.filter_map(|place| Some((place.0, *self.standing.get(place)?)))
    }

    /// Whether a name of a file is the base, and comes from the project itself where it is imported.
    fn is_base(&self, file: &File, object: &str) -> bool {
        let found = &self.base.found;
        let first = object.split('.').next().unwrap_or(object);
        let import = file.imports.iter().find(|(_, _, bound)| bound == first);
        let is_own = |module: &str| imported(self.python, module, &file.path, &[]) != Meant::Elsewhere;
        file.means(object, &found.module, &found.name, found.is_alone)
            && (self.base.kind == Kind::SqlModel || import.is_none_or(|(module, _, _)| is_own(module)))
    }

    fn classes(&self) -> Vec<Model> {
        let found = &self.base.found;
        let own = self.files.iter().filter(|file| file.module == found.module).flat_map(|file| &file.classes);
        let names_tables = own.filter(|class| class.name == found.name).any(|class| class.names_tables);
        let mut models = Vec::new();
        for (&(at, of), standing) in &self.standing {
            let (file, class) = (&self.files[at], &self.files[at].classes[of]);
            let described = Described {
                is_abstract: class.is_abstract,
                says_table: class.has_table,
                base_names: self.base.kind == Kind::Flask,
                stands_on_table: self.stands_on_table(class),
                key: if class.has_key { Key::Own } else { Key::Perhaps },
            };
            let is_computed = self.base.kind == Kind::Base && (standing.names_tables || names_tables);
            let table = match described.naming(&class.name) {
                Naming::Itself => class.table.clone(),
                Naming::Base(name) => Some(name),
                Naming::NoTable if is_computed && described.has_own_if_computed() => None,
                Naming::NoTable => continue,
            };
            models.push(model(file, class.name.clone(), table));
        }
        models
    }

    /// Whether a class inherits from a model, whose table it shares unless it has a key of its own.
    fn stands_on_table(&self, class: &ModelClass) -> bool {
        class.bases.iter().any(|text| self.called(last(text)).any(|(_, standing)| standing.is_table))
    }
}

fn last(dotted: &str) -> &str {
    dotted.rsplit('.').next().unwrap_or(dotted)
}

fn model(file: &File, name: String, table: Option<String>) -> Model {
    Model { path: file.path.clone(), module: file.module.clone(), root: file.root.clone(), table, name }
}

#[cfg(test)]
mod tests {
    use crate::ingest::{SourceTree, TreePath};
    use crate::source::{PythonFiles, find_models};

    /// The models of the first base, as `name: table`.
    fn models(files: &[(&str, &str)]) -> Vec<String> {
        let mut tree = SourceTree::default();
        for (path, text) in files {
            tree.insert(TreePath::parse(path).expect("relative"), text.as_bytes().to_vec());
        }
        let bases = find_models(&PythonFiles::of(&tree));
        let models = bases.into_iter().next().map(|base| base.models).unwrap_or_default();
        models
            .into_iter()
            .map(|model| format!("{}: {}", model.name, model.table.unwrap_or_default()))
            .collect()
    }

    const BASE: (&str, &str) = ("app/base.py", "class Base(DeclarativeBase):\n    pass\n");

    #[test]
    fn classes_are_followed_through_mixins_and_abstract_ones() {
        let more = (
            "app/more.py",
            "from app.base import Base\nclass Timed(Base):\n    __abstract__ = True\nclass Mixin:\n    pass\n",
        );
        let user = (
            "app/user.py",
            "from app.more import Mixin, Timed\nclass User(Mixin, Timed):\n    __tablename__ = 'users'\n\
             class Admin(User):\n    pass\nclass Note(Mixin):\n    pass\n",
        );
        assert_eq!(models(&[BASE, more, user]), ["User: users"]);
        let named = (
            "app/base.py",
            "class Base(DeclarativeBase):\n    @declared_attr\n    def __tablename__(cls):\n        return cls.__name__\n",
        );
        let plain =
            ("app/user.py", "from app.base import Base\nclass User(Base):\n    id = Column(Integer)\n");
        assert_eq!(models(&[named, plain]), ["User: "]);
        assert_eq!(models(&[BASE, plain]), Vec::<String>::new(), "it names no table");
    }

    #[test]
    fn every_library_s_own_way_is_known() {
        let flask = "db = SQLAlchemy()\nclass UserRole(db.Model):\n    id = 1\nclass HTTPLog(db.Model):\n    id = 1\n\
                     class Sub(UserRole):\n    pass\nclass A(db.Model):\n    __abstract__ = True\n\
                     class Own(UserRole):\n    id = db.Column(db.ForeignKey('user_role.id'), primary_key=True)\n";
        let own = ["HTTPLog: http_log", "Own: own", "UserRole: user_role"];
        assert_eq!(models(&[("app.py", flask)]), own);
        let sqlmodel = "from sqlmodel import SQLModel\nclass HeroBase(SQLModel):\n    name: str\n\
                        class Hero(HeroBase, table=True):\n    id: int\nclass HeroRead(HeroBase):\n    id: int\n";
        assert_eq!(models(&[("app.py", sqlmodel)]), ["Hero: hero"]);
        let tables = "metadata = MetaData()\nusers = Table('users', metadata, Column('id'))\n";
        assert_eq!(models(&[("app.py", tables)]), ["users: users"]);
        let mapped = "reg = registry()\n@reg.mapped\nclass User:\n    __tablename__ = 'users'\n\
                      links = Table('links', reg.metadata, Column('id'))\n";
        assert_eq!(models(&[("app.py", mapped)]), ["links: links", "User: users"]);
        let on_base = "Base = declarative_base()\nlinks = Table('links', Base.metadata, Column('id'))\n";
        assert_eq!(models(&[("app.py", on_base)]), ["links: links"]);
    }

    #[test]
    fn what_stands_on_another_base_is_not_counted() {
        let other =
            ("app/user.py", "from elsewhere import Base\nclass User(Base):\n    __tablename__ = 'users'\n");
        assert_eq!(models(&[BASE, other]), Vec::<String>::new());
    }
}
