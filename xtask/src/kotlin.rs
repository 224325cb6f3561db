//! The Kotlin module: its library, its generated sources, and Maven, whose repository lies beside the other tools.

use crate::parts::failure;
use crate::redis::Redis;
use crate::run::{cargo, quiet, say};
use crate::runner::runner;
use crate::tally::Tally;
use crate::{aar, place, sandbox, tools, uniffi};
use anyhow::{Context, Result, bail};
use std::env::consts::{ARCH, OS};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version of everything in this repository.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Builds the library and runs the format check and the tests of the module.
///
/// # Errors
/// When something does not build, or the command is interrupted.
pub fn all() -> Result<Tally> {
    prepare("dev")?;
    let mut tally = format().or_else(failure)?;
    tally += tests().or_else(failure)?;
    Ok(tally)
}

/// Builds the library in a cargo profile and lays it, and the sources that belong to it, where Maven looks for them.
///
/// # Errors
/// When it does not build.
fn prepare(profile: &str) -> Result<()> {
    say("build", &format!("the library of the Kotlin module ({profile})"));
    let library = uniffi::library(profile)?;
    let ffi = folder().join("ffi");
    uniffi::generate(&library, "kotlin", &ffi)?;
    leave_out_unused(&ffi.join("io/github/larkspur/ffi/larkspur_ffi.kt"))?;
    let resources = folder().join("native").join(resource_prefix());
    fs::create_dir_all(&resources)?;
    let resource = resources.join(uniffi::library_name());
    fs::copy(&library, &resource).context("the library cannot be copied")?;
    // Only now: the generator reads what is stripped here.
    if profile == "compact" { quiet(Command::new("strip").arg("--strip-unneeded").arg(&resource)).map(drop) } else { Ok(()) }
}

/// Leaves out the functions that the generated source declares and never calls, half of all: JNA looks each up when it loads them.
///
/// # Errors
/// When the source is not there.
fn leave_out_unused(source: &Path) -> Result<()> {
    let text = fs::read_to_string(source)?;
    let mut declarations = text.split("    external fun ");
    let mut kept = declarations.next().unwrap_or_default().to_owned();
    for declaration in declarations {
        let name = declaration.split('(').next().unwrap_or_default();
        let (head, rest) = declaration.split_once("): ").context("a function of the generated source has no type")?;
        let (kind, rest) = rest.split_once('\n').unwrap_or((rest, ""));
        if text.matches(&format!("{name}(")).count() > 1 {
            kept += &format!("    external fun {head}): {kind}\n");
        }
        kept += rest;
    }
    Ok(fs::write(source, kept)?)
}

/// The program that measures the packaged module beside the official SDK.
///
/// # Errors
/// When something does not build.
pub fn bench() -> Result<Command> {
    package()?;
    say("build", "the bench of the Kotlin module");
    let bench = Module { folder: place::root().join("tests/bench/kotlin"), build: folder().join("bench") };
    quietly(&bench, &["compile"])?;
    let target = bench.build;
    let ours = target.join("ours");
    fs::create_dir_all(&ours)?;
    for jar in fs::read_dir(folder().join("dependencies"))? {
        let jar = jar?;
        fs::copy(jar.path(), ours.join(jar.file_name()))?;
    }
    let name = format!("larkspur-{VERSION}.jar");
    fs::copy(place::root().join("dist/kotlin").join(&name), ours.join(&name))?;
    quiet(&mut cargo(&["build", "--release", "--quiet", "--package", "larkspur-bench", "--bins"]))?;
    let mut script = Command::new("python3");
    script.current_dir(place::root()).arg("tests/bench/kotlin/bench.py");
    script.arg("--server").arg(place::program("release", "bench-server"));
    for (option, name) in [("--ours", "ours"), ("--peer", "peer"), ("--classes", "classes")] {
        script.arg(option).arg(target.join(name));
    }
    Ok(script)
}

/// Runs Maven in silence; without the network once it has all that these goals need.
///
/// # Errors
/// When Java or Maven cannot be had, or a goal fails.
fn quietly(module: &Module, goals: &[&str]) -> Result<()> {
    quiet(maven(module, goals)?.arg("--quiet"))?;
    fetched(module, goals)
}

const KTLINT: &str = "com.github.gantsign.maven:ktlint-maven-plugin:check";

fn format() -> Result<Tally> {
    quietly(&module(), &[KTLINT])?;
    say("ok", "ktlint");
    Ok(Tally::one(true))
}

