//! Finding and installing what the commands need besides Rust; each install says what it does.

use crate::place;
use crate::run::{quiet, say};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const OLDEST_PYTHON: (u32, u32) = (3, 10);

/// A Python virtual environment of this repository.
#[derive(Clone, Debug)]
pub struct Venv {
    /// Its root folder.
    pub folder: PathBuf,
}

impl Venv {
    /// The environment `name` with exactly the packages of a requirements text; installed once.
    ///
    /// # Errors
    /// When Python is missing or too old, or a package cannot be installed.
    pub fn with(name: &str, requirements: &str) -> Result<Self> {
        let python = python()?;
        let venv = Self { folder: place::tools().join(name) };
        let wanted = format!("{}\n{requirements}", version(&python)?);
        once(&venv.folder, &wanted, &format!("{name}: {}", requirements.lines().collect::<Vec<_>>().join(" ")), || {
            venv.create(&python)?;
            venv.pip(&["install", "--requirement"], &venv.write("requirements.txt", requirements)?)
        })?;
        Ok(venv)
    }

    /// A new, empty environment in `folder`, without pip.
    ///
    /// # Errors
    /// When Python is missing or cannot make the environment.
    pub fn empty(folder: &Path) -> Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        let venv = Self { folder: folder.to_owned() };
        quiet(Command::new(python()?).args(["-m", "venv", "--without-pip"]).arg(folder))?;
        Ok(venv)
    }

    /// A program of the environment: `python`, `maturin`, …; what it starts by name comes from there too.
    pub fn program(&self, name: &str) -> Command {
        let folder = self.folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
        let mut command = Command::new(folder.join(name));
        let others = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(std::iter::once(folder).chain(std::env::split_paths(&others)));
        command.current_dir(place::root()).env("VIRTUAL_ENV", &self.folder).env_remove("PYTHONHOME");
        command.env("PATH", path.unwrap_or(others));
        command
    }

    /// Runs the environment's pip with these words and one path.
    ///
    /// # Errors
    /// When pip fails; the error holds its output.
    pub fn pip(&self, words: &[&str], path: &Path) -> Result<()> {
        let mut pip = self.program("python");
        pip.args(["-m", "pip", "--disable-pip-version-check", "--quiet"]).args(words).arg(path);
        quiet(&mut pip).map(drop).context("pip could not install; is a package index reachable?")
    }

    fn create(&self, python: &Path) -> Result<()> {
        let make = || quiet(Command::new(python).args(["-m", "venv"]).arg(&self.folder));
        if let Err(error) = make() {
            debian(&["python3-venv"]).context(error)?;
            make()?;
        }
        Ok(())
    }

    fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.folder.join(name);
        fs::write(&path, text)?;
        Ok(path)
    }
}

/// A folder with exactly these npm packages (`name@version`) in its `node_modules`; installed once.
///
/// # Errors
/// When Node or npm cannot be had, or a package cannot be installed.
pub fn npm(name: &str, packages: &[&str]) -> Result<PathBuf> {
    let folder = place::tools().join(name);
    once(&folder, &packages.join("\n"), &format!("{name}: {}", packages.join(" ")), || {
        program("node", "20", &["nodejs", "npm"])?;
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("package.json"), r#"{"private": true}"#)?;
        let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
        npm.current_dir(&folder).args(["install", "--no-audit", "--no-fund", "--loglevel=error"]).args(packages);
        quiet(&mut npm).map(drop)
    })?;
    Ok(folder)
}

/// Makes sure a program is on the path; installs it from Debian's packages where that can be done.
pub fn program(name: &str, oldest: &str, packages: &[&str]) -> Result<()> {
    let answers = || Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !answers() {
        debian(packages).with_context(|| format!("{name} is missing; install {name} {oldest} or later"))?;
    }
    Ok(())
}

/// Installs packages of Debian, as root.
pub fn debian(packages: &[&str]) -> Result<()> {
    let by_hand = format!("apt-get install {}", packages.join(" "));
    let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    if !root || Command::new("apt-get").arg("--version").stdout(Stdio::null()).status().is_err() {
        bail!("Debian's packages cannot be installed from here; as root: `{by_hand}`, or install them in your system's way");
    }
    say("install", &by_hand);
    quiet(Command::new("apt-get").args(["update", "--quiet"]))?;
    let mut install = Command::new("apt-get");
    install.env("DEBIAN_FRONTEND", "noninteractive").args(["install", "--yes", "--no-install-recommends"]);
    quiet(install.args(packages)).map(drop)
}

fn python() -> Result<PathBuf> {
    let names = ["python3", "python"].map(PathBuf::from);
    let fits = |python: &PathBuf| version(python).is_ok_and(|version| is_recent(&version));
    names.into_iter().find(fits).with_context(|| {
        let (major, minor) = OLDEST_PYTHON;
        format!("python {major}.{minor} or later is missing; install it and put it on the PATH (Debian: apt-get install python3-venv)")
    })
}

fn version(python: &Path) -> Result<String> {
    let script = "import sys; print('%d.%d.%d' % sys.version_info[:3])";
    let output = Command::new(python).args(["-c", script]).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn is_recent(version: &str) -> bool {
    let mut numbers = version.split('.').map_while(|number| number.parse().ok());
    matches!((numbers.next(), numbers.next()), (Some(major), Some(minor)) if (major, minor) >= OLDEST_PYTHON)
}

/// Runs `install` unless the folder says that exactly this is installed already.
pub fn once(folder: &Path, wanted: &str, what: &str, install: impl FnOnce() -> Result<()>) -> Result<()> {
    let stamp = folder.join("installed.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    say("install", what);
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    install()?;
    Ok(fs::write(stamp, wanted)?)
}

#[cfg(test)]
mod tests {
    use super::{is_recent, once};

    #[test]
    fn knows_which_python_is_too_old() {
        assert!(is_recent("3.10.0") && is_recent("3.14.2") && is_recent("4.0.0"));
        assert!(!is_recent("3.9.18") && !is_recent("2.7.18") && !is_recent(""));
    }

    #[test]
    fn installs_again_only_when_something_else_is_wanted() {
        let folder = std::env::temp_dir().join(format!("larkspur-xtask-{}", std::process::id()));
        let installs = |wanted: &str| {
            let mut ran = false;
            let install = || {
                ran = true;
                Ok(std::fs::create_dir_all(&folder)?)
            };
            once(&folder, wanted, "a test", install).unwrap();
            ran
        };
        assert_eq!([installs("a"), installs("a"), installs("b"), installs("b")], [true, false, true, false]);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
