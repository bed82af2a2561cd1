//! The virtual schema itself: what is there, what may be there, and what is not.

use std::collections::BTreeMap;
use std::sync::Arc;

use rpds::{RedBlackTreeMapSync, RedBlackTreeSetSync};

use super::log::Log;
use super::names::{fold, is_built_in};
use super::table::{Link, LinkKind, absent, answer};
use super::transaction::Transaction;
use super::{Dialect, DialectRules, Table, TableName, Touches, Truth, ViewQuery};

/// A database's schema. A clone is cheap, and changes by itself.
#[derive(Debug, Clone)]
pub struct Schema {
    /// What it goes by; names are compared as its database compares them.
    pub(super) rules: Arc<DialectRules>,
    tables: RedBlackTreeMapSync<TableName, Arc<Table>>,
    objects: RedBlackTreeMapSync<Thing, Arc<Object>>,
    /// Of each kind, whether nothing else may be there.
    pub(super) known: Known,
    /// Tables and what else is looked up, by what it is looked up by, and how often each says so.
    links: RedBlackTreeMapSync<Link, RedBlackTreeMapSync<TableName, usize>>,
    /// Names that foreign keys or views lead to and that no table has.
    dangling: RedBlackTreeSetSync<TableName>,
    /// What may be certain; all else is known not to be.
    certain: RedBlackTreeSetSync<Thing>,
    log: Log<Thing>,
    /// What was there at each savepoint that stands, the last one last; nothing where it is not known which do.
    pub(super) savepoints: Option<Vec<(Box<str>, Arc<Self>)>>,
    /// Whether any table has triggers or rules.
    pub(super) has_guards: bool,
    /// Tables that certainly have rows; nothing where a trigger may keep any from getting some.
    pub(super) filled: Option<RedBlackTreeSetSync<TableName>>,
    /// What is not committed yet.
    pub(super) transaction: Transaction,
}

/// The sorts of things that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum ObjectKind {
    Table,
    View,
    /// An enum type, or another one that columns have.
    Enum,
    Sequence,
    /// An index of a materialized view.
    Index,
    /// A table that goes with others.
    Child,
    /// A table or a view of the session's own, in front of what has its name.
    OfSession,
    /// A schema within the database.
    Namespace,
    /// An extension.
    Extension,
    /// An enum type for which this command has run `create_table` before: SQLAlchemy then leaves it alone.
    Made,
    /// An enum type that was there and is not any more.
    Dropped,
}

/// A thing by its kind and name.
pub(super) type Thing = (ObjectKind, TableName);

/// Something that is no table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Object {
    /// Its name as it was written.
    pub(super) name: TableName,
    pub(super) certain: bool,
    pub(super) detail: Detail,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Detail {
    Nothing,
    View(ViewQuery),
    Enum {
        values: Option<Vec<Box<str>>>,
    },
    /// A type of rows.
    Composite,
    /// The table with which a sequence goes.
    Sequence {
        owner: Option<TableName>,
    },
    /// The tables with which a table goes, and whether it is a partition.
    Child {
        parents: Vec<TableName>,
        is_partition: bool,
    },
    /// The materialized view that an index belongs to.
    Index {
        view: TableName,
    },
}

/// Of each kind, whether nothing else may be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one for each kind")]
pub(super) struct Known {
    pub(super) tables: bool,
    pub(super) enums: bool,
    /// Views and their indexes, sequences, schemas.
    pub(super) others: bool,
    pub(super) extensions: bool,
    pub(super) made: bool,
    /// Casts, operators and their classes are those that PostgreSQL has by itself.
    pub(super) casts: bool,
}

impl Object {
    /// Whether it is a view of the session's own.
    fn is_of_session(&self) -> bool {
        matches!(&self.detail, Detail::View(query) if query.temporary)
    }
}

impl Known {
    fn all(known: bool) -> Self {
        Self { tables: known, enums: known, others: known, extensions: known, made: known, casts: known }
    }

