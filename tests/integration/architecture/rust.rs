//! Rust source as tokens: enough to find imports, functions, unsafe blocks and public items without a
//! compiler.

/// A word, a number, `::`, one sign, or a text with its quotation marks; comments are left out.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) text: String,
    /// Counted from 1.
    pub(super) line: usize,
}

impl Token {
    pub(super) fn is_word(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// All tokens of a file.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let letters: Vec<char> = text.chars().collect();
    let (mut found, mut at, mut line) = (Vec::new(), 0, 1);
    while at < letters.len() {
        let end = end_of_token(&letters, at);
        let piece: String = letters[at..end].iter().collect();
        if let Some(text) = kept(&piece) {
            found.push(Token { text, line });
        }
        line += piece.matches('\n').count();
        at = end;
    }
    found
}

/// What stands for a piece of the text; `None` for spaces and comments.
fn kept(piece: &str) -> Option<String> {
    let is_left_out = piece.trim().is_empty() || piece.starts_with("//") || piece.starts_with("/*");
    (!is_left_out).then(|| piece.to_owned())
}

/// Where the token, the space or the comment that begins at `at` ends.
fn end_of_token(letters: &[char], at: usize) -> usize {
    let starts = |text: &str| text.chars().enumerate().all(|(i, c)| letters.get(at + i) == Some(&c));
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    if starts("//") {
        end_where(letters, at, |c| c == '\n')
    } else if starts("/*") {
        end_of_comment(letters, at)
    } else if let Some(end) = end_of_raw(letters, at) {
        end
    } else if starts("\"") || starts("b\"") || starts("c\"") {
        end_of_quoted(letters, at + usize::from(!starts("\"")), '"')
    } else if starts("b'") || is_letter(letters, at) {
        end_of_quoted(letters, at + usize::from(starts("b'")), '\'')
    } else if is_word(letters[at]) {
        end_where(letters, at, |c| !is_word(c))
    } else if starts("::") {
        at + 2
    } else {
        at + 1
    }
}

fn end_where(letters: &[char], at: usize, is_end: impl Fn(char) -> bool) -> usize {
    (at..letters.len()).find(|&i| is_end(letters[i])).unwrap_or(letters.len())
}

/// Comments within comments are part of them.
fn end_of_comment(letters: &[char], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0);
    while at + 1 < letters.len() {
        match (letters[at], letters[at + 1]) {
            ('/', '*') => (depth, at) = (depth + 1, at + 2),
            ('*', '/') => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    letters.len()
}

/// The end of `r"…"`, `r#"…"#`, `br"…"` and their like, if one begins here.
fn end_of_raw(letters: &[char], at: usize) -> Option<usize> {
    let start = at + usize::from(matches!(letters[at], 'b' | 'c'));
    let hashes = letters.get(start + 1..)?.iter().take_while(|&&c| c == '#').count();
    let is_raw = letters.get(start) == Some(&'r') && letters.get(start + 1 + hashes) == Some(&'"');
    let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let body = start + 2 + hashes;
    let after = |i: usize| body + i + end.len();
    is_raw.then(|| letters[body..].windows(end.len()).position(|w| w == end).map_or(letters.len(), after))
}

/// The end of a text whose opening mark is at `open`.
fn end_of_quoted(letters: &[char], open: usize, mark: char) -> usize {
    let mut at = open + 1;
    while at < letters.len() && letters[at] != mark {
        at += if letters[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(letters.len())
}

/// `'x'` is a letter, `'x` a lifetime.
fn is_letter(letters: &[char], at: usize) -> bool {
    let is = |offset: usize, c: char| letters.get(at + offset) == Some(&c);
    is(0, '\'') && (is(1, '\\') || is(2, '\''))
}

/// Where the bracket that opens at `open` closes; the last token if it never does.
pub(super) fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    tokens.len().saturating_sub(1)
}

/// Whether the tokens at `at` are these texts, separated by spaces.
pub(super) fn reads(tokens: &[Token], at: usize, texts: &str) -> bool {
    texts.split(' ').enumerate().all(|(i, text)| tokens.get(at + i).is_some_and(|t| t.text == text))
}

/// The first and the last token of each item that only tests compile.
pub(super) fn tests(tokens: &[Token]) -> Vec<(usize, usize)> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at < tokens.len() {
        if reads(tokens, at, "# [ cfg ( test ) ]") {
            let end = end_of_item(tokens, at + 7);
            found.push((at, end));
            at = end;
        }
        at += 1;
    }
    found
}

/// Everything but what only tests compile.
pub(super) fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let tests = tests(tokens);
    let is_test = |at: usize| tests.iter().any(|&(start, end)| (start..=end).contains(&at));
    tokens.iter().enumerate().filter(|(at, _)| !is_test(*at)).map(|(_, token)| token.clone()).collect()
}

/// The last token of the item that begins at `at`, with its attributes.
fn end_of_item(tokens: &[Token], mut at: usize) -> usize {
    while reads(tokens, at, "# [") {
        at = closing(tokens, at + 1) + 1;
    }
    at += usize::from(reads(tokens, at, "pub"));
    let is_use = reads(tokens, at, "use");
    while at < tokens.len() {
        match tokens[at].text.as_str() {
            ";" => return at,
            "{" if !is_use => return closing(tokens, at),
            "(" | "[" | "{" => at = closing(tokens, at),
            _ => {}
        }
        at += 1;
    }
    tokens.len().saturating_sub(1)
}

/// A path such as `crate::kernel::level::best`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Path {
    pub(super) segments: Vec<String>,
    /// The name that a `use` gives it here; `*` for all names; `None` outside `use`.
    pub(super) name: Option<String>,
    /// `pub use`, of any reach.
    pub(super) is_passed_on: bool,
    /// `pub use`, without a reach.
    pub(super) is_public: bool,
    /// As in [`Item`].
    pub(super) is_hidden: bool,
}

