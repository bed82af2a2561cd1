//! Statements, in order.

use super::effects::{cannot_fail, identifiers, leaves, raised};
use super::{
    Bound, COMPUTED, CONTEXT, DEEPEST, DEPENDS, HARMLESS, IMPORTED, Importable, LONGEST_LOOP, OP, Raise,
    Variables, bound,
};
use crate::source::python::Syntax;
use crate::source::value::Value;
use crate::text::TextRange;

/// How a block ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    /// At its end.
    On,
    /// By an error, for certain.
    Raised,
    /// By `break` or `continue`.
    Left,
}

/// A run through statements.
pub(super) struct Run<'t> {
    pub(super) state: Variables,
    /// How deep in statements and expressions it is.
    pub(super) depth: usize,
    importable: Importable<'t>,
}

impl<'t> Run<'t> {
    /// What holds after these statements.
    pub(super) fn through(statements: &[Syntax<'_>], importable: Importable<'t>) -> Variables {
        let mut run = Self { state: Variables::default(), depth: 0, importable };
        run.block(statements);
        run.state
    }

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
        if self.depth > DEEPEST {
            self.lose_names(target, range, DEPENDS);
            return;
        }
        self.depth += 1;
        self.assign_within(target, value, range);
        self.depth -= 1;
    }

    fn assign_within(&mut self, target: Syntax<'_>, value: Option<&Value>, range: TextRange) {
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
            if is_plus { before.zip(added).and_then(|(before, added)| before.plus(added)) } else { None };
        self.bind(Some(left), sum, range, DEPENDS);
    }

    fn delete(&mut self, target: Syntax<'_>) {
        match target.kind() {
            "identifier" => {
                self.state.names.remove(&target.text());
            }
            "attribute" => {}
            "subscript" => self.state.forget_lists(target, target.range()),
            _ if self.depth > DEEPEST => self.lose_names(target, target.range(), DEPENDS),
            _ => {
                self.depth += 1;
                for inner in target.children() {
                    self.delete(inner);
                }
                self.depth -= 1;
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
        let joined = ways.into_iter().reduce(|one, other| one.or(&other, range));
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
        let body = node.field("body").map(Syntax::children).unwrap_or_default();
        let flow = self.block(&body);
        let safe = flow == Flow::On && body.iter().all(|&statement| cannot_fail(statement));
        let after = std::mem::replace(&mut self.state, before.clone());
        let mut ways = Vec::new();
        let mut last = None;
        for child in node.children() {
            match child.kind() {
                "except_clause" | "except_group_clause" if !safe => {
                    // The body may have come to any of its statements.
                    self.state = before.clone().or(&after, node.range());
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
            self.state = before.or(&Variables::default(), node.range());
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
        let found = module.and_then(|module| self.importable.module(&module.text()));
        for child in node.children().into_iter().skip(usize::from(from)) {
            match child.kind() {
                "wildcard_import"
                    if found.as_ref().is_some_and(|found| !found.names.contains_key("__all__")) =>
                {
                    if let Some(found) = &found {
                        for name in found.names.keys().filter(|name| !name.starts_with('_')) {
                            self.state.names.insert(name.clone(), found.given(name, node.range()));
                        }
                    }
                }
                "wildcard_import" => {
                    let name = module.map(Syntax::text).unwrap_or_default();
                    let top = name.split('.').next().unwrap_or_default();
                    if !HARMLESS.contains(&top) {
                        self.state.open = Some(node.range());
                        self.lose_all(node.range());
                    }
                }
                "aliased_import" => match (&found, child.field("name"), child.field("alias")) {
                    (Some(found), Some(name), Some(alias)) => {
                        let given = found.given(&name.text(), node.range());
                        self.state.names.insert(alias.text(), given);
                    }
                    (_, _, alias) => self.bind(alias, None, node.range(), IMPORTED),
                },
                "dotted_name" => {
                    let Some(&name) = child.children().first() else { continue };
                    if let Some(found) = &found {
                        self.state.names.insert(name.text(), found.given(&name.text(), node.range()));
                        continue;
                    }
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

    pub(super) fn bind(
        &mut self,
        name: Option<Syntax<'_>>,
        value: Option<Value>,
        range: TextRange,
        why: &'static str,
    ) {
        if let Some(name) = name {
            self.state.names.insert(name.text(), bound(value, range, why));
        }
    }

    /// Every name that something in the node binds is unknown after it.
    pub(super) fn lose(&mut self, node: Syntax<'_>, why: &'static str) {
        let range = node.range();
        let mut names = Vec::new();
        let mut given = 0;
        node.walk(|inner| {
            match inner.kind() {
                "assignment" | "augmented_assignment" | "for_statement" => {
                    names.extend(inner.field("left").into_iter().flat_map(identifiers));
                }
                "named_expression" => names.extend(inner.field("name").map(Syntax::text)),
                "as_pattern" => names.extend(inner.field("alias").into_iter().flat_map(identifiers)),
                "delete_statement" | "case_pattern" | "as_pattern_target" => names.extend(identifiers(inner)),
                "aliased_import" => names.extend(inner.field("alias").map(Syntax::text)),
                "import_from_statement" | "import_statement" => {
                    let imported = inner.children().into_iter().filter(|child| child.kind() == "dotted_name");
                    names.extend(imported.map(Syntax::text));
                }
                "wildcard_import" => self.state.open = Some(range),
                "function_definition" | "class_definition" => {
                    names.extend(inner.field("name").map(Syntax::text));
                    return false;
                }
                "lambda" => return false,
                // What a call is given, calls within it are not given anew.
                "call" if inner.range().start() >= given => {
                    self.state.forget_lists(inner, range);
                    given = inner.range().end();
                }
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

    pub(super) fn lose_all(&mut self, range: TextRange) {
        for bound in self.state.names.values_mut() {
            *bound = Bound::Unknown { range, why: DEPENDS };
        }
    }
}