/// The jars as they are published, in `dist/kotlin`, and what an AAR holds, as far as it can be made without Android's tools.
///
/// # Errors
/// When one does not build, or the jar does not work by itself.
pub fn package() -> Result<()> {
    prepare("compact")?;
    say("build", "the Kotlin jars");
    // What an earlier build left there would be published too; `clean` would take the sources along.
    for stale in ["classes", "dokka", "sources"].map(|name| folder().join(name)) {
        if stale.exists() {
            fs::remove_dir_all(stale)?;
        }
    }
    let goals = ["install", "-DskipTests", "-Ppublish"];
    let told = quiet(&mut maven(&module(), &goals)?)?;
    fetched(&module(), &goals)?;
    all_documented(&told)?;
    let dist = place::root().join("dist/kotlin");
    place::fresh(&dist)?;
    for kind in ["", "-sources", "-javadoc"] {
        let name = format!("larkspur-{VERSION}{kind}.jar");
        let size = fs::copy(folder().join(&name), dist.join(&name))?;
        say("made", &format!("dist/kotlin/{name} ({} KB)", size / 1000));
    }
    fs::copy(module().folder.join("pom.xml"), dist.join(format!("larkspur-{VERSION}.pom")))?;
    aar::prepare(&folder().join("classes"), &dist.join("aar"), VERSION)?;
    try_out(&dist.join(format!("larkspur-{VERSION}.jar")))
}

/// Every public member has a KDoc, except the functions that each enum has.
fn all_documented(told: &str) -> Result<()> {
    let (of_enums, bare): (Vec<&str>, Vec<&str>) = told
        .lines()
        .filter_map(|line| Some(line.split_once("Undocumented: ")?.1))
        .partition(|member| ["/entries/", "/values/", "/valueOf/"].iter().any(|own| member.contains(own)));
    if of_enums.is_empty() {
        bail!("dokka does not say which members have no KDoc");
    }
    if bare.is_empty() { Ok(()) } else { bail!("these have no KDoc:\n{}", bare.join("\n")) }
}

/// The jar and what it depends on, and nothing else, make a client.
fn try_out(jar: &Path) -> Result<()> {
    let program = "io.github.larkspur.TwoClients";
    let classes = [jar.to_owned(), folder().join("dependencies").join("*"), folder().join("test-classes")];
    let made = quiet(Command::new("java").arg("-cp").arg(std::env::join_paths(classes)?).arg(program))?;
    if made.trim() != "made\napp\nmade\napp" {
        bail!("the jar makes no client: {made}");
    }
    say("ok", "the jar loads the library out of itself and makes a client");
    Ok(())
}

fn tests() -> Result<Tally> {
    let goals = ["test"];
    let redis = Redis::start()?;
    let mut tests = maven(&module(), &goals)?;
    let tally = runner(tests.env("LARKSPUR_SANDBOX", sandbox::program()?).env("LARKSPUR_REDIS_PORT", redis.port()))?;
    if tally.failed == 0 {
        fetched(&module(), &goals)?;
    }
    Ok(tally)
}

/// Maven in a module's folder, building into cargo's build folder.
fn maven(module: &Module, goals: &[&str]) -> Result<Command> {
    tools::program("java", "17", &["default-jdk-headless"])?;
    tools::program("mvn", "3.8", &["maven"])?;
    let mut maven = Command::new(if cfg!(windows) { "mvn.cmd" } else { "mvn" });
    maven.current_dir(&module.folder).args(["--batch-mode", "--no-transfer-progress", "-Dstyle.color=never"]);
    maven.arg(format!("-Dmaven.repo.local={}", repository().display())).arg(format!("-Dbuild.folder={}", module.build.display()));
    let (stamp, pom) = stamp(module, goals)?;
    if fs::read_to_string(stamp).is_ok_and(|fetched| fetched == pom) {
        maven.arg("--offline");
    }
    maven.args(goals);
    Ok(maven)
}

/// Notes that Maven has what these goals need.
fn fetched(module: &Module, goals: &[&str]) -> Result<()> {
    let (stamp, pom) = stamp(module, goals)?;
    Ok(fs::write(stamp, pom)?)
}

/// Where it is noted for which pom.xml Maven has what these goals need.
fn stamp(module: &Module, goals: &[&str]) -> Result<(PathBuf, String)> {
    fs::create_dir_all(repository())?;
    let goals: String = goals.join("-").chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
    Ok((repository().join(format!("fetched-{goals}.txt")), fs::read_to_string(module.folder.join("pom.xml"))?))
}

/// A folder with a pom.xml, and where Maven builds it.
struct Module {
    folder: PathBuf,
    build: PathBuf,
}

fn module() -> Module {
    Module { folder: place::root().join("bindings-uniffi/kotlin"), build: folder() }
}

/// What is built of the module.
fn folder() -> PathBuf {
    place::target().join("kotlin")
}

fn repository() -> PathBuf {
    place::tools().join("maven")
}

/// The folder in which JNA looks for the library of this platform.
fn resource_prefix() -> String {
    let system = match OS {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    };
    let processor = if ARCH == "x86_64" { "x86-64" } else { ARCH };
    format!("{system}-{processor}")
}

#[cfg(test)]
mod tests {
    use super::{VERSION, module};

    #[test]
    fn the_module_has_the_version_of_the_rest() {
        let pom = std::fs::read_to_string(module().folder.join("pom.xml")).unwrap();
        assert!(pom.contains(&format!("<artifactId>larkspur</artifactId>\n  <version>{VERSION}</version>")));
    }
}