    fn of(self, kind: ObjectKind) -> bool {
        match kind {
            ObjectKind::Table => self.tables,
            ObjectKind::Enum => self.enums,
            ObjectKind::View
            | ObjectKind::Sequence
            | ObjectKind::Index
            | ObjectKind::Child
            | ObjectKind::OfSession
            | ObjectKind::Dropped
            | ObjectKind::Namespace => self.others,
            ObjectKind::Extension => self.extensions,
            ObjectKind::Made => self.made,
        }
    }

    pub(super) fn both(self, other: Self) -> Self {
        Self {
            tables: self.tables && other.tables,
            enums: self.enums && other.enums,
            others: self.others && other.others,
            extensions: self.extensions && other.extensions,
            made: self.made && other.made,
            casts: self.casts && other.casts,
        }
    }
}

impl PartialEq for Schema {
    /// Whether the same is there; how it came about, and by which rules, does not matter.
    fn eq(&self, other: &Self) -> bool {
        self.tables == other.tables && self.objects == other.objects && self.known == other.known
    }
}

impl Schema {
    /// An empty database that goes by these rules.
    pub fn empty(rules: impl Into<Arc<DialectRules>>) -> Self {
        Self {
            rules: rules.into(),
            tables: RedBlackTreeMapSync::new_sync(),
            objects: RedBlackTreeMapSync::new_sync(),
            known: Known::all(true),
            links: RedBlackTreeMapSync::new_sync(),
            dangling: RedBlackTreeSetSync::new_sync(),
            certain: RedBlackTreeSetSync::new_sync(),
            log: Log::default(),
            savepoints: Some(Vec::new()),
            has_guards: false,
            filled: Some(RedBlackTreeSetSync::new_sync()),
            transaction: Transaction::new(),
        }
    }

    /// A database of which nothing is known: anything may be there.
    pub fn unknown(rules: impl Into<Arc<DialectRules>>) -> Self {
        Self { known: Known::all(false), ..Self::empty(rules) }
    }

    /// From now on it goes by other rules of the same database.
    pub fn go_by(&mut self, rules: impl Into<Arc<DialectRules>>) {
        self.rules = rules.into();
    }

    /// The rules that it goes by.
    pub fn rules(&self) -> &Arc<DialectRules> {
        &self.rules
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.rules.dialect
    }

    /// Whether a table is there.
    pub fn has_table(&self, table: &TableName) -> Truth {
        answer(self.table(table).map(|table| table.certain), self.known.tables)
    }

    /// Whether a column is there. A table that is not there has none.
    pub fn has_column(&self, table: &TableName, column: &str) -> Truth {
        self.within(table, |table| table.has_column(column, self.dialect()))
    }

    /// Whether a table has an index of that name; one that belongs to a constraint is none.
    pub fn has_index(&self, table: &TableName, name: &str) -> Truth {
        self.within(table, |table| table.has_index(name, self.dialect()))
    }

    /// Whether a table has a constraint of that name.
    pub fn has_constraint(&self, table: &TableName, name: &str) -> Truth {
        self.within(table, |table| table.has_constraint(name, self.dialect()))
    }

    fn within(&self, table: &TableName, has: impl FnOnce(&Table) -> Truth) -> Truth {
        // In a table that may be there, there may be anything that it would have.
        let is_there =
            if self.table(table).is_some_and(|table| table.certain) { Truth::Yes } else { Truth::Maybe };
        match self.table(table) {
            Some(table) => has(table).and(is_there),
            None => absent(self.known.tables),
        }
    }

    /// Whether an enum type is there.
    pub fn has_enum(&self, name: &TableName) -> Truth {
        self.has(ObjectKind::Enum, name)
    }

    /// Whether there is certainly neither a table nor a view of that name, nor one that is there by itself.
    pub fn lacks_relation(&self, name: &TableName) -> bool {
        !is_built_in(self.dialect(), name) && self.has_table(name).or(self.has_view(name)).is_no()
    }

    /// Whether a view is there.
    pub fn has_view(&self, name: &TableName) -> Truth {
        self.has(ObjectKind::View, name)
    }

    /// Whether a view of the session's own has that name.
    pub(super) fn has_view_of_session(&self, name: &TableName) -> bool {
        self.object(ObjectKind::View, name).is_some_and(|object| object.is_of_session())
    }

