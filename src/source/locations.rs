//! From the paths that a configuration writes to the folders of the tree.
//!
//! Alembic starts in a folder that is not known here: the top of what was dropped, or the configuration's own folder,
//! are tried. A path of another machine, such as `/app/alembic`, is looked for by its last names.

use std::collections::BTreeSet;

use super::modules::{below, package_in};
use crate::ingest::{Resolved, SourceTree};

/// Stands for the configuration's own folder in an interpolated value; no path can hold it.
pub(super) const HERE: &str = "\u{1}";

/// A folder that a path means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Location {
    /// The folder, every link followed; empty for the top.
    pub(super) folder: String,
    /// The folder that a relative path was taken from.
    pub(super) base: String,
    /// How sure it is.
    pub(super) fit: Fit,
}

impl Location {
    /// What has to be told about it, if it is not exactly what `subject` says.
    pub(super) fn assumption(&self, subject: &str) -> Option<String> {
        match self.fit {
            Fit::Exact | Fit::File => None,
            Fit::Likely => Some(format!("{subject} is not here, `{}` is taken for it", self.folder)),
            Fit::Missing => Some(format!("{subject} is not here")),
        }
    }
}

/// How well a path fits the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// The folder is there.
    Exact,
    /// A file is there, which holds nothing.
    File,
    /// Another folder with the same last names is there.
    Likely,
    /// Nothing fits.
    Missing,
}

/// The folders of a tree.
pub(super) struct Folders<'t> {
    tree: &'t SourceTree,
    all: BTreeSet<&'t str>,
    /// Those that hold an `env.py` or a `versions/`.
    scripts: BTreeSet<&'t str>,
}

impl<'t> Folders<'t> {
    /// Reads the folders of a tree.
    pub(super) fn of(tree: &'t SourceTree) -> Self {
        let mut all = BTreeSet::from([""]);
        let mut scripts = BTreeSet::new();
        for path in tree.listing("") {
            let mut folder = path.folder();
            if matches!(path.file_name(), "env.py" | "versions") {
                scripts.insert(folder);
            }
            while !folder.is_empty() && all.insert(folder) {
                let (parent, name) = folder.rsplit_once('/').unwrap_or(("", folder));
                if name == "versions" {
                    scripts.insert(parent);
                }
                folder = parent;
            }
        }
        Self { tree, all, scripts }
    }

    /// Whether the folder is there.
    pub(super) fn has(&self, folder: &str) -> bool {
        self.all.contains(folder)
    }

    /// Whether the folder looks like a script location.
    pub(super) fn is_script_location(&self, folder: &str) -> bool {
        self.scripts.contains(folder)
    }

    /// The folder that `script_location` means, as a configuration in `home` writes it.
    pub(super) fn script_location(&self, value: &str, home: &str) -> Location {
        let candidates = candidates(value, home);
        let there: Vec<Location> = candidates.iter().filter_map(|candidate| self.found(candidate)).collect();
        let fitting = |location: &&Location| self.scripts.contains(location.folder.as_str());
        // A configuration below the top is mostly used from its own folder, so that goes first where both would do.
        if let Some(exact) = there.iter().rfind(fitting).or_else(|| there.first()) {
            return exact.clone();
        }
        by_last_names(value, home, &self.scripts).unwrap_or_else(|| missing(value, candidates))
    }

    /// The folder that one of `version_locations` means; `base` is where `script_location` was found from.
    pub(super) fn version_location(&self, value: &str, home: &str, base: &str) -> Location {
        let mut candidates = candidates(value, home);
        candidates.sort_by_key(|candidate| candidate.base != base);
        if let Some(exact) = candidates.iter().find_map(|candidate| self.found(candidate)) {
            return exact;
        }
        let likely = is_foreign(value).then(|| by_last_names(value, home, &self.all)).flatten();
        likely.unwrap_or_else(|| missing(value, candidates))
    }

    /// What stands at a candidate, if something does.
    fn found(&self, candidate: &Candidate) -> Option<Location> {
        let (folder, fit) = match self.tree.resolve(&candidate.path) {
            Resolved::Folder(folder) => (folder, Fit::Exact),
            Resolved::File(path) => (path.as_str().to_owned(), Fit::File),
            Resolved::Missing(_) | Resolved::Outside(_) | Resolved::Loop => return None,
        };
        Some(Location { folder, base: candidate.base.clone(), fit })
    }

    /// The folder of a package that Python finds in one of `sys_path`, folders as a configuration in `home` writes
    /// them; nothing where another place may come first.
    pub(super) fn package(&self, name: &str, sys_path: &[String], home: &str) -> Option<String> {
        for path in sys_path {
            let [candidate] = candidates(path, home).try_into().ok()?;
            let found = self.found(&candidate)?;
            if let Some(folder) = package_in(self.tree, &found.folder, name) {
                return Some(folder);
            }
        }
        None
    }

