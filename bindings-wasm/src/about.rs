//! What is known of an operation besides calling it, for the package's entry of its own.

use larkspur_core::Error;
use larkspur_core::catalog::{Operation, Style};
use larkspur_core::json::{Object, quote};

use crate::catalog::find_operation;

/// Scopes, rate, documentation and known values of an operation, by its name in any spelling, as `ts/about.ts` reads them.
pub fn about(name: &str) -> Result<String, Error> {
    let operation = find_operation(name)?;
    let about = operation.about();
    let mut known = Object::default();
    known.push_text("operation", Some(&operation.name(Style::Camel)));
    known.push("scopes", &about.scopes().map_or("null".to_owned(), list));
    known.push("scopesAll", &list(about.scopes_need_all()));
    known.push("fieldScopes", &list(about.field_scopes()));
    known.push_text("rate", about.rate().map(|rate| rate.text));
    known.push_text("docUrl", about.doc_url().as_deref());
    known.push_text("successor", about.successor().map(|successor| successor.name(Style::Camel)).as_deref());
    let marks = [
        ("conditional", about.scopes_are_conditional()),
        ("historic", about.is_historic()),
        ("selfBuilt", about.allows_self_built()),
        ("store", about.allows_store()),
    ];
    marks.iter().for_each(|(name, mark)| known.push(name, if *mark { "true" } else { "false" }));
    known.push("values", &values(operation));
    Ok(known.finish())
}

fn values(operation: Operation) -> String {
    let about = operation.about();
    let mut values = Object::default();
    for parameter in operation.parameters() {
        let known = about.enum_values(parameter.name);
        if !known.is_empty() {
            values.push(parameter.name, &list(&known));
        }
    }
    values.finish()
}

fn list(texts: &[&str]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| quote(text)).collect();
    format!("[{}]", quoted.join(","))
}

#[cfg(test)]
mod tests {
    use super::about;

    #[test]
    fn tells_what_is_known() {
        let known = about("im.v1.message.create").unwrap_or_default();
        for part in [r#""operation":"im.v1.message.create""#, r#""scopes":["im:message""#, r#""rate":"1000/min,50/s""#, r#""receive_id_type":["#] {
            assert!(known.contains(part), "{part} in {known}");
        }
        assert!(about("im.v1.mesage.create").is_err_and(|error| error.to_string().contains("did you mean")));
    }
}
