//! Swift: the one on the path, or, on Debian, one in a root folder of its own beside the system.

use crate::run::{quiet, say};
use crate::{place, tools};
use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The release of Debian whose packages hold Swift, and what of them is needed.
const RELEASE: &str = "trixie";
const PACKAGES: &[&str] = &[
    "swiftlang",
    "swiftlang-dev",
    "libswiftlang",
    "libc6-dev",
    "libstdc++-14-dev",
    "gcc",
    "libncurses6",
    "libxml2",
    "libcurl4",
    "ca-certificates",
];

/// What runs a command inside the root folder.
const INSIDE: &str = "xtask/src/swift_root.sh";

/// A Swift that is ready for use.
pub enum Swift {
    /// It is on the path.
    Here,
    /// It lies in this root folder.
    Root(PathBuf),
}

/// Finds Swift, or sets up the root folder; fast the second time.
///
/// # Errors
/// When it cannot be set up here.
pub fn swift() -> Result<Swift> {
    if succeeds(Command::new("swift").arg("--version")) {
        return Ok(Swift::Here);
    }
    if !succeeds(Command::new("unshare").args(["--mount", "true"])) {
        bail!("swift is not on the path, and its root folder needs the right to mount; install Swift 6, or run as root on Debian");
    }
    let root = root()?;
    let wanted = format!("{RELEASE}\n{}", PACKAGES.join("\n"));
    let what = format!("Swift, which is not on the path, from Debian's {RELEASE} into {} (3 GB)", root.display());
    tools::once(&root, &wanted, &what, || install(&root)).context("swift is missing; install Swift 6 and put it on the path")?;
    Ok(Swift::Root(root))
}

impl Swift {
    /// A command in the folder `package` of `folder`, which sees these variables and, at `LARKSPUR_VECTORS`, the vectors.
    pub fn command(&self, folder: &Path, variables: &[(&str, &str)], words: &[&str]) -> Command {
        let vectors = place::root().join("tests/vectors");
        match self {
            Self::Here => {
                let mut command = Command::new(words.first().copied().unwrap_or("swift"));
                command.current_dir(folder.join("package")).args(words.iter().skip(1));
                command.envs(variables.iter().copied()).env("LARKSPUR_VECTORS", vectors);
                command
            }
            Self::Root(root) => {
                let mut command = Command::new("unshare");
                let places: [&OsStr; 3] = [root.as_ref(), folder.as_ref(), vectors.as_ref()];
                command.current_dir(place::root()).args(["--mount", "sh", INSIDE]).args(places).arg("LARKSPUR_VECTORS=/vectors");
                command.args(variables.iter().map(|(name, value)| format!("{name}={value}"))).args(words);
                command
            }
        }
    }
}

fn succeeds(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Beside the user's other caches, not in the checkout: it is large, and the same for all of them.
fn root() -> Result<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| std::env::home_dir().map(|home| home.join(".cache"))).context("there is no home folder")?;
    Ok(cache.join("larkspur/swift"))
}

fn install(root: &Path) -> Result<()> {
    tools::program("debootstrap", "1.0", &["debootstrap"])?;
    fs::create_dir_all(root)?;
    say("install", "debootstrap, then apt-get in the root folder: some minutes");
    quiet(Command::new("debootstrap").args(["--variant=minbase", RELEASE]).arg(root))?;
    let apt = |words: &[&str]| {
        let mut apt = Command::new("chroot");
        apt.arg(root).args(["/usr/bin/env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]).args(words);
        quiet(&mut apt)
    };
    apt(&["update", "--quiet"])?;
    apt(&[&["install", "--yes", "--no-install-recommends"], PACKAGES].concat()).map(drop)
}
