//! What a machine needs before the page can be built or tested, and how each thing gets there.
//!
//! Every step looks first and does nothing when the thing is there. What is installed for this project
//! alone goes to a cache in the person's own folder, outside `target/`, named by its version: a second clone
//! and a `cargo clean` find it again. Where a step cannot be done (no right to install, another system),
//! the error is the command to type.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{At as _, Failure, cargo, digest, output, run, say, succeeds};

/// The target of both modules of the page.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// Node's oldest major version that the browser driver runs on.
const NODE: u32 = 20;

/// The oldest Python that the pinned Alembic runs on.
const PYTHON: (u32, u32) = (3, 10);

/// The release of Trunk that `cargo xtask test --full` compares with.
const TRUNK: &str = "0.21.14";

/// Where tools are kept between runs and clones.
pub(crate) fn cache() -> Result<PathBuf, Failure> {
    let home = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = home("XDG_CACHE_HOME")
        .or_else(|| {
            if cfg!(windows) { home("LOCALAPPDATA") } else { home("HOME").map(|home| home.join(".cache")) }
        })
        .ok_or_else(|| Failure::new("no folder to keep tools in: set HOME or XDG_CACHE_HOME"))?;
    let cache = base.join("rechain");
    fs::create_dir_all(&cache).at("create", &cache)?;
    Ok(cache)
}

/// Held while something shared is made, so that two commands at once do not make it twice.
pub(crate) struct Lock(File);

impl Lock {
    pub(crate) fn take(path: &Path) -> Result<Self, Failure> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).at("create", parent)?;
        }
        let file = File::create(path).at("create", path)?;
        if file.try_lock().is_err() {
            say("waiting for another `cargo xtask` to finish its part");
            file.lock().at("lock", path)?;
        }
        Ok(Self(file))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file would do as well; nothing is left to do if it fails.
        self.0.unlock().ok();
    }
}

/// Rust's standard library for the browser.
pub(crate) fn wasm_target() -> Result<(), Failure> {
    let installed = || {
        output("rustc", &["--print", "target-libdir", "--target", WASM])
            .is_some_and(|directory| Path::new(directory.trim()).is_dir())
    };
    if installed() {
        return Ok(());
    }
    say(format_args!("adding Rust's {WASM} target"));
    let result = run(Command::new("rustup").args(["target", "add", WASM]), true);
    if installed() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "this Rust cannot compile for the browser, and adding that failed. The missing step:\n    \
         rustup target add {WASM}\n(a Rust that rustup did not install has its own package for it){}",
        result.err().map_or_else(String::new, |failure| format!("\n{failure}"))
    )))
}

/// A C compiler and archiver for wasm: the parser of Python is C.
#[derive(Debug)]
pub(crate) struct WasmCompiler {
    clang: PathBuf,
    archiver: Option<PathBuf>,
}

impl WasmCompiler {
    pub(crate) fn find_or_install(root: &Path) -> Result<Self, Failure> {
        if let Some(found) = Self::find(root) {
            return Ok(found);
        }
        say("installing clang, which compiles the C of the Python parser for the browser");
        apt_install(&["clang", "llvm"]).map_err(|reason| {
            let step = if cfg!(target_os = "macos") {
                "brew install llvm        (Apple's own clang has no WebAssembly in it)"
            } else if cfg!(windows) {
                "winget install LLVM.LLVM"
            } else {
                "sudo apt-get install clang llvm        (or your system's packages of those names)"
            };
            Failure::new(format!(
                "no clang that can compile for WebAssembly was found, and {reason}. The missing step:\n    {step}\n\
                 or set CC_wasm32_unknown_unknown to such a clang"
            ))
        })?;
        Self::find(root).ok_or_else(|| {
            Failure::new(
                "clang was installed but cannot compile for WebAssembly; set CC_wasm32_unknown_unknown to one that can",
            )
        })
    }

    fn find(root: &Path) -> Option<Self> {
        let clang = match std::env::var_os("CC_wasm32_unknown_unknown") {
            Some(chosen) => vec![PathBuf::from(chosen)],
            None => {
                programs("clang", &["/opt/homebrew/opt/llvm/bin", "/usr/local/opt/llvm/bin", WINDOWS_LLVM])
            }
        }
        .into_iter()
        .find(|clang| compiles_wasm(clang, root))?;
        let beside = clang.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
        let archiver = match std::env::var_os("AR_wasm32_unknown_unknown") {
            Some(chosen) => Some(PathBuf::from(chosen)),
            None => programs("llvm-ar", &[&beside])
                .into_iter()
                .find(|program| succeeds(Command::new(program).arg("--version"))),
        };
        Some(Self { clang, archiver })
    }

