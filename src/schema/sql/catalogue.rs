//! What conditions of PL/pgSQL ask of the catalogue, and texts that are put together.

use sqlparser::ast::{
    BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Query, Select, SelectItem,
    SetExpr, TableFactor, UnaryOperator, Value,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use super::super::{Condition, TableName};
use super::Rows;
use super::block::with_holes;
use super::names::Names;
use super::text::{Piece, SqlText};

/// How deep an expression may be.
const DEPTH: usize = 24;
/// How long one may be.
const LENGTH: usize = 1 << 14;

fn parsed(text: &str) -> Option<Expr> {
    if text.len() > LENGTH {
        return None;
    }
    let mut parser =
        Parser::new(&PostgreSqlDialect {}).with_recursion_limit(DEPTH).try_with_sql(text).ok()?;
    let expr = parser.parse_expr().ok()?;
    // Nothing may stand behind it.
    (parser.peek_token().token == sqlparser::tokenizer::Token::EOF).then_some(expr)
}

/// What a condition asks.
pub(super) fn condition(text: &str, names: Names<'_>) -> Condition {
    parsed(text).map_or(Condition::Unknown, |expr| asked(&expr, names, 0))
}

fn asked(expr: &Expr, names: Names<'_>, depth: usize) -> Condition {
    if depth > DEPTH {
        return Condition::Unknown;
    }
    let inner = |expr: &Expr| Box::new(asked(expr, names, depth + 1));
    match expr {
        Expr::Nested(nested) => asked(nested, names, depth + 1),
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => Condition::Not(inner(expr)),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => Condition::And(inner(left), inner(right)),
        Expr::BinaryOp { left, op: BinaryOperator::Or, right } => Condition::Or(inner(left), inner(right)),
        Expr::Exists { subquery, negated } => {
            let exists = exists(subquery, names);
            if *negated { Condition::Not(Box::new(exists)) } else { exists }
        }
        Expr::IsNull(of) => regclass(of, names).map_or(Condition::Unknown, |is| Condition::Not(Box::new(is))),
        Expr::IsNotNull(of) => regclass(of, names).unwrap_or(Condition::Unknown),
        // `(SELECT count(*) FROM … ) = 0` and its like.
        Expr::BinaryOp { left, op, right } => {
            let (Expr::Subquery(query), Some(number)) = (left.as_ref(), literal(right)) else {
                return Condition::Unknown;
            };
            let exists = exists(query, names);
            match (op, number.as_str()) {
                (BinaryOperator::Eq, "0") | (BinaryOperator::Lt, "1") => Condition::Not(Box::new(exists)),
                (BinaryOperator::Gt | BinaryOperator::NotEq, "0") | (BinaryOperator::GtEq, "1") => exists,
                _ => Condition::Unknown,
            }
        }
        Expr::Value(value) => match value.value {
            Value::Boolean(known) => Condition::Known(known),
            _ => Condition::Unknown,
        },
        _ => Condition::Unknown,
    }
}

/// `to_regclass('name')`.
fn regclass(expr: &Expr, names: Names<'_>) -> Option<Condition> {
    let Expr::Function(function) = expr else { return None };
    let name = function.name.to_string().to_ascii_lowercase();
    let all = arguments(function)?;
    let [argument] = all.as_slice() else { return None };
    let text = literal(argument)?;
    match name.trim_start_matches("pg_catalog.") {
        "to_regclass" => Some(Condition::Relation(written_name(&text, names)?)),
        "to_regtype" => Some(Condition::Type(written_name(&text, names)?)),
        _ => None,
    }
}

/// A name as it stands in a text: `s."T"`.
fn written_name(text: &str, names: Names<'_>) -> Option<TableName> {
    let statements = super::split::statements(text, names.dialect);
    let [only] = statements.as_slice() else { return None };
    let (name, end) = super::head::name_at(only, 0, names)?;
    name.filter(|_| end == only.tokens.len())
}

fn arguments(function: &sqlparser::ast::Function) -> Option<Vec<&Expr>> {
    let FunctionArguments::List(list) = &function.args else { return None };
    let plain = |argument| match argument {
        &FunctionArg::Unnamed(FunctionArgExpr::Expr(ref expr)) => Some(expr),
        _ => None,
    };
    list.args.iter().map(plain).collect()
}

/// A literal's text, with the casts that change nothing taken away.
fn literal(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::Number(text, _) => Some(text.clone()),
            Value::DollarQuotedString(text) => Some(text.value.clone()),
            _ => None,
        },
        Expr::Cast { expr, .. } | Expr::Nested(expr) => literal(expr),
        _ => None,
    }
}