/// The paths of a file: those of its `use` lines, and those of two or more segments elsewhere.
pub(super) fn paths(tokens: &[Token]) -> Vec<Path> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at < tokens.len() {
        if reads(tokens, at, "pub (") {
            // `pub(in crate::room)` names no import.
            at = closing(tokens, at + 1) + 1;
        } else if tokens[at].text == "use"
            && tokens.get(at + 1).is_some_and(|t| t.is_word() || t.text == "::")
        {
            let first = found.len();
            let start = at.saturating_sub(1);
            let before = if at > 0 { tokens[at - 1].text.as_str() } else { "" };
            at = use_tree(tokens, at + 1, &[], &mut found);
            for path in &mut found[first..] {
                (path.is_passed_on, path.is_public) = (matches!(before, "pub" | ")"), before == "pub");
                path.is_hidden = is_hidden(tokens, start);
            }
        } else if tokens[at].is_word() {
            let (segments, end) = segments(tokens, at);
            if segments.len() > 1 {
                found.push(Path {
                    segments,
                    name: None,
                    is_passed_on: false,
                    is_public: false,
                    is_hidden: false,
                });
            }
            at = end;
        } else {
            at += 1;
        }
    }
    found
}

/// `a::b::c` from `at` on, and what comes behind it.
fn segments(tokens: &[Token], mut at: usize) -> (Vec<String>, usize) {
    let mut segments = vec![tokens[at].text.clone()];
    at += 1;
    while reads(tokens, at, "::") && tokens.get(at + 1).is_some_and(Token::is_word) {
        segments.push(tokens[at + 1].text.clone());
        at += 2;
    }
    (segments, at)
}

