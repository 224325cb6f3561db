//! What an AAR holds, as far as it can be made without Android's tools: all but the libraries, which belong into `jni/<abi>`.

use crate::place;
use crate::run::quiet;
use anyhow::Result;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Lays the parts into a folder: the classes without the library of this platform, the manifest, the rules for R8, and the pom, which names JNA
/// as an AAR.
///
/// # Errors
/// When a part is not there.
pub fn prepare(classes: &Path, folder: &Path, version: &str) -> Result<()> {
    fs::create_dir_all(folder)?;
    let android = place::root().join("bindings-uniffi/kotlin/android");
    for (source, target) in [("AndroidManifest.xml", "AndroidManifest.xml"), ("consumer-rules.pro", "proguard.txt")] {
        fs::copy(android.join(source), folder.join(target))?;
    }
    // No resources; the file must be there.
    fs::write(folder.join("R.txt"), "")?;
    let pom = fs::read_to_string(android.join("pom.xml"))?.replace("$version", version);
    fs::write(folder.join(format!("larkspur-android-{version}.pom")), pom)?;
    let mut jar = Command::new("jar");
    jar.args(["--create", "--file"]).arg(folder.join("classes.jar"));
    quiet(jar.arg("-C").arg(classes).arg("io").arg("-C").arg(classes).arg("META-INF")).map(drop)
}
