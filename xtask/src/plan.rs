//! What the page is made of, read from the `data-trunk` links of `index.html`.
//!
//! They are Trunk's own notation, so one file describes the page to `trunk` and to `cargo xtask`, and
//! neither can drift from the other. A link or an attribute that this reader does not know is an error:
//! quietly ignoring it would build another page than the one described.

use crate::process::Failure;

/// One wasm module of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Module {
    pub(crate) bin: String,
    pub(crate) features: String,
    pub(crate) profile: String,
    /// `web` or `no-modules`, as wasm-bindgen calls them.
    pub(crate) target: &'static str,
    /// The level of wasm-opt: `0` to `4`, `s` or `z`.
    pub(crate) optimise: String,
}

/// The page: its modules, the files copied as they are, and the finished HTML.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) main: Module,
    pub(crate) workers: Vec<Module>,
    pub(crate) files: Vec<String>,
    pub(crate) folders: Vec<String>,
    pub(crate) html: String,
}

impl Plan {
    /// Reads the links and writes the HTML that a browser gets: no comment, no `data-trunk`.
    pub(crate) fn read(source: &str) -> Result<Self, Failure> {
        let source = without_comments(source);
        let (mut main, mut workers, mut files, mut folders) = (None, Vec::new(), Vec::new(), Vec::new());
        let mut html = String::new();
        let mut rest = source.as_str();
        while let Some(start) = rest.find("<link") {
            let end = start + rest[start..].find('>').ok_or_else(|| wrong("a <link> is not closed"))? + 1;
            let attributes = attributes(&rest[start + "<link".len()..end - 1])?;
            if !attributes.iter().any(|(name, _)| name == "data-trunk") {
                html.push_str(&rest[..end]);
                rest = &rest[end..];
                continue;
            }
            html.push_str(&rest[..start]);
            let mut link = Link { attributes };
            let becomes = match link.take("rel")?.as_str() {
                "rust" => {
                    let worker = match link.take_or("data-type", "main").as_str() {
                        "main" => false,
                        "worker" => true,
                        other => return Err(wrong(format!("data-type=\"{other}\""))),
                    };
                    let module = Module::read(&mut link, worker)?;
                    if worker {
                        // The page loads it by its name, when it is needed.
                        workers.push(module);
                        String::new()
                    } else {
                        let tags = start_tags(&module.bin);
                        if main.replace(module).is_some() {
                            return Err(wrong("two main modules"));
                        }
                        tags
                    }
                }
                "css" => {
                    let path = link.path()?;
                    let tag = format!("<link rel=\"stylesheet\" href=\"./{path}\">");
                    files.push(path);
                    tag
                }
                "icon" => {
                    let path = link.path()?;
                    let tag = format!("<link rel=\"icon\" href=\"./{path}\">");
                    files.push(path);
                    tag
                }
                "copy-file" => {
                    files.push(link.path()?);
                    String::new()
                }
                "copy-dir" => {
                    folders.push(link.path()?);
                    String::new()
                }
                other => return Err(wrong(format!("rel=\"{other}\" is not known"))),
            };
            link.nothing_left()?;
            rest = &rest[end..];
            if becomes.is_empty() {
                // The line was the link's alone: leave no blank one behind.
                html.truncate(html.trim_end_matches([' ', '\t']).len());
                rest = rest.strip_prefix('\r').unwrap_or(rest);
                rest = rest.strip_prefix('\n').unwrap_or(rest);
            }
            html.push_str(&becomes);
        }
        html.push_str(rest);
        let main = main.ok_or_else(|| wrong("no <link data-trunk rel=\"rust\"> of the main module"))?;
        Ok(Self { main, workers, files, folders, html })
    }

    /// Every module, the main one first.
    pub(crate) fn modules(&self) -> impl Iterator<Item = &Module> {
        std::iter::once(&self.main).chain(&self.workers)
    }
}

impl Module {
    fn read(link: &mut Link, worker: bool) -> Result<Self, Failure> {
        link.flag("data-cargo-no-default-features")?;
        // Both modules come from this package, and Trunk leaves all building to its hook.
        link.flag("data-trunk-skip")?;
        let standard = if worker { "no-modules" } else { "web" };
        let target = match link.take_or("data-bindgen-target", standard).as_str() {
            "web" => "web",
            "no-modules" => "no-modules",
            other => return Err(wrong(format!("data-bindgen-target=\"{other}\""))),
        };
        Ok(Self {
            bin: link.take("data-bin")?,
            features: link.take("data-cargo-features")?,
            profile: link.take("data-cargo-profile")?,
            target,
            optimise: link.take("data-wasm-opt")?,
        })
    }
}

