//! What an upgrade does to one database, by its rows: with the files as they are, and as a repair leaves them.

use std::collections::{BTreeMap, BTreeSet};

use super::needs;
use super::past::{Past, history};
use super::recovery::{self, NoRecovery, Recovery, Tries};
use crate::alembic::{Reading, RevisionMap, StateGroup, Stopped, too_early};
use crate::audited::{Audit, Audited};
use crate::ingest::TreePath;
use crate::replay::{Outlook, Stop};

/// One database, and what `alembic upgrade heads` does to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamped {
    /// The rows of its version table, sorted; none for an empty database.
    pub rows: Vec<String>,
    /// Those of them that no file declares.
    pub undeclared: Vec<String>,
    /// What the upgrade does, or why it stops.
    pub upgrade: Result<Upgrade, Stopped>,
    /// The first of what it runs that fails by itself, on an empty database or on this one too.
    pub fails: Option<Fails>,
    /// What brings it to the heads where the upgrade does not, or may not, or why nobody can tell; nothing where that does.
    pub recovery: Option<Result<Recovery, NoRecovery>>,
    /// The files that are taken for run, as Alembic runs them, where others declare the same id.
    pub taken_for_run: Vec<TreePath>,
}

/// A revision whose own `upgrade()` fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fails {
    /// The revision.
    pub revision: String,
    /// The other one of [`Outlook::Same`].
    pub other: Option<String>,
    /// Where, and how certain that is.
    pub stop: Stop,
}

/// An upgrade of one database that comes to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upgrade {
    /// What it runs, in order.
    pub runs: Vec<String>,
    /// What of it the database has run already, under the id that its file had.
    pub again: Vec<String>,
    /// What it takes for run, and the database has not run; nothing where what it has run cannot be read from the files.
    pub skips: Option<Vec<String>>,
    /// The first that it runs before what makes what it needs, and that; there the upgrade fails.
    pub too_early: Option<(String, String)>,
    /// The first that needs something of what is skipped, and that; there it may fail.
    pub wants: Option<(String, String)>,
    /// Whether one step down afterwards has several ways.
    pub is_ambiguous: bool,
}

impl Upgrade {
    /// Whether nothing else harms the database, and it stops at what runs too early.
    pub fn is_too_early(&self) -> bool {
        self.too_early.is_some() && self.skips.as_ref().is_some_and(Vec::is_empty)
    }
}

impl Stamped {
    /// Whether the upgrade runs all that the database lacks; nothing where that is not known.
    pub fn is_right(&self) -> Option<bool> {
        match &self.upgrade {
            Err(_) => Some(false),
            Ok(upgrade) if !upgrade.again.is_empty() => Some(false),
            Ok(upgrade) if upgrade.is_too_early() => Some(false),
            Ok(upgrade) => upgrade.skips.as_ref().map(Vec::is_empty),
        }
    }
}

/// The databases that were asked about and are this environment's: an empty one may be anybody's, and one with rows is
/// whose files declare one of them, or everybody's where nobody's do.
fn asked(audit: &Audit, index: usize) -> impl Iterator<Item = &Vec<String>> {
    let declares = |audited: &Audited, rows: &[String]| rows.iter().any(|row| is_declared(audited, row));
    let alone = audit.options.stamped_of.get(&index);
    alone.unwrap_or(&audit.options.stamped).iter().filter(move |rows| {
        alone.is_some()
            || rows.is_empty()
            || declares(&audit.environments[index], rows)
            || !audit.environments.iter().any(|audited| declares(audited, rows))
    })
}

/// What becomes of the databases that were asked about, with the files as they are.
pub fn stamped_now(audit: &Audit, index: usize) -> Vec<Stamped> {
    stamped(audit, index, &After::of(&audit.environments[index], &BTreeMap::new(), None))
}

/// The ids that Alembic knew whose file has another one from now on, and that one.
type Renamed = BTreeMap<String, String>;

/// The files as a repair leaves them.
pub(super) struct After<'a> {
    pub(super) audited: &'a Audited,
    pub(super) renamed: &'a Renamed,
    /// Which revisions cannot run but after which.
    pub(super) needs: Vec<(&'a str, &'a str)>,
    /// Those of them where the second does not lie below the first.
    unsaid: Vec<(&'a str, &'a str)>,
    /// And where the first does not lie below the second either.
    apart: Vec<(&'a str, &'a str)>,
    tries: Tries,
    /// What databases are taken to have run where the files did not load before it.
    pub(super) past: Option<&'a Past>,
}

