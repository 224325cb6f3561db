//! The tree of names: services, versions, resources, operations, level after level.

use super::format::letters;
use super::source::{Operation, Result, Service};

/// An operation with its service.
pub type Entry<'a> = (&'a Service, &'a Operation);

/// The nodes in the order of their levels (the root first), followed by the operations; siblings stand together, by their letters.
pub struct Tree {
    /// The snake_case word of every node and then of every operation.
    pub words: Vec<String>,
    /// The first child of every node, and where the last one's children end.
    pub first_child: Vec<usize>,
}

/// Sorts the operations into the order of the tree.
pub fn sort<'a>(services: &'a [Service]) -> Vec<Entry<'a>> {
    let all = services.iter().flat_map(|service| service.operations.iter().map(move |operation| (service, operation)));
    let mut entries: Vec<Entry<'a>> = all.collect();
    entries.sort_by_cached_key(|(_, operation)| key(&operation.id));
    entries
}

/// Builds the tree over operations that are sorted.
pub fn build(entries: &[Entry<'_>]) -> Result<Tree> {
    let mut levels: Vec<Vec<Vec<&str>>> = vec![vec![Vec::new()]];
    let deepest = entries.first().map_or(0, |(_, operation)| operation.id.split('.').count());
    for depth in 1..=deepest {
        let mut level: Vec<Vec<&str>> = entries.iter().map(|(_, operation)| operation.id.split('.').take(depth).collect()).collect();
        level.dedup();
        levels.push(level);
    }
    if levels.last().is_none_or(|level| level.len() != entries.len()) {
        return Err("two operations have the same id".to_owned());
    }
    let words = levels.iter().flatten().map(|path| path.last().map_or_else(String::new, |word| snake(word))).collect();
    Ok(Tree { words, first_child: first_children(&levels) })
}

fn first_children(levels: &[Vec<Vec<&str>>]) -> Vec<usize> {
    let mut first = Vec::new();
    let mut begin = 0;
    for (level, below) in levels.iter().zip(levels.iter().skip(1)) {
        begin += level.len();
        for node in level {
            let position = below.iter().position(|child| child.starts_with(node)).unwrap_or_default();
            first.push(begin + position);
        }
    }
    first.push(levels.iter().map(Vec::len).sum());
    first
}

fn key(id: &str) -> Vec<Vec<u8>> {
    id.split('.').map(|part| letters(part).collect()).collect()
}

/// `batchGetId` as `batch_get_id`.
pub fn snake(word: &str) -> String {
    let mut text = String::new();
    for letter in word.chars() {
        if letter.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}
