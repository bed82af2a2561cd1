//! What reads or changes rows: which tables and columns it looks for.

use std::collections::{BTreeMap, BTreeSet};

use sqlparser::ast::{
    Assignment, AssignmentTarget, ConflictTarget, CopySource, Delete, Expr, FromTable, GroupByExpr, Insert,
    JoinConstraint, JoinOperator, ObjectName, OnConflictAction, OnInsert, Query, Select, SelectItem, SetExpr,
    Statement as Tree, TableFactor, TableObject, TableWithJoins, Update, UpdateTableFromKind,
};

use super::super::conditions::is_of_every_row;
use super::super::{Dialect, OnRows, TableName, Written};
use super::functions;
use super::names::Names;
use super::split::Statement;

/// Tables, each with columns that are certainly looked for there.
pub(super) type Found = Vec<(TableName, Vec<Box<str>>)>;

/// What a statement looks for, while it is read.
pub(super) struct Uses<'a> {
    /// How names are read.
    pub(super) names: Names<'a>,
    found: Found,
    /// Values that are written out.
    pub(super) constants: Vec<Written>,
    /// Names that queries give to tables of their own.
    own: BTreeSet<String>,
    /// Names of the select list, which may stand for columns.
    pub(super) aliases: BTreeSet<String>,
    /// Tables of the query that is being read, with the names that they have there.
    pub(super) scope: Vec<(Option<TableName>, Box<str>)>,
    /// Whether plain names belong to the scope for certain.
    pub(super) plain: bool,
}

impl<'a> Uses<'a> {
    fn new(names: Names<'a>) -> Self {
        Self {
            names,
            found: Vec::new(),
            constants: Vec::new(),
            own: BTreeSet::new(),
            aliases: BTreeSet::new(),
            scope: Vec::new(),
            plain: false,
        }
    }

    /// What a query looks for.
    pub(super) fn of_query(names: Names<'a>, query: &Query) -> Found {
        let mut uses = Self::new(names);
        uses.top(query);
        uses.finish()
    }

    /// What expressions look for in one table.
    pub(super) fn of_expressions(names: Names<'a>, table: &TableName, expressions: &[&Expr]) -> Found {
        let mut uses = Self::new(names);
        uses.scope = vec![(Some(table.clone()), table.name.clone())];
        uses.plain = true;
        for expr in expressions {
            uses.expr(expr, 0);
        }
        uses.finish()
    }

    /// What a statement looks for, with its verb and the values that it writes out; nothing if it does something else with
    /// the schema.
    pub(super) fn of(names: Names<'a>, tree: &Tree) -> Option<(&'static str, Found, Vec<Written>)> {
        let mut uses = Self::new(names);
        let verb = match tree {
            Tree::Query(query) => uses.any(query)?,
            Tree::Insert(insert) => {
                uses.insert(insert);
                "INSERT"
            }
            Tree::Update(update) => {
                uses.update(update);
                "UPDATE"
            }
            Tree::Delete(delete) => {
                uses.delete(delete);
                "DELETE"
            }
            Tree::Truncate(truncate) => {
                if !truncate.if_exists {
                    for target in &truncate.table_names {
                        uses.table(&target.name);
                    }
                }
                let cascades = truncate.cascade == Some(sqlparser::ast::CascadeOption::Cascade);
                if cascades { "TRUNCATE CASCADE" } else { "TRUNCATE" }
            }
            Tree::Copy { source, .. } => {
                match source {
                    CopySource::Table { table_name, columns } => {
                        let table = uses.table(table_name);
                        let columns: Vec<_> =
                            columns.iter().filter_map(|column| names.ident(column)).collect();
                        uses.columns(table.as_ref(), columns);
                    }
                    CopySource::Query(query) => uses.top(query),
                }
                "COPY"
            }
            Tree::Lock(lock) => {
                for target in &lock.tables {
                    uses.table(&target.name);
                }
                "LOCK"
            }
            Tree::Merge(merge) => {
                uses.factor(&merge.table, 0);
                uses.factor(&merge.source, 0);
                uses.expr(&merge.on, 0);
                "MERGE"
            }
            _ => return None,
        };
        let mut constants = std::mem::take(&mut uses.constants);
        constants.retain(|own| own.tables().all(|table| !is_left_out(names, &uses.own, table)));
        Some((verb, uses.finish(), constants))
    }

