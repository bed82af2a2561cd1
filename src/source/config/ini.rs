//! Ini files, as Python's `configparser` reads them with default settings.
//!
//! Reading never fails: what `configparser` would refuse becomes a [`Fault`] at its line, and the rest is read on.

/// One ini file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ini {
    /// The sections in order; `DEFAULT` among them, if it is there.
    pub(super) sections: Vec<Section>,
    /// What Python would refuse, in order.
    pub(super) faults: Vec<Fault>,
}

/// One section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section {
    /// Its name; case counts.
    pub(super) name: String,
    /// Its options in order.
    pub(super) options: Vec<Setting>,
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
}

/// Why a value cannot be interpolated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum InterpolationError {
    /// A `%` that begins nothing.
    #[error("a lone `%`, which must be written `%%`")]
    LonePercent,
    /// `%(name)s` of a name that is not set.
    #[error("`%({0})s`, which is not set")]
    Missing(String),
    /// Values that refer to each other without end.
    #[error("values that refer to each other without end")]
    TooDeep,
}

const DEFAULT: &str = "DEFAULT";

impl Ini {
    /// Reads a file.
    pub(super) fn parse(source: &[u8]) -> Self {
        let mut reader = Reader::default();
        let text = match std::str::from_utf8(source) {
            Ok(text) => std::borrow::Cow::Borrowed(text),
            Err(error) => {
                let line = lines(&String::from_utf8_lossy(&source[..error.valid_up_to()])).count().max(1);
                reader.fault(line as u32, "bytes that are no UTF-8");
                String::from_utf8_lossy(source)
            }
        };
        let text = match text.strip_prefix('\u{feff}') {
            Some(rest) => {
                reader.fault(1, "a byte-order mark before the first section");
                rest
            }
            None => &text,
        };
        for (at, line) in lines(text).enumerate() {
            reader.line(at as u32 + 1, line);
        }
        for option in reader.ini.sections.iter_mut().flat_map(|section| &mut section.options) {
            option.value.truncate(option.value.trim_end().len());
        }
        reader.ini
    }

    /// The section of this name.
    pub(super) fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.name == name)
    }

    /// An option of a section, else of `DEFAULT`; nothing when the section itself does not exist.
    pub(super) fn get(&self, section: &str, key: &str) -> Option<&Setting> {
        let own = self.section(section)?;
        own.get(key).or_else(|| self.section(DEFAULT)?.get(key))
    }

    /// A value with every `%(name)s` and `%%` replaced, `here` among the names.
    pub(super) fn interpolate(
        &self,
        section: &str,
        value: &str,
        here: &str,
    ) -> Result<String, InterpolationError> {
        /// Python stops at ten levels; the number of replacements is bounded too, as each may bring several.
        const DEPTH: usize = 10;
        const REPLACEMENTS: usize = 1000;
        let mut out = String::new();
        let mut left = REPLACEMENTS;
        let mut pending = vec![value.to_owned()];
        while let Some(text) = pending.pop() {
            let Some(at) = text.find('%') else {
                out.push_str(&text);
                continue;
            };
            out.push_str(&text[..at]);
            let rest = &text[at + 1..];
            left = left.checked_sub(1).ok_or(InterpolationError::TooDeep)?;
            if let Some(rest) = rest.strip_prefix('%') {
                out.push('%');
                pending.push(rest.to_owned());
                continue;
            }
            let (name, rest) = reference(rest).ok_or(InterpolationError::LonePercent)?;
            let key = name.to_lowercase();
            pending.push(rest.to_owned());
            match self.get(section, &key) {
                Some(setting) => pending.push(setting.value.clone()),
                // A path is not interpolated again.
                None if key == "here" => out.push_str(here),
                None => return Err(InterpolationError::Missing(key)),
            }
            if pending.iter().filter(|text| !text.is_empty()).count() > DEPTH {
                return Err(InterpolationError::TooDeep);
            }
        }
        Ok(out)
    }
}

impl Section {
    /// An option of this section alone.
    pub(super) fn get(&self, key: &str) -> Option<&Setting> {
        self.options.iter().find(|option| option.key == key)
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
    /// The index of the section that is being read.
    section: Option<usize>,
    in_option: bool,
    /// How far the current option is indented.
    indent: usize,
}

impl Reader {
    fn fault(&mut self, line: u32, what: impl Into<String>) {
        self.ini.faults.push(Fault { line, what: what.into() });
    }