/// What it asks of the catalogue whether a query gives rows.
fn exists(query: &Query, names: Names<'_>) -> Condition {
    let SetExpr::Select(select) = query.body.as_ref() else { return Condition::Unknown };
    let is_plain = query.with.is_none()
        && query.limit_clause.is_none()
        && select.having.is_none()
        && query.fetch.is_none();
    if !is_plain || !gives_one_row_each(select) {
        return Condition::Unknown;
    }
    let [from] = select.from.as_slice() else { return Condition::Unknown };
    let (TableFactor::Table { name, .. }, true) = (&from.relation, from.joins.is_empty()) else {
        return Condition::Unknown;
    };
    let mut wanted = Wanted::default();
    if let Some(selection) = &select.selection {
        wanted.read(selection, names);
    }
    let catalogue = name.to_string().to_ascii_lowercase();
    let found = wanted.of(catalogue.trim_start_matches("pg_catalog.")).unwrap_or(Condition::Unknown);
    if wanted.is_whole { found } else { Condition::And(Box::new(found), Box::new(Condition::Unknown)) }
}

/// Whether a query gives rows only where it finds some: `count(*)` gives a number, which is compared.
fn gives_one_row_each(select: &Select) -> bool {
    select.projection.iter().all(|item| match item {
        SelectItem::UnnamedExpr(Expr::Function(function)) => {
            function.name.to_string().eq_ignore_ascii_case("count")
        }
        SelectItem::UnnamedExpr(Expr::Value(_) | Expr::Identifier(_) | Expr::CompoundIdentifier(_))
        | SelectItem::Wildcard(_)
        | SelectItem::ExprWithAlias { .. } => true,
        _ => false,
    })
}

/// What rows a query of the catalogue gives; nothing where it asks something else.
pub(super) fn rows(query: &Query, names: Names<'_>) -> Option<Rows> {
    let SetExpr::Select(select) = query.body.as_ref() else { return None };
    if let [SelectItem::UnnamedExpr(Expr::Exists { subquery, negated: false })] = select.projection.as_slice()
    {
        return Some(Rows::Truth(exists(subquery, names)));
    }
    if let [SelectItem::UnnamedExpr(of) | SelectItem::ExprWithAlias { expr: of, .. }] =
        select.projection.as_slice()
        && select.from.is_empty()
        && select.selection.is_none()
    {
        return match of {
            Expr::Cast { expr, .. } => regclass(expr, names).map(Rows::Name),
            Expr::IsNull(_) | Expr::IsNotNull(_) => Some(Rows::Truth(asked(of, names, 0))),
            of => regclass(of, names).map(Rows::Name),
        };
    }
    let counts = |item: &SelectItem| matches!(item, SelectItem::UnnamedExpr(Expr::Function(_)));
    // A limit leaves at least one row.
    let query = Query { limit_clause: None, order_by: None, ..query.clone() };
    Some(match exists(&query, names) {
        Condition::Unknown => return columns(select, names),
        condition if select.projection.iter().any(counts) => Rows::Count(condition),
        condition => Rows::If(condition),
    })
}