impl<'a> After<'a> {
    pub(super) fn of(audited: &'a Audited, renamed: &'a Renamed, past: Option<&'a Past>) -> Self {
        let needs = needs(audited);
        let are_below = |pairs: &[(&str, &str)]| match audited.reading.map() {
            Some(map) => map.are_below(pairs),
            None => vec![false; pairs.len()],
        };
        let unless = |pairs: &[(&'a str, &'a str)], is_so: Vec<bool>| -> Vec<(&'a str, &'a str)> {
            pairs.iter().zip(is_so).filter(|(_, is_so)| !is_so).map(|(pair, _)| *pair).collect()
        };
        let back =
            |pairs: &[(&'a str, &'a str)]| -> Vec<_> { pairs.iter().map(|&(id, on)| (on, id)).collect() };
        let unsaid = unless(&needs, are_below(&back(&needs)));
        let apart = unless(&unsaid, are_below(&unsaid));
        Self { audited, renamed, needs, unsaid, apart, tries: Tries::default(), past }
    }
}

/// The same with the files as a repair leaves them.
pub(super) fn stamped(audit: &Audit, index: usize, after: &After<'_>) -> Vec<Stamped> {
    let before = &audit.environments[index];
    asked(audit, index).filter_map(|rows| upgraded(before, after, rows)).collect()
}

/// What becomes of one database of each group of states, that which stands for the group.
pub(super) fn examples(before: &Audited, after: &After<'_>, groups: &[StateGroup]) -> Vec<Option<Stamped>> {
    groups.iter().map(|group| upgraded(before, after, &group.stamped)).collect()
}

/// What becomes of a database that ran `before` and is upgraded with `after`; nothing where only running the files would
/// tell.
fn upgraded(before: &Audited, after: &After<'_>, rows: &[String]) -> Option<Stamped> {
    let After { audited, renamed, past, .. } = after;
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let history = history(before, *past);
    // What Alembic prints names what is there because something depends on it, too; the table does not.
    let rows = history.map_or_else(|| rows.clone(), |map| map.without_implied(&rows));
    // By the ids that the files have from now on.
    let ran: Option<BTreeSet<String>> = ran(before, &rows)
        .map(|ran| ran.into_iter().map(|id| renamed.get(&id).cloned().unwrap_or(id)).collect());
    let taken = past.filter(|_| ran.is_none());
    let ran = ran.or_else(|| taken?.ran(&rows));
    let upgrade = match &audited.reading {
        Reading::Unknown => return None,
        Reading::Raises { raised, .. } => Err(Stopped::Raises(raised.clone())),
        Reading::Loads(map) => upgrade(ran.as_ref(), history, map, &rows, after),
    };
    let runs = upgrade.as_ref().map_or(&[][..], |upgrade| &upgrade.runs);
    let fails_at = fails(after, history, ran.as_ref(), runs);
    let undeclared =
        rows.iter().filter(|row| !is_declared(audited, row)).map(|&row| row.to_owned()).collect();
    let shared = shared(before, &rows);
    let taken_for_run = shared.iter().filter_map(|id| file_of(before, id)).collect();
    let mut stamped = Stamped {
        rows: rows.iter().map(|&row| row.to_owned()).collect(),
        undeclared,
        upgrade,
        fails: fails_at,
        recovery: None,
        taken_for_run,
    };
    if stamped.is_right() != Some(true) {
        let is_there = |upgrade: &Upgrade| ran.is_none() || upgrade.skips.is_some();
        let is_where_it_was = stamped.upgrade.as_ref().ok().is_none_or(is_there);
        let told = recovery(before, after, &rows, ran.as_ref(), shared).map(|found| Recovery {
            takes: taken.map_or_else(Vec::new, |past| past.takes.clone()),
            fails: fails(after, history, ran.as_ref(), &found.lacks),
            ..found
        });
        stamped.recovery =
            Some(if is_where_it_was { told } else { told.and(Err(NoRecovery::NotWhereItWas)) });
    }
    Some(stamped)
}

