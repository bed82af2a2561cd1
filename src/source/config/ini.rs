//! Ini files, as Python's `configparser` reads them with default settings.
//!
//! Reading never fails: what `configparser` would refuse becomes a [`Fault`] at its line, and the rest is read on.

use std::collections::{BTreeMap, BTreeSet};
use std::str::Utf8Error;

use crate::text::{Secrets, python_repr};

/// One ini file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ini {
    /// The sections in order; `DEFAULT` among them, if it is there.
    pub(super) sections: Vec<Section>,
    /// What Python would refuse, in order.
    pub(super) faults: Vec<Fault>,
    /// The place of each section.
    by_name: BTreeMap<String, usize>,
}

/// One section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section {
    /// Its name; case counts.
    pub(super) name: String,
    /// Its options in order.
    pub(super) options: Vec<Setting>,
    /// The place of each option.
    by_key: BTreeMap<String, usize>,
}

/// One option of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Setting {
    /// Its name in lower case.
    pub(super) key: String,
    /// Its value, lines joined, nothing interpolated.
    pub(super) value: String,
    /// The line it starts on, from 1.
    pub(super) line: u32,
}

/// Something that Python's reader refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// The line, from 1.
    pub(super) line: u32,
    /// What, as a phrase.
    pub(super) what: String,
    /// What Python raises.
    pub(super) error: Raise,
}

/// What `configparser` raises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Raise {
    /// An error of this class and message, at once.
    AtOnce { class: &'static str, message: String },
    /// The line, which Python collects and reports with all others of the kind when the whole file is read.
    AtTheEnd { line: String },
}

/// Why a value cannot be interpolated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unusable {
    /// What is wrong, as a phrase.
    pub(super) what: String,
    /// The class and the message of what Python raises; nothing where only running tells.
    pub(super) raises: Option<(&'static str, String)>,
}

const DEFAULT: &str = "DEFAULT";

impl Ini {
    /// Reads a file; `shown` is its path as Python's messages show it.
    pub(super) fn parse(source: &[u8], shown: &str) -> Self {
        let mut reader = Reader { shown: shown.to_owned(), ..Reader::default() };
        let (text, bad) = match std::str::from_utf8(source) {
            Ok(text) => (std::borrow::Cow::Borrowed(text), None),
            Err(error) => (String::from_utf8_lossy(source), Some(error)),
        };
        let mut bad = bad.map(|error| Undecodable::of(source, &error));
        for (at, line) in lines(&text).enumerate() {
            if let Some(bad) = bad.take_if(|bad| at + 1 >= bad.met_at) {
                reader.fault(bad.line as u32, "bytes that are no UTF-8", bad.error);
            }
            reader.line(at as u32 + 1, line);
        }
        if let Some(bad) = bad {
            reader.fault(bad.line as u32, "bytes that are no UTF-8", bad.error);
        }
        for section in &mut reader.ini.sections {
            section.forget_replaced();
            for option in &mut section.options {
                option.value.truncate(option.value.trim_end().len());
            }
        }
        reader.ini
    }

    /// The class and the message of what Python raises when it reads the file, and the fault that is to blame.
    pub(super) fn raised(&self, shown: &str) -> Option<(&Fault, &'static str, String)> {
        for fault in &self.faults {
            if let Raise::AtOnce { class, message } = &fault.error {
                return Some((fault, class, message.clone()));
            }
        }
        let first = self.faults.first()?;
        let mut message = format!("Source contains parsing errors: {shown}");
        for fault in &self.faults {
            if let Raise::AtTheEnd { line } = &fault.error {
                message.push_str(&format!("\n\t[line {:2}]: {}", fault.line, python_repr(line)));
            }
        }
        Some((first, "ParsingError", message))
    }

    /// The section of this name.
    pub(super) fn section(&self, name: &str) -> Option<&Section> {
        self.by_name.get(name).map(|&at| &self.sections[at])
    }

    /// An option of a section, else of `DEFAULT`; nothing when the section itself does not exist.
    pub(super) fn get(&self, section: &str, key: &str) -> Option<&Setting> {
        let own = self.section(section)?;
        own.get(key).or_else(|| self.section(DEFAULT)?.get(key))
    }