/// The names of all columns of a table.
fn columns(select: &Select, names: Names<'_>) -> Option<Rows> {
    let [from] = select.from.as_slice() else { return None };
    let [SelectItem::UnnamedExpr(Expr::Identifier(own))] = select.projection.as_slice() else { return None };
    let is_catalogue = from.relation.to_string().eq_ignore_ascii_case("information_schema.columns");
    if !is_catalogue || !from.joins.is_empty() || !own.value.eq_ignore_ascii_case("column_name") {
        return None;
    }
    let mut wanted = Wanted::default();
    wanted.read(select.selection.as_ref()?, names);
    let (schema, table) = (wanted.take("table_schema"), wanted.take("table_name")?);
    let table = TableName::new(schema.as_deref(), &table);
    (wanted.is_whole && wanted.pairs.is_empty()).then_some(Rows::Columns { table, place: 0 })
}

/// What columns of a catalogue must be.
struct Wanted {
    pairs: Vec<(String, String)>,
    /// Whether nothing else is demanded.
    is_whole: bool,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { pairs: Vec::new(), is_whole: true }
    }
}

impl Wanted {
    fn read(&mut self, expr: &Expr, names: Names<'_>) {
        match expr {
            Expr::Nested(inner) => self.read(inner, names),
            Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
                self.read(left, names);
                self.read(right, names);
            }
            Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
                let pair = pair(left, right).or_else(|| pair(right, left));
                match pair.filter(|(_, value)| !names.hole.is_in(value)) {
                    Some(pair) => self.pairs.push(pair),
                    None => self.is_whole = false,
                }
            }
            _ => self.is_whole = false,
        }
    }

    fn take(&mut self, column: &str) -> Option<String> {
        let at = self.pairs.iter().position(|(own, _)| own == column)?;
        Some(self.pairs.remove(at).1)
    }

    /// What it asks of that catalogue.
    fn of(&mut self, catalogue: &str) -> Option<Condition> {
        let (schema, table) = match catalogue {
            "information_schema.columns"
            | "information_schema.tables"
            | "information_schema.views"
            | "information_schema.table_constraints"
            | "information_schema.constraint_column_usage" => ("table_schema", "table_name"),
            "pg_tables" | "pg_indexes" => ("schemaname", "tablename"),
            "pg_views" => ("schemaname", "viewname"),
            "pg_matviews" => ("schemaname", "matviewname"),
            _ => ("", ""),
        };
        let schema = self.take(schema);
        let named = |name: &str| TableName::new(schema.as_deref(), name);
        let table = self.take(table);
        if matches!(catalogue, "sqlite_master" | "sqlite_schema") {
            let (kind, name) = (self.take("type"), self.take("name")?);
            self.is_whole &= self.pairs.is_empty();
            return match kind.as_deref() {
                Some("table" | "view") => Some(Condition::Table(TableName::plain(&name))),
                Some("index") => Some(Condition::Index(name.into())),
                _ => None,
            };
        }
        let found = match catalogue {
            "information_schema.columns" => {
                let (table, column) = (table?, self.take("column_name")?);
                Condition::Column(named(&table), column.into())
            }
            "information_schema.tables"
            | "information_schema.views"
            | "pg_tables"
            | "pg_views"
            | "pg_matviews" => Condition::Table(named(&table?)),
            "information_schema.table_constraints" => {
                self.take("constraint_schema");
                let name = self.take("constraint_name")?;
                Condition::Constraint(table.map(|table| named(&table)), name.into())
            }
            "pg_constraint" => {
                let name = self.take("conname")?;
                let table = self.take("conrelid").map(|table| TableName::new(Some("public"), &table));
                Condition::Constraint(table, name.into())
            }
            "pg_indexes" => {
                let name = self.take("indexname")?;
                let schema = schema.clone().unwrap_or_else(|| "public".to_owned());
                Condition::Relation(TableName::new(Some(&schema), &name))
            }
            "pg_class" => {
                let name = self.take("relname")?;
                Condition::RelationAnywhere(name.into())
            }
            "pg_type" => Condition::Type(TableName::plain(&self.take("typname")?)),
            _ => return None,
        };
        self.is_whole &= self.pairs.is_empty();
        Some(found)
    }
}