    fn finish(self) -> Found {
        let mut found: Found = Vec::new();
        // Both keep the order in which things are named, however many there are.
        let mut places = BTreeMap::new();
        let mut known = BTreeSet::new();
        let (names, own) = (self.names, self.own);
        let is_left_out = |table: &TableName| is_left_out(names, &own, table);
        for (table, columns) in self.found {
            if is_left_out(&table) {
                continue;
            }
            let place = *places.entry(table.clone()).or_insert_with(|| {
                found.push((table, Vec::new()));
                found.len() - 1
            });
            let Some((_, own)) = found.get_mut(place) else { continue };
            own.extend(columns.into_iter().filter(|column| known.insert((place, column.clone()))));
        }
        found
    }

    fn table(&mut self, name: &ObjectName) -> Option<TableName> {
        let table = self.names.table(name)?;
        // Without quotes, PostgreSQL takes it for a function.
        if self.names.dialect == Dialect::Postgresql && name.to_string().eq_ignore_ascii_case("user") {
            return None;
        }
        self.found.push((table.clone(), Vec::new()));
        Some(table)
    }

    /// Takes columns of a table.
    pub(super) fn columns(&mut self, table: Option<&TableName>, columns: Vec<Box<str>>) {
        if let Some(table) = table
            && !columns.is_empty()
        {
            let columns = columns.into_iter().filter(|column| !is_of_every_row(self.names.dialect, column));
            self.found.push((table.clone(), columns.collect()));
        }
    }