    /// Tells cargo's build scripts which compiler to take.
    ///
    /// Plain `clang` and `llvm-ar` are what they take by themselves: naming them as well would only make
    /// cargo compile the C again when it is called without xtask.
    pub(crate) fn tell(&self, command: &mut Command) {
        if self.clang != Path::new("clang") {
            command.env("CC_wasm32_unknown_unknown", &self.clang);
        }
        if let Some(archiver) = self.archiver.as_deref().filter(|archiver| *archiver != Path::new("llvm-ar"))
        {
            command.env("AR_wasm32_unknown_unknown", archiver);
        }
    }
}

const WINDOWS_LLVM: &str = "C:\\Program Files\\LLVM\\bin";

/// A program by its name, by Debian's names with a version, and in the folders where it hides elsewhere.
fn programs(name: &str, folders: &[&str]) -> Vec<PathBuf> {
    let versions = (14..=30).rev().map(|version| PathBuf::from(format!("{name}-{version}")));
    let hidden =
        folders.iter().filter(|folder| !folder.is_empty()).map(|folder| Path::new(folder).join(name));
    std::iter::once(PathBuf::from(name)).chain(versions).chain(hidden).collect()
}

fn compiles_wasm(clang: &Path, root: &Path) -> bool {
    // A file of the repository stands for C: with `-x c -fsyntax-only` only the target is tried out.
    succeeds(Command::new(clang).current_dir(root).arg(format!("--target={WASM}")).args([
        "-x",
        "c",
        "-fsyntax-only",
        "xtask/empty.c",
    ]))
}

/// Installs Debian packages, or says why it cannot.
fn apt_install(packages: &[&str]) -> Result<(), String> {
    if !cfg!(target_os = "linux") || output("apt-get", &["--version"]).is_none() {
        return Err("this system has no apt-get".to_owned());
    }
    let root = output("id", &["-u"]).is_some_and(|id| id.trim() == "0");
    if !root && !succeeds(Command::new("sudo").args(["-n", "true"])) {
        return Err("installing packages needs root, or sudo without a password".to_owned());
    }
    let apt = |args: &[&str]| {
        // Through `env`, as sudo drops the variables of its caller.
        let words = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"];
        let mut command = Command::new(if root { "env" } else { "sudo" });
        command.args(if root { &[][..] } else { &["-n"][..] }).args(&words[usize::from(root)..]).args(args);
        run(&mut command, true).map_err(|failure| failure.to_string())
    };
    apt(&["update"])?;
    let install = ["install", "--yes", "--no-install-recommends"];
    apt(&install.iter().chain(packages).copied().collect::<Vec<_>>())
}

/// Node and npm, which the machine must have, and the packages of `package-lock.json`, which are fetched.
pub(crate) fn node_packages(root: &Path) -> Result<(), Failure> {
    let version = output("node", &["--version"]).ok_or_else(|| {
        Failure::new(format!("Node.js was not found: install Node {NODE} or newer, with npm"))
    })?;
    let major =
        version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < NODE) {
        return Err(Failure::new(format!("Node {NODE} or newer is needed; this one is {}", version.trim())));
    }
    let lock = root.join("package-lock.json");
    let wanted = digest([fs::read(&lock).at("read", &lock)?.as_slice()]);
    let modules = root.join("node_modules");
    let stamp = modules.join(".rechain");
    let ready = || fs::read_to_string(&stamp).is_ok_and(|found| found == wanted);
    if ready() {
        return Ok(());
    }
    let _lock = Lock::take(&cache()?.join("npm.lock"))?;
    if ready() {
        return Ok(());
    }
    say("fetching the npm packages of package-lock.json into node_modules/");
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    // No package may run code while it is installed, and none needs to.
    let args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    run(Command::new(npm).current_dir(root).args(args), true)?;
    fs::write(&stamp, wanted).at("write", &stamp)
}

