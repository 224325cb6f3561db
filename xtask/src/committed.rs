//! What no committed file may hold: hosts of package registries and paths of one machine.

use crate::{place, tracked};
use anyhow::{Result, bail};

/// The pieces of each host, joined by dots, so that this file passes its own check.
const HOSTS: &[&[&str]] = &[
    &["crates", "io"],
    &["pypi", "org"],
    &["pythonhosted", "org"],
    &["npmjs", "org"],
    &["npmjs", "com"],
    &["repo1", "maven", "org"],
    &["deb", "debian", "org"],
    &["proxy", "golang", "org"],
];

/// Top folders that lie elsewhere on the next machine.
const FOLDERS: &[&str] = &["work", "root", "home", "Users", "tmp"];

/// Checks every committed file.
///
/// # Errors
/// Names each file and line.
pub fn check() -> Result<()> {
    let files = tracked::files("")?.into_iter().filter(|name| !name.ends_with("Cargo.lock"));
    let found: Vec<_> = files.flat_map(|name| findings(&name)).collect();
    if !found.is_empty() {
        bail!("say it without a registry's host or a path of one machine:\n{}", found.join("\n"));
    }
    Ok(())
}

/// The lines of one file that say too much; a file that is not text has none.
fn findings(name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(place::root().join(name)).unwrap_or_default();
    let lines = text.lines().enumerate().filter(|(_, line)| names_host(line) || names_path(line));
    lines.map(|(number, line)| format!("{name}:{}: {}", number + 1, line.trim())).collect()
}

fn names_host(line: &str) -> bool {
    HOSTS.iter().any(|pieces| line.contains(&pieces.join(".")))
}

fn names_path(line: &str) -> bool {
    FOLDERS.iter().any(|folder| {
        let path = format!("/{folder}/");
        line.match_indices(&path)
            .any(|(at, _)| !line[..at].ends_with(|before: char| before.is_alphanumeric() || "_-.~*}>)".contains(before)))
    })
}

#[cfg(test)]
mod tests {
    use super::{names_host, names_path};

    #[test]
    fn finds_hosts_and_paths() {
        assert!(names_host(&format!("see {}.io", "crates")));
        assert!(names_path(&format!("at /{}/main", "work")) && names_path(&format!("\"/{}/x\"", "home")));
    }

    #[test]
    fn lets_routes_of_the_platform_pass() {
        assert!(!names_host("see open.feishu.cn"));
        assert!(!names_path("/open-apis/drive/work/items") && !names_path("target/tmp/x"));
    }
}