    /// Every option of a section, those of `DEFAULT` first, as Python lists them.
    pub(super) fn all<'i>(&'i self, section: &str) -> impl Iterator<Item = &'i Setting> {
        let own = self.section(section);
        let defaults = own.and_then(|_| self.section(DEFAULT)).into_iter().flat_map(|found| &found.options);
        let replaced = move |setting: &&Setting| own.is_some_and(|own| own.get(&setting.key).is_some());
        defaults.filter(move |setting| !replaced(setting)).chain(own.into_iter().flat_map(|own| &own.options))
    }

    /// A setting's value with every `%(name)s` and `%%` replaced, `here` among the names.
    pub(super) fn interpolate(
        &self,
        section: &str,
        setting: &Setting,
        here: &str,
    ) -> Result<String, Unusable> {
        /// Python has no such limit; a value that passes it was written to hurt.
        const BYTES: usize = 1 << 20;
        let mut out = String::new();
        let mut budget = BYTES;
        let expansion = Expansion { ini: self, section, option: setting, here };
        expansion.expand(&setting.value, 1, &mut out, &mut budget)?;
        Ok(out)
    }
}

/// One interpolation. Source: `BasicInterpolation` of Python's `configparser`.
struct Expansion<'i> {
    ini: &'i Ini,
    section: &'i str,
    option: &'i Setting,
    here: &'i str,
}

impl Expansion<'_> {
    /// The end of a value as it may be told of: without its name, or its beginning, nobody would see a secret in it.
    fn hidden(&self, value: &str, from: usize) -> String {
        let name = format!("{} = ", self.option.key);
        let line = name.clone() + value;
        Secrets::of(line.as_bytes()).hidden(&line, name.len() + from..line.len())
    }

    fn expand(&self, text: &str, depth: u8, out: &mut String, budget: &mut usize) -> Result<(), Unusable> {
        const DEPTH: u8 = 10;
        let (option, section) = (python_repr(&self.option.key), python_repr(self.section));
        let raw = || python_repr(&self.hidden(&self.option.value, 0));
        if depth > DEPTH {
            return Err(Unusable {
                what: "values that refer to each other without end".to_owned(),
                raises: Some((
                    "InterpolationDepthError",
                    format!(
                        "Recursion limit exceeded in value substitution: option {option} in section {section} contains \
                         an interpolation key which cannot be substituted in {DEPTH} steps. Raw value: {}",
                        raw()
                    ),
                )),
            });
        }
        let syntax = |message: String| Unusable {
            what: "a lone `%`, which must be written `%%`".to_owned(),
            raises: Some(("InterpolationSyntaxError", message)),
        };
        let mut rest = text;
        loop {
            let at = rest.find('%');
            let n = at.unwrap_or(rest.len()) + 1;
            *budget = budget
                .checked_sub(n)
                .ok_or_else(|| Unusable { what: "values that grow without end".to_owned(), raises: None })?;
            let Some(at) = at else {
                out.push_str(rest);
                return Ok(());
            };
            out.push_str(&rest[..at]);
            let from = &rest[at..];
            let hidden = || self.hidden(text, text.len() - from.len());
            if let Some(after) = from.strip_prefix("%%") {
                out.push('%');
                rest = after;
                continue;
            }
            if !from.starts_with("%(") {
                let found = python_repr(&hidden());
                return Err(syntax(format!("'%' must be followed by '%' or '(', found: {found}")));
            }
            let Some((name, after)) = reference(&from[1..]) else {
                return Err(syntax(format!(
                    "bad interpolation variable reference {}",
                    python_repr(&hidden())
                )));
            };
            let key = name.to_lowercase();
            match self.ini.get(self.section, &key) {
                Some(setting) if !setting.value.contains('%') => out.push_str(&setting.value),
                Some(setting) => self.expand(&setting.value, depth + 1, out, budget)?,
                // A path is not interpolated again.
                None if key == "here" => out.push_str(self.here),
                None => {
                    return Err(Unusable {
                        what: format!("`%({key})s`, which is not set"),
                        raises: Some((
                            "InterpolationMissingOptionError",
                            format!(
                                "Bad value substitution: option {option} in section {section} contains an interpolation \
                                 key {} which is not a valid option name. Raw value: {}",
                                python_repr(&key),
                                raw()
                            ),
                        )),
                    });
                }
            }
            rest = after;
        }
    }
}

/// Bytes that Python cannot decode. It reads files in pieces, counts from a piece's start, and takes what is cut off for
/// cut off only when the file ends, before it has the last line.
struct Undecodable {
    /// The line they stand on.
    line: usize,
    /// The first line that Python has not read when it meets them.
    met_at: usize,
    error: Raise,
}

impl Undecodable {
    fn of(source: &[u8], error: &Utf8Error) -> Self {
        const PIECE: usize = 8192;
        let start = error.valid_up_to();
        let line = lines(&String::from_utf8_lossy(&source[..start])).count().max(1);
        let (met_at, from) = match (error.error_len(), start / PIECE) {
            (None, _) => (line, start),
            (Some(_), 0) => (1, 0),
            (Some(_), piece) => (line, piece * PIECE),
        };
        let message = decode_error(source, error, from);
        Self { line, met_at, error: Raise::AtOnce { class: "UnicodeDecodeError", message } }
    }
}