    /// The folders that `sys_path` names, up to the first that is not certain; `start` is where Alembic is started.
    pub(super) fn prepended(&self, sys_path: &[String], home: &str, start: Option<&str>) -> Vec<String> {
        if self.tree.is_partial() {
            return Vec::new();
        }
        let mut found = Vec::new();
        for path in sys_path {
            let base = match path.strip_prefix(HERE) {
                Some(_) => Some(home),
                None if is_foreign(path) => None,
                None => start,
            };
            let Some(base) = base else { break };
            let below = path.trim_start_matches(HERE);
            match self.tree.resolve(&format!("{base}/{below}")) {
                Resolved::Folder(folder) => found.push(folder),
                Resolved::Missing(_) | Resolved::File(_) => {}
                Resolved::Outside(_) | Resolved::Loop => break,
            }
        }
        found
    }

    /// Whether it is certain that a path leads to nothing, as a configuration in `home` writes it.
    ///
    /// A relative path counts from where Alembic is started, which is certainly the top of the tree only where the
    /// configuration stands there too.
    pub(super) fn is_missing(&self, value: &str, home: &str) -> bool {
        let is_computed = value.contains(['{', '}', '$', '<', '>']);
        let counts_from_home = value.starts_with(HERE) || home.is_empty() && !is_foreign(value);
        let nothing = |candidate: &Candidate| {
            matches!(self.tree.resolve(&candidate.path), Resolved::Missing(_) | Resolved::Loop)
        };
        !self.tree.is_partial()
            && !is_computed
            && counts_from_home
            && candidates(value, home).iter().all(nothing)
    }
}

/// What a value was meant to say, and what belongs to it that was not meant: an ini keeps quotes and comments, and Alembic
/// expands nothing but `%(here)s`.
pub(super) fn intended(value: &str) -> Option<(String, &'static str)> {
    let trimmed = value.trim();
    if let Some((first, _)) = trimmed.split_once('\n') {
        return Some((first.trim().to_owned(), "the line below it is indented and belongs to the value"));
    }
    if trimmed != value {
        return Some((trimmed.to_owned(), "the line break before the path belongs to the value"));
    }
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return Some((inner.to_owned(), "the quotes belong to the value"));
        }
    }
    for comment in [" ;", " #"] {
        if let Some((before, _)) = value.split_once(comment) {
            return Some((before.trim_end().to_owned(), "the comment behind the path belongs to the value"));
        }
    }
    if let Some(rest) = value.strip_prefix("~/") {
        return Some((rest.to_owned(), "`~` is not expanded"));
    }
    if let Some((_, rest)) = value.strip_prefix("${").and_then(|rest| rest.split_once("}/")) {
        return Some((rest.to_owned(), "variables of the environment are not expanded"));
    }
    None
}

/// Where a value may lead.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Candidate {
    base: String,
    /// From the top, as it is written.
    path: String,
    /// The same without `.` and `..`.
    plain: String,
}

/// What the value may mean: from the top first, then from the configuration's folder.
fn candidates(value: &str, home: &str) -> Vec<Candidate> {
    let at = |base: &str, path: &str| {
        let path = path.replace('\\', "/");
        let plain = join(base, &path)?;
        Some(Candidate { base: base.to_owned(), path: format!("{base}/{path}"), plain })
    };
    if let Some(rest) = value.strip_prefix(HERE) {
        return at(home, rest.trim_start_matches('/')).into_iter().collect();
    }
    if is_absolute(value) || value.contains(HERE) {
        return Vec::new();
    }
    if let Some((package, rest)) = value.split_once(':') {
        let path = format!("{}/{}", below(package), rest.replace(':', "/"));
        let sources = [join("", "src"), join(home, "src")];
        let roots = ["", home].into_iter().map(str::to_owned).chain(sources.into_iter().flatten());
        return roots.filter_map(|root| at(&root, &path)).collect();
    }
    let mut found: Vec<Candidate> = at("", value).into_iter().collect();
    if !home.is_empty() {
        found.extend(at(home, value));
    }
    found
}

