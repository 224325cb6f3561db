//! Packs the catalogue: `catalog/*.json` and `catalog-project/*.json` become the tables that `src/catalog.rs` reads.

#[path = "build/about.rs"]
mod about;
#[path = "src/catalog/format.rs"]
mod format;
#[path = "build/pack.rs"]
mod pack;
#[path = "build/section.rs"]
mod section;
// The types' own fields feed the declarations of the bindings.
#[allow(dead_code)]
#[path = "build/source.rs"]
mod source;
#[path = "build/tree.rs"]
mod tree;
#[path = "build/uses.rs"]
mod uses;
#[path = "build/words.rs"]
mod words;

use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<(), String> {
    for input in ["build.rs", "build", "catalog", "catalog-project", "src/catalog/format.rs"] {
        println!("cargo::rerun-if-changed={input}");
    }
    let folder = |name: &str| env::var_os(name).map(PathBuf::from).ok_or_else(|| format!("cargo did not set {name}"));
    let manifest = folder("CARGO_MANIFEST_DIR")?;
    let services = source::read(&manifest.join("catalog"))?;
    let out = folder("OUT_DIR")?;
    write(&out, "catalog", pack::pack(&services)?)?;
    write(&out, "about", about::pack(&services, &source::scores(&manifest.join("catalog"))?)?)?;
    if env::var_os("CARGO_FEATURE_PROJECT").is_none() {
        return Ok(());
    }
    write(&out, "project", pack::pack(&source::read(&manifest.join("catalog-project"))?)?)
}

fn write(folder: &std::path::Path, name: &str, table: pack::Packed) -> Result<(), String> {
    let files = [("bin", table.bytes), ("rs", table.layout.into_bytes())];
    for (extension, content) in files {
        let file = folder.join(name).with_extension(extension);
        fs::write(&file, content).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(())
}
