//! Packs what a call needs into one table.

use super::format as code;
use super::section::Sections;
use super::source::{Field, Operation, Paging, Result, Service};
use super::tree::{self, Entry, Tree};
use super::uses::Uses;
use super::words::shared;
use std::collections::{BTreeMap, HashMap};

/// How many words, and parts of words, that are used most have a short code in every table.
const OFTEN: usize = 200;

/// A packed table: the bytes, and the constants of its layout.
pub struct Packed {
    pub bytes: Vec<u8>,
    pub layout: String,
}

/// Packs what a call needs of every operation.
pub fn pack(services: &[Service]) -> Result<Packed> {
    let entries = tree::sort(services);
    let tree = tree::build(&entries)?;
    let often = often(entries.iter().flat_map(|(service, operation)| argument_names(service, operation)));
    let mut uses = Uses::new(often.iter().copied());
    let mut out = Sections::default();
    out.count("OPERATIONS", entries.len());
    out.count("NODES", tree.words.len() - entries.len());
    out.count("OFTEN", often.len());
    tree.words.iter().skip(1).chain([&String::new()]).try_for_each(|word| uses.put(word))?;
    let marks = arguments(&entries, &mut uses)?;
    let (steps, forms) = paths(&entries, &mut uses)?;
    let pagings = pagings(&mut out, &entries, &mut uses)?;
    // What is alike stands together, which compresses best.
    let parts = words(&mut out, &uses)?;
    out.bytes("PATH_FORMS", &forms);
    out.bytes("PATH_STEPS", &steps);
    out.bytes("USES", &uses.codes);
    child_counts(&mut out, &tree)?;
    traits(&mut out, &entries)?;
    out.bytes("PAGING_OF", &pagings);
    if entries.iter().any(|(_, operation)| is_paced(operation)) {
        rates(&mut out, &entries)?;
    }
    out.bytes("MARKS", &marks);
    out.bytes("PART_USES", &parts.codes);
    out.bytes("PARTS", parts.words.join("_").as_bytes());
    Ok(Packed { bytes: out.bytes, layout: out.layout })
}

/// The names of the arguments, but for those in the path.
fn argument_names<'a>(service: &'a Service, operation: &'a Operation) -> impl Iterator<Item = &'a str> {
    let body = service.body(operation).unwrap_or_default();
    let fields = operation.query.iter().chain(body).map(|field| field.name.as_str());
    fields.chain(operation.headers.iter().map(|header| header.name.as_str()))
}

/// The words that come most, the first of them first.
fn often<'a>(words: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    words.for_each(|word| *counts.entry(word).or_default() += 1);
    let mut order: Vec<(&str, usize)> = counts.into_iter().collect();
    order.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    order.into_iter().map(|(word, _)| word).take(OFTEN).collect()
}

/// The words as lists of their parts: of each how many it shares with the one before and how many follow, in half a byte each.
fn words(out: &mut Sections, uses: &Uses) -> Result<Uses> {
    let words = || uses.words.iter().skip(1);
    let often = often(words().flat_map(|word| word.split('_')));
    let mut parts = Uses::new(often.iter().copied());
    out.count("OFTEN_PARTS", often.len());
    out.count("WORDS", words().count());
    let (mut steps, mut before) = (Vec::new(), Vec::new());
    for word in words() {
        let list: Vec<&str> = word.split('_').collect();
        let shared = step(&mut steps, &before, &list).ok_or_else(|| format!("`{word}` has too many parts"))?;
        parts.goes_on_after(shared.checked_sub(1).and_then(|last| list.get(last)).unwrap_or(&""));
        list.iter().skip(shared).try_for_each(|part| parts.put(part))?;
        before = list;
    }
    out.bytes("WORD_STEPS", &steps);
    Ok(parts)
}

/// Adds how much a list shares with the one before and how much follows; the first of the two is returned.
fn step<T: PartialEq>(steps: &mut Vec<u8>, before: &[T], list: &[T]) -> Option<usize> {
    const MOST: usize = 15;
    let shared = shared(before, list).min(MOST);
    let fresh = list.len() - shared;
    steps.push((shared << 4 | fresh) as u8);
    (fresh <= MOST).then_some(shared)
}

fn child_counts(out: &mut Sections, tree: &Tree) -> Result<()> {
    let counts = tree.first_child.iter().zip(tree.first_child.iter().skip(1)).map(|(first, next)| next - first);
    let counts: Result<Vec<u8>> = counts.map(|count| narrow("the children of a node", count)).collect();
    out.bytes("CHILD_COUNTS", &counts?);
    Ok(())
}

