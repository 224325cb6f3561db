//! The Swift package: staged with its library and its generated sources, then built and tested.

use crate::parts::failure;
use crate::redis::Redis;
use crate::run::{cargo, quiet, say};
use crate::runner::count;
use crate::sandbox::Sandbox;
use crate::swift_tools::{Swift, swift};
use crate::tally::Tally;
use crate::{place, tracked, uniffi};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the format check reads; generated sources are not among them.
const FORMATTED: &[&str] = &["Package.swift", "Sources/Larkspur", "Samples", "Tests"];

/// These measure the process or the time, and so run by themselves, one after the other.
const ALONE: &str = "CrowdTests|PacingTests";

/// A program that only has the package makes a client.
const TRY: &str = r#"import Larkspur

let client = try Client(options: .init(appId: "cli_a", appSecret: "s"))
print(client.appId)
client.close()
"#;

/// Its manifest.
const TRY_MANIFEST: &str = r#"// swift-tools-version: 6.0
import PackageDescription

let larkspur = Target.Dependency.product(name: "Larkspur", package: "package")
let package = Package(
  name: "Try", platforms: [.macOS(.v14)], dependencies: [.package(path: "../package")],
  targets: [.executableTarget(name: "Try", dependencies: [larkspur])])
"#;

/// Makes a warning of the compiler an error.
const STRICT: &[(&str, &str)] = &[("LARKSPUR_STRICT", "1")];

/// What the tests need not be built with.
const QUICK: &[&str] = &["-debug-info-format", "none"];

/// Builds the library and runs the format check and the tests of the package; a warning of the compiler is an error.
///
/// # Errors
/// When something does not build, or the command is interrupted.
pub fn all() -> Result<Tally> {
    let swift = swift()?;
    stage("dev", &folder())?;
    let (sandbox, redis) = (Sandbox::start()?, Redis::start()?);
    let mut tally = format(&swift).or_else(failure)?;
    say("build", "the Swift package and its tests (debug)");
    quiet(&mut swift.command(&folder(), STRICT, &[&["swift", "build", "--build-tests"], QUICK].concat()))?;
    for which in ["--skip", "--filter"] {
        tally += tests(&swift, &sandbox, &redis, which).or_else(failure)?;
    }
    Ok(tally)
}

/// The package as it would be published for this platform, in `dist/swift`; on a Mac its library comes in an XCFramework.
///
/// # Errors
/// When it does not build, or a program that depends on it does not run.
pub fn package() -> Result<()> {
    let (swift, folder, dist) = (swift()?, released()?, place::root().join("dist/swift"));
    fs::create_dir_all(folder.join("try/Sources/Try"))?;
    fs::write(folder.join("try/Package.swift"), TRY_MANIFEST)?;
    fs::write(folder.join("try/Sources/Try/main.swift"), TRY)?;
    say("build", "a program that depends on the Swift package (release)");
    let words = ["swift", "run", "--quiet", "--package-path", "../try", "-c", "release"];
    let told = quiet(&mut swift.command(&folder, &[], &words))?;
    if told.lines().last() != Some("cli_a") {
        bail!("the program makes no client: {told}");
    }
    place::fresh(&dist)?;
    for file in walk(&folder.join("package"))?.iter().filter_map(|file| file.strip_prefix(folder.join("package")).ok()) {
        if !file.starts_with(".build") && !file.ends_with(".gitignore") {
            copy(&folder.join("package").join(file), &dist.join(file))?;
        }
    }
    say("made", "dist/swift, on which a program depends and makes a client");
    Ok(())
}

