//! The classes of errors are the same in the core, in Python and in JavaScript, and so are their ancestors.

#![allow(clippy::unwrap_used, reason = "a test that cannot read a source fails")]

use std::collections::BTreeMap;
use std::path::Path;

const ROOT: &str = "LarkError";

#[test]
fn every_language_has_the_same_classes() {
    let core: Vec<String> = lines("core/src/error.rs").iter().filter_map(|line| named(line)).collect();
    let python = classes("bindings-py/python/larkspur/_errors.py", "class ", &['(', ',', ')', ':']);
    let javascript = classes("bindings-wasm/ts/errors.ts", "export class ", &[' ', '{']);
    assert!(core.len() >= 19, "{core:?}");
    assert_eq!(python, javascript);
    let public: Vec<&String> = python.keys().filter(|name| *name != ROOT).collect();
    assert_eq!(public, sorted(&core));
}

#[test]
fn kotlin_has_an_exception_for_each() {
    let kotlin = lines("bindings-uniffi/kotlin/src/main/kotlin/io/github/larkspur/LarkException.kt").join("\n");
    let core = lines("core/src/error.rs");
    let names = core.iter().filter_map(|line| named(line));
    // What the platform refuses and none of the others fits is the rest.
    let missing: Vec<String> = names
        .filter(|name| name != "ApiError" && !kotlin.contains(&format!("\"{name}\" -> {}(reason)", name.trim_end_matches("Error"))))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The name in a line such as `Class::Config => "ConfigError",`.
fn named(line: &str) -> Option<String> {
    line.trim().strip_prefix("Class::")?.split_once("=> \"")?.1.split('"').next().map(str::to_owned)
}

/// Each class and the one it extends; the class that only holds what answers have in common is left out of the line.
fn classes(path: &str, keyword: &str, ends: &[char]) -> BTreeMap<String, String> {
    let declared = lines(path).into_iter().filter_map(|line| {
        let words: Vec<String> =
            line.strip_prefix(keyword)?.replace("extends ", "").split(ends).filter(|word| !word.is_empty()).map(str::to_owned).collect();
        let parent = words.get(1).map_or("Error", String::as_str);
        let parent = if parent.ends_with("Answered") || parent == "AnsweredError" { ROOT } else { parent };
        Some((words.first()?.clone(), if parent == "Exception" { "Error" } else { parent }.to_owned()))
    });
    declared.filter(|(name, _)| !name.starts_with('_')).collect()
}

fn lines(path: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    std::fs::read_to_string(root.join(path)).unwrap().lines().map(str::to_owned).collect()
}

fn sorted(names: &[String]) -> Vec<&String> {
    let mut names: Vec<&String> = names.iter().collect();
    names.sort();
    names
}
