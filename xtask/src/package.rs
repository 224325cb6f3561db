//! `cargo xtask package`: what would be published, into `dist/<part>/`, and tried from there.

use crate::parts::is_wanted;
use crate::run::{quiet, say};
use crate::tools::Venv;
use crate::{kotlin, npm, place, python, swift};
use anyhow::Result;
use std::fs;
use std::path::{Path, PathBuf};

/// What proves that an installed wheel works: the native module answers, and the package says its version.
const TRY: &str = "import larkspur; larkspur.Client('cli_a', 's').close(); print(larkspur.__version__)";

/// What proves that the sandbox server is found and answers.
const TRY_SANDBOX: &str =
    "from larkspur import testing\nwith testing.sandbox() as lark, lark.client() as client: print(client.im.v1.chat.list()['items'])";

const RELEASE: &[&str] = &["--release", "--strip"];
const ZIG: &str = "ziglang==0.17.0";

/// The names that can follow the command.
pub fn names() -> Vec<&'static str> {
    vec!["python", "npm", "kotlin", "swift"]
}

/// Packages the parts that are named, or all.
///
/// # Errors
/// When one does not build, or does not work once installed.
pub fn run(named: &[String]) -> Result<()> {
    if is_wanted("python", named) {
        python()?;
    }
    if is_wanted("npm", named) {
        npm::tarball()?;
    }
    if is_wanted("kotlin", named) {
        kotlin::package()?;
    }
    if is_wanted("swift", named) {
        swift::package()?;
    }
    Ok(())
}

/// Builds the wheel of this platform and the sdist, and tries both.
fn python() -> Result<()> {
    let dist = place::root().join("dist").join("python");
    place::fresh(&dist)?;
    let wheel = wheel(&dist)?;
    try_out("the wheel", &wheel)?;
    let rebuilt = from_sdist(&sdist(&dist)?)?;
    try_out("a wheel built from the sdist", &rebuilt)?;
    try_sandbox(&wheel, &sandbox(&dist.join("sandbox"))?)
}

fn wheel(dist: &Path) -> Result<PathBuf> {
    say("build", "the Python wheel (release)");
    let (venv, words) = portable()?;
    let wheel = python::wheel(&venv, &words, dist)?;
    tell(&wheel)?;
    Ok(wheel)
}

fn sandbox(dist: &Path) -> Result<PathBuf> {
    say("build", "the wheel of the sandbox server (release)");
    let (venv, words) = portable()?;
    let wheel = python::sandbox_wheel(&venv, &words, dist)?;
    tell(&wheel)?;
    Ok(wheel)
}

/// Who builds, and how. On Linux it is linked by zig against the glibc of 2014, whatever this machine has.
fn portable() -> Result<(Venv, Vec<&'static str>)> {
    if !cfg!(target_os = "linux") {
        return Ok((python::tools()?, RELEASE.to_vec()));
    }
    let maturin = python::REQUIREMENTS.lines().find(|line| line.starts_with("maturin")).unwrap_or_default();
    let venv = Venv::with("python-zig", &format!("{maturin}\n{ZIG}"))?;
    Ok((venv, [RELEASE, &["--zig", "--compatibility", "manylinux2014"]].concat()))
}

fn sdist(dist: &Path) -> Result<PathBuf> {
    say("build", "the Python sdist");
    quiet(python::maturin(&python::tools()?).args(["sdist", "--out"]).arg(dist))?;
    let sdist = python::newest(dist, ".tar.gz")?;
    tell(&sdist)?;
    Ok(sdist)
}

/// Builds as `pip install` does for a platform without a wheel, with the tools that are here.
fn from_sdist(sdist: &Path) -> Result<PathBuf> {
    say("build", "a wheel from the sdist");
    let folder = place::target().join("sdist");
    let mut pip = python::tools()?.program("python");
    pip.env("CARGO_TARGET_DIR", place::target()).args(["-m", "pip", "--disable-pip-version-check", "--quiet"]);
    quiet(pip.args(["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir"]).arg(&folder).arg(sdist))?;
    python::newest(&folder, ".whl")
}

fn try_out(what: &str, wheel: &Path) -> Result<()> {
    let venv = Venv::empty(&place::target().join("package-python"))?;
    python::install(wheel, &venv)?;
    let version = quiet(venv.program("python").current_dir(&venv.folder).args(["-c", TRY]))?;
    say("ok", &format!("{what} installs by itself and is larkspur {}", version.trim()));
    Ok(())
}

fn try_sandbox(wheel: &Path, server: &Path) -> Result<()> {
    let venv = Venv::empty(&place::target().join("package-python"))?;
    for wheel in [wheel, server] {
        python::install(wheel, &venv)?;
    }
    let mut python = venv.program("python");
    quiet(python.current_dir(&venv.folder).env_remove("LARKSPUR_SANDBOX").env("PATH", "").args(["-c", TRY_SANDBOX]))?;
    say("ok", "testing.sandbox() finds the installed server and calls it");
    Ok(())
}

fn tell(artefact: &Path) -> Result<()> {
    let name = artefact.strip_prefix(place::root()).unwrap_or(artefact).display();
    say("made", &format!("{name} ({} KB)", fs::metadata(artefact)?.len() / 1000));
    Ok(())
}
