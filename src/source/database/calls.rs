//! What a parameter or a field is given where its function or class is called: what it holds there, and whether its default
//! ever counts.

use super::values::{Beginning, Here, Values};
use crate::ingest::TreePath;
use crate::source::imports::imports_of;
use crate::source::models::is_project_code;
use crate::source::modules::Meant;
use crate::source::program::{
    Argument, Class, Expression, ExpressionKind, Function, Node, ParameterKind, Program, Statement,
    StatementKind,
};
use crate::source::reach::{imported, inner};
use crate::text::contains;

/// What all calls together give one parameter.
#[derive(Default)]
pub(super) struct Given {
    /// How the values may begin.
    begun: Vec<Beginning>,
    /// How many calls there are, and how many of them give a value.
    calls: usize,
    giving: usize,
    /// Whether one hands over what may hold a value for it (`*args`, `**settings`), or gives one that nothing is known of.
    is_open: bool,
}

impl Given {
    /// Whether it is never called by its name.
    pub(super) fn is_never_called(&self) -> bool {
        self.calls == 0
    }

    /// What it is given, and what it has otherwise where some call gives nothing. Several that something chooses between are
    /// defaults all.
    pub(super) fn or(self, default: Vec<Beginning>) -> Vec<Beginning> {
        let all_give = self.calls > 0 && self.giving == self.calls;
        let is_chosen = self.is_open || !all_give && self.giving > 0;
        let default = if all_give { Vec::new() } else { default };
        let mut both: Vec<_> = self.begun.into_iter().chain(default).collect();
        both.iter_mut().for_each(|text| text.is_default |= is_chosen);
        both
    }
}

/// A class whose constructor takes its fields.
pub(super) fn is_record(class: &Class) -> bool {
    let made = |decorator: &Expression| {
        let decorator = match &decorator.kind {
            ExpressionKind::Call { function, .. } => function,
            _ => decorator,
        };
        matches!(decorator.last_name(), Some("dataclass" | "define" | "frozen" | "mutable" | "attrs" | "s"))
    };
    let based = |base: &Expression| {
        base.last_name().is_some_and(|name| {
            matches!(name, "BaseModel" | "NamedTuple" | "Struct") || name.ends_with("Settings")
        })
    };
    class.decorators.iter().any(made) || class.bases().any(based)
}

/// The place of a field among the arguments of a record's constructor.
pub(super) fn place_of_field(class: &Class, name: &str) -> Option<usize> {
    let fields = class.body.iter().filter_map(|statement| match &statement.kind {
        StatementKind::Declare(target) => Some(&**target),
        StatementKind::Assign { targets, .. } => targets.first(),
        _ => None,
    });
    fields.filter(|target| matches!(target.kind, ExpressionKind::Name(_))).position(|own| own.is_dotted(name))
}

/// What a field has where nothing is given, where its value says no more than that: `field(default=…)`, `Field(…)`.
pub(super) fn default_of_field(value: &Expression) -> Option<&Expression> {
    let ExpressionKind::Call { function, arguments } = &value.kind else { return None };
    if !matches!(function.last_name(), Some("Field" | "field" | "ib" | "attrib")) {
        return None;
    }
    arguments.iter().find_map(|argument| match argument {
        Argument::Positional(value) => Some(value),
        Argument::Named(name, value) if matches!(&**name, "default" | "default_factory") => Some(value),
        _ => None,
    })
}