/// The first of what runs that fails by itself in a database that has run `ran`, in the order of `history`.
fn fails(
    after: &After<'_>,
    history: Option<&RevisionMap>,
    ran: Option<&BTreeSet<String>>,
    runs: &[String],
) -> Option<Fails> {
    let After { audited, renamed, .. } = after;
    let script = |id: &str| audited.graph.node(audited.graph.find(id)?).script;
    let scripts: Option<Vec<usize>> = runs.iter().map(|id| script(id)).collect();
    let in_order = |ran: &BTreeSet<String>| {
        let order = history?.upgrade_order().ok()?.into_iter();
        let order = order.map(|id| renamed.get(id).map_or(id, String::as_str)).filter(|id| ran.contains(*id));
        let scripts: Vec<usize> = order.map(script).collect::<Option<_>>()?;
        (scripts.len() == ran.len()).then_some(scripts)
    };
    let stop = audited.account.stop(ran.and_then(in_order).as_deref(), &scripts?)?;
    let id = |script: usize| audited.scripts[script].id().map(str::to_owned);
    let other = match stop.outlook {
        Outlook::Same(other) => id(other),
        _ => None,
    };
    Some(Fails { revision: id(stop.script)?, other, stop })
}

/// What brings a database to the heads that an upgrade does not bring there.
fn recovery(
    before: &Audited,
    after: &After<'_>,
    rows: &[&str],
    ran: Option<&BTreeSet<String>>,
    shared: Vec<String>,
) -> Result<Recovery, NoRecovery> {
    let map = after.audited.reading.map().ok_or(NoRecovery::Stops)?;
    let is_known = |row: &str| is_declared(before, row) || after.past.is_some_and(|past| past.has(row));
    let unheard: Vec<String> = rows.iter().filter(|row| !is_known(row)).map(|&row| row.to_owned()).collect();
    if !unheard.is_empty() {
        return Err(NoRecovery::Undeclared(unheard));
    }
    // The rows do not tell which of the files has run, whatever Alembic makes of them today.
    if !shared.is_empty() {
        return Err(NoRecovery::Shared(shared));
    }
    recovery::recovery(ran.ok_or(NoRecovery::BelowIsBroken)?, rows, map, &after.unsaid, &after.tries)
}

/// The ids at or below rows that several files declare, sorted.
fn shared(audited: &Audited, rows: &[&str]) -> Vec<String> {
    let graph = &audited.graph;
    let lost: BTreeSet<_> = graph.shadowed().iter().map(|lost| lost.kept).collect();
    if lost.is_empty() {
        return Vec::new();
    }
    let mut open: Vec<_> = rows.iter().filter_map(|row| graph.find(row)).collect();
    let mut found = BTreeSet::new();
    while let Some(ix) = open.pop() {
        if found.insert(ix) {
            open.extend(graph.parents(ix).into_iter().chain(graph.dependencies(ix)));
        }
    }
    let mut ids: Vec<String> = found.intersection(&lost).map(|&ix| graph.id(ix).to_owned()).collect();
    ids.sort_unstable();
    ids
}

/// The file that Alembic runs for an id.
fn file_of(audited: &Audited, id: &str) -> Option<TreePath> {
    let ix = audited.graph.find(id)?;
    audited.graph.node(ix).script.map(|at| audited.scripts[at].path.clone())
}

fn upgrade(
    ran: Option<&BTreeSet<String>>,
    before: Option<&RevisionMap>,
    map: &RevisionMap,
    rows: &[&str],
    After { renamed, needs, apart, .. }: &After<'_>,
) -> Result<Upgrade, Stopped> {
    let upgraded = map.upgrade_from(rows)?;
    let taken = map.at_or_below(rows).unwrap_or_default();
    let new: BTreeSet<&str> = renamed.values().map(String::as_str).collect();
    let is_new = |id: &str| new.contains(id);
    // Where the files load, and each id stays with its file, what has run is what lies below, wherever it is put.
    let is_known = before.is_some() && renamed.is_empty();
    let again = upgraded
        .runs
        .iter()
        .filter(|id| (is_known || is_new(id)) && ran.is_some_and(|ran| ran.contains(**id)));
    // What would run a second time under the id that it had was not where the files have it.
    let ran = ran.filter(|ran| is_known || !upgraded.runs.iter().any(|id| !is_new(id) && ran.contains(*id)));
    let skips = ran.map(|ran| {
        // A row is of a file that has run, unless that has another id now.
        let is_there = |id: &str| rows.contains(&id) && !renamed.contains_key(id);
        let skipped: BTreeSet<&str> =
            taken.into_iter().filter(|id| !ran.contains(*id) && !is_there(id)).collect();
        let in_order = |map: &RevisionMap| -> Vec<String> {
            let order = map.upgrade_order().unwrap_or_default();
            order.into_iter().filter(|id| skipped.contains(id)).map(str::to_owned).collect()
        };
        // In the order in which an empty database ran them, where there is one.
        let mut found = before.map(in_order).unwrap_or_default();
        let known: BTreeSet<String> = found.iter().cloned().collect();
        found.extend(in_order(map).into_iter().filter(|id| !known.contains(id)));
        found
    });
    let skipped: BTreeSet<&str> = skips.iter().flatten().map(String::as_str).collect();
    let mut wanting: BTreeMap<&str, &str> = BTreeMap::new();
    for &(id, on) in needs.iter().filter(|(_, on)| skipped.contains(on)) {
        wanting.entry(id).or_insert(on);
    }
    let early = too_early(&upgraded.runs, apart.iter().copied(), |id| id);
    let wants = upgraded.runs.iter().find_map(|id| Some(((*id).to_owned(), (*wanting.get(id)?).to_owned())));
    Ok(Upgrade {
        too_early: early.first().map(|&(id, on)| (id.to_owned(), on.to_owned())),
        wants,
        runs: upgraded.runs.iter().map(|&id| id.to_owned()).collect(),
        again: again.map(|&id| id.to_owned()).collect(),
        skips,
        is_ambiguous: map.is_ambiguous_below(&upgraded.rows),
    })
}