    fn value(&mut self) -> Option<&mut String> {
        if !self.in_option {
            return None;
        }
        Some(&mut self.ini.sections.get_mut(self.section?)?.options.last_mut()?.value)
    }

    fn line(&mut self, number: u32, line: &str) {
        let text = line.trim();
        if text.starts_with(['#', ';']) {
            return;
        }
        if text.is_empty() {
            if let Some(value) = self.value() {
                value.push('\n');
            }
            return;
        }
        let indent = line.chars().take_while(|c| c.is_whitespace()).count();
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
            self.option(number, section, text);
        } else {
            self.fault(number, "a line before the first section");
        }
    }

    fn enter(&mut self, number: u32, name: &str) {
        self.in_option = false;
        let known = self.ini.sections.iter().position(|section| section.name == name);
        if known.is_some() && name != DEFAULT {
            self.fault(number, format!("section `{name}` stands twice"));
        }
        self.section = known.or_else(|| {
            self.ini.sections.push(Section { name: name.to_owned(), options: Vec::new() });
            Some(self.ini.sections.len() - 1)
        });
    }

    fn option(&mut self, number: u32, section: usize, text: &str) {
        self.in_option = false;
        let Some((key, value)) = text.split_once(['=', ':']) else {
            self.fault(number, "a line without `=` or `:`");
            return;
        };
        let key = key.trim_end().to_lowercase();
        if key.is_empty() {
            self.fault(number, "a value without a name");
            return;
        }
        let options = &mut self.ini.sections[section].options;
        let twice =
            options.iter().position(|option| option.key == key).map(|at| options.remove(at)).is_some();
        options.push(Setting { key: key.clone(), value: value.trim().to_owned(), line: number });
        self.in_option = true;
        if twice {
            self.fault(number, format!("option `{key}` stands twice"));
        }
    }
}

/// The name in a section's header; what follows the last `]` does not count.
fn header(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[')?;
    let end = inner.rfind(']')?;
    (end > 0).then(|| &inner[..end])
}

/// Lines as Python's text files have them: ended by `\n`, `\r\n` or `\r`.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest.filter(|text| !text.is_empty())?;
        let Some(at) = text.find(['\n', '\r']) else {
            rest = None;
            return Some(text);
        };
        let width = if text[at..].starts_with("\r\n") { 2 } else { 1 };
        rest = Some(&text[at + width..]);
        Some(&text[..at])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(ini: &str, key: &str) -> Option<String> {
        Ini::parse(ini.as_bytes()).get("alembic", key).map(|setting| setting.value.clone())
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
        for (ini, line, what) in [
            ("k = v\n[alembic]\n", 1, "a line before the first section"),
            ("[alembic]\nk = 1\nk = 2", 3, "option `k` stands twice"),
            ("[alembic]\n[b]\n[alembic]", 3, "section `alembic` stands twice"),
            ("[alembic]\nk\n", 2, "a line without `=` or `:`"),
            ("[alembic]\n= v\n", 2, "a value without a name"),
            ("\u{feff}[alembic]\n", 1, "a byte-order mark before the first section"),
        ] {
            assert_eq!(Ini::parse(ini.as_bytes()).faults, [Fault { line, what: what.to_owned() }], "{ini:?}");
        }
        assert_eq!(Ini::parse(b"[a]\nk = \xe9\n").faults[0].line, 2);
        assert!(Ini::parse(b"").faults.is_empty());
    }

    #[test]
    fn percent_signs_are_interpolated() {
        let ini = Ini::parse(b"[DEFAULT]\nd = x\n[alembic]\na = 1\nb = %(a)s%(D)s\nloop = %(loop)s\n");
        let expand = |value: &str| ini.interpolate("alembic", value, "/top");
        for (value, expected) in [
            ("%(here)s/m", Ok("/top/m".to_owned())),
            ("100%%", Ok("100%".to_owned())),
            ("%(b)s-%(A)s", Ok("1x-1".to_owned())),
            ("50%", Err(InterpolationError::LonePercent)),
            ("%s", Err(InterpolationError::LonePercent)),
            ("%(rev)s_x", Err(InterpolationError::Missing("rev".to_owned()))),
            ("%(loop)s", Err(InterpolationError::TooDeep)),
        ] {
            assert_eq!(expand(value), expected, "{value}");
        }
    }
}
