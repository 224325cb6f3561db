//! Swift: the one on the path, or, on Debian, one in a root folder of its own beside the system.

use crate::run::{quiet, say};
use crate::{place, tools};
use anyhow::{Context, Result};
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

/// Mounts what the compiler and the tests need, for this one command only, and runs it inside: root, package's folder, vectors, words.
const INSIDE: &str = r#"set -e
mkdir -p "$0/larkspur" "$0/vectors"
mount -t proc proc "$0/proc"
mount --rbind /dev "$0/dev"
mount --bind "$1" "$0/larkspur"
mount --bind "$2" "$0/vectors"
root=$0
shift 2
exec chroot "$root" /usr/bin/env --ignore-environment --chdir=/larkspur/package PATH=/usr/bin:/bin HOME=/root LANG=C.UTF-8 "$@""#;

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
    if Command::new("swift").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok() {
        return Ok(Swift::Here);
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
                command.args(["--mount", "sh", "-c", INSIDE]).args(places).arg("LARKSPUR_VECTORS=/vectors");
                command.args(variables.iter().map(|(name, value)| format!("{name}={value}"))).args(words);
                command
            }
        }
    }
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