/// One branch of a `use`, with all that it branches into; returns where it ends.
fn use_tree(tokens: &[Token], at: usize, stem: &[String], found: &mut Vec<Path>) -> usize {
    let mut at = at + usize::from(reads(tokens, at, "::"));
    let mut path = stem.to_vec();
    let named = |segments: Vec<String>, name: String| Path {
        segments,
        name: Some(name),
        is_passed_on: false,
        is_public: false,
        is_hidden: false,
    };
    match tokens[at].text.as_str() {
        "{" => {
            let end = closing(tokens, at);
            at += 1;
            while at < end {
                at = use_tree(tokens, at, stem, found) + 1;
            }
            return end + 1;
        }
        "*" => {
            found.push(named(path, "*".to_owned()));
            return at + 1;
        }
        "self" if !path.is_empty() => at += 1,
        _ => {
            let (more, end) = segments(tokens, at);
            path.extend(more);
            at = end;
        }
    }
    if reads(tokens, at, "::") {
        return use_tree(tokens, at + 1, &path, found);
    }
    let is_renamed = reads(tokens, at, "as");
    let name = if is_renamed { tokens[at + 1].text.clone() } else { path[path.len() - 1].clone() };
    found.push(named(path, name));
    at + 2 * usize::from(is_renamed)
}

/// A public item: its name, and the type that it belongs to, if it stands in an `impl`.
#[derive(Debug, PartialEq)]
pub(super) struct Item {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) of: Option<String>,
    /// Left out of the documentation, or behind a feature other than `cli` and `files`.
    pub(super) is_hidden: bool,
}

/// What follows a plain `pub`, fields and `use` left out.
pub(super) fn public_items(tokens: &[Token]) -> Vec<Item> {
    const KINDS: [&str; 8] = ["fn", "struct", "enum", "trait", "const", "static", "type", "mod"];
    let impls: Vec<(usize, usize, String)> =
        (0..tokens.len()).filter_map(|at| type_of_impl(tokens, at)).collect();
    let mut found = Vec::new();
    for at in (0..tokens.len()).filter(|&at| tokens[at].text == "pub") {
        let is_const_fn = reads(tokens, at + 1, "const fn");
        let at_kind = at + 1 + usize::from(is_const_fn);
        let Some(kind) = tokens.get(at_kind).filter(|token| KINDS.contains(&token.text.as_str())) else {
            continue;
        };
        let of =
            impls.iter().find(|(start, end, _)| (start..end).contains(&&at)).map(|found| found.2.clone());
        let name = tokens[at_kind + 1].text.clone();
        found.push(Item { kind: kind.text.clone(), name, of, is_hidden: is_hidden(tokens, at) });
    }
    found
}

/// The attributes in front of the item at `at`.
pub(super) fn is_hidden(tokens: &[Token], mut at: usize) -> bool {
    while at > 0 && tokens[at - 1].text == "]" {
        let open =
            (0..at).rev().find(|&open| reads(tokens, open, "# [") && closing(tokens, open + 1) == at - 1);
        let Some(open) = open else { return false };
        let is_other = |token: &Token| {
            token.text == "hidden"
                || token.text.starts_with('"') && !["\"cli\"", "\"files\""].contains(&&*token.text)
        };
        let kind = tokens[open + 2].text.as_str();
        if matches!(kind, "cfg" | "doc") && tokens[open..at].iter().any(is_other) {
            return true;
        }
        at = open;
    }
    false
}

/// Where the body of an `impl Type` begins and ends, and the type's name; `None` for the `impl` of a trait.
fn type_of_impl(tokens: &[Token], at: usize) -> Option<(usize, usize, String)> {
    let is_item =
        tokens[at].text == "impl" && (at == 0 || matches!(tokens[at - 1].text.as_str(), "}" | ";" | "]"));
    let open = (at..tokens.len()).find(|&i| is_item && tokens[i].text == "{")?;
    let header = &tokens[at + 1..open];
    let (mut depth, mut name) = (0_i32, None);
    for token in header {
        match token.text.as_str() {
            "<" => depth += 1,
            ">" => depth -= 1,
            "for" => return None,
            "where" => break,
            word if depth == 0 && token.is_word() => name = Some(word.to_owned()),
            _ => {}
        }
    }
    name.map(|name| (open, closing(tokens, open), name))
}