impl Values<'_> {
    /// What a parameter of a function is given; nothing where it has no such parameter.
    pub(super) fn given_to_parameter(
        &self,
        function: &Function,
        name: &str,
        here: Here<'_>,
        depth: u8,
    ) -> Option<Given> {
        let is_it = |kind| matches!(kind, ParameterKind::Plain | ParameterKind::Named);
        let mut parameters = function.parameters.iter();
        let place = parameters.position(|own| &*own.name == name && is_it(own.kind))?;
        let is_bound = function.parameters.first().is_some_and(|own| matches!(&*own.name, "self" | "cls"));
        let callee = match &*function.name {
            "__init__" => &*class_of(function, here.program)?.name,
            "" => return None,
            name => name,
        };
        Some(self.given(callee, name, place.checked_sub(usize::from(is_bound)), here.path, depth))
    }

    /// What the calls of a function or class of a module give one parameter, by name or by place: those in the module itself,
    /// and in those of the project that import it.
    pub(super) fn given(
        &self,
        callee: &str,
        name: &str,
        place: Option<usize>,
        path: &TreePath,
        depth: u8,
    ) -> Given {
        let mut given = Given::default();
        // Going through all files is dear.
        if !self.spend(SEARCH) {
            return given;
        }
        for (file, source) in self.files.tree().iter() {
            let counts = file == path || is_project_code(file) || file.file_name() == "env.py";
            if !counts || !contains(source, callee) {
                continue;
            }
            let Some(parsed) = self.files.parsed(file) else { continue };
            let program = &parsed.program;
            let known = if file == path { Known::ALL } else { self.known_as(callee, program, file, path) };
            for (is_name, arguments, function) in calls_in(program, callee) {
                if !(if is_name { known.by_name } else { known.in_module }) {
                    continue;
                }
                given.calls += 1;
                let is_loose =
                    |argument: &Argument| matches!(argument, Argument::Rest(_) | Argument::Keywords(_));
                match argument(arguments, name, place) {
                    Some(value) => {
                        let begun = self.begins(value, Here { path: file, program, function }, depth);
                        given.giving += 1;
                        given.is_open |= begun.is_empty();
                        given.begun.extend(begun);
                    }
                    None => given.is_open |= arguments.iter().any(is_loose),
                }
            }
        }
        given
    }

    /// How a module that imports another may call something of it.
    fn known_as(&self, callee: &str, program: &Program, file: &TreePath, path: &TreePath) -> Known {
        let mut known = Known { by_name: false, in_module: false };
        let meant = |module: &str| imported(self.files, module, file, self.first);
        let leads = |module: &str| matches!(meant(module), Meant::File(found) if found == path);
        program.walk(|node| {
            if let Node::Statement(statement) = node {
                for import in imports_of(statement) {
                    // A module beside may hand it on.
                    known.by_name |=
                        import.name == Some(callee) && matches!(meant(import.module), Meant::File(_));
                    known.in_module |= leads(import.module)
                        || import.name.is_some_and(|name| leads(&inner(import.module, name)));
                }
            }
            true
        });
        known
    }
}

/// How something of a module is called.
#[derive(Clone, Copy)]
struct Known {
    /// By its name: `Settings(…)`.
    by_name: bool,
    /// As one of the module's: `config.Settings(…)`.
    in_module: bool,
}

impl Known {
    /// In the module itself.
    const ALL: Self = Self { by_name: true, in_module: true };
}

/// What a search through all files costs, in expressions.
const SEARCH: u32 = 400;

/// The class that a method stands in.
fn class_of<'p>(method: &Function, program: &'p Program) -> Option<&'p Class> {
    let mut found = None;
    program.walk(|node| {
        if let Node::Statement(Statement { kind: StatementKind::Class(class), .. }) = node {
            let is_it = |statement: &Statement| {
                matches!(&statement.kind, StatementKind::Function(own) if own.range == method.range)
            };
            if class.body.iter().any(is_it) {
                found = Some(&**class);
            }
        }
        found.is_none()
    });
    found
}

/// The argument of that name or place.
fn argument<'p>(arguments: &'p [Argument], name: &str, place: Option<usize>) -> Option<&'p Expression> {
    let by_name = arguments.iter().find_map(|argument| match argument {
        Argument::Named(own, value) if **own == *name => Some(value),
        _ => None,
    });
    by_name.or_else(|| {
        let before = arguments.get(..=place?)?;
        let is_plain = |argument: &Argument| matches!(argument, Argument::Positional(_));
        before.iter().all(is_plain).then(|| before.last().map(Argument::value))?
    })
}

/// A call: whether it is of a bare name, its arguments, and the function around it.
type Call<'p> = (bool, &'p [Argument], Option<&'p Function>);

