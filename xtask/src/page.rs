//! Building the page: two wasm modules, their bindings, and the files that `index.html` links.
//!
//! No name carries a hash and every address is relative, so the folder works from any static host, under
//! any prefix. What has not changed is not made again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::plan::{Module, Plan};
use crate::process::{At as _, Failure, cargo, digest, run, say};
use crate::setup::{self, Lock, WASM, WasmCompiler};

/// The script that starts the page, with `MAIN` where its module's name goes.
const BOOT: &str = include_str!("../boot.js");

/// What wasm-opt may use: what every browser of 2023 has, so that it makes nothing that one of them lacks.
const WASM_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// The file beside a finished module that says what it was made from.
const KEY: &str = "made-from";

/// The files of the page by their path in it, with `/` on every system.
type Files = BTreeMap<String, Vec<u8>>;

/// Builds the page into a folder, which then holds nothing else.
pub(crate) fn build(root: &Path, into: &Path) -> Result<(), Failure> {
    let index = root.join("index.html");
    let plan = Plan::read(&fs::read_to_string(&index).at("read", &index)?)?;
    refuse_foreign(into)?;

    setup::wasm_target()?;
    let compiler = WasmCompiler::find_or_install(root)?;
    setup::node_packages(root)?;
    let (bindgen, bindgen_name) = setup::bindgen(root)?;

    let target = target_directory(root)?;
    let work = target.join("page-files");
    let _lock = Lock::take(&target.join("page-files.lock"))?;
    let mut files = Files::new();
    for module in plan.modules() {
        let compiled = compile(root, &target, module, &compiler)?;
        let folder = work.join(&module.bin);
        finish(root, module, &compiled, &folder, &bindgen, &bindgen_name)?;
        collect(&folder, &folder, "", &mut files)?;
    }
    files.retain(|name, _| name != KEY);
    for path in &plan.files {
        let source = root.join(path);
        files.insert(path.clone(), fs::read(&source).at("read", &source)?);
    }
    for folder in &plan.folders {
        let folder_path = root.join(folder);
        collect(&folder_path, &folder_path, &format!("{folder}/"), &mut files)?;
    }
    files.insert("boot.js".to_owned(), BOOT.replace("MAIN", &plan.main.bin).into_bytes());
    files.insert("index.html".to_owned(), plan.html.into_bytes());

    write(into, &files)?;
    let shown = into.strip_prefix(root).unwrap_or(into);
    say(format_args!("the page is in {}/", shown.display()));
    run(Command::new("node").current_dir(root).arg("xtask/sizes.mjs").arg(into), false)
}

/// The folder of what cargo compiles, wherever the person has put it.
pub(crate) fn target_directory(root: &Path) -> Result<PathBuf, Failure> {
    let output = cargo(root).args(["metadata", "--no-deps", "--offline", "--format-version", "1"]).output();
    let output = output.at("ask cargo about", root)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let (_, after) = text.split_once("\"target_directory\":\"").ok_or_else(|| {
        Failure::new(format!("cargo metadata failed:\n{}", String::from_utf8_lossy(&output.stderr)))
    })?;
    Ok(PathBuf::from(after.split('"').next().unwrap_or_default().replace("\\\\", "\\")))
}

/// Compiles a module and returns the file.
fn compile(root: &Path, target: &Path, module: &Module, compiler: &WasmCompiler) -> Result<PathBuf, Failure> {
    let Module { bin, features, profile, .. } = module;
    say(format_args!("compiling {bin}"));
    let mut build = cargo(root);
    build
        .args([
            "build",
            "--package",
            "rechain",
            "--bin",
            bin,
            "--no-default-features",
            "--features",
            features,
        ])
        .args(["--profile", profile, "--target", WASM]);
    if std::env::var_os("CI").is_some() {
        build.arg("--locked");
    }
    compiler.tell(&mut build);
    // The folder of whoever builds would otherwise be in the messages of the shipped code (cargo names the
    // files of this package relative to it already). The variable is the one that allows spaces, and it
    // overrides flags that would make another page elsewhere.
    let remap = cargo_home().map(|home| format!("--remap-path-prefix={}=/cargo", home.display()));
    build.env("CARGO_ENCODED_RUSTFLAGS", remap.unwrap_or_default());
    run(&mut build, false)?;
    Ok(target.join(WASM).join(profile).join(format!("{bin}.wasm")))
}

fn cargo_home() -> Option<PathBuf> {
    std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| {
        std::env::var_os(if cfg!(windows) { "USERPROFILE" } else { "HOME" })
            .map(|home| Path::new(&home).join(".cargo"))
    })
}