/// What Python says of bytes that are no UTF-8, where it counts from `from`.
pub(super) fn decode_error(source: &[u8], error: &Utf8Error, from: usize) -> String {
    let start = error.valid_up_to();
    let end = error.error_len().map_or(source.len(), |length| start + length);
    let reason = match (error.error_len(), source[start]) {
        (None, _) => "unexpected end of data",
        (Some(_), 0x80..=0xc1 | 0xf5..) => "invalid start byte",
        (Some(_), _) => "invalid continuation byte",
    };
    let at = start - from;
    if end - start == 1 {
        format!("'utf-8' codec can't decode byte 0x{:02x} in position {at}: {reason}", source[start])
    } else {
        format!("'utf-8' codec can't decode bytes in position {at}-{}: {reason}", at + end - start - 1)
    }
}

impl Section {
    /// An option of this section alone.
    pub(super) fn get(&self, key: &str) -> Option<&Setting> {
        self.by_key.get(key).map(|&at| &self.options[at])
    }

    /// Takes away the options that stand again further down.
    fn forget_replaced(&mut self) {
        if self.by_key.len() == self.options.len() {
            return;
        }
        let kept: BTreeSet<usize> = self.by_key.values().copied().collect();
        let mut at = 0..;
        self.options.retain(|_| at.next().is_some_and(|at| kept.contains(&at)));
        self.by_key = self.options.iter().enumerate().map(|(at, own)| (own.key.clone(), at)).collect();
    }
}

/// The name in `(name)s…`, and what follows.
pub(super) fn reference(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.strip_prefix('(')?.split_once(')')?;
    (!name.is_empty()).then_some((name, rest.strip_prefix('s')?))
}

#[derive(Default)]
struct Reader {
    ini: Ini,
    /// The file as Python's messages show it.
    shown: String,
    /// The index of the section that is being read.
    section: Option<usize>,
    in_option: bool,
    /// How far the current option is indented.
    indent: usize,
}

impl Reader {
    fn fault(&mut self, line: u32, what: impl Into<String>, error: Raise) {
        self.ini.faults.push(Fault { line, what: what.into(), error });
    }

    fn twice(&mut self, number: u32, what: String, class: &'static str, is: &str) {
        let message = format!("While reading from {} [line {number:2}]: {is} already exists", self.shown);
        self.fault(number, what, Raise::AtOnce { class, message });
    }

    fn value(&mut self) -> Option<&mut String> {
        if !self.in_option {
            return None;
        }
        Some(&mut self.ini.sections.get_mut(self.section?)?.options.last_mut()?.value)
    }

    fn line(&mut self, number: u32, line: Line<'_>) {
        let text = line.text.trim();
        if text.starts_with(['#', ';']) {
            return;
        }
        if text.is_empty() {
            if let Some(value) = self.value() {
                value.push('\n');
            }
            return;
        }
        let indent = line.text.chars().take_while(|c| c.is_whitespace()).count();
        if indent > self.indent
            && let Some(value) = self.value()
        {
            value.push('\n');
            value.push_str(text);
            return;
        }
        self.indent = indent;
        if let Some(name) = header(text) {
            self.enter(number, name);
        } else if let Some(section) = self.section {
            self.option(number, section, text, &line.whole());
        } else {
            let what = if text.starts_with('\u{feff}') {
                "a byte-order mark before the first section"
            } else {
                "a line before the first section"
            };
            let message = format!(
                "File contains no section headers.\nfile: {}, line: {number}\n{}",
                self.shown,
                python_repr(&line.whole())
            );
            self.fault(number, what, Raise::AtOnce { class: "MissingSectionHeaderError", message });
            if let Some(name) = header(text.trim_start_matches('\u{feff}')) {
                self.enter(number, name);
            }
        }
    }

    fn enter(&mut self, number: u32, name: &str) {
        self.in_option = false;
        let known = self.ini.by_name.get(name).copied();
        if known.is_some() && name != DEFAULT {
            let is = format!("section {}", python_repr(name));
            self.twice(number, format!("section `{name}` stands twice"), "DuplicateSectionError", &is);
        }
        self.section = known.or_else(|| {
            let at = self.ini.sections.len();
            self.ini.by_name.insert(name.to_owned(), at);
            self.ini.sections.push(Section {
                name: name.to_owned(),
                options: Vec::new(),
                by_key: BTreeMap::new(),
            });
            Some(at)
        });
    }

