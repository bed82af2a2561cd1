//! The only file that names tree-sitter and the grammar: a parser, and the tree as a stream of nodes entered and left.
//!
//! Offsets are those of the file, whatever its encoding: bytes that are no UTF-8 are masked before parsing, one for
//! one, and text is decoded from the file's own bytes.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use crate::text::{Encoding, TextRange};

/// Declares [`Kind`] and the grammar's names of each.
macro_rules! kinds {
    (
        statements { $($statement:ident $of_statement:literal)* }
        leaves { $($leaf:ident $of_leaf:literal)* }
        others { $($other:ident $of_other:literal)* }
        tokens { $($token:ident $of_token:literal)* }
    ) => {
        /// What a node is. `Token` is for words and marks that say nothing more than the node around them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Kind { $($statement,)* $($leaf,)* $($other,)* $($token,)* Token, Error }

        impl Kind {
            const NAMED: &[(&str, Self)] = &[
                $(($of_statement, Self::$statement),)* $(($of_leaf, Self::$leaf),)* $(($of_other, Self::$other),)*
            ];
            const TOKENS: &[(&str, Self)] = &[$(($of_token, Self::$token),)*];

            /// Whether it is a statement or belongs to one, and not to an expression.
            pub(super) fn is_statement(self) -> bool {
                matches!(self, $(Self::$statement)|*)
            }

            /// Whether nothing in it is looked at: its bytes say all.
            pub(super) fn is_leaf(self) -> bool {
                matches!(self, $(Self::$leaf)|* | $(Self::$token)|* | Self::Token)
            }
        }
    };
}

kinds! {
    statements {
        AliasedImport "aliased_import" AssertStatement "assert_statement" Assignment "assignment"
        AugmentedAssignment "augmented_assignment" Block "block" CaseClause "case_clause"
        ClassDefinition "class_definition" DecoratedDefinition "decorated_definition" Decorator "decorator"
        DeleteStatement "delete_statement" ElifClause "elif_clause" ElseClause "else_clause"
        ExceptClause "except_clause" ExecStatement "exec_statement" ExpressionStatement "expression_statement"
        FinallyClause "finally_clause" ForStatement "for_statement" FunctionDefinition "function_definition"
        FutureImportStatement "future_import_statement" GlobalStatement "global_statement"
        IfStatement "if_statement" ImportFromStatement "import_from_statement"
        ImportStatement "import_statement" MatchStatement "match_statement" Module "module"
        NonlocalStatement "nonlocal_statement" PrintStatement "print_statement"
        RaiseStatement "raise_statement" ReturnStatement "return_statement" TryStatement "try_statement"
        TypeAliasStatement "type_alias_statement" WhileStatement "while_statement" WithClause "with_clause"
        WithItem "with_item" WithStatement "with_statement"
    }
    leaves {
        Identifier "identifier" Comment "comment" Integer "integer" Float "float" None "none" True "true"
        False "false" Ellipsis "ellipsis" StringContent "string_content" StringStart "string_start"
        StringEnd "string_end" PassStatement "pass_statement" BreakStatement "break_statement"
        ContinueStatement "continue_statement" DottedName "dotted_name" RelativeImport "relative_import"
        WildcardImport "wildcard_import" LineContinuation "line_continuation" ImportPrefix "import_prefix"
        TypeConversion "type_conversion" PositionalSeparator "positional_separator"
        KeywordSeparator "keyword_separator"
    }
    others {
        ArgumentList "argument_list" AsPattern "as_pattern" AsPatternTarget "as_pattern_target"
        Attribute "attribute" Await "await" BinaryOperator "binary_operator"
        BooleanOperator "boolean_operator" Call "call" CasePattern "case_pattern" Chevron "chevron"
        ClassPattern "class_pattern" ComparisonOperator "comparison_operator" ComplexPattern "complex_pattern"
        ConcatenatedString "concatenated_string" ConditionalExpression "conditional_expression"
        ConstrainedType "constrained_type" DefaultParameter "default_parameter" DictPattern "dict_pattern"
        Dictionary "dictionary" DictionaryComprehension "dictionary_comprehension"
        DictionarySplat "dictionary_splat" DictionarySplatPattern "dictionary_splat_pattern"
        EscapeInterpolation "escape_interpolation" EscapeSequence "escape_sequence"
        ExpressionList "expression_list" ForInClause "for_in_clause" FormatExpression "format_expression"
        FormatSpecifier "format_specifier" GeneratorExpression "generator_expression"
        GenericType "generic_type" IfClause "if_clause" Interpolation "interpolation"
        KeywordArgument "keyword_argument" KeywordPattern "keyword_pattern" Lambda "lambda"
        LambdaParameters "lambda_parameters" List "list" ListComprehension "list_comprehension"
        ListPattern "list_pattern" ListSplat "list_splat" ListSplatPattern "list_splat_pattern"
        MemberType "member_type" NamedExpression "named_expression" NotOperator "not_operator" Pair "pair"
        Parameters "parameters" ParenthesizedExpression "parenthesized_expression"
        ParenthesizedListSplat "parenthesized_list_splat" PatternList "pattern_list" Set "set"
        SetComprehension "set_comprehension" Slice "slice" SplatPattern "splat_pattern" SplatType "splat_type"
        String "string" Subscript "subscript" Tuple "tuple" TuplePattern "tuple_pattern" Type "type"
        TypeParameter "type_parameter" TypedDefaultParameter "typed_default_parameter"
        TypedParameter "typed_parameter" UnaryOperator "unary_operator" UnionPattern "union_pattern"
        UnionType "union_type" Yield "yield"
    }
    tokens {
        As "as" Async "async" Colon ":" Comma "," Equals "=" Except "except" From "from" Star "*"
        LessGreater "<>"
    }
}