/// The program that measures the package beside what Foundation has.
///
/// # Errors
/// When something does not build.
pub fn bench() -> Result<Command> {
    let (swift, folder) = (swift()?, released()?);
    say("build", "the bench of the Swift package (release)");
    for file in tracked::files(".swift")?.iter().filter_map(|file| file.strip_prefix("tests/bench/swift/")) {
        copy(&place::root().join("tests/bench/swift").join(file), &folder.join("bench").join(file))?;
    }
    quiet(&mut swift.command(&folder, &[], &["swift", "build", "--package-path", "../bench", "-c", "release"]))?;
    quiet(&mut cargo(&["build", "--release", "--quiet", "--package", "larkspur-bench", "--bins"]))?;
    let began = r#"date +%s%N; exec "$@""#;
    let worker = swift.command(&folder, &[], &["sh", "-c", began, "sh", "../bench/.build/release/Worker"]);
    let words = std::iter::once(worker.get_program()).chain(worker.get_args()).map(|word| word.to_string_lossy().into_owned());
    let mut script = Command::new("python3");
    script.current_dir(place::root()).arg("tests/bench/swift/bench.py");
    script.arg("--server").arg(place::program("release", "bench-server"));
    script.arg("--library").arg(folder.join("package/lib").join(uniffi::library_name()));
    script.arg("--folder").arg(worker.get_current_dir().unwrap_or(&folder));
    script.arg("--worker").arg(serde_json::to_string(&words.collect::<Vec<_>>())?);
    Ok(script)
}

/// The package with the small library that is published.
fn released() -> Result<PathBuf> {
    let folder = place::target().join("swift-release");
    stage("compact", &folder)?;
    // Only now: the generator reads what is stripped here.
    quiet(Command::new("strip").arg("--strip-unneeded").arg(folder.join("package/lib").join(uniffi::library_name())))?;
    Ok(folder)
}

/// What is built for the tests.
fn folder() -> PathBuf {
    place::target().join("swift")
}

/// Lays the package with its library and its generated sources into `package` of a folder; what has not changed keeps its time, so
/// that it is not compiled again.
fn stage(profile: &str, folder: &Path) -> Result<()> {
    say("build", &format!("the library of the Swift package ({profile})"));
    let (library, package) = (uniffi::library(profile)?, folder.join("package"));
    let generated = folder.join("generated");
    uniffi::generate(&library, "swift", &generated)?;
    let ours = "bindings-uniffi/swift/";
    let files: Vec<String> = tracked::files("")?.into_iter().filter(|file| file.starts_with(ours)).collect();
    forget(&package, &files.iter().filter_map(|file| file.strip_prefix(ours)).collect::<Vec<_>>())?;
    for file in &files {
        copy(&place::root().join(file), &package.join(file.strip_prefix(ours).unwrap_or(file)))?;
    }
    copy(&generated.join("CLarkspur.h"), &package.join("Sources/CLarkspur/CLarkspur.h"))?;
    copy(&generated.join("LarkspurFFI.swift"), &package.join("Sources/LarkspurFFI/LarkspurFFI.swift"))?;
    copy(&library, &package.join("lib").join(uniffi::library_name()))
}

/// Takes away what an earlier state of the checkout had.
fn forget(package: &Path, files: &[&str]) -> Result<()> {
    for place in ["Sources/Larkspur", "Samples", "Tests"] {
        for entry in walk(&package.join(place))? {
            let name = entry.strip_prefix(package)?.to_string_lossy().into_owned();
            if !files.contains(&name.as_str()) {
                fs::remove_file(entry)?;
            }
        }
    }
    Ok(())
}

fn walk(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    if !folder.exists() {
        return Ok(files);
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { files.extend(walk(&path)?) } else { files.push(path) }
    }
    Ok(files)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let content = fs::read(from).with_context(|| format!("{} cannot be read", from.display()))?;
    if fs::read(to).is_ok_and(|there| there == content) {
        return Ok(());
    }
    fs::create_dir_all(to.parent().unwrap_or(to))?;
    Ok(fs::write(to, content)?)
}

fn format(swift: &Swift) -> Result<Tally> {
    let words = [&["swift", "format", "lint", "--strict", "--recursive"], FORMATTED].concat();
    quiet(&mut swift.command(&folder(), &[], &words))?;
    say("ok", "swift format");
    Ok(Tally::one(true))
}

fn tests(swift: &Swift, sandbox: &Sandbox, redis: &Redis, which: &str) -> Result<Tally> {
    let port = redis.port();
    let variables = [STRICT, &[("LARKSPUR_SANDBOX_URL", sandbox.url()), ("LARKSPUR_REDIS_PORT", &port)]].concat();
    let order: &[&str] = if which == "--filter" { &["--no-parallel"] } else { &[] };
    let words = [&["swift", "test", "--skip-build", "--disable-xctest"], QUICK, order, &[which, ALONE]].concat();
    say("run", &words.join(" "));
    count(&mut swift.command(&folder(), &variables, &words))
}
