//! Embeds the catalogue: lists its files, so that the program needs nothing beside itself.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let core = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("../../core");
    let mut services = Vec::new();
    for family in ["catalog", "catalog-project"] {
        println!("cargo::rerun-if-changed={}", core.join(family).display());
        services.extend(service_files(&core.join(family))?);
    }
    let listed: Vec<String> = services.iter().map(|path| format!("include_str!({path:?})")).collect();
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?).join("services.rs");
    fs::write(out, format!("[{}]", listed.join(",\n")))
}

fn service_files(catalog: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(catalog)? {
        let path = entry?.path().canonicalize()?;
        if path.extension().is_some_and(|ext| ext == "json") && !path.ends_with("schema.json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