/// The kinds by the grammar's own numbers. Made once: the library measures and checks a C text for each name.
static KINDS: LazyLock<Vec<(Kind, String)>> = LazyLock::new(|| {
    let language = tree_sitter::Language::from(tree_sitter_python::LANGUAGE);
    let kind = |id: u16| {
        let name = language.node_kind_for_id(id).unwrap_or_default();
        let among = if language.node_kind_is_named(id) { Kind::NAMED } else { Kind::TOKENS };
        let known = among.iter().find(|(known, _)| *known == name);
        (known.map_or(Kind::Token, |&(_, kind)| kind), name.to_owned())
    };
    (0..language.node_kind_count()).map(|id| kind(id as u16)).collect()
});

/// A node, without what is in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) range: TextRange,
    /// Whether it, or anything in it, did not parse.
    pub(super) has_error: bool,
    /// The grammar's name of what the parser put there because it was missing.
    pub(super) missing: Option<&'static str>,
}

/// Who goes through a tree.
pub(super) trait Visit {
    /// A node begins; says whether to go inside. One that is not gone into is not left either.
    fn enter(&mut self, node: Node) -> bool;
    /// The node that was entered last and not left yet ends.
    fn leave(&mut self);
}

/// Parses files, one after the other.
pub(super) struct Grammar(tree_sitter::Parser);

impl Grammar {
    pub(super) fn new() -> Self {
        let mut parser = tree_sitter::Parser::new();
        parser
            .set_language(&tree_sitter_python::LANGUAGE.into())
            .expect("the grammar's version fits the library's, both are pinned");
        Self(parser)
    }

    /// Parses `source` and takes `visit` through every node that it wants to see, without recursion.
    pub(super) fn parse(&mut self, source: &[u8], encoding: Encoding, visit: &mut impl Visit) {
        let masked = mask(source, encoding);
        let tree =
            self.0.parse(masked.as_ref(), None).expect("no time limit is set, so parsing ends with a tree");
        walk(&tree, visit);
    }
}

fn walk(tree: &tree_sitter::Tree, visit: &mut impl Visit) {
    let has_error = tree.root_node().has_error();
    let mut cursor = tree.walk();
    let mut depth = 0_usize;
    loop {
        let inner = cursor.node();
        // `ERROR` has a number of its own beyond the grammar's.
        let known = KINDS.get(usize::from(inner.kind_id()));
        let kind = known.map_or(Kind::Error, |&(kind, _)| kind);
        let node = Node {
            kind,
            range: TextRange::new(inner.start_byte() as u32, inner.end_byte() as u32),
            has_error: has_error && inner.has_error(),
            missing: known.filter(|_| has_error && inner.is_missing()).map(|(_, name)| &**name),
        };
        if visit.enter(node) {
            if cursor.goto_first_child() {
                depth += 1;
                continue;
            }
            visit.leave();
        }
        loop {
            if depth == 0 {
                return;
            }
            if cursor.goto_next_sibling() {
                break;
            }
            cursor.goto_parent();
            depth -= 1;
            visit.leave();
        }
    }
}