/// What starts the main module: the files are named early, so that they load side by side.
fn start_tags(bin: &str) -> String {
    format!(
        "<link rel=\"modulepreload\" href=\"./{bin}.js\">\n  \
         <link rel=\"preload\" href=\"./{bin}_bg.wasm\" as=\"fetch\" type=\"application/wasm\" crossorigin>\n  \
         <script type=\"module\" src=\"./boot.js\"></script>"
    )
}

/// A `data-trunk` link; what is taken out has been understood.
struct Link {
    attributes: Vec<(String, Option<String>)>,
}

impl Link {
    /// The value of an attribute; the empty one when it is there without a value.
    fn remove(&mut self, name: &str) -> Option<String> {
        let index = self.attributes.iter().position(|(known, _)| known == name)?;
        Some(self.attributes.remove(index).1.unwrap_or_default())
    }

    fn take(&mut self, name: &str) -> Result<String, Failure> {
        self.remove(name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| wrong(format!("a data-trunk link lacks {name}=\"...\"")))
    }

    fn take_or(&mut self, name: &str, standard: &str) -> String {
        self.remove(name).unwrap_or_else(|| standard.to_owned())
    }

    fn flag(&mut self, name: &str) -> Result<(), Failure> {
        self.remove(name).map(|_| ()).ok_or_else(|| wrong(format!("a link of a Rust module lacks {name}")))
    }

    /// A file or folder of the repository, kept at the same place in the page.
    fn path(&mut self) -> Result<String, Failure> {
        let path = self.take("href")?;
        if path.starts_with('/')
            || path.contains(':')
            || path.contains('\\')
            || path.split('/').any(|p| p == "..")
        {
            return Err(wrong(format!("href=\"{path}\" is not a relative path inside the repository")));
        }
        Ok(path.strip_prefix("./").unwrap_or(&path).trim_end_matches('/').to_owned())
    }

    fn nothing_left(&mut self) -> Result<(), Failure> {
        self.attributes.retain(|(name, _)| name != "data-trunk");
        match self.attributes.first() {
            None => Ok(()),
            Some((name, _)) => Err(wrong(format!("a data-trunk link has `{name}`, which is not known"))),
        }
    }
}

fn wrong(what: impl std::fmt::Display) -> Failure {
    Failure::new(format!("index.html: {what} (xtask/src/plan.rs lists what the build understands)"))
}

/// Comments are for those who read the repository.
fn without_comments(source: &str) -> String {
    let mut kept = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(start) = rest.find("<!--") {
        let Some(length) = rest[start..].find("-->") else { break };
        kept.push_str(&rest[..start]);
        rest = &rest[start + length + "-->".len()..];
        let line_start = kept.trim_end_matches([' ', '\t']).len();
        if kept[..line_start].ends_with('\n') && rest.starts_with('\n') {
            kept.truncate(line_start);
            rest = &rest[1..];
        }
    }
    kept.push_str(rest);
    kept
}