/// What a database with these rows has run; nothing where the files do not tell.
fn ran(audited: &Audited, rows: &[&str]) -> Option<BTreeSet<String>> {
    // One that only starts an id was once the whole of it.
    if !rows.iter().all(|row| is_declared(audited, row)) {
        return None;
    }
    if let Some(map) = audited.reading.map() {
        return Some(map.at_or_below(rows)?.into_iter().map(str::to_owned).collect());
    }
    // Alembic does not load the files, but what lies below a row may be whole all the same.
    let graph = &audited.graph;
    let lost: BTreeSet<_> = graph.shadowed().iter().map(|lost| lost.kept).collect();
    let broken: BTreeSet<_> = graph.missing_dependencies().iter().map(|(ix, _)| *ix).collect();
    let looped = graph.on_cycles();
    let mut open: Vec<_> = rows.iter().map(|row| graph.find(row)).collect::<Option<_>>()?;
    let mut found = BTreeSet::new();
    while let Some(ix) = open.pop() {
        let node = graph.node(ix);
        let is_whole =
            !graph.is_ghost(ix) && !node.parents_unknown && !node.self_parent && !node.self_dependency;
        if !is_whole || lost.contains(&ix) || broken.contains(&ix) || looped.contains(&ix) {
            return None;
        }
        if found.insert(ix) {
            open.extend(graph.parents(ix).into_iter().chain(graph.dependencies(ix)));
        }
    }
    Some(found.into_iter().map(|ix| graph.id(ix).to_owned()).collect())
}