/// Makes the bindings of a compiled module and optimises it, unless that was done to these very bytes.
fn finish(
    root: &Path,
    module: &Module,
    compiled: &Path,
    folder: &Path,
    bindgen: &Path,
    bindgen_name: &str,
) -> Result<(), Failure> {
    let Module { bin, target, optimise, .. } = module;
    let package = root.join("node_modules/binaryen/package.json");
    let optimiser = fs::read(&package).at("read", &package)?;
    let bytes = fs::read(compiled).at("read", compiled)?;
    let flags = WASM_FEATURES.join(" ");
    let parts = [
        &bytes[..],
        bindgen_name.as_bytes(),
        target.as_bytes(),
        optimise.as_bytes(),
        flags.as_bytes(),
        &optimiser,
    ];
    let key = digest(parts);
    let key_file = folder.join(KEY);
    if fs::read_to_string(&key_file).is_ok_and(|found| found == key) {
        return Ok(());
    }
    say(format_args!("optimising {bin}"));
    if folder.exists() {
        fs::remove_dir_all(folder).at("remove", folder)?;
    }
    fs::create_dir_all(folder).at("create", folder)?;
    run(Command::new(bindgen).arg(compiled).arg(folder).args([bin, *target]), false)?;
    let wasm = folder.join(format!("{bin}_bg.wasm"));
    let mut command = Command::new("node");
    command.current_dir(root).arg("node_modules/binaryen/bin/wasm-opt").arg(format!("-O{optimise}"));
    run(command.args(WASM_FEATURES).arg(&wasm).arg("-o").arg(&wasm), false)?;
    fs::write(&key_file, key).at("write", &key_file)
}

/// Every file under a folder, by its path in the page.
fn collect(top: &Path, folder: &Path, prefix: &str, files: &mut Files) -> Result<(), Failure> {
    for entry in fs::read_dir(folder).at("read", folder)? {
        let path = entry.at("read", folder)?.path();
        if path.is_dir() {
            collect(top, &path, prefix, files)?;
            continue;
        }
        let inside = path.strip_prefix(top).unwrap_or(&path);
        let name: Vec<_> = inside.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        files.insert(format!("{prefix}{}", name.join("/")), fs::read(&path).at("read", &path)?);
    }
    Ok(())
}

/// The folder is emptied before it is filled, so it must be a page or nothing.
fn refuse_foreign(into: &Path) -> Result<(), Failure> {
    let Ok(mut entries) = fs::read_dir(into) else { return Ok(()) };
    if entries.next().is_none() || into.join("index.html").is_file() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{} holds other things than a page: name an empty folder, or an earlier page's",
        into.display()
    )))
}

/// Makes the folder hold these files only. What is right already is left alone, so that a server that
/// serves it, and a browser that asks again, never meet a half-written page for longer than needed.
fn write(into: &Path, files: &Files) -> Result<(), Failure> {
    let mut present = Files::new();
    if into.is_dir() {
        collect(into, into, "", &mut present)?;
    }
    for name in present.keys().filter(|name| !files.contains_key(*name)) {
        let path = into.join(name);
        fs::remove_file(&path).at("remove", &path)?;
        // Folders that became empty go too; one that is not empty stays, which is no error.
        path.ancestors()
            .skip(1)
            .take_while(|folder| *folder != into)
            .find(|folder| fs::remove_dir(folder).is_err());
    }
    for (name, bytes) in files {
        if present.get(name) == Some(bytes) {
            continue;
        }
        let path = into.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).at("create", parent)?;
        }
        fs::write(&path, bytes).at("write", &path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn temporary(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("rechain-xtask-{name}-{}", std::process::id()));
        fs::remove_dir_all(&folder).ok();
        fs::create_dir_all(&folder).expect("temporary folder");
        folder
    }

    fn files(names: &[(&str, &str)]) -> Files {
        names.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn a_folder_holds_the_page_and_nothing_else() {
        let folder = temporary("write");
        write(&folder, &files(&[("index.html", "1"), ("style/old/a.css", "a"), ("style/b.css", "b")]))
            .expect("first");
        let second = files(&[("index.html", "2"), ("style/b.css", "b")]);
        write(&folder, &second).expect("second");
        let mut found = Files::new();
        collect(&folder, &folder, "", &mut found).expect("read");
        assert_eq!(found, second);
        assert!(!folder.join("style/old").exists());
        fs::remove_dir_all(&folder).expect("clean up");
    }

    #[test]
    fn a_folder_of_other_things_is_left_alone() {
        let folder = temporary("foreign");
        assert!(refuse_foreign(&folder).is_ok(), "empty");
        fs::write(folder.join("letter.txt"), "dear").expect("write");
        assert!(refuse_foreign(&folder).is_err(), "foreign");
        fs::write(folder.join("index.html"), "").expect("write");
        assert!(refuse_foreign(&folder).is_ok(), "a page");
        fs::remove_dir_all(&folder).expect("clean up");
    }

    #[test]
    fn the_starting_script_names_its_module() {
        let script = BOOT.replace("MAIN", "rechain-web");
        assert!(script.contains("./rechain-web.js") && script.contains("./rechain-web_bg.wasm"));
    }
}