/// The attributes of a tag, values in either kind of quotes, in none, or absent.
fn attributes(tag: &str) -> Result<Vec<(String, Option<String>)>, Failure> {
    let mut found = Vec::new();
    let mut rest = tag.trim_start();
    while !rest.is_empty() && rest.trim() != "/" {
        let end = rest.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(rest.len());
        let name = rest[..end].to_owned();
        rest = rest[end..].trim_start();
        let Some(value) = rest.strip_prefix('=') else {
            found.push((name, None));
            continue;
        };
        let value = value.trim_start();
        let (value, after) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..]
                .split_once(quote)
                .ok_or_else(|| wrong(format!("the value of {name} is not closed")))?,
            _ => value.split_at(value.find(char::is_whitespace).unwrap_or(value.len())),
        };
        found.push((name, Some(value.to_owned())));
        rest = after.trim_start();
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIN: &str = r#"<link data-trunk rel="rust" data-trunk-skip data-bin="a" data-cargo-no-default-features
        data-cargo-features="ui" data-cargo-profile="page" data-wasm-opt="z">"#;

    fn refused(source: &str) -> String {
        Plan::read(source).expect_err("it should be refused").to_string()
    }

    #[test]
    fn links_become_a_plan_and_clean_html() {
        let source = format!(
            "<head>\n  <!-- read by\n   the build -->\n  {MAIN}\n  \
             <link data-trunk rel=\"rust\" data-type=\"worker\" data-trunk-skip data-bin='b' \
             data-cargo-no-default-features data-cargo-features=\"engine\" data-cargo-profile=engine \
             data-wasm-opt=\"3\" />\n  \
             <link data-trunk rel=\"css\" href=\"style/a.css\">\n  \
             <link data-trunk rel=\"copy-dir\" href=\"./samples/\">\n  \
             <link rel=\"license\" href=\"x\">\n</head>\n"
        );
        let plan = Plan::read(&source).expect("it is right");
        assert_eq!(plan.main.bin, "a");
        assert_eq!(plan.main.target, "web");
        assert_eq!(
            plan.workers,
            [Module {
                bin: "b".into(),
                features: "engine".into(),
                profile: "engine".into(),
                target: "no-modules",
                optimise: "3".into(),
            }]
        );
        assert_eq!(plan.files, ["style/a.css"]);
        assert_eq!(plan.folders, ["samples"]);
        assert_eq!(
            plan.html,
            "<head>\n  <link rel=\"modulepreload\" href=\"./a.js\">\n  \
             <link rel=\"preload\" href=\"./a_bg.wasm\" as=\"fetch\" type=\"application/wasm\" crossorigin>\n  \
             <script type=\"module\" src=\"./boot.js\"></script>\n  \
             <link rel=\"stylesheet\" href=\"./style/a.css\">\n  <link rel=\"license\" href=\"x\">\n</head>\n"
        );
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for (link, named) in [
            (r#"<link data-trunk rel="scss" href="a.scss">"#, "scss"),
            (r#"<link data-trunk rel="css" href="../a.css">"#, "../a.css"),
            (r#"<link data-trunk rel="css" href="a.css" data-inline>"#, "data-inline"),
            (r#"<link data-trunk rel="css">"#, "href"),
            (r#"<link data-trunk rel="rust" data-bin="x">"#, "data-cargo-no-default-features"),
            (r#"<link data-trunk rel="css" href="a.css"#, "not closed"),
        ] {
            let problem = refused(&format!("{MAIN}\n{link}"));
            assert!(problem.contains(named), "{link}: {problem}");
        }
        assert!(refused("<head></head>").contains("main module"));
        assert!(refused(&format!("{MAIN}{MAIN}")).contains("two main"));
    }

    fn repository(name: &str) -> String {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    #[test]
    fn the_page_of_this_repository_is_described_as_cargo_knows_it() {
        let plan = Plan::read(&repository("index.html")).expect("index.html");
        let manifest = repository("Cargo.toml");
        assert_eq!(plan.main.bin, "rechain-web");
        assert_eq!(
            plan.workers.iter().map(|module| module.bin.as_str()).collect::<Vec<_>>(),
            ["rechain-engine"]
        );
        for module in plan.modules() {
            let Module { bin, features, profile, .. } = module;
            let section = manifest.split("[[bin]]").find(|part| part.contains(&format!("name = \"{bin}\"")));
            let section = section.unwrap_or_else(|| panic!("Cargo.toml has no bin {bin}"));
            assert!(section.contains(&format!("required-features = [\"{features}\"]")), "{bin}: {features}");
            assert!(manifest.contains(&format!("[profile.{profile}]")), "{bin}: no profile {profile}");
        }
        for path in plan.files.iter().chain(&plan.folders) {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
            assert!(path.exists(), "{} is linked but does not exist", path.display());
        }
    }

    #[test]
    fn trunk_is_told_to_leave_the_build_to_xtask() {
        let trunk: Vec<String> = repository("Trunk.toml")
            .lines()
            .map(|line| line.split('#').next().unwrap_or("").trim().to_owned())
            .collect();
        for line in [
            "target = \"index.html\"",
            "dist = \"dist\"",
            "public_url = \"./\"",
            "filehash = false",
            "no_autoreload = true",
            "stage = \"post_build\"",
            "command = \"cargo\"",
            "command_arguments = [\"xtask\", \"page\", \"--for-trunk\"]",
        ] {
            assert!(trunk.iter().any(|known| known == line), "Trunk.toml lacks `{line}`");
        }
    }

    #[test]
    fn bindings_are_made_by_the_version_that_the_modules_use() {
        let lock = repository("Cargo.lock");
        let version = |package: &str| {
            let (_, after) =
                lock.split_once(&format!("name = \"{package}\"\nversion = \"")).expect("it is locked");
            after.split('"').next().unwrap_or_default().to_owned()
        };
        assert_eq!(version("wasm-bindgen"), version("wasm-bindgen-cli-support"));
    }
}