/// The program that makes the bindings of a module, and a name that changes whenever it does.
pub(crate) fn bindgen(root: &Path) -> Result<(PathBuf, String), Failure> {
    let lock = root.join("Cargo.lock");
    let locked = fs::read_to_string(&lock).at("read", &lock)?;
    let version = locked_version(&locked, "wasm-bindgen-cli-support")
        .ok_or_else(|| Failure::new("Cargo.lock does not name wasm-bindgen-cli-support"))?;
    let source = root.join("xtask/bindgen/src/main.rs");
    let source = digest([fs::read(&source).at("read", &source)?.as_slice()]);
    let name = format!("bindgen-{version}-{source}");
    let cache = cache()?;
    let program = cache.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if program.is_file() {
        return Ok((program, name));
    }
    let _lock = Lock::take(&cache.join("bindgen.lock"))?;
    if !program.is_file() {
        say(format_args!("compiling wasm-bindgen {version}, once per machine"));
        let target = cache.join("build");
        let mut build = cargo(root);
        build.args(["build", "--package", "rechain-bindgen", "--target-dir"]).arg(&target);
        // A tool that runs for a second: no time goes into its debug information.
        build.env("CARGO_PROFILE_DEV_DEBUG", "0");
        run(&mut build, false)?;
        let built = target.join("debug").join(format!("rechain-bindgen{}", std::env::consts::EXE_SUFFIX));
        fs::copy(&built, &program).at("keep", &program)?;
        fs::remove_dir_all(&target).at("remove", &target)?;
    }
    Ok((program, name))
}

/// The version of a package in a `Cargo.lock`.
fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let (_, after) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    after.split('"').next()
}

/// A Python with the pinned Alembic, Flask-Migrate and their like, for the tests that ask the real thing.
pub(crate) fn python(root: &Path) -> Result<PathBuf, Failure> {
    environment(requirements(root)?)
}

/// A Python that runs migrations on SQLite and PostgreSQL, with the libraries that real ones use; nothing on Windows, where
/// the program that does it cannot start one process for each.
pub(crate) fn databases(root: &Path) -> Result<Option<PathBuf>, Failure> {
    if cfg!(windows) {
        return Ok(None);
    }
    let path = root.join("tests/python/databases.txt");
    environment(fs::read_to_string(&path).at("read", &path)?).map(Some)
}

/// The same with another release of Alembic, beside it.
pub(crate) fn python_with(root: &Path, alembic: &str) -> Result<PathBuf, Failure> {
    let wanted = with_alembic(&requirements(root)?, alembic)
        .ok_or_else(|| Failure::new("tests/python/requirements.txt does not name Alembic"))?;
    environment(wanted)
}

fn requirements(root: &Path) -> Result<String, Failure> {
    let path = root.join("tests/python/requirements.txt");
    fs::read_to_string(&path).at("read", &path)
}

/// Requirements with the line of Alembic replaced.
fn with_alembic(requirements: &str, version: &str) -> Option<String> {
    let (before, rest) = requirements.split_once("\nalembic==")?;
    let end = rest.find('\n')?;
    Some(format!("{before}\nalembic=={version}{}", &rest[end..]))
}

/// A Python environment with what the requirements say.
fn environment(wanted: String) -> Result<PathBuf, Failure> {
    let base = base_python()?;
    // Not its patch level: installing a package below may raise that.
    let version = output(&base, &["-c", "import sys; print(*sys.version_info[:2])"]).unwrap_or_default();
    let directory = cache()?.join(format!("python-{}", digest([wanted.as_bytes(), version.as_bytes()])));
    let program = directory.join(if cfg!(windows) { "Scripts\\python.exe" } else { "bin/python" });
    let stamp = directory.join("ready");
    if stamp.is_file() && program.is_file() {
        return Ok(program);
    }
    let _lock = Lock::take(&cache()?.join("python.lock"))?;
    if stamp.is_file() && program.is_file() {
        return Ok(program);
    }
    let alembic = wanted.lines().find(|line| line.starts_with("alembic==")).unwrap_or_default();
    let n_others = wanted.lines().filter(|line| line.contains("==")).count().saturating_sub(1);
    say(format_args!("making a Python environment: {alembic} and {n_others} more that tests/python pins"));
    if directory.exists() {
        fs::remove_dir_all(&directory).at("remove", &directory)?;
    }
    // Debian keeps the part of Python that makes environments in a package of its own.
    if !succeeds(Command::new(&base).args(["-c", "import venv, ensurepip"])) {
        apt_install(&["python3-venv"]).map_err(|reason| {
            Failure::new(format!(
                "{} cannot make environments, and {reason}. The missing step:\n    sudo apt-get install python3-venv",
                base.display()
            ))
        })?;
    }
    run(Command::new(&base).args(["-m", "venv"]).arg(&directory), true)?;
    let requirements = directory.join("requirements.txt");
    fs::write(&requirements, wanted).at("write", &requirements)?;
    let pip =
        ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--requirement"];
    run(Command::new(&program).args(pip).arg(&requirements), true)?;
    fs::write(&stamp, version).at("write", &stamp)?;
    Ok(program)
}

fn base_python() -> Result<PathBuf, Failure> {
    let test = format!("import sys; sys.exit(sys.version_info < ({}, {}))", PYTHON.0, PYTHON.1);
    ["python3.11", "python3", "python"]
        .iter()
        .map(PathBuf::from)
        .find(|python| succeeds(Command::new(python).args(["-c", &test])))
        .ok_or_else(|| {
            Failure::new(format!("Python {}.{} or newer was not found: install it", PYTHON.0, PYTHON.1))
        })
}

