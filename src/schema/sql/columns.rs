//! Columns that expressions certainly look for.

use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, InTarget, WindowType,
};

use super::super::conditions::is_value;
use super::super::{Dialect, TableName};
use super::data::Uses;

/// How deep queries are followed within queries.
pub(super) const DEPTH: usize = 48;

/// Words that are no columns though they look so, besides those of values.
const WORDS: [&str; 13] = [
    "system_user",
    "true",
    "false",
    "null",
    "default",
    "unknown",
    "sysdate",
    "utc_date",
    "utc_time",
    "utc_timestamp",
    "excluded",
    "new",
    "old",
];

impl Uses<'_> {
    /// Takes what an expression looks for. What is not listed here is left out.
    pub(super) fn expr(&mut self, expr: &Expr, depth: usize) {
        if depth > DEPTH {
            return;
        }
        // Sums and conditions lean to the left, so the way down is a loop.
        let mut open = vec![expr];
        while let Some(expr) = open.pop() {
            self.compare(expr);
            match expr {
                Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
                    if let Some((table, column)) = self.column_of(expr) {
                        self.columns(Some(&table), vec![column]);
                    }
                }
                Expr::IsFalse(inner)
                | Expr::IsNotFalse(inner)
                | Expr::IsTrue(inner)
                | Expr::IsNotTrue(inner)
                | Expr::IsNull(inner)
                | Expr::IsNotNull(inner)
                | Expr::IsUnknown(inner)
                | Expr::IsNotUnknown(inner)
                | Expr::UnaryOp { expr: inner, .. }
                | Expr::Cast { expr: inner, .. }
                | Expr::Convert { expr: inner, .. }
                | Expr::Extract { expr: inner, .. }
                | Expr::Collate { expr: inner, .. }
                | Expr::Nested(inner)
                | Expr::Trim { expr: inner, .. }
                | Expr::Substring { expr: inner, .. } => open.push(inner),
                Expr::IsDistinctFrom(left, right)
                | Expr::IsNotDistinctFrom(left, right)
                | Expr::BinaryOp { left, right, .. }
                | Expr::AnyOp { left, right, .. }
                | Expr::AllOp { left, right, .. }
                | Expr::Like { expr: left, pattern: right, .. }
                | Expr::ILike { expr: left, pattern: right, .. }
                | Expr::SimilarTo { expr: left, pattern: right, .. }
                | Expr::RLike { expr: left, pattern: right, .. }
                | Expr::Position { expr: left, r#in: right } => open.extend([right.as_ref(), left]),
                Expr::Between { expr, low, high, .. } => open.extend([high.as_ref(), low, expr]),
                Expr::In { expr, target, .. } => {
                    match target {
                        InTarget::List(list) => open.extend(list.iter().rev()),
                        InTarget::Subquery(query) => self.query(query, depth + 1),
                        _ => {}
                    }
                    open.push(expr);
                }
                Expr::AtTimeZone { timestamp, .. } => open.push(timestamp),
                Expr::Case { operand, conditions, else_result, .. } => {
                    open.extend(else_result.as_deref());
                    for when in conditions.iter().rev() {
                        open.extend([&when.result, &when.condition]);
                    }
                    open.extend(operand.as_deref());
                }
                Expr::Tuple(list) => open.extend(list.iter().rev()),
                Expr::Function(function) => {
                    self.arguments(function, &mut open, depth);
                    if let Some(WindowType::WindowSpec(window)) = &function.over {
                        open.extend(&window.partition_by);
                        open.extend(window.order_by.iter().map(|order| &order.expr));
                    }
                }
                Expr::Exists { subquery, .. } | Expr::Subquery(subquery) => self.query(subquery, depth + 1),
                _ => {}
            }
        }
    }

    fn arguments<'e>(&mut self, function: &'e Function, open: &mut Vec<&'e Expr>, depth: usize) {
        let name = function.name.to_string().to_ascii_lowercase();
        // Their first words are units or formats.
        let odd = ["timestamp", "xml", "get_format", "json_", "char", "weight_string", "group_concat"];
        if odd.iter().any(|prefix| name.starts_with(prefix)) {
            return;
        }
        match &function.args {
            FunctionArguments::List(list) => {
                for arg in list.args.iter().rev() {
                    if let FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) = arg {
                        open.push(expr);
                    }
                }
            }
            FunctionArguments::Subquery(query) => self.query(query, depth + 1),
            FunctionArguments::None => {}
        }
    }

    /// The column that an expression certainly is.
    pub(super) fn column_of(&self, expr: &Expr) -> Option<(TableName, Box<str>)> {
        match expr {
            Expr::Nested(inner) => self.column_of(inner),
            Expr::Identifier(ident) => self.plain_name(ident),
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [table, column] => self.qualified_name(table, column),
                _ => None,
            },
            _ => None,
        }
    }

    fn plain_name(&self, ident: &Ident) -> Option<(TableName, Box<str>)> {
        let [(Some(table), called)] = self.scope.as_slice() else { return None };
        let name = self.names.ident(ident).filter(|_| self.plain)?;
        let lower = name.to_ascii_lowercase();
        let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
        // SQLite takes what is quoted and no column for a string.
        let string = ident.quote_style == Some('"') && self.names.dialect != Dialect::Postgresql;
        let word = ident.quote_style.is_none() && (WORDS.contains(&lower.as_str()) || is_value(&lower));
        let other = self.aliases.contains(&lower)
            || self.names.same(&name, called)
            || self.names.same(&name, &table.name);
        (is_name && !string && !word && !other).then(|| (table.clone(), name))
    }

    fn qualified_name(&self, table: &Ident, column: &Ident) -> Option<(TableName, Box<str>)> {
        let (table, column) = (self.names.ident(table)?, self.names.ident(column)?);
        let mut called = self.scope.iter().filter(|(_, called)| self.names.same(called, &table));
        match (called.next(), called.next()) {
            (Some((Some(table), _)), None) => Some((table.clone(), column)),
            _ => None,
        }
    }
}
