//! What a name on the command line means: `heads`, `head`, `base`, an id, a label, the start of an id.
//!
//! Source: `_resolve_revision_number` of Alembic's `script/revision.py`.

use super::commands::several_heads;
use super::load::Raised;
use super::map::RevisionMap;

impl RevisionMap {
    /// The positions that a name means, as `show` takes it. Relative names (`head-1`) and ranges are not known to it
    /// either.
    pub(super) fn resolve(&self, name: &str) -> Result<Vec<usize>, Raised> {
        if let Some((branch, name)) = name.split_once('@') {
            return self.resolve_on(branch, name);
        }
        match name {
            "heads" => Ok(self.real_head_positions()),
            "head" => Self::only(self.head_positions(), name),
            "base" => Ok(Vec::new()),
            _ => Ok(vec![self.one(name)?]),
        }
    }

    fn resolve_on(&self, branch: &str, name: &str) -> Result<Vec<usize>, Raised> {
        let label = self.one(branch)?;
        let of_branch = |at: &usize| self.shares_lineage(label, *at);
        match name {
            "heads" => Ok(self.real_head_positions().into_iter().filter(of_branch).collect()),
            "head" => Self::only(self.head_positions().into_iter().filter(of_branch).collect(), name),
            "base" => Ok(Vec::new()),
            _ => {
                let at = self.one(name)?;
                if of_branch(&at) { Ok(vec![at]) } else { Err(cannot_locate(name)) }
            }
        }
    }

    /// What Alembic hands out while it goes through the revisions: it looks each one up by its id, so one that is called
    /// `head` or `heads` is taken for the symbol, and `base` for nothing at all.
    pub(super) fn handed_out(&self, at: usize) -> Result<usize, Raised> {
        let heads = match self.at(at).id.as_str() {
            "base" => return Err(Raised::new("AssertionError", String::new())),
            "head" => self.head_positions(),
            "heads" => self.real_head_positions(),
            _ => return Ok(at),
        };
        match heads.as_slice() {
            [one] => Ok(*one),
            _ => Err(several_heads("heads")),
        }
    }

    /// Whether the id of a revision is a symbol.
    pub(super) fn has_symbol(&self) -> bool {
        ["base", "head", "heads"]
            .iter()
            .any(|symbol| self.named(symbol).is_some_and(|at| self.at(at).id == *symbol))
    }

    fn only(heads: Vec<usize>, name: &str) -> Result<Vec<usize>, Raised> {
        if heads.len() < 2 {
            return Ok(heads);
        }
        Err(several_heads(name))
    }

    /// An exact name, or the only one of four characters and more that starts with it.
    fn one(&self, name: &str) -> Result<usize, Raised> {
        if let Some(at) = self.named(name) {
            return Ok(at);
        }
        let mut longer =
            self.names().filter(|(known, _)| known.chars().count() > 3 && known.starts_with(name));
        match (longer.next(), longer.next()) {
            (Some((_, at)), None) => Ok(at),
            _ => Err(cannot_locate(name)),
        }
    }

    fn shares_lineage(&self, one: usize, other: usize) -> bool {
        let above = |from: usize, to: usize| {
            let walked = self.walk([from], |at| Ok(self.below(at).to_vec()));
            walked.is_ok_and(|found| found.contains(&to))
        };
        above(one, other) || above(other, one)
    }
}

fn cannot_locate(name: &str) -> Raised {
    Raised::new("CommandError", format!("Can't locate revision identified by '{name}'"))
}