/// A Chromium for the browser tests.
pub(crate) fn chromium() -> Result<PathBuf, Failure> {
    if let Some(chosen) = std::env::var_os("RECHAIN_CHROMIUM") {
        let chosen = PathBuf::from(chosen);
        return if chosen.is_file() {
            Ok(chosen)
        } else {
            Err(Failure::new(format!("RECHAIN_CHROMIUM is {}, which is not a file", chosen.display())))
        };
    }
    if let Some(found) = find_chromium() {
        return Ok(found);
    }
    say("installing Chromium, which runs the browser tests");
    let installed = apt_install(&["chromium"]);
    find_chromium().ok_or_else(|| {
        let step = if cfg!(target_os = "macos") {
            "brew install --cask chromium"
        } else if cfg!(windows) {
            "winget install Hibbiki.Chromium"
        } else {
            "sudo apt-get install chromium        (or your system's package of it, or Google Chrome)"
        };
        let reason = installed.err().unwrap_or_else(|| "the package brought none".to_owned());
        Failure::new(format!(
            "no Chromium was found, and {reason}. The missing step:\n    {step}\n\
             or set RECHAIN_CHROMIUM to the program; `cargo xtask test --native` needs none"
        ))
    })
}

fn find_chromium() -> Option<PathBuf> {
    let places = [
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
        "C:\\Program Files\\Chromium\\Application\\chrome.exe",
    ];
    if let Some(found) = places.iter().map(PathBuf::from).find(|place| place.is_file()) {
        return Some(found);
    }
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    // The version is asked for because some systems put a stand-in there that only says what to install.
    let name = names.iter().find(|name| succeeds(Command::new(name).arg("--version")))?;
    on_path(name)
}

/// The whole path of a program: a browser driver does not search for it.
fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|candidate| candidate.is_file())
}

/// A Trunk of the pinned release: the one on PATH, the one kept, or, when `install` is set, one made now.
pub(crate) fn trunk(install: bool) -> Result<Option<PathBuf>, Failure> {
    let fits = |program: &Path| {
        output(program, &["--version"]).is_some_and(|version| version.trim().ends_with(&format!(" {TRUNK}")))
    };
    let kept = cache()?.join(format!("trunk-{TRUNK}"));
    let program = kept.join("bin").join(format!("trunk{}", std::env::consts::EXE_SUFFIX));
    for candidate in [PathBuf::from("trunk"), program.clone()] {
        if fits(&candidate) {
            return Ok(Some(candidate));
        }
    }
    if !install {
        return Ok(None);
    }
    say(format_args!("compiling trunk {TRUNK}, once per machine (some minutes)"));
    let build = cache()?.join("build-trunk");
    // Its quickest build: it is run to be compared with, never to be fast.
    let args = ["install", "trunk", "--version", TRUNK, "--locked", "--debug", "--no-default-features"];
    let mut command = cargo(&kept.parent().map(Path::to_path_buf).unwrap_or_default());
    command.args(args).args(["--features", "rustls", "--root"]).arg(&kept).arg("--target-dir").arg(&build);
    run(&mut command, true)?;
    fs::remove_dir_all(&build).at("remove", &build)?;
    Ok(Some(program))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debian_names_carry_a_version() {
        let names = programs("clang", &["/opt/x", ""]);
        assert_eq!(names.first().map(PathBuf::as_path), Some(Path::new("clang")));
        assert!(names.contains(&PathBuf::from("clang-14")));
        assert!(names.contains(&PathBuf::from("/opt/x/clang")));
    }

    #[test]
    fn only_the_line_of_alembic_is_replaced() {
        let listed = "# The real thing.\nalembic==1.20.1\nFlask==3.1.3\n";
        let other = with_alembic(listed, "1.16.5");
        assert_eq!(other.as_deref(), Some("# The real thing.\nalembic==1.16.5\nFlask==3.1.3\n"));
        assert_eq!(with_alembic(listed, "1.20.1").as_deref(), Some(listed));
        assert_eq!(with_alembic("Flask==3.1.3\n", "1.16.5"), None);
    }

    #[test]
    fn the_lock_tells_versions() {
        let lock = "[[package]]\nname = \"ab\"\nversion = \"1.2.3\"\n\n[[package]]\nname = \"a\"\nversion = \"4.0.0\"\n";
        assert_eq!(locked_version(lock, "a"), Some("4.0.0"));
        assert_eq!(locked_version(lock, "b"), None);
    }
}
