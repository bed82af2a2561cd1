//! `DO` blocks of PostgreSQL: the statements of PL/pgSQL as far as they are plain.
//!
//! What is in a branch is done under its condition; what is in a loop may be done; a block with handlers is tried. What is
//! not understood taints what it could touch. Source: PostgreSQL's manual, `PL/pgSQL`.

use super::super::{Condition, Constant, Operation, Stands, Touches, Written};
use super::alter::{noted, unknown};
use super::catalogue;
use super::names::Names;
use super::split::{Kind, Statement, statements};
use super::text::SqlText;

/// How deep blocks, branches and loops are followed.
const DEPTH: usize = 24;
/// How many statements a block may have, and how many ways may lead on behind a `RETURN`.
const STATEMENTS: usize = 4096;
const RETURNS: usize = 6;

/// What a `DO` block asks for.
pub(super) fn read(statement: &Statement, names: Names<'_>) -> Vec<Operation> {
    let everything = || vec![unknown("a DO block", Touches::Everything)];
    let language = (1..statement.tokens.len()).find(|at| statement.is(*at, "language"));
    if language.is_some_and(|at| !statement.at(at + 1).trim_matches('\'').eq_ignore_ascii_case("plpgsql")) {
        return everything();
    }
    let body = (1..statement.tokens.len())
        .find(|at| matches!(statement.kind(*at), Some(Kind::Dollar | Kind::String)));
    let Some(body) = body.map(|at| statement.at(at)).filter(|_| !statement.open) else { return everything() };
    let inner = if let Some(rest) = body.strip_prefix('$') {
        let tag = rest.find('$').map_or(0, |end| end + 2);
        body.get(tag..body.len().saturating_sub(tag)).unwrap_or_default().to_owned()
    } else {
        body.trim_matches('\'').replace("''", "'")
    };
    let fragments = statements(&inner, names.dialect);
    let has_variables = fragments.iter().any(|fragment| fragment.has(&["declare", "for", "foreach"]));
    let mut reader = Reader { fragments, names, has_variables, fragment: 0, at: 0, returns: 0 };
    match reader.block(0).map(|steps| lowered(&steps, &mut 0)) {
        Some(Some(operations)) if operations.is_empty() => vec![noted("DO", None)],
        Some(Some(operations)) => operations,
        _ => everything(),
    }
}

/// A step of a block.
#[derive(Debug, Clone)]
enum Step {
    Do(Operation),
    If(Condition, Vec<Self>, Vec<Self>),
    Try(Vec<Self>, Vec<(Vec<Box<str>>, Vec<Self>)>),
    Return,
}

/// The operations of steps. What stands behind a `RETURN` is done where it was not reached.
fn lowered(steps: &[Step], returns: &mut usize) -> Option<Vec<Operation>> {
    let mut operations = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        match step {
            Step::Do(operation) => operations.push(operation.clone()),
            Step::Return => return Some(operations),
            Step::If(condition, then, otherwise) if returns_within(then) || returns_within(otherwise) => {
                *returns += 1;
                if *returns > RETURNS {
                    return None;
                }
                let rest = &steps[at + 1..];
                let mut way = |branch: &[Step]| lowered(&[branch, rest].concat(), returns);
                let (then, otherwise) = (way(then)?, way(otherwise)?);
                operations.push(Operation::If { condition: condition.clone(), then, otherwise });
                return Some(operations);
            }
            Step::If(condition, then, otherwise) => operations.push(Operation::If {
                condition: condition.clone(),
                then: lowered(then, returns)?,
                otherwise: lowered(otherwise, returns)?,
            }),
            Step::Try(body, handlers) => {
                let is_left = returns_within(body) || handlers.iter().any(|(_, steps)| returns_within(steps));
                let body = lowered(body, returns)?;
                let handlers: Option<Vec<_>> = handlers
                    .iter()
                    .map(|(words, steps)| Some((words.clone(), lowered(steps, returns)?)))
                    .collect();
                operations.push(Operation::Try { body, handlers: handlers? });
                if is_left {
                    let then = lowered(&steps[at + 1..], returns)?;
                    operations.push(Operation::If {
                        condition: Condition::Unknown,
                        then,
                        otherwise: Vec::new(),
                    });
                    return Some(operations);
                }
            }
        }
    }
    Some(operations)
}

fn returns_within(steps: &[Step]) -> bool {
    steps.iter().any(|step| match step {
        Step::Return => true,
        Step::If(_, then, otherwise) => returns_within(then) || returns_within(otherwise),
        Step::Do(_) | Step::Try(..) => false,
    })
}

/// Reads the statements between semicolons, of which each may begin with words that lead to it.
struct Reader<'a> {
    fragments: Vec<Statement>,
    names: Names<'a>,
    /// Whether a plain word in a statement may be a variable.
    has_variables: bool,
    fragment: usize,
    at: usize,
    returns: usize,
}