/// Makes the bytes parsable as UTF-8 without moving any.
fn mask(source: &[u8], encoding: Encoding) -> Cow<'_, [u8]> {
    let lone = |at: usize| source[at] == b'\r' && source.get(at + 1) != Some(&b'\n');
    let is_utf8 = encoding == Encoding::Utf8 && std::str::from_utf8(source).is_ok();
    // The grammar does not know the line ends of old, Python does.
    let has_lone = source.contains(&b'\r') && (0..source.len()).any(lone);
    let byte = |at: usize| match source[at] {
        _ if lone(at) => b'\n',
        // The scanner takes NUL for the end.
        0 => b'_',
        byte if is_utf8 || byte.is_ascii() => byte,
        _ => b'_',
    };
    let mut masked = if is_utf8 && !has_lone && !source.contains(&0) {
        Cow::Borrowed(source)
    } else {
        Cow::Owned((0..source.len()).map(byte).collect())
    };
    for range in long_comments(&masked) {
        let ends = masked.to_mut()[range].iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r'));
        ends.for_each(|byte| *byte = b' ');
    }
    masked
}

/// Lines of comments one after the other that are so many that the scanner, which looks to their end at each of them, would
/// not come to an end itself: each from its first line to its last, without the end of that. As one comment they are the
/// same, and so they are where they are lines of a string.
fn long_comments(source: &[u8]) -> Vec<Range<usize>> {
    const MOST: usize = 200;
    let mut found = Vec::new();
    let (mut first, mut n_lines, mut at) = (0, 0, 0);
    for line in source.split_inclusive(|&byte| byte == b'\n') {
        let is_comment = line.trim_ascii_start().first() == Some(&b'#');
        if is_comment && n_lines == 0 {
            first = at;
        }
        if !is_comment && n_lines > MOST {
            found.push(first..at - 1);
        }
        n_lines = if is_comment { n_lines + 1 } else { 0 };
        at += line.len();
    }
    if n_lines > MOST {
        found.push(first..at - usize::from(source.ends_with(b"\n")));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_lines_of_comments_are_one_and_change_nothing_else() {
        let comments = "  # {a} 'b'\r\n".repeat(300);
        for source in [
            format!("a = 1\n{comments}b = 2\n"),
            format!("if a:\n    b\n{comments}    c\n{comments}d\n{comments}"),
            format!("a = f'''\n{comments}{{b}}'''\n"),
            format!("a = '''\n# x\n{comments}# '''; b = 1\n{comments}c = 1\n"),
            format!("a = [\n{comments}b,\n{comments}]\n"),
            comments.replace("\r\n", "\r") + "a\r",
        ] {
            let masked = mask(source.as_bytes(), Encoding::Utf8);
            assert_eq!(masked.len(), source.len());
            assert!(masked.split(|&byte| byte == b'\n').count() < 20, "{source}");
            let few = mask(&source.as_bytes()[..source.len().min(600)], Encoding::Utf8);
            assert!(few.split(|&byte| byte == b'\n').count() > 20);
            let read = crate::source::Parser::new().read(source.as_bytes());
            assert_eq!(read.faults, [], "{source}");
            // The names that stand outside of comments are all found.
            let mut names = Vec::new();
            read.program.walk(|node| {
                names.extend(node.name().map(ToString::to_string));
                true
            });
            assert!(names.contains(&"a".to_owned()), "{source}");
        }
    }

    #[test]
    fn every_kind_is_one_of_the_grammar_and_the_other_way_round() {
        let language = tree_sitter::Language::from(tree_sitter_python::LANGUAGE);
        let names: Vec<(&str, bool)> = (0..language.node_kind_count() as u16)
            .filter(|&id| language.node_kind_is_visible(id))
            .filter_map(|id| Some((language.node_kind_for_id(id)?, language.node_kind_is_named(id))))
            .collect();
        for (known, is_named) in [(Kind::NAMED, true), (Kind::TOKENS, false)] {
            for (name, _) in known {
                assert!(names.contains(&(name, is_named)), "the grammar has no {name}");
            }
        }
        let unknown = |name: &&str| !Kind::NAMED.iter().any(|(known, _)| known == name);
        let missed: Vec<&str> =
            names.iter().filter(|(_, is_named)| *is_named).map(|(name, _)| *name).filter(unknown).collect();
        assert_eq!(missed, ["format_expression"; 0], "kinds that nobody lowers");
    }
}