/// The paths as lists of segments: how many each shares with the one before, and the forms of those that follow.
fn paths(entries: &[Entry<'_>], uses: &mut Uses) -> Result<(Vec<u8>, Vec<u8>)> {
    let (mut steps, mut forms, mut before) = (Vec::new(), Vec::new(), Vec::new());
    for (_, operation) in entries {
        let path: Result<Vec<(&str, u16)>> = operation.path.split('/').skip(1).map(|segment| marked(operation, segment)).collect();
        let path = path?;
        let too_many = || format!("{}: too many segments or path parameters", operation.id);
        let shared = step(&mut steps, &before, &path).ok_or_else(too_many)?;
        if operation.path_params.len() > code::PATH_PARAMETERS {
            return Err(too_many());
        }
        for (place, (word, marks)) in path.iter().enumerate().skip(shared) {
            let (last, _) = place.checked_sub(1).and_then(|last| path.get(last)).copied().unwrap_or_default();
            let form = form(operation, word, last);
            if form == code::LISTED {
                uses.put(word)?;
            }
            forms.push(form << code::FORM_AT | (marks >> code::MARKS_AT) as u8);
        }
        before = path;
    }
    if uses.words.len() + forms.len() > code::SEGMENT.into() {
        return Err("the table has too many words for paths".to_owned());
    }
    Ok((steps, forms))
}

/// Where the word of a segment is from.
fn form(operation: &Operation, word: &str, last: &str) -> u8 {
    let names: Vec<String> = operation.id.rsplit('.').map(tree::snake).collect();
    let own = names.iter().zip(code::OWN).find(|(name, _)| *name == word).map(|(_, form)| form);
    let above = names.get(1).map_or("", String::as_str);
    let made = || code::MADE.into_iter().find(|form| code::made(*form, above.as_bytes(), last.as_bytes()) == word.as_bytes());
    own.or_else(made).unwrap_or(code::LISTED)
}

/// The word and the marks of a segment.
fn marked<'a>(operation: &Operation, segment: &'a str) -> Result<(&'a str, u16)> {
    let Some(name) = segment.strip_prefix(':') else { return Ok((segment, 0)) };
    let field = operation.path_params.iter().find(|field| field.name == name);
    let field = field.ok_or_else(|| format!("{}: the path's `{name}` is not declared", operation.id))?;
    match shape(&field.kind, field.fmt.is_some()) {
        Some(code::INT) => Ok((name, code::PARAMETER | code::INTEGER)),
        Some(code::INT_STRING) => Ok((name, code::PARAMETER | code::DIGITS)),
        Some(code::STRING) => Ok((name, code::PARAMETER)),
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

/// For each operation its entry in the table of pagings, counted from one; zero for none.
fn pagings(out: &mut Sections, entries: &[Entry<'_>], uses: &mut Uses) -> Result<Vec<u8>> {
    let each: Result<Vec<_>> = entries.iter().map(|(_, operation)| operation.paging.as_ref().map(paging_code).transpose()).collect();
    let (table, indices) = distinct([vec![None], each?].concat());
    let table: Vec<_> = table.into_iter().flatten().collect();
    table.iter().flat_map(|(words, _)| words).try_for_each(|word| uses.put(word))?;
    out.count("PAGINGS", table.len());
    out.bytes("PAGING_FLAGS", &table.iter().map(|(_, flags)| *flags).collect::<Vec<u8>>());
    Ok(indices?.split_off(1))
}

fn paging_code(paging: &Paging) -> Result<([&str; code::PAGING_WORDS], u8)> {
    let in_body = if paging.place.is_some() { code::IN_BODY } else { 0 };
    let style = paging.style.as_deref().unwrap_or("token");
    let style = code::PAGING_STYLES.iter().position(|known| *known == style).ok_or_else(|| format!("no style of paging {style}"))?;
    let flags = in_body | if paging.arrays.is_empty() { 0 } else { code::SEVERAL } | (style as u8) << code::PAGING_STYLE;
    let token = if paging.total.is_empty() { &paging.token } else { &paging.total };
    Ok(([&paging.items, token, &paging.more, &paging.param], flags))
}

/// The argument lists, one after the other: each a list of names, of which that of a header is followed by the one on the wire. The marks
/// are told by how they differ from those which the name had before, or for a new name from the place and the need of the argument before.
fn arguments(entries: &[Entry<'_>], uses: &mut Uses) -> Result<Vec<u8>> {
    let mut marks = Vec::new();
    let mut known: HashMap<&str, u8> = HashMap::new();
    for (service, operation) in entries {
        let mut before = 0;
        for (name, code, wire) in argument_list(service, operation)? {
            [Some(name), wire].into_iter().flatten().try_for_each(|word| uses.put(word))?;
            marks.push(code ^ known.insert(name, code).unwrap_or(before & !code::SHAPE));
            before = code;
        }
        uses.put("")?;
    }
    Ok(marks)
}

/// Of each argument the name, the marks, and in headers the name on the wire.
fn argument_list<'a>(service: &'a Service, operation: &'a Operation) -> Result<Vec<(&'a str, u8, Option<&'a str>)>> {
    let mut list = Vec::new();
    for (place, fields) in [(code::QUERY, operation.query.as_slice()), (code::BODY, service.body(operation)?)] {
        for field in fields {
            list.push((field.name.as_str(), place | argument_code(operation, field)?, None));
        }
    }
    let of_header = |required| code::HEADER | if required { code::REQUIRED } else { 0 };
    list.extend(operation.headers.iter().map(|header| (header.name.as_str(), of_header(header.required), Some(header.wire.as_str()))));
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