    /// A query at the top of a statement; nothing if it makes a table.
    fn any(&mut self, query: &Query) -> Option<&'static str> {
        self.with(query, 0);
        let (tree, verb) = match query.body.as_ref() {
            SetExpr::Insert(tree) => (tree, "INSERT"),
            SetExpr::Update(tree) => (tree, "UPDATE"),
            SetExpr::Delete(tree) => (tree, "DELETE"),
            SetExpr::Merge(tree) => (tree, "MERGE"),
            body => {
                if into(body) {
                    return None;
                }
                self.top(query);
                return Some("SELECT");
            }
        };
        match tree {
            Tree::Insert(insert) => self.insert(insert),
            Tree::Update(update) => self.update(update),
            Tree::Delete(delete) => self.delete(delete),
            _ => {}
        }
        Some(verb)
    }

    /// A query that stands alone: plain names of a single table are its columns.
    fn top(&mut self, query: &Query) {
        if let (None, SetExpr::Select(select)) = (&query.with, query.body.as_ref()) {
            self.select(select, 0, true);
        } else {
            self.query(query, 0);
        }
    }

    fn with(&mut self, query: &Query, depth: usize) {
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.own.insert(cte.alias.name.value.to_ascii_lowercase());
            // At the top, nothing around it can be meant by a plain name.
            match cte.query.body.as_ref() {
                SetExpr::Select(select) if depth == 0 && cte.query.with.is_none() => {
                    self.select(select, depth + 1, true);
                }
                _ => self.query(&cte.query, depth + 1),
            }
        }
    }

    /// A query within another: only its tables count.
    pub(super) fn query(&mut self, query: &Query, depth: usize) {
        if depth > super::columns::DEPTH {
            return;
        }
        self.with(query, depth);
        self.body(&query.body, depth);
    }

    fn body(&mut self, body: &SetExpr, depth: usize) {
        if depth > super::columns::DEPTH {
            return;
        }
        match body {
            SetExpr::Select(select) => self.select(select, depth, false),
            SetExpr::Query(query) => self.query(query, depth + 1),
            SetExpr::SetOperation { left, right, .. } => {
                self.body(left, depth + 1);
                self.body(right, depth + 1);
            }
            SetExpr::Insert(Tree::Insert(insert)) => self.insert(insert),
            SetExpr::Update(Tree::Update(update)) => self.update(update),
            SetExpr::Delete(Tree::Delete(delete)) => self.delete(delete),
            _ => {}
        }
    }

    fn select(&mut self, select: &Select, depth: usize, alone: bool) {
        self.select_and(select, depth, alone, |_| {});
    }

    /// The same, and then what is said of the values that it gives.
    fn select_and(&mut self, select: &Select, depth: usize, alone: bool, then: impl FnOnce(&mut Self)) {
        let before = std::mem::take(&mut self.scope);
        let aliases = std::mem::take(&mut self.aliases);
        let plain = std::mem::replace(&mut self.plain, false);
        for from in &select.from {
            self.joined(from, depth);
        }
        for item in &select.projection {
            if let SelectItem::ExprWithAlias { alias, .. } = item {
                self.aliases.insert(alias.value.to_ascii_lowercase());
            }
        }
        self.plain = alone && self.scope.len() == 1;
        for item in &select.projection {
            if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item {
                self.expr(expr, depth);
            }
        }
        self.conditions(&select.from, depth);
        let grouped = match &select.group_by {
            GroupByExpr::Expressions(all, _) => all.as_slice(),
            GroupByExpr::All(_) => &[],
        };
        for expr in select.selection.iter().chain(&select.having).chain(grouped) {
            self.expr(expr, depth);
        }
        then(self);
        self.scope = before;
        self.aliases = aliases;
        self.plain = plain;
    }

    fn joined(&mut self, tables: &TableWithJoins, depth: usize) {
        self.factor(&tables.relation, depth);
        for join in &tables.joins {
            self.factor(&join.relation, depth);
        }
    }

    /// The conditions of joins, when all tables are known.
    fn conditions(&mut self, from: &[TableWithJoins], depth: usize) {
        use JoinOperator as Join;
        for join in from.iter().flat_map(|tables| &tables.joins) {
            if let Join::Join(on)
            | Join::Inner(on)
            | Join::Left(on)
            | Join::LeftOuter(on)
            | Join::Right(on)
            | Join::RightOuter(on)
            | Join::FullOuter(on)
            | Join::CrossJoin(on)
            | Join::StraightJoin(on) = &join.join_operator
                && let JoinConstraint::On(expr) = on
            {
                self.expr(expr, depth);
            }
        }
    }

    fn factor(&mut self, factor: &TableFactor, depth: usize) {
        if depth > super::columns::DEPTH {
            return;
        }
        match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let sequence = self.names.dialect == Dialect::Postgresql
                    && name
                        .0
                        .last()
                        .and_then(|part| part.as_ident())
                        .is_some_and(|ident| ident.value.to_ascii_lowercase().ends_with("_seq"));
                let table = if sequence { None } else { self.table(name) };
                let called = match alias {
                    Some(alias) => Some(&alias.name),
                    None => name.0.last().and_then(|part| part.as_ident()),
                };
                // Columns that the alias names are no longer those of the table.
                let table = table.filter(|_| alias.as_ref().is_none_or(|alias| alias.columns.is_empty()));
                let called =
                    called.map_or_else(|| "".into(), |ident| self.names.ident(ident).unwrap_or_default());
                self.scope.push((table, called));
            }
            TableFactor::Derived { subquery, alias, .. } => {
                let scope = std::mem::take(&mut self.scope);
                self.query(subquery, depth + 1);
                self.scope = scope;
                let called = alias.as_ref().and_then(|alias| self.names.ident(&alias.name));
                self.scope.push((None, called.unwrap_or_default()));
            }
            TableFactor::NestedJoin { table_with_joins, alias } => {
                self.joined(table_with_joins, depth + 1);
                if alias.is_some() {
                    self.scope.push((None, "".into()));
                }
            }
            _ => self.scope.push((None, "".into())),
        }
    }

    fn insert(&mut self, insert: &Insert) {
        let table = match &insert.table {
            TableObject::TableName(name) => self.table(name),
            _ => None,
        };
        let plain = |name: &ObjectName| match name.0.as_slice() {
            [part] => self.names.ident(part.as_ident()?),
            _ => None,
        };
        let columns: Vec<_> = insert.columns.iter().filter_map(plain).collect();
        self.columns(table.as_ref(), columns);
        self.assigned(table.as_ref(), &insert.assignments);
        match &insert.on {
            Some(OnInsert::DuplicateKeyUpdate(assignments)) => self.assigned(table.as_ref(), assignments),
            Some(OnInsert::OnConflict(conflict)) => {
                if let Some(ConflictTarget::Columns { columns, .. }) = &conflict.conflict_target {
                    let columns = columns.iter().filter_map(|column| self.names.ident(column)).collect();
                    self.columns(table.as_ref(), columns);
                }
                if let OnConflictAction::DoUpdate(update) = &conflict.action {
                    self.assigned(table.as_ref(), &update.assignments);
                }
            }
            _ => {}
        }
        let Some(query) = &insert.source else { return };
        match (&query.with, query.body.as_ref()) {
            (None, SetExpr::Select(select)) => {
                self.select_and(select, 0, true, |uses| {
                    uses.inserted(table.as_ref(), &insert.columns, query);
                });
            }
            _ => {
                self.inserted(table.as_ref(), &insert.columns, query);
                self.query(query, 0);
            }
        }
    }

    /// Columns that are set.
    fn assigned(&mut self, table: Option<&TableName>, assignments: &[Assignment]) {
        let is_postgresql = self.names.dialect == Dialect::Postgresql;
        let single = |name: &ObjectName| match name.0.as_slice() {
            [part] => self.names.ident(part.as_ident()?),
            // No table stands there: it is the column, and what follows is a part of its value.
            [part, ..] if is_postgresql => self.names.ident(part.as_ident()?),
            _ => None,
        };
        let (mut columns, mut set) = (Vec::new(), Vec::new());
        for assignment in assignments {
            match &assignment.target {
                AssignmentTarget::ColumnName(name) => {
                    let column = single(name);
                    columns.extend(column.clone());
                    set.push((column, &assignment.value));
                }
                AssignmentTarget::Tuple(names) => columns.extend(names.iter().filter_map(single)),
            }
        }
        self.columns(table, columns);
        for (column, value) in set {
            self.assign(table, column, value);
        }
    }

    fn update(&mut self, update: &Update) {
        let before = std::mem::take(&mut self.scope);
        let plain = std::mem::replace(&mut self.plain, false);
        self.joined(&update.table, 0);
        let target = match self.scope.as_slice() {
            [(table, _)] => table.clone(),
            _ => None,
        };
        let from = match &update.from {
            Some(UpdateTableFromKind::BeforeSet(from) | UpdateTableFromKind::AfterSet(from)) => {
                from.as_slice()
            }
            None => &[],
        };
        for tables in from {
            self.joined(tables, 0);
        }
        self.plain = self.scope.len() == 1;
        self.assigned(target.as_ref(), &update.assignments);
        for assignment in &update.assignments {
            self.expr(&assignment.value, 0);
        }
        self.conditions(std::slice::from_ref(&update.table), 0);
        self.conditions(from, 0);
        self.rest(update.selection.as_ref(), update.returning.as_deref());
        self.scope = before;
        self.plain = plain;
    }

    fn delete(&mut self, delete: &Delete) {
        let before = std::mem::take(&mut self.scope);
        let plain = std::mem::replace(&mut self.plain, false);
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
        // With `USING`, MySQL's targets are aliases.
        let targets = if self.names.dialect == Dialect::Mysql && delete.using.is_some() {
            &[]
        } else {
            from.as_slice()
        };
        for tables in targets.iter().chain(delete.using.iter().flatten()) {
            self.joined(tables, 0);
        }
        self.plain = self.scope.len() == 1 && delete.tables.is_empty();
        self.conditions(from, 0);
        self.rest(delete.selection.as_ref(), delete.returning.as_deref());
        self.scope = before;
        self.plain = plain;
    }

    fn rest(&mut self, selection: Option<&Expr>, returning: Option<&[SelectItem]>) {
        let items = returning.unwrap_or_default().iter().filter_map(|item| match item {
            SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
            _ => None,
        });
        for expr in selection.into_iter().chain(items) {
            self.expr(expr, 0);
        }
    }
}

