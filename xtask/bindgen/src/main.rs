//! Turns a compiled wasm module into the pair of files that a browser loads.
//!
//! It is a program of its own, and not a part of `xtask`, so that only building the page pays for
//! compiling `wasm-bindgen`. A person never runs it: `cargo xtask page` does.

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    match run(&std::env::args().skip(1).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rechain-bindgen: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[String]) -> Result<()> {
    let [module, into, name, target] = args else {
        bail!("usage: rechain-bindgen MODULE.wasm INTO NAME web|no-modules");
    };
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(module)
        .out_name(name)
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        // Whoever loads a module says where its bytes are: no address is guessed from the script's own.
        .omit_default_module_path(true);
    match target.as_str() {
        "web" => bindgen.web(true)?,
        "no-modules" => bindgen.no_modules(true)?,
        other => bail!("unknown target `{other}`"),
    };
    bindgen.generate(into).with_context(|| format!("cannot make bindings for {module}"))
}
