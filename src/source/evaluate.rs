//! What a module's variables hold after its statements have run in order, as far as the text alone tells.
//!
//! It follows assignments, deletions, conditions and loops over values that are certain. Where something only running
//! would tell comes in, that name is unknown from there on, and no other. Where a condition is not known, both ways are
//! followed, and only what both agree on stays certain. Nothing is ever called.

use std::collections::{BTreeMap, BTreeSet};

use super::python::{Module, Syntax};
use super::value::Value;
use crate::text::TextRange;

/// What a module binds.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables {
    names: BTreeMap<String, Bound>,
    /// Names of lists that may be the same list.
    aliases: BTreeSet<String>,
    /// The error with which its statements end for certain.
    pub(super) raises: Option<Raise>,
    /// A statement that may bind any name: a star import of something that is not known.
    pub(super) open: Option<TextRange>,
}

/// A name's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Bound {
    /// Certainly this.
    Known {
        value: Value,
        /// The statement.
        range: TextRange,
    },
    /// Bound, or perhaps bound, to what is not known.
    Unknown {
        /// The statement.
        range: TextRange,
        /// What makes it so, as a phrase that follows the name: `is computed`.
        why: &'static str,
    },
}

/// An error that ends a module for certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raise {
    /// Its class.
    pub class: String,
    /// Its message, as Python gives it.
    pub message: String,
    /// The statement.
    pub range: TextRange,
    /// Whether it fails only while `env.py` does not run.
    pub needs_env: bool,
}

const COMPUTED: &str = "is computed";
const DEPENDS: &str = "is bound in a way that only running tells";
const IMPORTED: &str = "is imported from another module";
const REBOUND: &str = "is rebound inside a function";

/// What `from alembic import op` and `from alembic import context` bind.
const OP: &str = "alembic.op";
const CONTEXT: &str = "alembic.context";

/// Deeper nesting than this, which nobody writes, is called unknown.
const DEEPEST: usize = 40;
/// Longer loops than this are not followed.
const LONGEST_LOOP: usize = 1000;

/// Modules that export none of the names that matter here, whoever star-imports them.
const HARMLESS: [&str; 4] = ["alembic", "sqlalchemy", "typing", "geoalchemy2"];

impl Variables {
    /// Follows a module's statements.
    pub(super) fn of(module: &Module<'_>) -> Self {
        let mut run = Run { state: Self::default(), depth: 0 };
        run.block(&module.root().children());
        let mut state = run.state;
        for Change { name, range, rebinds } in changes_by_functions(module) {
            if state.names.get(&name).is_some_and(|bound| rebinds || is_list(bound)) {
                state.names.insert(name, Bound::Unknown { range, why: REBOUND });
            }
        }
        state
    }

    /// The state of a name; nothing when it is certainly not bound.
    pub(super) fn get(&self, name: &str) -> Option<&Bound> {
        self.names.get(name)
    }

    /// What holds whichever of two ways was taken.
    fn or(self, other: Self, range: TextRange) -> Self {
        let mut names = BTreeMap::new();
        for name in self.names.keys().chain(other.names.keys()) {
            let bound = match (self.names.get(name), other.names.get(name)) {
                (Some(Bound::Known { value: one, range }), Some(Bound::Known { value: two, .. }))
                    if one == two =>
                {
                    Bound::Known { value: one.clone(), range: *range }
                }
                (Some(unknown @ Bound::Unknown { .. }), Some(other)) if unknown == other => unknown.clone(),
                _ => Bound::Unknown { range, why: DEPENDS },
            };
            names.insert(name.clone(), bound);
        }
        let aliases = self.aliases.union(&other.aliases).cloned().collect();
        Self { names, aliases, raises: None, open: self.open.or(other.open) }
    }
}

/// How a block ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    /// At its end.
    On,
    /// By an error, for certain.
    Raised,
    /// By `break` or `continue`.
    Left,
}

struct Run {
    state: Variables,
    depth: usize,
}