impl Reader<'_> {
    fn now(&self) -> Option<&Statement> {
        self.fragments.get(self.fragment)
    }

    fn is(&self, word: &str) -> bool {
        self.now().is_some_and(|fragment| fragment.is(self.at, word))
    }

    fn are(&self, words: &[&str]) -> bool {
        self.now().is_some_and(|fragment| fragment.are(self.at, words))
    }

    /// Goes on behind the semicolon.
    fn next(&mut self) {
        self.fragment += 1;
        self.at = 0;
    }

    /// Takes a word that leads to a statement.
    fn takes(&mut self, word: &str) -> bool {
        let is_it = self.is(word);
        self.at += usize::from(is_it);
        is_it
    }

    /// Goes behind a word outside of parentheses and `CASE … END`, and gives what stands before it.
    fn until(&mut self, word: &str) -> Option<String> {
        let fragment = self.now()?;
        let (mut depth, mut cases) = (0_i32, 0_i32);
        for at in self.at..fragment.tokens.len() {
            if depth == 0 && cases == 0 && fragment.is(at, word) {
                let (from, to) = (fragment.tokens[self.at].start, fragment.tokens[at].start);
                let text = fragment.text[from..to].to_owned();
                self.at = at + 1;
                return Some(text);
            }
            match fragment.at(at).to_ascii_lowercase().as_str() {
                "(" => depth += 1,
                ")" => depth -= 1,
                "case" => cases += 1,
                "end" => cases -= 1,
                _ => {}
            }
        }
        None
    }

    /// `[DECLARE …] BEGIN … [EXCEPTION WHEN …] END`, with its semicolon.
    fn block(&mut self, depth: usize) -> Option<Vec<Step>> {
        if depth > DEPTH {
            return None;
        }
        if self.is("<") {
            // A label.
            while !self.is("begin") && !self.is("declare") {
                self.at += 1;
                self.now().filter(|fragment| self.at < fragment.tokens.len())?;
            }
        }
        if self.takes("declare") {
            // Each declaration ends with a semicolon.
            while !self.is("begin") {
                self.now()?;
                self.next();
            }
        }
        if !self.takes("begin") {
            return None;
        }
        let body = self.steps(&["end", "exception"], depth)?;
        let mut handlers = Vec::new();
        if self.takes("exception") {
            while self.takes("when") {
                let words = self.until("then")?;
                let words = words.split_ascii_whitespace().filter(|word| !word.eq_ignore_ascii_case("or"));
                let words = words.map(Into::into).collect();
                handlers.push((words, self.steps(&["end", "when"], depth)?));
            }
        }
        if !self.takes("end") {
            return None;
        }
        self.next();
        Some(if handlers.is_empty() { body } else { vec![Step::Try(body, handlers)] })
    }

    /// Statements up to one of the words, which is not taken.
    fn steps(&mut self, ends: &[&str], depth: usize) -> Option<Vec<Step>> {
        let mut steps = Vec::new();
        while !ends.iter().any(|end| self.is(end)) {
            self.now()?;
            if steps.len() > STATEMENTS {
                return None;
            }
            self.step(&mut steps, depth)?;
        }
        Some(steps)
    }

    fn step(&mut self, steps: &mut Vec<Step>, depth: usize) -> Option<()> {
        if depth > DEPTH {
            return None;
        }
        let label = self.is("<").then(|| {
            let fragment = self.now()?;
            (self.at..fragment.tokens.len()).find(|at| {
                ["for", "while", "loop", "foreach", "declare", "begin"]
                    .iter()
                    .any(|word| fragment.is(*at, word))
            })
        });
        if let Some(behind) = label {
            self.at = behind?;
        }
        if self.is("begin") || self.is("declare") {
            steps.extend(self.block(depth + 1)?);
        } else if self.takes("if") {
            steps.push(self.branches(depth + 1)?);
        } else if self.is("loop") || self.is("for") || self.is("foreach") || self.is("while") {
            self.until("loop")?;
            let body = self.steps(&["end"], depth + 1)?;
            self.ends("loop")?;
            let once = Step::If(Condition::Unknown, body.clone(), Vec::new());
            // What is not the same the second time is in doubt, and so is what it leaves.
            steps.extend([once.clone(), once].into_iter().take(if changes(&body) { 2 } else { 1 }));
        } else if self.takes("case") {
            steps.push(self.cases(depth + 1)?);
        } else if self.is("return") {
            self.next();
            self.returns += 1;
            steps.push(Step::Return);
        } else {
            self.plain(steps)?;
        }
        Some(())
    }

    /// `END word;`.
    fn ends(&mut self, word: &str) -> Option<()> {
        if !self.are(&["end", word]) {
            return None;
        }
        self.next();
        Some(())
    }

    /// What stands behind `IF` or `ELSIF`.
    fn branches(&mut self, depth: usize) -> Option<Step> {
        if depth > DEPTH {
            return None;
        }
        let condition = self.until("then")?;
        let condition = catalogue::condition(&condition, self.names);
        let then = self.steps(&["elsif", "elseif", "else", "end"], depth)?;
        let otherwise = if self.takes("elsif") || self.takes("elseif") {
            vec![self.branches(depth + 1)?]
        } else {
            let otherwise = if self.takes("else") { self.steps(&["end"], depth)? } else { Vec::new() };
            self.ends("if")?;
            otherwise
        };
        Some(Step::If(condition, then, otherwise))
    }

    /// What stands behind `CASE`: one of several ways.
    fn cases(&mut self, depth: usize) -> Option<Step> {
        while !self.takes("when") {
            self.at += 1;
            self.now().filter(|fragment| self.at < fragment.tokens.len())?;
        }
        self.until("then")?;
        let then = self.steps(&["when", "else", "end"], depth)?;
        let otherwise = if self.is("when") {
            vec![self.cases(depth + 1).filter(|_| depth < DEPTH)?]
        } else {
            let otherwise = if self.takes("else") { self.steps(&["end"], depth)? } else { Vec::new() };
            self.ends("case")?;
            otherwise
        };
        Some(Step::If(Condition::Unknown, then, otherwise))
    }

    /// A statement up to its semicolon.
    fn plain(&mut self, steps: &mut Vec<Step>) -> Option<()> {
        let fragment = self.now()?;
        let from = fragment.tokens.get(self.at)?.start;
        let statement = statements(&fragment.text[from..], self.names.dialect).into_iter().next()?;
        let is_open = fragment.open || statement.open;
        self.next();
        if is_open {
            return None;
        }
        let everything = |what: &str| vec![unknown(what, Touches::Everything)];
        let harmless = ["null", "get", "exit", "continue", "assert", "open", "fetch", "close", "move"];
        let operations = if harmless.iter().any(|word| statement.is(0, word)) {
            Vec::new()
        } else if statement.is(0, "raise") {
            let levels = ["notice", "warning", "info", "log", "debug"];
            if levels.iter().any(|level| statement.is(1, level)) {
                Vec::new()
            } else {
                let message = statement.at(if statement.is(1, "exception") { 2 } else { 1 });
                vec![Operation::Raise { message: message.trim_matches('\'').into() }]
            }
        } else if statement.is(0, "perform") {
            if super::functions::are_harmless(&statement, 1) {
                Vec::new()
            } else {
                everything("a function may change the schema")
            }
        } else if statement.is(0, "execute") {
            self.executed(&statement)
        } else if is_assignment(&statement) {
            if super::functions::are_harmless(&statement, 1) {
                Vec::new()
            } else {
                everything("a function may change the schema")
            }
        } else if (statement.is(0, "select") || statement.is(0, "with")) && statement.has(&["into"]) {
            // Into a variable.
            if super::functions::are_harmless(&statement, 1) {
                Vec::new()
            } else {
                everything("a function may change the schema")
            }
        } else {
            self.of_sql(super::statement(&statement, self.names))
        };
        steps.extend(operations.into_iter().map(Step::Do));
        Some(())
    }

    /// Operations of a statement of SQL in which plain words may be variables.
    fn of_sql(&self, mut operations: Vec<Operation>) -> Vec<Operation> {
        for operation in operations.iter_mut().filter(|_| self.has_variables) {
            match operation {
                Operation::Data { uses, .. } => uses.iter_mut().for_each(|(_, columns)| columns.clear()),
                Operation::Constants { all } => {
                    let names_column = |own: &Written| {
                        matches!(own.stands, Stands::Compared(..))
                            || matches!(own.constant, Constant::OfColumn(..))
                    };
                    all.retain(|own| !names_column(own));
                }
                _ => {}
            }
        }
        operations
    }

    /// `EXECUTE`, whose text may be computed.
    fn executed(&self, statement: &Statement) -> Vec<Operation> {
        let end = (1..statement.tokens.len())
            .find(|at| statement.is(*at, "into") || statement.is(*at, "using"))
            .unwrap_or(statement.tokens.len());
        let (Some(first), Some(last)) = (statement.tokens.get(1), statement.tokens.get(end - 1)) else {
            return vec![unknown("EXECUTE", Touches::Everything)];
        };
        let text = catalogue::text(&statement.text[first.start..last.end], self.names);
        match text {
            Some(text) => super::operations(&text, self.names.dialect),
            None => vec![unknown("EXECUTE of a text that is computed", Touches::Everything)],
        }
    }
}

/// `name := …` or `name = …`.
fn is_assignment(statement: &Statement) -> bool {
    let sign = (1..statement.tokens.len().min(8)).find(|at| statement.is(*at, "=") || statement.is(*at, ":"));
    let keywords =
        ["insert", "update", "delete", "select", "with", "alter", "create", "drop", "set", "merge"];
    sign.is_some() && !keywords.iter().any(|word| statement.is(0, word))
}

/// Whether any of it changes the schema.
fn changes(steps: &[Step]) -> bool {
    steps.iter().any(|step| match step {
        Step::Do(Operation::Data { .. } | Operation::Constants { .. } | Operation::Noted { .. })
        | Step::Return => false,
        Step::Do(_) => true,
        Step::If(_, then, otherwise) => changes(then) || changes(otherwise),
        Step::Try(body, handlers) => changes(body) || handlers.iter().any(|(_, steps)| changes(steps)),
    })
}

/// A text of which nothing but these pieces is known.
pub(super) fn with_holes(text: &str, names: Names<'_>) -> SqlText {
    SqlText::with_placeholder(text, names.hole.word())
}