/// A function with a body.
#[derive(Debug, PartialEq)]
pub(super) struct Function {
    pub(super) name: String,
    /// From `fn` to the brace that closes its body.
    pub(super) lines: usize,
}

/// The functions of a file, those within others too.
pub(super) fn functions(tokens: &[Token]) -> Vec<Function> {
    let is_named = |&at: &usize| tokens[at].text == "fn" && tokens.get(at + 1).is_some_and(Token::is_word);
    (0..tokens.len()).filter(is_named).filter_map(|at| function(tokens, at)).collect()
}

fn function(tokens: &[Token], start: usize) -> Option<Function> {
    let mut at = start;
    while at < tokens.len() {
        match tokens[at].text.as_str() {
            "(" | "[" => at = closing(tokens, at),
            "{" => break,
            ";" => return None,
            _ => {}
        }
        at += 1;
    }
    let lines = tokens[closing(tokens, at)].line + 1 - tokens[start].line;
    Some(Function { name: tokens[start + 1].text.clone(), lines })
}

#[test]
fn tokens_are_told_from_comments_and_texts() {
    let texts = |text: &str| tokens(text).into_iter().map(|t| t.text).collect::<Vec<_>>().join(" ");
    assert_eq!(texts("a::b // crate::x\n/* y /* z */ */ c"), "a :: b c");
    let quoted = r##"f ( "\"x{" , r#"y"z{"# , b"{" , '{' , '\'' , b'}' , & ' a x )"##;
    assert_eq!(texts(&quoted.replace(" , ", ",").replace("& ' a", "&'a")), quoted);
    assert_eq!(tokens("a\n\"b\nc\"\nd").last().unwrap().line, 4);
}

#[test]
fn paths_are_found() {
    let found = |text: &str| {
        let paths = paths(&without_tests(&tokens(text)));
        paths.iter().map(|path| path.segments.join("::")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        found("use crate::geometry::{Axis, Norm as N};"),
        "crate::geometry::Axis crate::geometry::Norm"
    );
    assert_eq!(
        found("use crate::{kernel::{self, level}, sink};"),
        "crate::kernel crate::kernel::level crate::sink"
    );
    assert_eq!(
        found("pub(in crate::a) fn f(x: crate::plan::Plan) { b::sink::<T>() }"),
        "crate::plan::Plan b::sink"
    );
    assert_eq!(found("#[cfg(test)]\nuse a::{b, c};\n#[cfg(test)] #[x] mod t { use d::e; }\nuse f::*;"), "f");
    let named = paths(&tokens("pub use a::b as c; use d::*; pub(crate) use e::f;"));
    let named = named.iter().map(|path| (path.name.as_deref().unwrap(), path.is_passed_on, path.is_public));
    assert!(named.eq([("c", true, true), ("*", false, false), ("f", true, false)]));
}

#[test]
fn functions_are_measured() {
    let text =
        "trait T { fn a(); }\nfn b<F: Fn() -> [u8; 2]>(x: F)\nwhere\n{\n    fn c() {}\n}\nfn(u8) -> u8";
    let found: Vec<_> = functions(&tokens(text)).into_iter().map(|f| (f.name, f.lines)).collect();
    assert_eq!(found, [("b".to_owned(), 5), ("c".to_owned(), 1)]);
}

#[test]
fn public_items_are_found() {
    let text = "pub struct A; impl<T: B> A<T> { pub const fn f() {} fn g() {} } impl D for A { } \
                #[doc(hidden)] pub mod h; #[cfg(feature = \"cli\")] #[x] pub mod i; pub(crate) fn j() {}";
    let found: Vec<String> = public_items(&tokens(text))
        .into_iter()
        .map(|item| format!("{} {} {:?} {}", item.kind, item.name, item.of, item.is_hidden))
        .collect();
    let expected = ["struct A None false", "fn f Some(\"A\") false", "mod h None true", "mod i None false"];
    assert_eq!(found, expected);
}
