//! Values that statements write out, and what each of them stands for.

use sqlparser::ast::{
    BinaryOperator, DataType, Expr, FunctionArguments, ObjectName, Query, SelectItem, SetExpr, UnaryOperator,
    Value, ValueWithSpan,
};

use super::super::types::Values;
use super::super::{Constant, Dialect, Stands, TableName, Written};
use super::data::Uses;
use super::names::Names;

/// What stands for a parameter.
const PARAMETER: &str = "?";

impl Names<'_> {
    /// A value that is written out; nothing where it is NULL, or where its type is not sure.
    pub(super) fn constant(&self, expr: &Expr) -> Option<Constant> {
        let mut expr = expr;
        while let Expr::Nested(inner) = expr {
            expr = inner;
        }
        Some(match expr {
            Expr::Value(ValueWithSpan { value, .. }) => match value {
                Value::SingleQuotedString(text) => {
                    let is_known = text != PARAMETER && !self.hole.is_in(&text.to_ascii_lowercase());
                    Constant::Text(is_known.then(|| text.as_str().into())?)
                }
                Value::Number(..) => Constant::Of(Values::Number),
                Value::Boolean(_) => Constant::Of(Values::Boolean),
                _ => return None,
            },
            Expr::UnaryOp { op: UnaryOperator::Minus | UnaryOperator::Plus, expr } => match expr.as_ref() {
                Expr::Value(ValueWithSpan { value: Value::Number(..), .. }) => Constant::Of(Values::Number),
                _ => return None,
            },
            Expr::Cast { data_type, .. } => Constant::Of(Values::of(&data_type.to_string())?),
            Expr::Function(call) => {
                let is_plain = match &call.args {
                    FunctionArguments::None => true,
                    FunctionArguments::List(list) => list.args.is_empty(),
                    FunctionArguments::Subquery(_) => false,
                };
                let name = call.name.to_string().to_ascii_lowercase();
                Constant::Of(Values::given_by(&name).filter(|_| is_plain)?)
            }
            _ => return None,
        })
    }
}

impl Uses<'_> {
    /// A value that is written out, or one of a column.
    fn value(&self, expr: &Expr) -> Option<Constant> {
        let of_column = || self.column_of(expr).map(|(table, column)| Constant::OfColumn(table, column));
        self.names.constant(expr).or_else(of_column)
    }

    /// A value is set in a column.
    pub(super) fn assign(&mut self, table: Option<&TableName>, column: Option<Box<str>>, value: &Expr) {
        if self.names.dialect == Dialect::Postgresql
            && let (Some(table), Some(column), Some(constant)) = (table, column, self.value(value))
        {
            self.constants.push(Written { stands: Stands::Assigned(table.clone(), column), constant });
        }
    }

    /// What an expression compares and casts.
    pub(super) fn compare(&mut self, expr: &Expr) {
        use BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
        if self.names.dialect != Dialect::Postgresql {
            return;
        }
        match expr {
            Expr::BinaryOp { left, op: Eq | NotEq | Lt | LtEq | Gt | GtEq, right }
            | Expr::IsDistinctFrom(left, right)
            | Expr::IsNotDistinctFrom(left, right) => {
                self.compare_with(left, &[right]);
                self.compare_with(right, &[left]);
            }
            Expr::Between { expr, low, high, .. } => self.compare_with(expr, &[low, high]),
            Expr::In { expr, target: sqlparser::ast::InTarget::List(list), .. } => {
                let all: Vec<_> = list.iter().collect();
                self.compare_with(expr, &all);
            }
            Expr::Cast { expr, data_type: DataType::Custom(name, arguments), .. } if arguments.is_empty() => {
                if let (Some(name), Some(constant @ Constant::Text(_))) =
                    (self.names.table(name), self.names.constant(expr))
                {
                    self.constants.push(Written { stands: Stands::Cast(name), constant });
                }
            }
            _ => {}
        }
    }

    /// Values of one sort are compared with a column.
    fn compare_with(&mut self, column: &Expr, values: &[&Expr]) {
        let Some((table, column)) = self.column_of(column) else { return };
        let constants: Option<Vec<_>> = values.iter().map(|value| self.value(value)).collect();
        let Some(constants) = constants else { return };
        let is_alike = |constant: &Constant| match (constant, constants.first()) {
            (Constant::Text(_), Some(Constant::Text(_))) => true,
            (one, other) => Some(one) == other,
        };
        if constants.iter().all(is_alike) {
            self.constants.extend(constants.iter().map(|constant| Written {
                stands: Stands::Compared(table.clone(), column.clone()),
                constant: constant.clone(),
            }));
        }
    }

    /// The values that a query gives to an insert, each set in its column. A text has a type before it is set where the query
    /// does more than select its rows.
    pub(super) fn inserted(&mut self, table: Option<&TableName>, columns: &[ObjectName], source: &Query) {
        if source.with.is_some() {
            return;
        }
        let named = |name: &ObjectName| match name.0.as_slice() {
            [part] => part.as_ident().and_then(|ident| self.names.ident(ident)),
            _ => None,
        };
        let columns: Vec<_> = columns.iter().map(named).collect();
        match source.body.as_ref() {
            SetExpr::Values(values) => {
                for row in &values.rows {
                    for (column, value) in columns.iter().zip(row.iter()) {
                        self.assign(table, column.clone(), value);
                    }
                }
            }
            SetExpr::Select(select) => {
                let value = |item| match item {
                    &SelectItem::UnnamedExpr(ref value)
                    | &SelectItem::ExprWithAlias { expr: ref value, .. } => Some(value),
                    // So many columns as nobody counts.
                    _ => None,
                };
                let Some(values) = select.projection.iter().map(value).collect::<Option<Vec<_>>>() else {
                    return;
                };
                let stays = is_plain(source);
                for (column, value) in columns.iter().zip(values) {
                    if stays || !matches!(self.names.constant(value), Some(Constant::Text(_))) {
                        self.assign(table, column.clone(), value);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Whether a query gives rows as it selects them, so that a text has no type yet when it is set in a column.
fn is_plain(query: &Query) -> bool {
    let SetExpr::Select(select) = query.body.as_ref() else { return false };
    let is_grouped =
        !matches!(&select.group_by, sqlparser::ast::GroupByExpr::Expressions(all, _) if all.is_empty());
    query.order_by.is_none() && select.distinct.is_none() && !is_grouped
}
