//! The npm package: built, packed, tested in each runtime that can be had.

use crate::parts::failure;
use crate::run::{quiet, say};
use crate::runner::runner;
use crate::tally::Tally;
use crate::{place, sandbox, tools, wasm};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// What the store in a Redis is tried with.
const REDIS_CLIENTS: &[&str] = &["ioredis@6.0.0", "redis@6.3.1"];
/// The runtimes besides Node, as npm carries them.
const RUNTIMES: &[&str] = &["bun@1.4.5", "deno@2.9.6", "miniflare@4.20260730.0"];

/// What a page downloads, and what may grow by 5 % before somebody has to say so here: bytes after gzip.
const BUDGETS: &[(&[&str], usize)] = &[
    (&["larkspur-browser.wasm", "browser.mjs"], BROWSER),
    (&["larkspur-message.wasm"], MESSAGE),
    (&["larkspur.wasm", "node.mjs"], SERVER),
    (&["larkspur-about.wasm", "about.mjs"], ABOUT),
    (&["h5.mjs"], H5),
];
const BROWSER: usize = 119_800;
const MESSAGE: usize = 20_600;
/// With the pace of a fleet, which takes 16 KB.
const SERVER: usize = 375_500;
const H5: usize = 3_500;
const ABOUT: usize = 110_000;

/// What prettier looks at.
const FORMATTED: &[&str] = &["ts", "tests", "demo/*js", "../tests/bench/npm", "build.mjs", "order.mjs", "*.json"];

/// The files that are published, but for the declarations of types.
const FILES: &[&str] = &[
    "LICENSE",
    "README.md",
    "about-node.cjs",
    "about-node.mjs",
    "about-workerd.mjs",
    "about.mjs",
    "browser.mjs",
    "h5.cjs",
    "h5.mjs",
    "inline.cjs",
    "inline.mjs",
    "larkspur-about.wasm",
    "larkspur-browser.wasm",
    "larkspur-message.wasm",
    "larkspur.wasm",
    "node.cjs",
    "node.mjs",
    "package.json",
    "proxy.cjs",
    "proxy.mjs",
    "slim.cjs",
    "slim.mjs",
    "stores.cjs",
    "stores.mjs",
    "testing.cjs",
    "testing.mjs",
    "workerd.mjs",
];

/// Builds the package and runs its tests: types, format, Node (as modules and as CommonJS), Deno, Bun, workerd, sizes.
///
/// # Errors
/// When the package does not build, or the command is interrupted.
pub fn all() -> Result<Tally> {
    build()?;
    let mut tally = Tally::default();
    for check in [lints, types, public_types, format, budgets] {
        tally += counted(check())?;
    }
    tally += entries().or_else(failure)?;
    for format in ["esm", "cjs"] {
        tally += node(format).or_else(failure)?;
    }
    for runtime in ["deno", "bun", "workerd"] {
        tally += other(runtime).or_else(failure)?;
    }
    Ok(tally)
}

/// The package as it is published, in `dist/npm`.
///
/// # Errors
/// When it does not build, or holds something else than it should.
pub fn tarball() -> Result<PathBuf> {
    build()?;
    check_files()?;
    let folder = place::root().join("dist/npm");
    place::fresh(&folder)?;
    quiet(npm().current_dir(package()).args(["pack", "--silent", "--pack-destination"]).arg(&folder))?;
    let made = fs::read_dir(&folder)?.next().context("npm packed nothing")??.path();
    say("made", &format!("{} ({} KB)", made.file_name().unwrap_or_default().display(), fs::metadata(&made)?.len() / 1000));
    Ok(made)
}

/// Builds the package into `bindings-wasm/dist`, once for all parts of a command.
///
/// # Errors
/// When the core, the bundles or the types do not build.
pub fn build() -> Result<()> {
    static BUILT: OnceLock<()> = OnceLock::new();
    if BUILT.get().is_some() {
        return Ok(());
    }
    let cores = wasm::build()?;
    install()?;
    say("build", "the npm package");
    quiet(node_program().arg("build.mjs").args([
        cores.server,
        cores.browser,
        cores.message,
        cores.about,
        place::target().join("wasm-opt"),
    ]))?;
    BUILT.get_or_init(|| ());
    Ok(())
}

fn folder() -> PathBuf {
    place::root().join("bindings-wasm")
}

fn package() -> PathBuf {
    folder().join("dist")
}

fn npm() -> Command {
    Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" })
}

fn node_program() -> Command {
    let mut node = Command::new("node");
    node.current_dir(folder());
    node
}

/// What builds and tests the package, exactly as the lock file says.
fn install() -> Result<()> {
    let lock = fs::read_to_string(folder().join("package-lock.json"))?;
    tools::once(&folder().join("node_modules"), &lock, "what builds the npm package", || {
        tools::program("node", "20", &["nodejs", "npm"])?;
        quiet(npm().current_dir(folder()).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])).map(drop)
    })
}