    /// Whether a table or a view of the session's own has that name, or may have it.
    pub(super) fn is_of_session(&self, name: &TableName) -> bool {
        self.object(ObjectKind::OfSession, name).is_some()
    }

    /// Whether a sequence is there. PostgreSQL makes some by itself, `table_column_seq`: those may always be there.
    pub fn has_sequence(&self, name: &TableName) -> Truth {
        let may_be_made = if name.name.ends_with("_seq") { Truth::Maybe } else { Truth::No };
        self.has(ObjectKind::Sequence, name).or(may_be_made)
    }

    pub(super) fn has(&self, kind: ObjectKind, name: &TableName) -> Truth {
        // A view of the session is there, and stands in nobody's way.
        let found = self.object(kind, name).map(|object| object.certain && !object.is_of_session());
        answer(found, self.known.of(kind))
    }

    /// The table, if it is there or may be there with something in it.
    pub fn table(&self, table: &TableName) -> Option<&Table> {
        self.tables.get(&self.fold(table)).map(AsRef::as_ref)
    }

    /// The tables that are there or may be there, sorted. A name is as the database compares it; the table knows how it
    /// was written.
    pub fn tables(&self) -> impl Iterator<Item = (&TableName, &Table)> {
        self.tables.iter().map(|(name, table)| (name, table.as_ref()))
    }

    /// The enum types that are there or may be there, sorted, and whether each is certain.
    pub fn enums(&self) -> impl Iterator<Item = (&TableName, bool)> {
        self.objects_of(ObjectKind::Enum).map(|object| (&object.name, object.certain))
    }

    /// The views that are there or may be there, sorted, and whether each is certain.
    pub fn views(&self) -> impl Iterator<Item = (&TableName, bool)> {
        self.objects_of(ObjectKind::View)
            .map(|object| (&object.name, object.certain && !object.is_of_session()))
    }

    /// Whether no other table may be there.
    pub fn tables_are_known(&self) -> bool {
        self.known.tables
    }

    /// Another command of Alembic's begins: SQLAlchemy forgets for which enum types it has run `create_table`.
    pub fn begin_command(&mut self) {
        let made: Vec<_> = self.objects_of(ObjectKind::Made).map(|object| object.name.clone()).collect();
        for name in made {
            self.put_object(ObjectKind::Made, &name, None);
        }
        self.known.made = true;
        self.commit(true);
    }

    /// What something that is not understood could touch may be another way from now on.
    pub fn taint(&mut self, touches: &Touches) {
        match touches {
            Touches::Nothing => {}
            Touches::Everything => {
                // Each thing is made certain before it can be tainted again, so this costs no more than that did.
                let certain = std::mem::replace(&mut self.certain, RedBlackTreeSetSync::new_sync());
                for (kind, name) in &certain {
                    if *kind == ObjectKind::Table {
                        self.edit(name, Table::make_uncertain);
                    } else {
                        self.doubt(*kind, name);
                    }
                }
                self.certain = RedBlackTreeSetSync::new_sync();
                self.known = Known::all(false);
                self.savepoints = None;
                self.transaction.doubt();
            }
            Touches::Enums => {
                let enums: Vec<_> = self.enums().map(|(name, _)| name.clone()).collect();
                for name in &enums {
                    self.doubt(ObjectKind::Enum, name);
                }
                self.known.enums = false;
                self.known.made = false;
            }
            Touches::Casts => self.known.casts = false,
            Touches::Table(table) => {
                self.edit(table, Table::make_contents_uncertain);
            }
            Touches::TableItself(table) => {
                if self.edit(table, Table::make_uncertain).is_none() {
                    self.put_table(table, Some(Table::assumed(table.clone(), self.dialect())));
                }
            }
            Touches::ConstraintsOf(table) => {
                self.edit(table, Table::make_constraints_uncertain);
            }
            Touches::Constraints => {
                let is_sure = |table: &Table| table.constraints_known || table.indexes_known;
                self.edit_each(is_sure, Table::make_constraints_uncertain);
            }
            Touches::Column(column) => {
                let dialect = self.dialect();
                let may_differ = |table: &Table| !table.has_column(column, dialect).is_maybe();
                self.edit_each(may_differ, |table| table.doubt_column(column, dialect));
            }
            Touches::NewTables => {
                // One that may not be there may come with other columns.
                self.edit_each(|table| !table.certain && table.columns_known, Table::make_uncertain);
                self.known =
                    Known { tables: false, enums: false, others: false, extensions: false, ..self.known };
            }
        }
    }