    fn option(&mut self, number: u32, section: usize, text: &str, whole: &str) {
        let at_the_end = || Raise::AtTheEnd { line: whole.to_owned() };
        let Some((key, value)) = text.split_once(['=', ':']) else {
            // What is indented below it still continues the option before it.
            self.fault(number, "a line without `=` or `:`", at_the_end());
            return;
        };
        let key = key.trim_end().to_lowercase();
        if key.is_empty() {
            self.fault(number, "a value without a name", at_the_end());
        }
        let Section { options, by_key, .. } = &mut self.ini.sections[section];
        let twice = by_key.insert(key.clone(), options.len()).is_some();
        options.push(Setting { key: key.clone(), value: value.trim().to_owned(), line: number });
        self.in_option = !key.is_empty();
        if twice {
            let name = python_repr(&self.ini.sections[section].name);
            let is = format!("option {} in section {name}", python_repr(&key));
            self.twice(number, format!("option `{key}` stands twice"), "DuplicateOptionError", &is);
        }
    }
}

/// The name in a section's header; what follows the last `]` does not count.
fn header(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[')?;
    let end = inner.rfind(']')?;
    (end > 0).then(|| &inner[..end])
}

/// One line.
#[derive(Clone, Copy)]
struct Line<'t> {
    text: &'t str,
    /// Whether something ends it; the last line of a file need not be ended.
    ended: bool,
}

impl Line<'_> {
    /// As Python has it: whatever ended it, `\n` does.
    fn whole(self) -> String {
        format!("{}{}", self.text, if self.ended { "\n" } else { "" })
    }
}

