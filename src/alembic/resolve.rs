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
        match name.split_once('@') {
            // Without a branch before it the sign counts for nothing.
            Some(("", name)) => return self.resolve(name),
            Some((branch, name)) => return self.resolve_on(branch, name),
            None => {}
        }
        match name {
            "heads" => Ok(self.real_head_positions()),
            "head" => Self::only(self.head_positions(), name),
            "base" => Ok(Vec::new()),
            _ => Ok(vec![self.one(name)?]),
        }
    }

    fn resolve_on(&self, branch: &str, name: &str) -> Result<Vec<usize>, Raised> {
        // What is not needed is not looked up.
        let wants_heads = matches!(name, "head" | "heads");
        if name == "base" || wants_heads && self.head_positions().is_empty() {
            return Ok(Vec::new());
        }
        let label = self.one(branch)?;
        let of_branch = |at: &usize| self.is_on(label, *at);
        if wants_heads {
            // Without a branch, `heads` are the real ones.
            let heads = self.head_positions().into_iter().filter(of_branch).collect();
            return if name == "heads" { Ok(heads) } else { Self::only(heads, &format!("{branch}@{name}")) };
        }
        // A start needs to be the only one of the branch.
        let at = self.one_of(name, |at| of_branch(&at))?;
        // Here a label of a file that is lost stands for the one that is kept.
        let kept = |at: usize| self.named(&self.at(at).id).unwrap_or(at);
        if self.is_on(kept(label), kept(at)) { Ok(vec![at]) } else { Err(cannot_locate(name)) }
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
        self.one_of(name, |_| true)
    }

    /// The same, where only some of the longer ones count.
    fn one_of(&self, name: &str, counts: impl Fn(usize) -> bool) -> Result<usize, Raised> {
        if let Some(at) = self.named(name) {
            return Ok(at);
        }
        let mut longer =
            self.names_that_start(name).filter(|(known, at)| known.chars().nth(3).is_some() && counts(*at));
        match (longer.next(), longer.next()) {
            (Some((_, at)), None) => Ok(at),
            _ => Err(cannot_locate(name)),
        }
    }

    /// Those that lie above or below what a branch's name stands for.
    pub(super) fn of_branch(&self, branch: &str, ats: Vec<usize>) -> Result<Vec<usize>, Raised> {
        let label = self.one(branch)?;
        Ok(ats.into_iter().filter(|at| self.is_on(label, *at)).collect())
    }

    /// Whether what a branch's name stands for lies above or below a revision, dependencies left out.
    fn is_on(&self, branch: usize, at: usize) -> bool {
        let parents = |at: usize| self.at(at).down.iter().filter_map(|name| self.named(name)).collect();
        let below = self.walk([at], |at| Ok(parents(at)));
        let above = self.walk([at], |at| Ok(self.at(at).next.iter().copied().collect()));
        [below, above].into_iter().any(|walked| walked.is_ok_and(|found| found.contains(&branch)))
    }
}

fn cannot_locate(name: &str) -> Raised {
    Raised::new("CommandError", format!("Can't locate revision identified by '{name}'"))
}