    /// Changes every table for which that makes a difference.
    fn edit_each(&mut self, differs: impl Fn(&Table) -> bool, change: impl Fn(&mut Table)) {
        let names: Vec<_> =
            self.tables().filter(|(_, table)| differs(table)).map(|(name, _)| name.clone()).collect();
        for name in &names {
            self.edit(name, &change);
        }
    }

    /// The name under which something is kept.
    pub fn fold(&self, name: &TableName) -> TableName {
        fold(self.dialect(), name)
    }

    /// The tables within a schema of the database, sorted.
    pub(super) fn tables_in(&self, schema: &str) -> impl Iterator<Item = TableName> {
        let first = self.fold(&TableName::new(Some(schema), ""));
        let schema = first.schema.clone();
        self.tables
            .range(first..)
            .take_while(move |(name, _)| name.schema == schema)
            .map(|(name, _)| name.clone())
    }

    /// Whether a table is named with its schema.
    pub fn names_schemas(&self) -> bool {
        self.tables.last().is_some_and(|(name, _)| name.schema.is_some())
    }

    /// The tables of that name in other schemas of the database.
    pub fn namesakes(&self, table: &TableName) -> Vec<TableName> {
        let own = self.fold(table);
        let in_schema = |schema| TableName { schema, name: own.name.clone() };
        let mut found = vec![in_schema(None)];
        let mut from = TableName { schema: Some("".into()), name: "".into() };
        // A schema at a time.
        while let Some((next, _)) = self.tables.range(from..).next() {
            found.push(in_schema(next.schema.clone()));
            let after = next.schema.as_deref().map(|schema| format!("{schema}\0").into());
            from = TableName { schema: after, name: "".into() };
        }
        found.retain(|name| *name != own && self.tables.contains_key(name));
        found
    }

    pub(super) fn shared_table(&self, key: &TableName) -> Option<&Arc<Table>> {
        self.tables.get(key)
    }

    pub(super) fn object(&self, kind: ObjectKind, name: &TableName) -> Option<&Arc<Object>> {
        self.objects.get(&(kind, self.fold(name)))
    }

    pub(super) fn objects_of(&self, kind: ObjectKind) -> impl Iterator<Item = &Object> {
        let first = (kind, TableName::plain(""));
        self.objects
            .range(first..)
            .take_while(move |((own, _), _)| *own == kind)
            .map(|(_, object)| object.as_ref())
    }

    /// What is looked up by this, sorted.
    pub(super) fn linked(&self, kind: LinkKind, name: &TableName) -> impl Iterator<Item = &TableName> {
        let found = self.links.get(&(kind, self.fold(name)));
        found.into_iter().flat_map(RedBlackTreeMapSync::keys)
    }

    /// Whether any foreign key or view leads to what is no table.
    pub(super) fn has_dangling_links(&self) -> bool {
        !self.dangling.is_empty()
    }

    /// Whether any table may have indexes that are not known.
    pub(super) fn has_open_indexes(&self) -> bool {
        !self.known.tables || self.linked(LinkKind::OpenIndexes, &TableName::plain("")).next().is_some()
    }

    /// Changes a table; nothing if there is none.
    pub(super) fn edit<R>(&mut self, name: &TableName, change: impl FnOnce(&mut Table) -> R) -> Option<R> {
        let dialect = self.dialect();
        let key = self.fold(name);
        let shared = self.tables.get_mut(&key)?;
        let before = Arc::clone(shared);
        let table = Arc::make_mut(shared);
        let result = change(table);
        let (gone, come) = table.links_since(Some(&before), dialect);
        self.relink(&key, gone, come);
        self.note((ObjectKind::Table, key));
        Some(result)
    }

