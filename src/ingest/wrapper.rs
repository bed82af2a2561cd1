//! The folder that a zip's maker put around everything is no part of the paths.

use super::{Ingested, TreePath};

/// Takes the single top folder off every path, unless its name means something inside.
///
/// `GitHub`'s zips hold one folder `panel-main/`, which nothing refers to. But in a zip that holds only `migrations/`,
/// that name is the project's own: patches must fit it, and a configuration or an import may say it.
pub(super) fn unwrap(ingested: Ingested) -> Ingested {
    let Some(folder) = single_folder(&ingested) else { return ingested };
    if is_meaningful(&ingested, &folder) {
        return ingested;
    }
    let inner = |path: &str| path.strip_prefix(&folder)?.strip_prefix('/').map(str::to_owned);
    let tree = ingested.tree.renamed(|path| TreePath::parse(&inner(path.as_str())?).ok());
    let mut skipped = ingested.skipped;
    for entry in &mut skipped {
        if let Some(path) = inner(&entry.path) {
            entry.path = path;
        }
    }
    skipped.sort();
    let carried =
        ingested.carried.iter().filter_map(|path| TreePath::parse(&inner(path.as_str())?).ok()).collect();
    Ingested { tree, skipped, carried, wrapper: Some(folder) }
}

/// The folder that every file stands in; macOS's own additions do not count.
fn single_folder(ingested: &Ingested) -> Option<String> {
    let mut found: Option<&str> = None;
    let paths = ingested.tree.iter().map(|(path, _)| path).chain(&ingested.carried);
    for path in paths.filter(|path| path.as_str() != ".DS_Store") {
        let (top, _) = path.as_str().split_once('/')?;
        if *found.get_or_insert(top) != top {
            return None;
        }
    }
    let found = found?;
    let outside = ingested.skipped.iter().any(|skipped| {
        let path = skipped.path.replace('\\', "/");
        let top = path.split('/').find(|name| !name.is_empty() && *name != ".");
        TreePath::parse(&path).is_ok() && top != Some(found) && top != Some("__MACOSX")
    });
    (!outside).then(|| found.to_owned())
}

/// Whether something inside may refer to the folder by its name.
fn is_meaningful(ingested: &Ingested, folder: &str) -> bool {
    let holds = |name: &str| ingested.tree.get_str(&format!("{folder}/{name}")).is_some();
    if folder == "versions" || holds("env.py") || holds("__init__.py") {
        return true;
    }
    if ingested.tree.has_folder(&format!("{folder}/versions")) {
        return true;
    }
    ingested.tree.iter().any(|(path, bytes)| {
        let is_config = matches!(path.as_str().rsplit_once('.'), Some((_, "ini" | "cfg" | "toml")));
        is_config && names_folder(&String::from_utf8_lossy(bytes), folder)
    })
}

/// Whether a setting of locations begins a path or a package with the folder's name.
fn names_folder(config: &str, folder: &str) -> bool {
    let mut in_locations = false;
    config.lines().any(|line| {
        let continues = line.starts_with([' ', '\t']);
        let text = line.trim();
        if !continues && !text.is_empty() {
            in_locations = ["script_location", "version_locations"].iter().any(|key| text.starts_with(key));
        }
        in_locations && mentions(text, folder)
    })
}

fn mentions(text: &str, folder: &str) -> bool {
    text.match_indices(folder).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + folder.len()..].chars().next();
        before.is_none_or(|c| c.is_whitespace() || "=:,;\"'[".contains(c))
            && after.is_some_and(|c| matches!(c, '/' | '\\' | ':' | '.'))
    })
}