impl Run {
    fn block(&mut self, statements: &[Syntax<'_>]) -> Flow {
        for &statement in statements {
            let flow = self.statement(statement);
            if flow != Flow::On {
                return flow;
            }
        }
        Flow::On
    }

    fn body(&mut self, node: Option<Syntax<'_>>) -> Flow {
        node.map_or(Flow::On, |node| self.block(&node.children()))
    }

    fn statement(&mut self, node: Syntax<'_>) -> Flow {
        if self.depth > DEEPEST {
            self.lose(node, DEPENDS);
            return Flow::On;
        }
        self.depth += 1;
        let flow = self.run(node);
        self.depth -= 1;
        if self.state.raises.is_some() { Flow::Raised } else { flow }
    }

    fn run(&mut self, node: Syntax<'_>) -> Flow {
        match node.kind() {
            "expression_statement" => {
                for child in node.children() {
                    match child.kind() {
                        "assignment" => self.assignment(child, node.range()),
                        "augmented_assignment" => self.augmented(child, node.range()),
                        _ => {
                            if let Some(raise) = leaves(child, node.range()) {
                                self.state.raises = Some(raise);
                                return Flow::Raised;
                            }
                            self.value(child);
                        }
                    }
                }
                Flow::On
            }
            "delete_statement" => {
                for target in node.children() {
                    self.delete(target);
                }
                Flow::On
            }
            "if_statement" => self.condition(node),
            "for_statement" => self.for_loop(node),
            "while_statement" => {
                let before = self.state.clone();
                self.lose(node, DEPENDS);
                // `while False` and a loop that never runs leave what was.
                let condition = node.field("condition").and_then(|condition| self.value(condition));
                if condition.is_some_and(|value| !value.is_true()) {
                    self.state = before;
                }
                Flow::On
            }
            "try_statement" => self.attempt(node),
            "with_statement" => {
                self.lose(node, DEPENDS);
                Flow::On
            }
            "match_statement" => {
                self.lose(node, DEPENDS);
                Flow::On
            }
            "function_definition" => {
                if node.field("name").is_some_and(|name| name.is("__getattr__")) {
                    self.state.open = Some(node.range());
                }
                self.bind(node.field("name"), Some(Value::Other("function")), node.range(), COMPUTED);
                Flow::On
            }
            "class_definition" => {
                self.bind(node.field("name"), Some(Value::Other("type")), node.range(), COMPUTED);
                Flow::On
            }
            "decorated_definition" => {
                let name = node.field("definition").and_then(|definition| definition.field("name"));
                self.bind(name, None, node.range(), COMPUTED);
                Flow::On
            }
            "import_statement" | "import_from_statement" => self.import(node),
            "raise_statement" => {
                self.state.raises = Some(raised(node));
                Flow::Raised
            }
            "break_statement" | "continue_statement" => Flow::Left,
            "exec_statement" => {
                self.state.open = Some(node.range());
                self.lose_all(node.range());
                Flow::On
            }
            "pass_statement" | "future_import_statement" | "global_statement" | "comment" => Flow::On,
            _ => {
                self.lose(node, DEPENDS);
                Flow::On
            }
        }
    }

    fn assignment(&mut self, node: Syntax<'_>, range: TextRange) {
        let mut targets = Vec::new();
        let mut value = Some(node);
        while let Some(assignment) = value.filter(|value| value.kind() == "assignment") {
            targets.extend(assignment.field("left"));
            value = assignment.field("right");
        }
        // `revision: str` alone declares a type and binds nothing.
        let Some(value) = value else { return };
        if value.kind() == "identifier" || targets.len() > 1 {
            let names = targets.iter().copied().chain([value]).flat_map(identifiers);
            self.state.aliases.extend(names);
        }
        let value = self.value(value);
        for target in targets {
            self.assign(target, value.as_ref(), range);
        }
    }

    fn assign(&mut self, target: Syntax<'_>, value: Option<&Value>, range: TextRange) {
        match target.kind() {
            "identifier" => self.bind(Some(target), value.cloned(), range, COMPUTED),
            "attribute" => {}
            "subscript" => self.assign_item(target, value, range),
            _ => {
                let targets = target.children();
                let items = value.and_then(Value::items);
                let stars = targets.iter().filter(|target| target.kind() == "list_splat_pattern").count();
                match items {
                    Some(items) if stars == 0 && items.len() == targets.len() => {
                        for (target, item) in targets.into_iter().zip(&items) {
                            self.assign(target, Some(item), range);
                        }
                    }
                    Some(items) if stars == 1 && items.len() + 1 >= targets.len() => {
                        let extra = items.len() + 1 - targets.len();
                        let mut items = items.into_iter();
                        for target in targets {
                            if target.kind() == "list_splat_pattern" {
                                let rest: Vec<_> = items.by_ref().take(extra).collect();
                                if let Some(&inner) = target.children().first() {
                                    self.assign(inner, Some(&Value::List(rest)), range);
                                }
                            } else {
                                self.assign(target, items.next().as_ref(), range);
                            }
                        }
                    }
                    _ => self.lose_names(target, range, "is unpacked from another value"),
                }
            }
        }
    }

    /// `globals()['name'] = …` binds a name; any other item changes a list that was known.
    fn assign_item(&mut self, target: Syntax<'_>, value: Option<&Value>, range: TextRange) {
        let object = target.field("value");
        let is_globals = object.is_some_and(|object| {
            object.kind() == "call" && object.field("function").is_some_and(|name| name.is("globals"))
        });
        if !is_globals {
            self.state.forget_lists(target, range);
            return;
        }
        match target.field("subscript").and_then(|key| self.value(key)) {
            Some(Value::Text(name)) => {
                self.state.names.insert(name, bound(value.cloned(), range, COMPUTED));
            }
            _ => {
                self.state.open = Some(range);
                self.lose_all(range);
            }
        }
    }

    fn augmented(&mut self, node: Syntax<'_>, range: TextRange) {
        let (Some(left), Some(right)) = (node.field("left"), node.field("right")) else { return };
        let before = self.value(left);
        let added = self.value(right);
        if left.kind() != "identifier" {
            self.state.forget_lists(left, range);
            return;
        }
        let is_plus = node.field("operator").is_some_and(|operator| operator.is("+="));
        let sum =
            if is_plus { before.zip(added).and_then(|(before, added)| plus(before, added)) } else { None };
        self.bind(Some(left), sum, range, DEPENDS);
    }

    fn delete(&mut self, target: Syntax<'_>) {
        match target.kind() {
            "identifier" => {
                self.state.names.remove(&target.text());
            }
            "attribute" => {}
            "subscript" => self.state.forget_lists(target, target.range()),
            _ => {
                for inner in target.children() {
                    self.delete(inner);
                }
            }
        }
    }

    fn condition(&mut self, node: Syntax<'_>) -> Flow {
        let mut branches = vec![(node.field("condition"), node.field("consequence"))];
        for child in node.children() {
            match child.kind() {
                "elif_clause" => branches.push((child.field("condition"), child.field("consequence"))),
                "else_clause" => branches.push((None, child.field("body"))),
                _ => {}
            }
        }
        let mut ways: Vec<Variables> = Vec::new();
        let mut decided = false;
        for (condition, body) in branches {
            let truth = match condition {
                None => Some(true),
                Some(condition) => self.value(condition).map(|value| value.is_true()),
            };
            if truth == Some(false) {
                continue;
            }
            if truth == Some(true) && ways.is_empty() {
                return self.body(body);
            }
            let before = self.state.clone();
            if self.body(body) != Flow::Raised {
                ways.push(std::mem::take(&mut self.state));
            }
            self.state = before;
            if truth == Some(true) {
                decided = true;
                break;
            }
        }
        let rest = if decided { None } else { Some(self.state.clone()) };
        self.join(ways.into_iter().chain(rest), node.range())
    }

    /// One of the ways was taken.
    fn join(&mut self, ways: impl IntoIterator<Item = Variables>, range: TextRange) -> Flow {
        let joined = ways.into_iter().reduce(|one, other| one.or(other, range));
        match joined {
            Some(state) => {
                self.state = state;
                Flow::On
            }
            // Each way ends with an error, but not with the same.
            None => {
                self.lose_all(range);
                Flow::On
            }
        }
    }

    fn for_loop(&mut self, node: Syntax<'_>) -> Flow {
        let items = node.field("right").and_then(|right| self.value(right)).and_then(|value| value.items());
        let (Some(items), Some(left)) = (items, node.field("left")) else {
            self.lose(node, DEPENDS);
            return Flow::On;
        };
        if items.len() > LONGEST_LOOP || node.children().iter().any(|child| child.kind() == "else_clause") {
            self.lose(node, DEPENDS);
            return Flow::On;
        }
        for item in items {
            self.assign(left, Some(&item), node.range());
            match self.body(node.field("body")) {
                Flow::On => {}
                Flow::Raised => return Flow::Raised,
                // Which of the two it was is not kept.
                Flow::Left => {
                    self.lose(node, DEPENDS);
                    return Flow::On;
                }
            }
        }
        Flow::On
    }

    /// What no statement of the body can keep from happening is certain; the rest only where each way agrees.
    fn attempt(&mut self, node: Syntax<'_>) -> Flow {
        let before = self.state.clone();
        let body = node.field("body").map(|body| body.children()).unwrap_or_default();
        let flow = self.block(&body);
        let safe = flow == Flow::On && body.iter().all(|&statement| cannot_fail(statement));
        let after = std::mem::replace(&mut self.state, before.clone());
        let mut ways = Vec::new();
        let mut last = None;
        for child in node.children() {
            match child.kind() {
                "except_clause" | "except_group_clause" if !safe => {
                    // The body may have come to any of its statements.
                    self.state = before.clone().or(after.clone(), node.range());
                    self.state.raises = None;
                    self.lose_targets(child);
                    let block = child.children().into_iter().rev().find(|inner| inner.kind() == "block");
                    if self.body(block) != Flow::Raised {
                        ways.push(std::mem::take(&mut self.state));
                    }
                }
                "else_clause" => last = child.field("body"),
                _ => {}
            }
        }
        let mut otherwise = Flow::On;
        if flow != Flow::Raised {
            self.state = after;
            otherwise = self.body(last);
            if otherwise != Flow::Raised {
                ways.push(std::mem::take(&mut self.state));
            }
        }
        let flow = if ways.is_empty() {
            self.state = before.or(Variables::default(), node.range());
            otherwise
        } else {
            self.join(ways, node.range())
        };
        let finally = node.children().into_iter().find(|child| child.kind() == "finally_clause");
        let block =
            finally.and_then(|clause| clause.children().into_iter().find(|inner| inner.kind() == "block"));
        match self.body(block) {
            Flow::On => flow,
            ended => ended,
        }
    }

    /// The names that an `except … as name` binds, which are gone after it.
    fn lose_targets(&mut self, clause: Syntax<'_>) {
        for child in clause.children() {
            if child.kind() != "block" {
                self.lose(child, DEPENDS);
            }
        }
    }

    fn import(&mut self, node: Syntax<'_>) -> Flow {
        let module = node.field("module_name");
        if let Some(module) = module.filter(|module| module.kind() == "relative_import") {
            // A migration is loaded as a module of its own, in no package.
            let dots = module.text().chars().take_while(|c| *c == '.').count();
            if dots > 0 {
                self.state.raises = Some(Raise {
                    class: "ImportError".to_owned(),
                    message: "attempted relative import with no known parent package".to_owned(),
                    range: node.range(),
                    needs_env: false,
                });
                return Flow::Raised;
            }
        }
        let from = module.is_some();
        for child in node.children().into_iter().skip(usize::from(from)) {
            match child.kind() {
                "wildcard_import" => {
                    let name = module.map(|module| module.text()).unwrap_or_default();
                    let top = name.split('.').next().unwrap_or_default();
                    if !HARMLESS.contains(&top) {
                        self.state.open = Some(node.range());
                        self.lose_all(node.range());
                    }
                }
                "aliased_import" => {
                    self.bind(child.field("alias"), None, node.range(), IMPORTED);
                }
                "dotted_name" => {
                    let Some(&name) = child.children().first() else { continue };
                    let is_typing = module.is_some_and(|module| module.is("typing"));
                    let is_alembic = module.is_some_and(|module| module.is("alembic"));
                    let value = if from && is_typing && name.is("TYPE_CHECKING") {
                        Some(Value::Bool(false))
                    } else if from && is_alembic && name.is("op") {
                        Some(Value::Other(OP))
                    } else if from && is_alembic && name.is("context") {
                        Some(Value::Other(CONTEXT))
                    } else if from {
                        None
                    } else {
                        Some(Value::Other("module"))
                    };
                    self.bind(Some(name), value, node.range(), IMPORTED);
                }
                _ => {}
            }
        }
        Flow::On
    }

    fn bind(&mut self, name: Option<Syntax<'_>>, value: Option<Value>, range: TextRange, why: &'static str) {
        if let Some(name) = name {
            self.state.names.insert(name.text(), bound(value, range, why));
        }
    }

    /// Every name that something in the node binds is unknown after it.
    fn lose(&mut self, node: Syntax<'_>, why: &'static str) {
        let range = node.range();
        let mut names = Vec::new();
        node.walk(|inner| {
            match inner.kind() {
                "assignment" | "augmented_assignment" | "for_statement" => {
                    names.extend(inner.field("left").into_iter().flat_map(identifiers));
                }
                "named_expression" => names.extend(inner.field("name").map(|name| name.text())),
                "as_pattern" => names.extend(inner.field("alias").into_iter().flat_map(identifiers)),
                "delete_statement" | "case_pattern" | "as_pattern_target" => names.extend(identifiers(inner)),
                "aliased_import" => names.extend(inner.field("alias").map(|name| name.text())),
                "import_from_statement" | "import_statement" => {
                    let imported = inner.children().into_iter().filter(|child| child.kind() == "dotted_name");
                    names.extend(imported.map(|name| name.text()));
                }
                "wildcard_import" => self.state.open = Some(range),
                "function_definition" | "class_definition" => {
                    names.extend(inner.field("name").map(|name| name.text()));
                    return false;
                }
                "lambda" => return false,
                "call" => self.state.forget_lists(inner, range),
                _ => {}
            }
            true
        });
        for name in names {
            self.state.names.insert(name, Bound::Unknown { range, why });
        }
    }

    fn lose_names(&mut self, node: Syntax<'_>, range: TextRange, why: &'static str) {
        for name in identifiers(node) {
            self.state.names.insert(name, Bound::Unknown { range, why });
        }
    }

    fn lose_all(&mut self, range: TextRange) {
        for bound in self.state.names.values_mut() {
            *bound = Bound::Unknown { range, why: DEPENDS };
        }
    }

    /// The value of an expression, where it is certain.
    fn value(&mut self, node: Syntax<'_>) -> Option<Value> {
        if node.has_error() || self.depth > DEEPEST {
            self.lose(node, DEPENDS);
            return None;
        }
        self.depth += 1;
        let value = self.evaluate(node);
        self.depth -= 1;
        value
    }

    fn values(&mut self, nodes: &[Syntax<'_>]) -> Option<Vec<Value>> {
        // Each is looked at, since each may bind a name.
        let values: Vec<_> = nodes.iter().map(|&node| self.value(node)).collect();
        values.into_iter().collect()
    }

    fn evaluate(&mut self, node: Syntax<'_>) -> Option<Value> {
        match node.kind() {
            "none" => Some(Value::None),
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            "ellipsis" => Some(Value::Other("ellipsis")),
            "float" => Some(Value::Other("float")),
            "integer" => node.text().replace('_', "").parse().ok().map(Value::Int),
            "string" if is_formatted(node) => self.formatted(node),
            "string" | "concatenated_string" => {
                node.string_value().map(Value::Text).or_else(|| node.bytes_value().map(Value::Bytes))
            }
            "parenthesized_expression" => match node.children().as_slice() {
                [inner] => self.value(*inner),
                _ => None,
            },
            "tuple" | "expression_list" => self.values(&node.children()).map(Value::Tuple),
            "list" => self.values(&node.children()).map(Value::List),
            "set" => self.values(&node.children()).map(|items| Value::Set(unique(items))),
            "dictionary" => self.keys(node),
            "identifier" => self.name(node),
            "lambda" => Some(Value::Other("function")),
            "named_expression" => {
                let value = node.field("value").and_then(|value| self.value(value));
                self.bind(node.field("name"), value.clone(), node.range(), COMPUTED);
                value
            }
            "binary_operator" => {
                let left = node.field("left").and_then(|left| self.value(left));
                let right = node.field("right").and_then(|right| self.value(right));
                let plus_sign = node.field("operator").is_some_and(|operator| operator.is("+"));
                let (left, right) = (left?, right?);
                if plus_sign { plus(left, right) } else { None }
            }
            "unary_operator" => {
                let minus = node.bytes().starts_with(b"-");
                match node.field("argument").and_then(|argument| self.value(argument))? {
                    Value::Int(value) if minus => value.checked_neg().map(Value::Int),
                    _ => None,
                }
            }
            "not_operator" => {
                let value = node.field("argument").and_then(|argument| self.value(argument))?;
                Some(Value::Bool(!value.is_true()))
            }
            "boolean_operator" => {
                let left = node.field("left").and_then(|left| self.value(left));
                let is_and = node.field("operator").is_some_and(|operator| operator.is("and"));
                let right = node.field("right")?;
                match left {
                    Some(left) if left.is_true() != is_and => Some(left),
                    Some(_) => self.value(right),
                    None => {
                        self.lose(right, DEPENDS);
                        None
                    }
                }
            }
            "conditional_expression" => self.choice(node),
            "comparison_operator" => self.comparison(node),
            "subscript" => {
                let object = node.field("value").and_then(|object| self.value(object));
                let key = node.field("subscript").and_then(|key| self.value(key));
                let (items, Value::Int(at)) = (object?.items()?, key?) else { return None };
                let at = if at < 0 { at + items.len() as i64 } else { at };
                items.get(usize::try_from(at).ok()?).cloned()
            }
            "call" => self.call(node),
            "attribute" => {
                self.without_proxy(node, false);
                None
            }
            _ => {
                self.lose(node, DEPENDS);
                None
            }
        }
    }

    /// `op.get_bind()` and `context.config` work only while `env.py` runs; `heads` and `history` load migrations without.
    fn without_proxy(&mut self, attribute: Syntax<'_>, called: bool) {
        let object = attribute.field("object").filter(|object| object.kind() == "identifier");
        let Some(name) = attribute.field("attribute").map(|name| name.text()) else { return };
        let raise = match object.and_then(|object| self.name(object)) {
            Some(Value::Other(OP)) if called => Raise {
                class: "NameError".to_owned(),
                message: format!(
                    "Can't invoke function '{name}', as the proxy object has not yet been established for the Alembic \
                     'Operations' class.  Try placing this code inside a callable."
                ),
                range: attribute.range(),
                needs_env: true,
            },
            Some(Value::Other(CONTEXT)) if name == "config" => Raise {
                class: "AttributeError".to_owned(),
                message: "module 'alembic.context' has no attribute 'config'".to_owned(),
                range: attribute.range(),
                needs_env: true,
            },
            _ => return,
        };
        self.state.raises.get_or_insert(raise);
    }

    fn name(&self, node: Syntax<'_>) -> Option<Value> {
        let name = node.text();
        match self.state.names.get(&name) {
            Some(Bound::Known { value, .. }) => Some(value.clone()),
            Some(Bound::Unknown { .. }) => None,
            // A migration is loaded under a name made from its file's, which is never this.
            None if name == "__name__" => Some(Value::Text("a migration".to_owned())),
            None => None,
        }
    }

    fn keys(&mut self, node: Syntax<'_>) -> Option<Value> {
        let mut keys = Vec::new();
        for pair in node.children() {
            let key = pair.field("key").and_then(|key| self.value(key));
            if let Some(value) = pair.field("value") {
                self.value(value);
            }
            keys.push(key);
        }
        keys.into_iter().collect::<Option<Vec<_>>>().map(|keys| Value::Keys(unique(keys)))
    }

    fn formatted(&mut self, node: Syntax<'_>) -> Option<Value> {
        let mut text = String::new();
        for part in node.children() {
            match part.kind() {
                "string_start" | "string_end" => {}
                "string_content" => {
                    let content = part.text();
                    // Escapes and doubled braces are rare here, and left alone.
                    if content.contains(['\\', '{', '}']) {
                        return None;
                    }
                    text.push_str(&content);
                }
                "interpolation" => match part.children().as_slice() {
                    [expression] => match self.value(*expression)? {
                        Value::Text(value) => text.push_str(&value),
                        Value::Int(value) => text.push_str(&value.to_string()),
                        _ => return None,
                    },
                    _ => return None,
                },
                _ => return None,
            }
        }
        Some(Value::Text(text))
    }

    fn choice(&mut self, node: Syntax<'_>) -> Option<Value> {
        let children = node.children();
        let [yes, condition, no] = children.as_slice() else { return None };
        match self.value(*condition) {
            Some(value) => self.value(if value.is_true() { *yes } else { *no }),
            None => {
                self.lose(*yes, DEPENDS);
                self.lose(*no, DEPENDS);
                None
            }
        }
    }

    fn comparison(&mut self, node: Syntax<'_>) -> Option<Value> {
        let children = node.children();
        let values = self.values(&children);
        let operator = node.field("operators")?.text();
        let values = values?;
        let [left, right] = values.as_slice() else { return None };
        let simple = |value: &Value| !matches!(value, Value::Other(_) | Value::Int(_) | Value::Bool(_));
        match operator.as_str() {
            "==" if simple(left) && simple(right) => Some(Value::Bool(left == right)),
            "!=" if simple(left) && simple(right) => Some(Value::Bool(left != right)),
            "is" if *right == Value::None => Some(Value::Bool(*left == Value::None)),
            _ => None,
        }
    }

    /// The few calls whose result is certain: making one kind of list from another.
    fn call(&mut self, node: Syntax<'_>) -> Option<Value> {
        let function = node.field("function")?;
        let arguments = node.field("arguments").map(|arguments| arguments.children()).unwrap_or_default();
        if function.kind() == "attribute" {
            self.without_proxy(function, true);
            self.lose(node, DEPENDS);
            return None;
        }
        let name = function.text();
        if matches!(name.as_str(), "exec" | "eval" | "globals" | "vars" | "locals" | "setattr") {
            self.state.open = Some(node.range());
            self.lose_all(node.range());
            return None;
        }
        let own = self.state.names.contains_key(&name);
        let makes = ["tuple", "list", "set", "frozenset", "str"].contains(&name.as_str());
        if own || !makes {
            self.lose(node, DEPENDS);
            return None;
        }
        let values = self.values(&arguments)?;
        match (name.as_str(), values.as_slice()) {
            ("str", [Value::Text(text)]) => Some(Value::Text(text.clone())),
            ("tuple", []) => Some(Value::Tuple(Vec::new())),
            ("list", []) => Some(Value::List(Vec::new())),
            ("set" | "frozenset", []) => Some(Value::Set(Vec::new())),
            ("tuple", [value]) => value.items().map(Value::Tuple),
            ("list", [value]) => value.items().map(Value::List),
            ("set" | "frozenset", [value]) => value.items().map(|items| Value::Set(unique(items))),
            _ => None,
        }
    }
}

impl Variables {
    /// A call or an assignment may change each list that it names, and each that may be the same under another name.
    fn forget_lists(&mut self, node: Syntax<'_>, range: TextRange) {
        let mut named = false;
        let mut names = Vec::new();
        node.walk(|inner| {
            if inner.kind() == "identifier" {
                names.push(inner.text());
            }
            true
        });
        for name in &names {
            named |= self.aliases.contains(name);
        }
        let aliases = if named { std::mem::take(&mut self.aliases) } else { BTreeSet::new() };
        for name in names.iter().chain(&aliases) {
            if let Some(bound) = self.names.get_mut(name).filter(|bound| is_list(bound)) {
                *bound = Bound::Unknown { range, why: DEPENDS };
            }
        }
    }
}

fn bound(value: Option<Value>, range: TextRange, why: &'static str) -> Bound {
    match value {
        Some(value) => Bound::Known { value, range },
        None => Bound::Unknown { range, why },
    }
}

fn plus(left: Value, right: Value) -> Option<Value> {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => Some(Value::Text(left + &right)),
        (Value::Tuple(left), Value::Tuple(right)) => Some(Value::Tuple([left, right].concat())),
        (Value::List(left), Value::List(right)) => Some(Value::List([left, right].concat())),
        _ => None,
    }
}

fn unique(items: Vec<Value>) -> Vec<Value> {
    let mut kept: Vec<Value> = Vec::new();
    for item in items {
        if !kept.contains(&item) {
            kept.push(item);
        }
    }
    kept
}

fn is_formatted(node: Syntax<'_>) -> bool {
    node.children().iter().any(|child| child.kind() == "interpolation")
        || node.bytes().first().is_some_and(|byte| matches!(byte, b'f' | b'F'))
}

/// A statement that neither calls nor looks anything up.
fn cannot_fail(statement: Syntax<'_>) -> bool {
    let mut safe = true;
    statement.walk(|node| {
        safe &= !matches!(
            node.kind(),
            "call"
                | "attribute"
                | "subscript"
                | "identifier"
                | "import_statement"
                | "import_from_statement"
                | "raise_statement"
                | "assert_statement"
                | "binary_operator"
        ) || node.kind() == "identifier" && is_target(node);
        safe
    });
    safe
}

/// Whether an identifier is what an assignment binds.
fn is_target(node: Syntax<'_>) -> bool {
    node.parent().is_some_and(|parent| {
        parent.kind() == "assignment" && parent.field("left").is_some_and(|left| left.range() == node.range())
    })
}

fn identifiers(node: Syntax<'_>) -> Vec<String> {
    let mut names = Vec::new();
    node.walk(|node| match node.kind() {
        "identifier" => {
            names.push(node.text());
            false
        }
        // `a.b = …` and `a[b] = …` bind no name.
        "attribute" | "subscript" => false,
        _ => true,
    });
    names
}

/// What a function does to a name of the module when it is called.
struct Change {
    name: String,
    range: TextRange,
    /// Whether it binds the name, and not only changes the list that the name holds.
    rebinds: bool,
}

fn changes_by_functions(module: &Module<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut ends = 0;
    module.root().walk(|node| {
        let range = node.range();
        if node.kind() == "function_definition" {
            ends = ends.max(range.end());
        }
        if range.start() >= ends {
            return true;
        }
        let object = match node.kind() {
            "global_statement" => {
                let names = node.children().into_iter();
                changes.extend(names.map(|name| Change { name: name.text(), range, rebinds: true }));
                None
            }
            "call" => node.field("function").and_then(|function| function.field("object")),
            "assignment" | "augmented_assignment" => node.field("left").and_then(|left| left.field("value")),
            _ => None,
        };
        if let Some(object) = object.filter(|object| object.kind() == "identifier") {
            changes.push(Change { name: object.text(), range, rebinds: false });
        }
        true
    });
    changes
}

fn is_list(bound: &Bound) -> bool {
    matches!(bound, Bound::Known { value: Value::List(_) | Value::Set(_) | Value::Keys(_), .. })
}

/// `sys.exit(…)`, `exit(…)` and `quit(…)`.
fn leaves(node: Syntax<'_>, range: TextRange) -> Option<Raise> {
    let function = (node.kind() == "call").then(|| node.field("function")).flatten()?;
    if !["sys.exit", "exit", "quit"].iter().any(|name| function.is(name)) {
        return None;
    }
    let arguments = node.field("arguments").map(|arguments| arguments.children()).unwrap_or_default();
    let message = arguments.first().map(|argument| argument.text()).unwrap_or_default();
    Some(Raise { class: "SystemExit".to_owned(), message, range, needs_env: false })
}

/// The class and, where it is a literal, the message of `raise Class('message')`.
fn raised(node: Syntax<'_>) -> Raise {
    let what = node.children().into_iter().next();
    let (class, arguments) = match what {
        Some(call) if call.kind() == "call" => (call.field("function"), call.field("arguments")),
        other => (other, None),
    };
    let first = arguments.and_then(|arguments| arguments.children().into_iter().next());
    Raise {
        class: class.map(|class| class.text()).unwrap_or_default(),
        message: first.and_then(Syntax::string_value).unwrap_or_default(),
        range: node.range(),
        needs_env: false,
    }
}