    /// Puts a table in the place of what was there, or takes it away.
    pub(super) fn put_table(&mut self, name: &TableName, table: Option<Table>) {
        let key = self.fold(name);
        let dialect = self.dialect();
        let before = self.table(name);
        let (gone, come) = match &table {
            Some(table) => table.links_since(before, dialect),
            None => (before.map(|before| before.links(dialect)).unwrap_or_default(), Vec::new()),
        };
        match table {
            Some(table) => {
                self.tables.insert_mut(key.clone(), Arc::new(table));
                self.dangling.remove_mut(&key);
            }
            None => {
                self.tables.remove_mut(&key);
                self.filled.iter_mut().for_each(|filled| {
                    filled.remove_mut(&key);
                });
                if self.linked(LinkKind::Table, &key).next().is_some() {
                    self.dangling.insert_mut(key.clone());
                }
            }
        }
        self.relink(&key, gone, come);
        self.note((ObjectKind::Table, key));
    }

    /// Puts something that is no table in the place of what was there, or takes it away.
    pub(super) fn put_object(&mut self, kind: ObjectKind, name: &TableName, object: Option<Object>) {
        let thing = (kind, self.fold(name));
        let links = |object: Option<&Object>| -> Vec<Link> {
            match object.map(|object| &object.detail) {
                Some(Detail::View(query)) => {
                    query.reads.iter().map(|(read, _)| (LinkKind::Table, self.fold(read))).collect()
                }
                Some(Detail::Child { parents, .. }) => {
                    parents.iter().map(|parent| (LinkKind::Parent, self.fold(parent))).collect()
                }
                _ => Vec::new(),
            }
        };
        let before = links(self.objects.get(&thing).map(AsRef::as_ref));
        let after = links(object.as_ref());
        match object {
            Some(object) => self.objects.insert_mut(thing.clone(), Arc::new(object)),
            None => {
                self.objects.remove_mut(&thing);
            }
        }
        self.relink(&thing.1, before, after);
        self.note(thing);
    }

    /// Something that is no table is certain no longer.
    pub(super) fn doubt(&mut self, kind: ObjectKind, name: &TableName) {
        if let Some(object) = self.object(kind, name).filter(|object| object.certain) {
            let object = Object { certain: false, ..object.as_ref().clone() };
            self.put_object(kind, name, Some(object));
        }
    }

    /// Something is looked up by some things less often, and by others more often.
    fn relink(&mut self, key: &TableName, gone: Vec<Link>, come: Vec<Link>) {
        let mut changes: BTreeMap<Link, (usize, usize)> = BTreeMap::new();
        gone.into_iter().for_each(|link| changes.entry(link).or_default().0 += 1);
        come.into_iter().for_each(|link| changes.entry(link).or_default().1 += 1);
        for (link, (gone, come)) in changes.into_iter().filter(|(_, (gone, come))| gone != come) {
            let is_new = self.links.get(&link).is_none();
            let before = self.links.get(&link).and_then(|users| users.get(key)).copied().unwrap_or_default();
            let now = (before + come).saturating_sub(gone);
            if is_new {
                self.links.insert_mut(link.clone(), RedBlackTreeMapSync::new_sync());
            }
            let Some(users) = self.links.get_mut(&link) else { continue };
            if now > 0 {
                users.insert_mut(key.clone(), now);
            } else {
                users.remove_mut(key);
            }
            if users.is_empty() {
                self.links.remove_mut(&link);
                if link.0 == LinkKind::Table {
                    self.dangling.remove_mut(&link.1);
                }
            } else if is_new && link.0 == LinkKind::Table && !self.tables.contains_key(&link.1) {
                self.dangling.insert_mut(link.1);
            }
        }
    }

    fn note(&mut self, thing: Thing) {
        self.certain.insert_mut(thing.clone());
        self.log.push(thing);
    }

    /// How many changes have to be looked at to join both.
    pub fn n_apart(&self, other: &Self) -> usize {
        self.log.n_apart(&other.log)
    }

    /// What may be another way here than there, sorted.
    pub(super) fn apart(&self, other: &Self) -> Vec<Thing> {
        self.log.apart(&other.log)
    }
}