/// Lines as Python's text files have them: ended by `\n`, `\r\n` or `\r`.
fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest.filter(|text| !text.is_empty())?;
        let Some(at) = text.find(['\n', '\r']) else {
            rest = None;
            return Some(Line { text, ended: false });
        };
        let width = if text[at..].starts_with("\r\n") { 2 } else { 1 };
        rest = Some(&text[at + width..]);
        Some(Line { text: &text[..at], ended: true })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(ini: &str, key: &str) -> Option<String> {
        Ini::parse(ini.as_bytes(), "PosixPath('x.ini')")
            .get("alembic", key)
            .map(|setting| setting.value.clone())
    }

    #[test]
    fn values_are_those_of_configparser() {
        for (ini, expected) in [
            ("[alembic]\nk = v\n", Some("v")),
            ("[alembic]\nk: v", Some("v")),
            ("[alembic]\r\nK=v\r\n", Some("v")),
            ("[alembic]\nk = a = b : c", Some("a = b : c")),
            ("[alembic]\nk = v # no comment", Some("v # no comment")),
            ("[alembic]\nk = \"v\"", Some("\"v\"")),
            ("[alembic]\n# k = no\n; k = no\n  # k = no\nk = v", Some("v")),
            ("[alembic]\nk =\n  a\n  b\nj = 1", Some("\na\nb")),
            ("[alembic]\nk = a\n  # comment\n  b", Some("a\nb")),
            ("[alembic]\nk = a\n\n  b\n\n\n", Some("a\n\nb")),
            ("[alembic]\nk =", Some("")),
            ("[DEFAULT]\nk = d\n[alembic]\n", Some("d")),
            ("[DEFAULT]\nk = d\n[alembic]\nk = v", Some("v")),
            ("[DEFAULT]\nk = d\n[other]\n", None),
            ("[Alembic]\nk = v", None),
            ("  [alembic]\n  k = v\n  j = w", Some("v")),
            ("[alembic]\n[b]\nk = v", None),
            ("[alembic] trailing\nk = v", Some("v")),
            ("[alembic]\rk = v\rj = w", Some("v")),
        ] {
            assert_eq!(value(ini, "k").as_deref(), expected, "{ini:?}");
        }
    }

    #[test]
    fn what_python_refuses_is_named_with_its_line() {
        for (ini, line, what, class, message) in [
            (
                "k = v\n[alembic]\n",
                1,
                "a line before the first section",
                "MissingSectionHeaderError",
                "File contains no section headers.\nfile: PosixPath('x.ini'), line: 1\n'k = v\\n'",
            ),
            (
                "[alembic]\nk = 1\nk = 2",
                3,
                "option `k` stands twice",
                "DuplicateOptionError",
                "While reading from PosixPath('x.ini') [line  3]: option 'k' in section 'alembic' already exists",
            ),
            (
                "[alembic]\n[b]\n[alembic]",
                3,
                "section `alembic` stands twice",
                "DuplicateSectionError",
                "While reading from PosixPath('x.ini') [line  3]: section 'alembic' already exists",
            ),
            (
                "[alembic]\nk\nl\n= v\n",
                2,
                "a line without `=` or `:`",
                "ParsingError",
                "Source contains parsing errors: PosixPath('x.ini')\n\t[line  2]: 'k\\n'\n\t[line  3]: 'l\\n'\
                 \n\t[line  4]: '= v\\n'",
            ),
            (
                "\u{feff}[alembic]\n",
                1,
                "a byte-order mark before the first section",
                "MissingSectionHeaderError",
                "File contains no section headers.\nfile: PosixPath('x.ini'), line: 1\n'\\ufeff[alembic]\\n'",
            ),
        ] {
            let read = Ini::parse(ini.as_bytes(), "PosixPath('x.ini')");
            let (fault, raised, said) = read.raised("PosixPath('x.ini')").expect(ini);
            assert_eq!((fault.line, fault.what.as_str()), (line, what), "{ini:?}");
            assert_eq!((raised, said.as_str()), (class, message), "{ini:?}");
        }
        assert_eq!(Ini::parse(b"[a]\nk = \xe9\n", "PosixPath('x.ini')").faults[0].line, 2);
        assert!(Ini::parse(b"", "PosixPath('x.ini')").faults.is_empty());
    }

    #[test]
    fn bytes_that_are_no_utf_8_are_told_as_python_tells_them() {
        let told = |bytes: &[u8]| {
            let error = std::str::from_utf8(bytes).expect_err("no UTF-8");
            decode_error(bytes, &error, 0)
        };
        for (bytes, expected) in [
            (&b"ab\xe9 "[..], "byte 0xe9 in position 2: invalid continuation byte"),
            (b"a\xff", "byte 0xff in position 1: invalid start byte"),
            (b"\x80", "byte 0x80 in position 0: invalid start byte"),
            (b"a\xe2\x82", "bytes in position 1-2: unexpected end of data"),
            (b"a\xe2\x82b", "bytes in position 1-2: invalid continuation byte"),
            (b"a\xc3", "byte 0xc3 in position 1: unexpected end of data"),
        ] {
            assert_eq!(told(bytes), format!("'utf-8' codec can't decode {expected}"), "{bytes:?}");
        }
    }

    #[test]
    fn percent_signs_are_interpolated() {
        let expand = |value: &str| {
            let text =
                format!("[DEFAULT]\nd = x\n[alembic]\na = 1\nb = %(a)s%(D)s\nloop = %(loop)s\nk = {value}\n");
            let ini = Ini::parse(text.as_bytes(), "PosixPath('x.ini')");
            let setting = ini.get("alembic", "k").expect("it is set");
            ini.interpolate("alembic", setting, "/top").map_err(|error| error.raises.expect("certain"))
        };
        for (value, expected) in
            [("%(here)s/m", "/top/m"), ("100%%", "100%"), ("%(b)s-%(A)s", "1x-1"), ("", "")]
        {
            assert_eq!(expand(value), Ok(expected.to_owned()), "{value}");
        }
        for (value, class, message) in [
            ("50%", "InterpolationSyntaxError", "'%' must be followed by '%' or '(', found: '%'"),
            ("a%s", "InterpolationSyntaxError", "'%' must be followed by '%' or '(', found: '%s'"),
            ("%(a", "InterpolationSyntaxError", "bad interpolation variable reference '%(a'"),
            (
                "%(Rev)s_x",
                "InterpolationMissingOptionError",
                "Bad value substitution: option 'k' in section 'alembic' contains an interpolation key 'rev' which is \
                 not a valid option name. Raw value: '%(Rev)s_x'",
            ),
            (
                "%(loop)s",
                "InterpolationDepthError",
                "Recursion limit exceeded in value substitution: option 'k' in section 'alembic' contains an \
                 interpolation key which cannot be substituted in 10 steps. Raw value: '%(loop)s'",
            ),
        ] {
            assert_eq!(expand(value), Err((class, message.to_owned())), "{value}");
        }
    }

    #[test]
    fn values_that_grow_without_end_are_given_up() {
        let mut text = "[alembic]\nk0 = xxxxxxxxxx\n".to_owned();
        for level in 1..9 {
            text.push_str(&format!("k{level} = {}\n", format!("%(k{})s", level - 1).repeat(20)));
        }
        let ini = Ini::parse(text.as_bytes(), "PosixPath('x.ini')");
        let setting = ini.get("alembic", "k8").expect("it is set");
        assert_eq!(ini.interpolate("alembic", setting, "").expect_err("too large").raises, None);
    }
}
