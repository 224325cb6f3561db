//! The fenced code blocks of a Markdown page.

/// One fenced block.
#[derive(Debug, PartialEq, Eq)]
pub struct Block {
    /// The word after the fence, empty where there is none.
    pub kind: String,
    /// What stands between the fences.
    pub text: String,
    /// The line of the opening fence, counted from 1.
    pub line: usize,
}

/// Every fenced block of a page, in order.
pub fn blocks(page: &str) -> Vec<Block> {
    let mut lines = page.lines().enumerate();
    let mut blocks = Vec::new();
    while let Some((number, line)) = lines.next() {
        if let Some(kind) = line.trim_start().strip_prefix("```") {
            let inside = lines.by_ref().map(|(_, line)| line).take_while(|line| line.trim() != "```");
            let text = inside.map(|line| format!("{line}\n")).collect();
            let kind = kind.split([',', ' ']).next().unwrap_or_default().to_owned();
            blocks.push(Block { kind, text, line: number + 1 });
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::{Block, blocks};

    #[test]
    fn finds_each_block_with_its_kind_and_line() {
        let page = "# a\n\n```python\nx = 1\n\ny = 2\n```\ntext\n```\nz\n```\n";
        let python = Block { kind: "python".into(), text: "x = 1\n\ny = 2\n".into(), line: 3 };
        let plain = Block { kind: String::new(), text: "z\n".into(), line: 9 };
        assert_eq!(blocks(page), [python, plain]);
    }
}