/// A column and the text that it must be.
fn pair(column: &Expr, value: &Expr) -> Option<(String, String)> {
    let name = match column {
        Expr::Identifier(name) => &name.value,
        Expr::CompoundIdentifier(parts) => &parts.last()?.value,
        Expr::Cast { expr, .. } => return pair(expr, value),
        _ => return None,
    };
    let value = match value {
        Expr::Function(function) if function.name.to_string().eq_ignore_ascii_case("current_schema") => {
            "public".to_owned()
        }
        value => literal(value)?,
    };
    Some((name.to_ascii_lowercase(), value))
}

/// A text that is put together, with holes where parts of it are computed; nothing if that cannot be told.
pub(super) fn text(expr: &str, names: Names<'_>) -> Option<SqlText> {
    let expr = parsed(expr)?;
    let mut pieces = Vec::new();
    assemble(&expr, names, &mut pieces, 0)?;
    Some(SqlText { pieces })
}

fn assemble(expr: &Expr, names: Names<'_>, pieces: &mut Vec<Piece>, depth: usize) -> Option<()> {
    if depth > DEPTH {
        return None;
    }
    match expr {
        Expr::Nested(inner) => assemble(inner, names, pieces, depth + 1)?,
        Expr::BinaryOp { left, op: BinaryOperator::StringConcat, right } => {
            assemble(left, names, pieces, depth + 1)?;
            assemble(right, names, pieces, depth + 1)?;
        }
        Expr::Function(function) => {
            let name = function.name.to_string().to_ascii_lowercase();
            let arguments = arguments(function);
            match (name.as_str(), arguments.as_deref()) {
                ("format", Some([template, rest @ ..])) => {
                    formatted(&literal(template)?, rest, names, pieces);
                }
                ("quote_ident", Some([name])) => pieces.extend(argument('I', Some(name), names)),
                ("quote_literal", Some([value])) => pieces.extend(argument('L', Some(value), names)),
                _ => pieces.push(Piece::Hole),
            }
        }
        expr => match literal(expr) {
            Some(text) => pieces.extend(with_holes(&text, names).pieces),
            None => pieces.push(Piece::Hole),
        },
    }
    Some(())
}

/// `format(template, …)`. Source: PostgreSQL's manual, `String Functions and Operators`.
fn formatted(template: &str, arguments: &[&Expr], names: Names<'_>, pieces: &mut Vec<Piece>) {
    let mut rest = template;
    let mut next = 0;
    while let Some((before, after)) = rest.split_once('%') {
        pieces.extend(with_holes(before, names).pieces);
        let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let (place, spec) = match (after[..digits].parse::<usize>(), after[digits..].strip_prefix('$')) {
            (Ok(place), Some(spec)) => (place.checked_sub(1), spec),
            _ => (Some(next), after),
        };
        let mut letters = spec.chars();
        match letters.next() {
            Some('%') => pieces.push(Piece::Text("%".to_owned())),
            Some(letter @ ('I' | 'L' | 's')) => {
                pieces.extend(argument(letter, place.and_then(|at| arguments.get(at)).copied(), names));
                next = place.map_or(next, |at| at + 1);
            }
            _ => pieces.push(Piece::Hole),
        }
        rest = letters.as_str();
    }
    pieces.extend(with_holes(rest, names).pieces);
}

/// An argument as `format` writes it.
fn argument(letter: char, value: Option<&Expr>, names: Names<'_>) -> Vec<Piece> {
    let Some(text) = value.and_then(literal).filter(|text| !names.hole.is_in(text)) else {
        // A literal is a text whatever is in it.
        return if letter == 'L' { vec![Piece::Text("'?'".to_owned())] } else { vec![Piece::Hole] };
    };
    let text = match letter {
        'I' => format!("\"{}\"", text.replace('"', "\"\"")),
        'L' => format!("'{}'", text.replace('\'', "''")),
        _ => text,
    };
    vec![Piece::Text(text)]
}