/// Whether a name is that of a query, or of a table that is there by itself.
fn is_left_out(names: Names<'_>, queries: &BTreeSet<String>, table: &TableName) -> bool {
    let of_query = table.schema.is_none() && queries.contains(&table.name.to_ascii_lowercase());
    of_query || names.is_system(table)
}

/// What becomes of the rows of tables, by a statement and its tree where there is one: what is in its queries, and the
/// functions that they call, may take some.
pub(super) fn on_rows(statement: &Statement, tree: Option<&Tree>, names: Names<'_>) -> OnRows {
    let replaces = |at: usize| {
        statement.is(at, "replace")
            && at.checked_sub(1).is_none_or(|before| statement.is(before, "or"))
            && !statement.is(at + 1, "(")
    };
    let may_take = statement.has(&["delete", "truncate", "merge"])
        || (0..statement.tokens.len()).any(replaces)
        // Those of the others cannot be made in SQL, or change no rows.
        || names.dialect == Dialect::Postgresql && !functions::are_harmless(statement, 0);
    match tree {
        _ if may_take => OnRows::MayTake,
        Some(Tree::Insert(insert)) if adds_rows(insert, names) => OnRows::Adds,
        _ => OnRows::Keeps,
    }
}

/// Whether an insert certainly adds rows, unless it fails.
fn adds_rows(insert: &Insert, names: Names<'_>) -> bool {
    let is_plain = insert.on.is_none() && insert.or.is_none() && !insert.ignore && !insert.replace_into;
    let rows = insert.source.as_ref().filter(|query| query.with.is_none()).map(|query| query.body.as_ref());
    is_plain
        && matches!(&insert.table, TableObject::TableName(name) if names.table(name).is_some())
        && matches!(rows, Some(SetExpr::Values(values)) if !values.rows.is_empty())
}

/// Whether a query writes into a new table.
fn into(body: &SetExpr) -> bool {
    matches!(body, SetExpr::Select(select) if select.into.is_some())
}
