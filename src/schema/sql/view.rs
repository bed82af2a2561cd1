//! What a view shows.

use sqlparser::ast::{Expr, Query, SelectItem, SetExpr, TableFactor, WildcardAdditionalOptions};

use super::super::{Dialect, ViewQuery};
use super::data::Uses;
use super::names::Names;

impl Names<'_> {
    /// What a view shows; `columns` are its own, where they are listed.
    pub(super) fn view_query(
        &self,
        query: &Query,
        columns: Option<Vec<Box<str>>>,
        materialized: bool,
    ) -> ViewQuery {
        let reads = Uses::of_query(*self, query);
        let is_whole = self.uses_nothing_else(query, &reads);
        let shows_all = is_all(query) && reads.len() == 1;
        ViewQuery {
            columns: columns.or_else(|| self.selected(query)),
            reads,
            is_whole,
            shows_all,
            materialized,
            temporary: false,
        }
    }

    /// Whether all that a query uses has been found: plain columns of one table, or no table at all.
    fn uses_nothing_else(&self, query: &Query, reads: &[(super::super::TableName, Vec<Box<str>>)]) -> bool {
        let SetExpr::Select(select) = query.body.as_ref() else { return false };
        let is_bare = query.with.is_none()
            && query.order_by.is_none()
            && select.selection.is_none()
            && select.having.is_none()
            && select.group_by == sqlparser::ast::GroupByExpr::Expressions(Vec::new(), Vec::new());
        let is_literal = |item: &SelectItem| {
            let (SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) = item else {
                return false;
            };
            matches!(expr, Expr::Value(_))
        };
        if select.from.is_empty() {
            return is_bare && select.projection.iter().all(is_literal);
        }
        let [from] = select.from.as_slice() else { return false };
        let [(_, used)] = reads else { return false };
        let is_plain = |item: &SelectItem| {
            let (SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) = item else {
                return is_all(query);
            };
            let name = match expr {
                Expr::Identifier(name) => self.ident(name),
                Expr::CompoundIdentifier(parts) => parts.last().and_then(|name| self.ident(name)),
                _ => return is_literal(item),
            };
            name.is_some_and(|name| used.iter().any(|own| self.same(own, &name)))
        };
        is_bare
            && from.joins.is_empty()
            && matches!(from.relation, TableFactor::Table { .. })
            && select.projection.iter().all(is_plain)
    }

    /// The places of columns for which SQLite has no type when it makes a table of a query: those that are neither
    /// columns of others nor casts. Source: `lang_createtable.html`, the affinity of expressions.
    pub(super) fn untyped(&self, query: &Query) -> Vec<usize> {
        let SetExpr::Select(select) = query.body.as_ref() else { return Vec::new() };
        let is_plain = |item: &SelectItem| {
            let (SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) = item else {
                return false;
            };
            self.dialect == Dialect::Sqlite && matches!(expr, Expr::Value(_) | Expr::BinaryOp { .. })
        };
        let items = select.projection.iter().enumerate();
        items.filter(|(_, item)| is_plain(item)).map(|(at, _)| at).collect()
    }

    /// The columns that a query gives, where their names are plain.
    pub(super) fn selected(&self, query: &Query) -> Option<Vec<Box<str>>> {
        let SetExpr::Select(select) = query.body.as_ref() else { return None };
        let name = |item: &SelectItem| match item {
            SelectItem::UnnamedExpr(Expr::Identifier(name))
            | SelectItem::ExprWithAlias { alias: name, .. } => self.ident(name),
            SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => self.ident(parts.last()?),
            _ => None,
        };
        select.projection.iter().map(name).collect()
    }
}

/// Whether a query is `SELECT * FROM name`, with or without conditions.
fn is_all(query: &Query) -> bool {
    let SetExpr::Select(select) = query.body.as_ref() else { return false };
    let [from] = select.from.as_slice() else { return false };
    let is_plain = |options: &WildcardAdditionalOptions| options.to_string().is_empty();
    let is_star = match select.projection.as_slice() {
        [SelectItem::Wildcard(options)] => is_plain(options),
        _ => false,
    };
    let is_plain = match &from.relation {
        TableFactor::Table { alias, .. } => alias.as_ref().is_none_or(|alias| alias.columns.is_empty()),
        _ => false,
    };
    is_star && is_plain && query.with.is_none() && from.joins.is_empty()
}