fn tool(name: &str) -> Command {
    let mut tool = Command::new(folder().join("node_modules/.bin").join(name));
    tool.current_dir(folder());
    tool
}

/// The crate's lints for WebAssembly.
fn lints() -> Result<&'static str> {
    wasm::clippy().map(|()| "lints for wasm32")
}

fn types() -> Result<&'static str> {
    quiet(tool("tsc").args(["--project", "tsconfig.json"])).map(|_| "tsc --strict over the sources")
}

/// The public types as projects have them: for Node alone, for a bundler, and for pages.
fn public_types() -> Result<&'static str> {
    let project = project()?;
    for config in ["tsconfig.json", "tsconfig.bundler.json", "tsconfig.page.json"] {
        let types = folder().join("node_modules/@types");
        quiet(tool("tsc").arg("--project").arg(project.join(config)).arg("--typeRoots").arg(types))?;
    }
    Ok("tsc --strict over the public types")
}

/// The entries by their names, as a project finds them.
fn entries() -> Result<Tally> {
    runner(Command::new("node").current_dir(project()?).args(["--test", "--test-reporter=spec", "entries.test.mjs"]))
}

/// A folder that knows nothing but the package, as a new user's project does.
fn project() -> Result<PathBuf> {
    let project = place::target().join("npm-project");
    place::fresh(&project)?;
    place::copy(&folder().join("tests/user"), &project)?;
    let installed = project.join("node_modules/larkspur");
    fs::create_dir_all(&installed)?;
    place::copy(&package(), &installed)?;
    Ok(project)
}

fn format() -> Result<&'static str> {
    let words = ["--check", "--log-level", "warn", "--config", ".prettierrc.json"];
    quiet(tool("prettier").args(words).args(FORMATTED)).map(|_| "prettier")
}

fn budgets() -> Result<&'static str> {
    for (files, budget) in BUDGETS {
        let size = zipped(files)?;
        say("size", &format!("{} take {size} bytes of their {budget} after gzip", files.join(" and ")));
        if size * 100 > budget * 105 {
            bail!("{} grew to {size} bytes; their budget is {budget}: shrink them, or raise it in xtask/src/npm.rs", files.join(" and "));
        }
    }
    check_files().map(|()| "sizes and contents")
}

/// As the bench of the browser measures it.
fn zipped(files: &[&str]) -> Result<usize> {
    let script = place::root().join("tests/bench/npm/zipped.mjs");
    let size = quiet(node_program().arg(script).args(files.iter().map(|file| package().join(file))))?;
    size.trim().parse().with_context(|| format!("zipped.mjs said `{size}`"))
}

fn check_files() -> Result<()> {
    let mut found = Vec::new();
    for entry in fs::read_dir(package())? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            found.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    found.sort();
    if found != FILES { bail!("the package holds {}; it should hold {}", found.join(" "), FILES.join(" ")) } else { Ok(()) }
}

fn node(format: &str) -> Result<Tally> {
    tools::program("redis-server", "6", &["redis-server"])?;
    let mut tests = node_program();
    tests.env("LARKSPUR_REDIS_CLIENTS", tools::npm("npm-redis", REDIS_CLIENTS)?);
    tests.args(["--test", "--expose-gc", "--test-reporter=spec"]).args(test_files()?);
    tests.env("LARKSPUR_SANDBOX", sandbox::program()?).env("LARKSPUR_VECTORS", place::root().join("tests/vectors"));
    runner(tests.env("LARKSPUR_FORMAT", format))
}

fn test_files() -> Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder().join("tests"))?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.retain(|file| file.to_string_lossy().ends_with(".test.mjs"));
    files.sort();
    Ok(files)
}

/// The same few calls in another runtime; a script prints `ok: …` for each step that held.
fn other(runtime: &str) -> Result<Tally> {
    let runtimes = tools::npm("npm-runtimes", RUNTIMES)?;
    let sandbox = sandbox::Sandbox::start()?;
    let mut script = match runtime {
        "workerd" => node_program(),
        name => Command::new(runtimes.join("node_modules/.bin").join(name)),
    };
    script.current_dir(folder()).env("LARKSPUR_RUNTIMES", &runtimes);
    match runtime {
        "deno" => script.args(["run", "--allow-all", "--no-lock", "tests/runtimes/smoke.mjs"]),
        "bun" => script.args(["run", "tests/runtimes/smoke.mjs"]),
        _ => script.arg("tests/runtimes/workerd.mjs"),
    };
    runner(script.env("SANDBOX_URL", sandbox.url()))
}

fn counted(outcome: Result<&'static str>) -> Result<Tally> {
    match outcome {
        Ok(name) => {
            say("ok", name);
            Ok(Tally::one(true))
        }
        Err(error) => failure(error),
    }
}
