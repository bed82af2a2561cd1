//! What `alembic upgrade heads` does to a database, by the rows of its version table.
//!
//! Source: `_collect_upgrade_revisions` of Alembic's `script/revision.py`, and `HeadMaintainer.update_to_step` of
//! `runtime/migration.py`.

use std::collections::BTreeSet;

use super::load::{Cause, Raised};
use super::map::RevisionMap;
use super::order::Stopped;

/// An upgrade that comes to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upgraded<'m> {
    /// The ids that it runs, oldest first.
    pub runs: Vec<&'m str>,
    /// The rows that the version table has then, sorted.
    pub rows: Vec<&'m str>,
}

impl RevisionMap {
    /// What a database with these rows runs, as far as Alembic's own bookkeeping goes. A row is an id, as Alembic writes it;
    /// no rows are an empty database.
    ///
    /// # Errors
    ///
    /// What Alembic raises: a row that no file declares, rows of which one lies below another, a merge of which a parent lies
    /// below another of its parents, so that it looks for a row that is not there. Or it never ends.
    pub fn upgrade_from<'m>(&'m self, rows: &[&'m str]) -> Result<Upgraded<'m>, Stopped> {
        let (runs, rows) = self.places_from(rows)?;
        Ok(Upgraded {
            runs: runs.into_iter().map(|at| self.at(at).id.as_str()).collect(),
            rows: rows.into_iter().collect(),
        })
    }

    /// The same by positions: what runs, oldest first, and the rows then.
    fn places_from<'m>(&'m self, rows: &[&'m str]) -> Result<(Vec<usize>, BTreeSet<&'m str>), Stopped> {
        let runs = self.in_turn(rows)?;
        let mut rows: BTreeSet<&str> = rows.iter().copied().collect();
        for &at in &runs {
            self.move_rows(&mut rows, at).map_err(Stopped::Raises)?;
        }
        Ok((runs, rows))
    }

    /// What runs, by positions, oldest first.
    pub(super) fn runs_from(&self, rows: &[&str]) -> Result<Vec<usize>, Stopped> {
        // Only a merge of more makes Alembic look for a row that is not there.
        let may_lose_count = (0..self.len()).any(|at| self.below(at).len() > 2);
        if may_lose_count { self.places_from(rows).map(|(runs, _)| runs) } else { self.in_turn(rows) }
    }

    fn in_turn(&self, rows: &[&str]) -> Result<Vec<usize>, Stopped> {
        let above;
        let newest_first = if rows.is_empty() {
            self.newest_first()?
        } else {
            above = self.newest_first_above(|map| map.resolve_all(rows))?;
            &above
        };
        self.hands_out(newest_first)?;
        Ok(newest_first.iter().rev().copied().collect())
    }

    /// Whether an empty database comes to the end of `upgrade heads`.
    ///
    /// # Errors
    ///
    /// As [`RevisionMap::upgrade_from`].
    pub fn upgrades(&self) -> Result<(), Stopped> {
        self.upgrade_from(&[]).map(drop)
    }

    fn resolve_all(&self, rows: &[&str]) -> Result<Vec<usize>, Raised> {
        let found: Result<Vec<_>, _> = rows.iter().map(|row| self.resolve(row)).collect();
        Ok(found?.concat())
    }

    /// The ids of what rows name and of all below it; nothing where no file declares one of them.
    pub fn at_or_below(&self, rows: &[&str]) -> Option<BTreeSet<&str>> {
        let found = self.ancestors(self.resolve_all(rows).ok()?);
        Some(found.ones().map(|at| self.at(at).id.as_str()).collect())
    }

    /// Rows without those that others stand on through a dependency, which `alembic current` prints and the table does not
    /// hold.
    pub fn without_implied<'r>(&self, rows: &[&'r str]) -> Vec<&'r str> {
        let parents = |at: usize| Ok(self.at(at).down.iter().filter_map(|name| self.named(name)).collect());
        let is_implied = |row: &&str| {
            let Some(at) = self.named(row) else { return false };
            let others = rows.iter().filter(|other| *other != row).filter_map(|other| self.named(other));
            let others: Vec<usize> = others.collect();
            let by_parents = self.walk(others.iter().copied(), parents);
            self.ancestors(others).contains(at) && by_parents.is_ok_and(|found| !found.contains(&at))
        };
        rows.iter().copied().filter(|row| !is_implied(row)).collect()
    }

    /// The rows with which an upgrade to a revision runs that one alone: what lies right below it, and below nothing else
    /// there; nothing where there is no such revision.
    pub fn rows_right_below(&self, id: &str) -> Option<Vec<&str>> {
        let below = self.below(self.named(id)?);
        let is_last =
            |&&at: &&usize| !below.iter().any(|&other| other != at && self.ancestors_of(other).contains(at));
        Some(below.iter().filter(is_last).map(|&at| self.at(at).id.as_str()).collect())
    }

    /// The rows of a database that has run these revisions and no others, sorted; nothing where something that lies below
    /// one of them has not run, or one of them is none of these.
    pub fn rows_of(&self, ran: &BTreeSet<&str>) -> Option<Vec<&str>> {
        let mut rows = BTreeSet::new();
        let mut covered = BTreeSet::new();
        for id in ran {
            let at = self.named(id)?;
            rows.insert(self.at(at).id.as_str());
            for &below in self.below(at) {
                let below = self.at(below).id.as_str();
                if !ran.contains(below) {
                    return None;
                }
                covered.insert(below);
            }
        }
        rows.retain(|id| !covered.contains(id));
        Some(rows.into_iter().collect())
    }

    /// Whether `downgrade -1` of a database with these rows has several ways, of which one has to be named.
    pub fn is_ambiguous_below(&self, rows: &[&str]) -> bool {
        let is_merge = |id: &str| self.named(id).is_some_and(|at| self.at(at).is_merge_point());
        matches!(rows, [row] if is_merge(row))
    }

    /// One revision has run: its row takes the place of its parents' rows.
    fn move_rows<'m>(&'m self, rows: &mut BTreeSet<&'m str>, at: usize) -> Result<(), Raised> {
        let id = |at: usize| self.at(at).id.as_str();
        if let [below] = self.below(at) {
            rows.remove(id(*below));
            rows.insert(id(at));
            return Ok(());
        }
        let below: BTreeSet<&str> = self.below(at).iter().map(|&at| id(at)).collect();
        let n_present = below.iter().filter(|id| rows.contains(*id)).count();
        if below.len() > 1 && n_present > 1 {
            let others = rows.iter().filter(|row| !below.contains(*row));
            let others = others.filter_map(|row| self.resolve(row).ok()).flatten().collect::<Vec<_>>();
            let others = self.ancestors(others);
            let covered: BTreeSet<&str> = others.ones().map(id).collect();
            for gone in below.difference(&covered) {
                if !rows.remove(gone) {
                    return Err(Raised::key_error(gone).because(Cause::Merge(self.at(at).script)));
                }
            }
        } else {
            for gone in &below {
                rows.remove(gone);
            }
        }
        rows.insert(id(at));
        Ok(())
    }
}
