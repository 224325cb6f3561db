//! The files of the checkout that git knows, or would.

use crate::place::root;
use crate::run::quiet;
use anyhow::Result;
use std::process::Command;

/// The files of the checkout that git holds or would take, below the root, with this ending.
///
/// # Errors
/// When git is missing or this is no checkout.
pub fn files(ending: &str) -> Result<Vec<String>> {
    let mut git = Command::new("git");
    git.current_dir(root()).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let listed = quiet(&mut git)?;
    let names = listed.trim_end().split('\0').filter(|name| !name.is_empty() && name.ends_with(ending));
    // A file that was deleted but not yet committed is still listed.
    Ok(names.filter(|name| root().join(name).is_file()).map(str::to_owned).collect())
}