fn is_declared(audited: &Audited, row: &str) -> bool {
    audited.graph.find(row).is_some_and(|ix| !audited.graph.is_ghost(ix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{audit, audit_again};
    use crate::audited::AuditOptions;
    use crate::rules::fixture::project;

    /// What becomes of a database now, and with the chain.
    fn told(migrations: &str, rows: &str) -> [String; 2] {
        let tree = project(migrations);
        let stamped = vec![rows.split_whitespace().map(str::to_owned).collect()];
        let audit = audit(&tree, AuditOptions { stamped, ..AuditOptions::default() }, &mut |_, _| {});
        let plans =
            crate::plan::plans(&tree, &audit, &|patched, changed| audit_again(patched, &audit, changed))
                .swap_remove(0);
        let chain =
            plans.iter().find(|plan| plan.kind == crate::plan::PlanKind::Chain).expect("it is on offer");
        let words = |stamped: &[Stamped]| {
            let [one] = stamped else { panic!("{stamped:?}") };
            match &one.upgrade {
                Err(stopped) => format!("{stopped:?}").chars().take_while(|c| *c != ',').collect(),
                Ok(Upgrade { runs, skips, .. }) => {
                    let skips = skips.as_ref().map_or("who knows".to_owned(), |skips| skips.join(" "));
                    format!("{} runs {}, skips {skips}", one.rows.join(" "), runs.join(" "))
                }
            }
        };
        [words(&stamped_now(&audit, 0)), words(&chain.stamped)]
    }

    #[test]
    fn a_database_on_the_moved_side_skips_the_other() {
        let fork = "a: a <- None\nb: b <- 'a'\nc: c <- 'a'\nd: d <- 'c'";
        let [now, then] = told(fork, "c");
        assert_eq!(now, "c runs d b, skips ");
        assert!(then == "c runs d, skips b" || then == "c runs d b, skips ", "{then}");
    }

    #[test]
    fn what_lies_whole_below_a_hole_is_known_to_have_run() {
        let hole = "a: a <- None\nb: b <- 'a'\nc: c <- 'gone'\nd: d <- 'c'";
        assert_eq!(told(hole, "b")[1], "b runs c d, skips ");
        assert_eq!(told(hole, "")[1], " runs a b c d, skips ");
        assert_eq!(told(hole, "c")[1], "c runs d, skips ", "it was upgraded when there was none");
        let several = "a: a <- None\nb: b <- 'a'\ne: e <- 'a'\nc: c <- 'gone'\nd: d <- 'c'";
        assert!(told(several, "c")[1].ends_with("skips who knows"), "{:?}", told(several, "c"));
        assert!(told(hole, "b")[0].starts_with("Raises"), "{:?}", told(hole, "b"));
    }

    #[test]
    fn what_stands_there_by_a_dependency_is_no_row() {
        let mut tree = project("a: a <- None\nb: b <- None\nc: c <- 'a'");
        let path = crate::ingest::TreePath::parse("migrations/versions/c.py").expect("relative");
        let text = "revision = 'c'\ndown_revision = 'a'\ndepends_on = 'b'\n\n\ndef upgrade():\n    pass\n";
        tree.insert(path, text.as_bytes().to_vec());
        let stamped = vec![vec!["b".to_owned(), "c".to_owned()], vec!["a".to_owned(), "c".to_owned()]];
        let audit = audit(&tree, AuditOptions { stamped, ..AuditOptions::default() }, &mut |_, _| {});
        let rows: Vec<_> =
            stamped_now(&audit, 0).into_iter().map(|one| (one.rows.join(" "), one.upgrade.is_ok())).collect();
        assert_eq!(rows, [("c".to_owned(), true), ("a c".to_owned(), false)]);
    }

    #[test]
    fn nothing_is_run_by_hand_on_what_depends_on_it() {
        let mut tree = project("a: a <- None\nb: b <- 'a'\nc: c <- 'b'\nd: d <- 'c'\nh: h <- 'a'");
        let by_hand = |tree: &crate::ingest::SourceTree| {
            let stamped = vec![vec!["h".to_owned()]];
            let audit = audit(tree, AuditOptions { stamped, ..AuditOptions::default() }, &mut |_, _| {});
            let again = |patched: &_, changed: &[_]| audit_again(patched, &audit, changed);
            let plans = crate::plan::plans(tree, &audit, &again).swap_remove(0);
            plans
                .iter()
                .flat_map(|plan| &plan.stamped)
                .filter(|one| matches!(one.recovery, Some(Ok(_))))
                .count()
        };
        assert_eq!(by_hand(&tree), 1);
        // `b` counts as run where `c` has, on which it depends and which comes after it.
        let path = crate::ingest::TreePath::parse("migrations/versions/b.py").expect("relative");
        let text = "revision = 'b'\ndown_revision = 'a'\ndepends_on = 'c'\n\n\ndef upgrade():\n    pass\n";
        tree.insert(path, text.as_bytes().to_vec());
        assert_eq!(by_hand(&tree), 0);
    }

    #[test]
    fn a_database_is_asked_about_where_its_revision_is() {
        let mut tree = project("a: a <- None");
        let other = [
            ("other/alembic.ini", "[alembic]\nscript_location = migrations\n"),
            ("other/migrations/env.py", "from alembic import context\ncontext.run_migrations()\n"),
            (
                "other/migrations/versions/z.py",
                "revision = 'z'\ndown_revision = None\ndef upgrade():\n    pass\n",
            ),
        ];
        for (path, text) in other {
            tree.insert(crate::ingest::TreePath::parse(path).expect("relative"), text.as_bytes().to_vec());
        }
        let stamped = ["", "a", "z", "gone"].map(|rows| rows.split_whitespace().map(str::to_owned).collect());
        let audit = audit(
            &tree,
            AuditOptions { stamped: stamped.to_vec(), ..AuditOptions::default() },
            &mut |_, _| {},
        );
        let mut asked: Vec<String> = (0..audit.environments.len())
            .map(|index| {
                stamped_now(&audit, index).iter().map(|one| one.rows.join(" ")).collect::<Vec<_>>().join("/")
            })
            .collect();
        asked.sort_unstable();
        assert_eq!(asked, ["/a/gone", "/z/gone"]);
    }
}
