//! What the shipped crates may depend on, and with which features.

use crate::run::{cargo, quiet};
use anyhow::{Result, bail};

/// What `larkspur-core` holds without features, as pages download it.
const BARE: &[&str] = &["larkspur-core", "bytes"];

/// Everything `larkspur-core` may hold, with what its dependencies need; `sha2`, `sha1`, `hmac` and what follows from them serve `oauth`, `jsapi` and `bot`.
const CORE: &[&str] = &[
    "larkspur-core",
    "block-buffer",
    "bytes",
    "cfg-if",
    "cmov",
    "cpufeatures",
    "crypto-common",
    "ctutils",
    "digest",
    "hmac",
    "hybrid-array",
    "itoa",
    "libc",
    "memchr",
    "proc-macro2",
    "quote",
    "serde",
    "serde_core",
    "serde_derive",
    "serde_json",
    "sha1",
    "sha2",
    "syn",
    "typenum",
    "unicode-ident",
    "zmij",
];

/// What is shipped, each with its own features.
const SHIPPED: &[&str] = &["larkspur-core", "larkspur-native", "larkspur-py", "larkspur-uniffi", "larkspur-wasm"];

/// Features of `serde_json` that would change what numbers and objects mean, for every crate of a build.
const LEAKING: &[&str] = &["preserve_order", "arbitrary_precision"];

/// One package of a dependency tree and its features.
struct Package {
    name: String,
    features: Vec<String>,
}

/// Checks that the core, whatever its features, holds the allowed packages only.
///
/// # Errors
/// Names the packages that do not belong there.
pub fn core() -> Result<()> {
    for (features, allowed) in [("--no-default-features", BARE), ("--all-features", CORE)] {
        let packages = tree(&["--package", "larkspur-core", features])?;
        let strangers: Vec<_> = packages.iter().map(|package| package.name.as_str()).filter(|name| !allowed.contains(name)).collect();
        if !strangers.is_empty() {
            bail!("larkspur-core ({features}) holds {}; the core has no other dependencies", strangers.join(", "));
        }
    }
    Ok(())
}

/// Checks that no shipped package switches on a feature of `serde_json` that leaks into the core.
///
/// # Errors
/// Names the package and the feature.
pub fn shipped() -> Result<()> {
    for shipped in SHIPPED {
        let packages = tree(&["--package", shipped])?;
        let json = packages.iter().filter(|package| package.name == "serde_json");
        let leaks: Vec<_> = json.flat_map(|json| &json.features).filter(|feature| LEAKING.contains(&feature.as_str())).collect();
        if let Some(feature) = leaks.first() {
            bail!("{shipped} switches on serde_json/{feature}, which changes the core; leave it off");
        }
    }
    Ok(())
}

fn tree(words: &[&str]) -> Result<Vec<Package>> {
    let format = ["--edges", "normal", "--prefix", "none", "--format", "{p}|{f}", "--target", "all"];
    let text = quiet(cargo(&["tree", "--quiet", "--locked"]).args(format).args(words))?;
    Ok(text.lines().filter_map(package).collect())
}

/// A line of the tree: `serde_json v1.0.154|default,raw_value,std (*)`.
fn package(line: &str) -> Option<Package> {
    let (name, features) = line.split_once('|')?;
    let features = features.trim_end_matches("(*)").trim().split(',').filter(|feature| !feature.is_empty());
    Some(Package { name: name.split(' ').next()?.to_owned(), features: features.map(str::to_owned).collect() })
}

#[cfg(test)]
mod tests {
    use super::package;

    #[test]
    fn reads_a_line_of_the_tree() {
        let package = package("serde_json v1.0.154|default,raw_value,std (*)").unwrap();
        assert_eq!((package.name.as_str(), package.features), ("serde_json", vec!["default".to_owned(), "raw_value".into(), "std".into()]));
    }
}
