//! Places in a history as `upgrade` and `downgrade` take them: a name, or so many steps from one (`head-1`, `+2`, `ab12+1`,
//! `label@+1`).
//!
//! Source: `_parse_upgrade_target`, `_parse_downgrade_target` and `_walk` of Alembic's `script/revision.py`.

use super::commands::several_heads;
use super::load::Raised;
use super::map::RevisionMap;

/// So many steps from a revision.
#[derive(Debug, PartialEq, Eq)]
struct Relative<'n> {
    branch: Option<&'n str>,
    /// Where it starts; nothing where the database stands.
    symbol: Option<&'n str>,
    up: bool,
    steps: usize,
    /// The sign and the number, as written.
    written: &'n str,
}

impl<'n> Relative<'n> {
    /// Reads `(?:(.+?)@)?(\w+)?((?:\+|-)\d+)` at the start of a name.
    fn read(name: &'n str) -> Option<Self> {
        let (branch, rest) = match name.split_once('@') {
            Some((branch, rest)) if !branch.is_empty() => (Some(branch), rest),
            Some(_) => return None,
            None => (None, name),
        };
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let sign = rest.find(|c: char| !is_word(c))?;
        let (symbol, written) = rest.split_at(sign);
        let number = written.strip_prefix(['+', '-'])?;
        let digits = number.bytes().take_while(u8::is_ascii_digit).count();
        let (number, written) = (number.get(..digits)?, written.get(..=digits)?);
        if number.is_empty() {
            return None;
        }
        // No history has as many revisions as do not fit.
        let steps = number.parse().unwrap_or(usize::MAX);
        let symbol = Some(symbol).filter(|symbol| !symbol.is_empty());
        Some(Self { branch, symbol, up: written.starts_with('+'), steps, written })
    }
}

impl RevisionMap {
    /// The ids at which a database stands after `upgrade` to a name, from an empty one; none at the base. Steps up alone are
    /// taken from there too, steps down alone from the head, as `downgrade` takes them of a database that stands at it.
    pub fn place(&self, name: &str) -> Result<Vec<&str>, Raised> {
        let found = match Relative::read(name) {
            Some(relative) => self.walked(&relative)?.into_iter().collect(),
            None => self.resolve(name)?,
        };
        Ok(found.into_iter().map(|at| self.at(at).id.as_str()).collect())
    }

    /// Where so many steps lead; nowhere at the base.
    fn walked(&self, relative: &Relative<'_>) -> Result<Option<usize>, Raised> {
        let Relative { branch, symbol, up, steps, written } = *relative;
        let start = match (symbol, branch) {
            (None, _) if up => None,
            (None, Some(branch)) => self.single(&format!("{branch}@head"))?,
            (None, None) => self.single("head")?,
            (Some(symbol), Some(branch)) if !up => self.single(&format!("{branch}@{symbol}"))?,
            (Some(symbol), _) => self.single(symbol)?,
        };
        let too_far = || refused(format!("Relative revision {written} didn't produce {steps} migrations"));
        let most = self.len().saturating_add(1);
        let mut at = start;
        for _ in 0..steps.min(most) {
            let near: Vec<usize> = match (at, up) {
                // There is nothing below the base.
                (None, false) => return Err(too_far()),
                (None, true) => self.base_positions(),
                (Some(at), true) => self.at(at).next.iter().copied().collect(),
                (Some(at), false) => {
                    self.at(at).down.iter().filter_map(|parent| self.named(parent)).collect()
                }
            };
            let near = match branch {
                Some(branch) if up => self.of_branch(branch, near)?,
                _ => near,
            };
            at = match near.as_slice() {
                [] if up => return Err(too_far()),
                [] => None,
                [one] => Some(*one),
                _ => return Err(refused("Ambiguous walk".to_owned())),
            };
        }
        // Only round and round is there so far to go.
        if steps > most { Err(too_far()) } else { Ok(at) }
    }

    /// The one revision of a name; nothing of the base.
    fn single(&self, name: &str) -> Result<Option<usize>, Raised> {
        match self.resolve(name)?.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(*one)),
            _ => Err(several_heads(name)),
        }
    }
}

fn refused(message: String) -> Raised {
    Raised::new("CommandError", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_told_from_names() {
        let read = |name| Relative::read(name).map(|of| (of.branch, of.symbol, of.written));
        for (name, expected) in [
            ("+1", Some((None, None, "+1"))),
            ("-12", Some((None, None, "-12"))),
            ("head-1", Some((None, Some("head"), "-1"))),
            ("ab12+2", Some((None, Some("ab12"), "+2"))),
            ("x@+1", Some((Some("x"), None, "+1"))),
            ("x@head-1", Some((Some("x"), Some("head"), "-1"))),
            // It looks at the start only.
            ("a-1b", Some((None, Some("a"), "-1"))),
            ("head", None),
            ("x@head", None),
            ("a-b", None),
            ("a.b-1", None),
            ("@-1", None),
            ("", None),
        ] {
            assert_eq!(read(name), expected, "{name}");
        }
    }
}
