//! Packs what a call needs into one table.

use super::format as code;
use super::section::Sections;
use super::source::{Field, Operation, Paging, Result, Service};
use super::tree::{self, Entry, Tree};
use super::words::{Counter, Words, number, shared};
use std::collections::BTreeMap;

/// A packed table: the words, the bytes, and the constants of its layout.
pub struct Packed {
    pub text: Vec<u8>,
    pub bytes: Vec<u8>,
    pub layout: String,
}

/// Packs what a call needs of every operation.
pub fn pack(services: &[Service]) -> Result<Packed> {
    let entries = tree::sort(services);
    let tree = tree::build(&entries)?;
    let words = count(&entries, &tree)?;
    let mut out = Sections::default();
    out.count("OPERATIONS", entries.len());
    out.count("NODES", tree.words.len() - entries.len());
    names(&mut out, &tree, &words)?;
    paths(&mut out, &entries, &words)?;
    traits(&mut out, &entries)?;
    pagings(&mut out, &entries, &words)?;
    arguments(&mut out, &entries, &words)?;
    if entries.iter().any(|(_, operation)| is_paced(operation)) {
        rates(&mut out, &entries)?;
    }
    Ok(Packed { text: words.text()?, bytes: out.bytes, layout: out.layout })
}

fn count(entries: &[Entry<'_>], tree: &Tree) -> Result<Words> {
    let mut counter = Counter::default();
    tree.words.iter().for_each(|word| counter.take(word, false));
    for (service, operation) in entries {
        operation.path.split('/').for_each(|segment| counter.take(segment.trim_start_matches(':'), false));
        operation.query.iter().chain(service.body(operation)?).for_each(|field| counter.take(&field.name, true));
        for header in &operation.headers {
            counter.take(&header.name, true);
            counter.take(&header.wire, true);
        }
        if let Some(paging) = &operation.paging {
            [&paging.items, &paging.token, &paging.total, &paging.more, &paging.param]
                .into_iter()
                .for_each(|word| counter.take(word, false));
        }
    }
    Ok(counter.settle())
}

fn names(out: &mut Sections, tree: &Tree, words: &Words) -> Result<()> {
    let indices: Result<Vec<u16>> = tree.words.iter().map(|word| words.index(word)).collect();
    let counts = tree.first_child.iter().zip(tree.first_child.iter().skip(1)).map(|(first, next)| next - first);
    let counts: Result<Vec<u8>> = counts.map(|count| narrow("the children of a node", count)).collect();
    out.pairs("NAMES", &indices?);
    out.bytes("CHILD_COUNTS", &counts?);
    Ok(())
}

/// The paths as lists of segments: of each how many it shares with the one before and how many follow, in half a byte each, and those that follow.
fn paths(out: &mut Sections, entries: &[Entry<'_>], words: &Words) -> Result<()> {
    const MOST: usize = 15;
    let (mut steps, mut segments, mut before) = (Vec::new(), Vec::new(), Vec::new());
    for (_, operation) in entries {
        let path: Result<Vec<u16>> = operation.path.split('/').skip(1).map(|segment| segment_code(operation, segment, words)).collect();
        let path = path?;
        let shared = shared(&before, &path).min(MOST);
        if operation.path_params.len() > code::PATH_PARAMETERS || path.len() - shared > MOST {
            return Err(format!("{}: too many segments or path parameters", operation.id));
        }
        steps.push((shared << 4 | (path.len() - shared)) as u8);
        segments.extend(path.iter().skip(shared).copied());
        before = path;
    }
    out.bytes("PATH_STEPS", &steps);
    out.pairs("SEGMENTS", &segments);
    Ok(())
}

fn segment_code(operation: &Operation, segment: &str, words: &Words) -> Result<u16> {
    let word = words.index(segment.trim_start_matches(':'))?;
    if word > code::SEGMENT {
        return Err(format!("{}: the table has too many words for paths", operation.id));
    }
    let Some(name) = segment.strip_prefix(':') else { return Ok(word) };
    let field = operation.path_params.iter().find(|field| field.name == name);
    let field = field.ok_or_else(|| format!("{}: the path's `{name}` is not declared", operation.id))?;
    match shape(&field.kind, field.fmt.is_some()) {
        Some(code::INT) => Ok(word | code::PARAMETER | code::INTEGER),
        Some(code::INT_STRING) => Ok(word | code::PARAMETER | code::DIGITS),
        Some(code::STRING) => Ok(word | code::PARAMETER),
        _ => Err(format!("{}: a path cannot hold a {} such as `{name}`", operation.id, field.kind)),
    }
}

/// Whether a client keeps to the operation's rate of its own accord, so that a call needs to know it.
fn is_paced(operation: &Operation) -> bool {
    operation.tokens.iter().flatten().any(|token| token == "plugin")
}

/// The rates: calls in a second and calls in a minute, zero where there is no such limit.
fn rates(out: &mut Sections, entries: &[Entry<'_>]) -> Result<()> {
    let each: Result<Vec<[u16; 2]>> = entries.iter().map(|(_, operation)| rate_code(operation)).collect();
    let (table, indices) = distinct(each?);
    out.pairs("RATES", &table.concat());
    out.bytes("RATE_OF", &indices?);
    Ok(())
}

fn rate_code(operation: &Operation) -> Result<[u16; 2]> {
    let mut code = [0, 0];
    for figure in operation.rate.iter().flat_map(|rate| rate.split(',')) {
        let (calls, period) = figure.split_once('/').ok_or_else(|| format!("{}: `{figure}` is no rate", operation.id))?;
        let calls = calls.parse().map_err(|_| format!("{}: `{figure}` is no rate", operation.id))?;
        code = if period == "min" { [code[0], calls] } else { [calls, code[1]] };
    }
    Ok(code)
}

fn traits(out: &mut Sections, entries: &[Entry<'_>]) -> Result<()> {
    let each: Result<Vec<u16>> = entries.iter().map(|(_, operation)| trait_code(operation)).collect();
    let (table, indices) = distinct(each?);
    out.pairs("TRAITS", &table);
    out.bytes("TRAIT_OF", &indices?);
    Ok(())
}

fn trait_code(operation: &Operation) -> Result<u16> {
    let method = code::METHODS.iter().position(|method| *method == operation.method);
    let method = method.ok_or_else(|| format!("{}: no method {}", operation.id, operation.method))?;
    let token = |name: &str| operation.tokens.as_ref().is_some_and(|tokens| tokens.iter().any(|token| token == name));
    let marks = [
        (code::UPLOAD, operation.kind == "upload"),
        (code::BYTES, operation.kind == "bytes"),
        (code::DOWNLOAD, operation.kind == "download"),
        (code::TENANT, token("tenant") || token("plugin")),
        (code::USER, token("user")),
        (code::APP, token("app")),
        (code::TOKENS_UNKNOWN, operation.tokens.is_none()),
        (code::ROOT_ENVELOPE, operation.envelope.as_deref() == Some("root")),
        (code::READS, operation.write == Some(false)),
        (code::HELPDESK, operation.helpdesk),
        (code::STREAMS, operation.stream),
        (code::TAKES_BODY, operation.body.is_some()),
    ];
    Ok(marks.into_iter().filter(|(_, set)| *set).fold(method as u16, |sum, (mark, _)| sum | mark))
}

/// The paging of operations; entry 0 means none.
fn pagings(out: &mut Sections, entries: &[Entry<'_>], words: &Words) -> Result<()> {
    let each: Result<Vec<_>> = entries.iter().map(|(_, operation)| paging_code(operation.paging.as_ref(), words)).collect();
    let (table, indices) = distinct([vec![[0; code::PAGING_ENTRY]], each?].concat());
    out.pairs("PAGINGS", &table.concat());
    out.bytes("PAGING_OF", indices?.get(1..).unwrap_or_default());
    Ok(())
}

fn paging_code(paging: Option<&Paging>, words: &Words) -> Result<[u16; code::PAGING_ENTRY]> {
    let Some(paging) = paging else { return Ok([0; code::PAGING_ENTRY]) };
    let in_body = if paging.place.is_some() { code::IN_BODY } else { 0 };
    let style = paging.style.as_deref().unwrap_or("token");
    let style = code::PAGING_STYLES.iter().position(|known| *known == style).ok_or_else(|| format!("no style of paging {style}"))?;
    let flags = in_body | if paging.arrays.is_empty() { 0 } else { code::SEVERAL } | (style as u16) << code::PAGING_STYLE;
    let index = |word: &String| words.index(word);
    let token = if paging.total.is_empty() { &paging.token } else { &paging.total };
    Ok([index(&paging.items)?, index(token)?, index(&paging.more)?, index(&paging.param)?, flags])
}

/// The argument lists, one after the other.
fn arguments(out: &mut Sections, entries: &[Entry<'_>], words: &Words) -> Result<()> {
    let lists: Result<Vec<Vec<u8>>> = entries.iter().map(|(service, operation)| argument_list(service, operation, words)).collect();
    out.bytes("ARGUMENTS", &lists?.concat());
    Ok(())
}

fn argument_list(service: &Service, operation: &Operation, words: &Words) -> Result<Vec<u8>> {
    let body = service.body(operation)?;
    let mut list = Vec::new();
    number(&mut list, operation.query.len() + operation.headers.len() + body.len());
    for (place, fields) in [(code::QUERY, operation.query.as_slice()), (code::BODY, body)] {
        for field in fields {
            list.push(place | argument_code(operation, field)?);
            number(&mut list, words.index(&field.name)?.into());
        }
    }
    for header in &operation.headers {
        list.push(code::HEADER | if header.required { code::REQUIRED } else { 0 });
        number(&mut list, words.index(&header.name)?.into());
        number(&mut list, words.index(&header.wire)?.into());
    }
    Ok(list)
}

fn argument_code(operation: &Operation, field: &Field) -> Result<u8> {
    let shape =
        shape(&field.kind, field.fmt.is_some()).ok_or_else(|| format!("{}: `{}` has no type {}", operation.id, field.name, field.kind))?;
    let known = operation.idempotency.as_ref() == Some(&field.name);
    let shape = if known { code::IDEMPOTENCY } else { shape };
    Ok(shape | if field.required { code::REQUIRED } else { 0 })
}

/// The code of a type expression.
pub fn shape(kind: &str, integer: bool) -> Option<u8> {
    if let Some(item) = kind.strip_prefix("[]") {
        let item = shape(item, integer)?;
        return Some(if item >= code::LIST_OF { code::LIST + code::LIST_OF } else { item + code::LIST_OF });
    }
    match kind {
        "string" if integer => Some(code::INT_STRING),
        "string" => Some(code::STRING),
        "int" => Some(code::INT),
        "bool" => Some(code::BOOL),
        "float" => Some(code::FLOAT),
        "number" => Some(code::NUMBER),
        "any" => Some(code::ANY),
        "file" => Some(code::FILE),
        _ if kind.starts_with("{}") => Some(code::MAP),
        _ => kind.starts_with('v').then_some(code::OBJECT),
    }
}

/// The distinct values in the order they appear, and for each value its index.
fn distinct<T: Ord + Clone>(values: Vec<T>) -> (Vec<T>, Result<Vec<u8>>) {
    let mut table: Vec<T> = Vec::new();
    let mut known: BTreeMap<T, usize> = BTreeMap::new();
    let indices: Vec<usize> = values
        .into_iter()
        .map(|value| {
            *known.entry(value).or_insert_with_key(|value| {
                table.push(value.clone());
                table.len() - 1
            })
        })
        .collect();
    (table, indices.into_iter().map(|index| narrow("a table of traits or pagings", index)).collect())
}

fn narrow(what: &str, number: usize) -> Result<u8> {
    u8::try_from(number).map_err(|_| format!("{what}: {number} does not fit into a byte"))
}