/// The calls by a name in a module.
fn calls_in<'p>(program: &'p Program, callee: &str) -> Vec<Call<'p>> {
    let mut found: Vec<Call<'_>> = Vec::new();
    let mut open: Vec<(&[Statement], Option<&Function>)> = vec![(&program.body, None)];
    while let Some((block, around)) = open.pop() {
        for statement in block {
            Node::Statement(statement).walk(|node| {
                if let Some(inner) = node.function() {
                    open.push((&inner.body, Some(inner)));
                    return false;
                }
                if let Node::Expression(Expression {
                    kind: ExpressionKind::Call { function, arguments }, ..
                }) = node
                    && function.last_name() == Some(callee)
                {
                    found.push((matches!(function.kind, ExpressionKind::Name(_)), arguments, around));
                }
                true
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::tests::database;

    /// What is known of a project whose settings stand in `app/config.py`: the database, `?` where SQLite is no more than a
    /// default, nothing where nothing tells.
    fn told(env_py: &str, config: &str) -> String {
        let files = [("app/__init__.py", ""), ("app/config.py", config)];
        let (name, evidence) = database(env_py, &files);
        match (name, evidence.first()) {
            (Some(name), Some(first)) if first.starts_with("certain") => name.to_owned(),
            (Some(name), _) => format!("{name}, likely"),
            (None, Some(_)) => "?".to_owned(),
            (None, None) => String::new(),
        }
    }

    const USES: &str = "from app.config import settings\ncreate_engine(settings.url)\n";
    const GIVEN: &str = "url='sqlite:///x.db'";

    #[test]
    fn what_a_constructor_is_given_wins_over_the_default_of_the_field() {
        let pydantic = "class S(BaseSettings):\n    url: str = 'postgresql://h/d'\n";
        let model = "class S(BaseModel):\n    url: str = Field(default='sqlite:///d.db')\n";
        let data = "@dataclass\nclass S:\n    n: int\n    url: str = field(default='sqlite:///d.db')\n";
        for (class, made, expected) in [
            (pydantic, format!("S({GIVEN})"), "sqlite"),
            (pydantic, "S()".to_owned(), "postgresql, likely"),
            (pydantic, "S(url=os.environ['URL'])".to_owned(), "postgresql, likely"),
            (pydantic, "S(**options)".to_owned(), "postgresql, likely"),
            (model, "S()".to_owned(), "sqlite"),
            (model, format!("S({GIVEN})"), "sqlite"),
            (model, "S(**options)".to_owned(), "?"),
            (model, "S.model_validate(options)".to_owned(), "?"),
            (data, "S(1)".to_owned(), "sqlite"),
            (data, "S(1, 'mysql://h/d')".to_owned(), "mysql"),
            (data, "S(1, make())".to_owned(), "?"),
            (data, "S(*options)".to_owned(), "?"),
            // Something chooses between the two.
            (data, format!("S(1) if x else S(1, {GIVEN})"), "?"),
        ] {
            let config = format!("{class}settings = {made}\n");
            assert_eq!(told(USES, &config), expected, "{config}");
        }
    }

    #[test]
    fn a_parameter_is_what_the_calls_give_it() {
        let init = "class S:\n    def __init__(self, url='sqlite:///d.db'):\n        self.url = url\n";
        for (made, expected) in [
            ("S()", "sqlite"),
            ("S('mysql://h/d')", "mysql"),
            ("S(url='mysql://h/d')", "mysql"),
            ("S(os.environ['URL'])", "?"),
            ("S(**options)", "?"),
        ] {
            assert_eq!(told(USES, &format!("{init}settings = {made}\n")), expected, "{made}");
        }
        let engine = "class D:\n    def __init__(self, dsn):\n        self.engine = create_engine(dsn)\n";
        let connects = "from app.config import db\nwith db.engine.connect() as c:\n    go_on(c)\n";
        assert_eq!(told(connects, &format!("{engine}db = D('sqlite:///x.db')\n")), "sqlite");
        let make = "def make(url='sqlite:///d.db'):\n    return create_engine(url)\n";
        for (made, expected) in [
            ("make()", "sqlite"),
            ("make('mysql://h/d')", "mysql"),
            ("make(os.environ['URL'])", ""),
            ("make(os.getenv('URL', 'mysql://h/d'))", "mysql, likely"),
            // What nobody calls here is called by somebody else.
            ("other()", "sqlite"),
        ] {
            assert_eq!(told(&format!("{make}engine = {made}\n"), ""), expected, "{made}");
        }
    }

    #[test]
    fn calls_count_where_the_class_is_imported() {
        let class = "class S(BaseSettings):\n    url: str = 'postgresql://h/d'\n";
        for import in ["from app.config import S", "from app import config", "import app.config"] {
            let made = match import.rsplit(' ').next() {
                Some("S") => "S",
                Some("config") => "config.S",
                _ => "app.config.S",
            };
            let env_py = format!("{import}\nsettings = {made}({GIVEN})\ncreate_engine(settings.url)\n");
            assert_eq!(told(&env_py, class), "sqlite", "{import}");
        }
        // Another of the name is another one.
        let env_py = format!("from lib import S\nS({GIVEN})\n{USES}");
        assert_eq!(told(&env_py, &format!("{class}settings = S()\n")), "postgresql, likely");
    }
}