/// A path as Python's `pathlib` writes it: no `.`, no empty names, `..` kept.
pub(super) fn as_pathlib(path: &str) -> String {
    let names: Vec<&str> = path.split('/').filter(|name| !matches!(*name, "" | ".")).collect();
    let joined = names.join("/");
    match (path.starts_with('/'), joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// The folder whose last names are the value's, as many as possible; one near the configuration wins.
fn by_last_names(value: &str, home: &str, among: &BTreeSet<&str>) -> Option<Location> {
    let value = value.replace(HERE, "").replace(['\\', ':'], "/");
    let names: Vec<&str> = value.split('/').filter(|name| !matches!(*name, "" | "." | "..")).collect();
    for start in 0..names.len() {
        let suffix = names[start..].join("/");
        let mut found: Vec<&str> = among
            .iter()
            .copied()
            .filter(|folder| {
                folder.strip_suffix(&suffix).is_some_and(|head| head.is_empty() || head.ends_with('/'))
            })
            .collect();
        let key = |folder: &str| {
            let near = home.is_empty() || folder.starts_with(&format!("{home}/"));
            (!near, folder.matches('/').count())
        };
        found.sort_by_key(|folder| (key(folder), *folder));
        // Where none is nearer than another, a guess would call the others dead.
        if let [first, second, ..] = found.as_slice()
            && (key(first).0 && key(second).0 || key(first) == key(second))
        {
            return None;
        }
        if let Some(folder) = found.first() {
            let base = folder.strip_suffix(&suffix).unwrap_or_default().trim_end_matches('/');
            return Some(Location { folder: (*folder).to_owned(), base: base.to_owned(), fit: Fit::Likely });
        }
    }
    None
}

fn missing(value: &str, candidates: Vec<Candidate>) -> Location {
    let first = candidates.into_iter().next();
    let (base, folder) =
        first.map_or_else(|| (String::new(), plain(value)), |candidate| (candidate.base, candidate.plain));
    Location { folder, base, fit: Fit::Missing }
}

/// A value as a path of the tree, for showing what is not there.
fn plain(value: &str) -> String {
    let value = value.replace(HERE, "").replace('\\', "/");
    value.split('/').filter(|name| !matches!(*name, "" | "." | "..")).collect::<Vec<_>>().join("/")
}

/// Whether a path is more than relative: absolute, from the configuration's folder, or inside a package.
pub(super) fn is_foreign(value: &str) -> bool {
    is_absolute(value) || value.contains(HERE) || value.contains(':')
}

pub(super) fn is_absolute(value: &str) -> bool {
    let drive = matches!(value.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    value.starts_with(['/', '\\']) || drive
}

/// Goes from `base` along `path`; nothing when that leaves the tree.
pub(super) fn join(base: &str, path: &str) -> Option<String> {
    let path = path.replace('\\', "/");
    let mut names: Vec<&str> = base.split('/').filter(|name| !name.is_empty()).collect();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => {
                names.pop()?;
            }
            name => names.push(name),
        }
    }
    Some(names.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::TreePath;

    fn tree(paths: &[&str]) -> SourceTree {
        let mut tree = SourceTree::default();
        for path in paths {
            tree.insert(TreePath::parse(path).expect("relative"), b"".as_slice());
        }
        tree
    }

    #[test]
    fn script_locations_are_found_wherever_alembic_was_started() {
        let paths = [
            "migrations/env.py",
            "backend/alembic.ini",
            "backend/migrations/versions/a.py",
            "backend/app/db/migrations/env.py",
            "src/pkg/sub/alembic/env.py",
            "conf/alembic.ini",
            "empty/x.py",
        ];
        let tree = tree(&paths);
        let folders = Folders::of(&tree);
        for (value, home, folder, fit) in [
            ("migrations", "", "migrations", Fit::Exact),
            ("./migrations/", "", "migrations", Fit::Exact),
            ("migrations", "conf", "migrations", Fit::Exact),
            ("migrations", "backend", "backend/migrations", Fit::Exact),
            ("backend/migrations", "backend", "backend/migrations", Fit::Exact),
            ("\u{1}/migrations", "backend", "backend/migrations", Fit::Exact),
            ("\u{1}/../migrations", "backend", "migrations", Fit::Exact),
            ("../migrations", "conf", "migrations", Fit::Exact),
            ("pkg:sub:alembic", "", "src/pkg/sub/alembic", Fit::Exact),
            ("pkg.sub:alembic", "", "src/pkg/sub/alembic", Fit::Exact),
            ("/app/backend/migrations", "", "backend/migrations", Fit::Likely),
            ("C:\\work\\db\\migrations", "", "backend/app/db/migrations", Fit::Likely),
            ("/srv/migrations", "backend", "backend/migrations", Fit::Likely),
            ("other:sub:alembic", "", "src/pkg/sub/alembic", Fit::Likely),
            ("empty", "", "empty", Fit::Exact),
            ("gone/away", "", "gone/away", Fit::Missing),
            ("gone/away", "conf", "gone/away", Fit::Missing),
            ("{alembic_dir}", "", "{alembic_dir}", Fit::Missing),
            (".", "", "", Fit::Exact),
        ] {
            let found = folders.script_location(value, home);
            assert_eq!((found.folder.as_str(), found.fit), (folder, fit), "{value} from {home:?}");
        }
    }

    #[test]
    fn version_locations_follow_the_script_location() {
        let tree = tree(&["v/a.py", "backend/v/a.py", "backend/db/a/x.py"]);
        let folders = Folders::of(&tree);
        for (value, home, base, folder, fit) in [
            ("v", "backend", "backend", "backend/v", Fit::Exact),
            ("v", "backend", "", "v", Fit::Exact),
            ("db/a", "backend", "", "backend/db/a", Fit::Exact),
            ("/app/db/a", "", "", "backend/db/a", Fit::Likely),
            ("none", "backend", "backend", "backend/none", Fit::Missing),
        ] {
            let found = folders.version_location(value, home, base);
            assert_eq!((found.folder.as_str(), found.fit), (folder, fit), "{value} from {home:?}");
        }
    }
}
