//! What is known of an operation besides calling it, for the package's entry of its own.

use larkspur_core::Error;
use larkspur_core::catalog::scopes::{Least, Scopes, Wanted, allowed_by, called_in};
use larkspur_core::catalog::{Operation, Style};
use larkspur_core::json::{Object, Value, quote};

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

/// The least permissions for what is asked for as JSON (`operations`, `identity`, `fields`, `granted`): `export`, the text that the console
/// imports, `undocumented` and `conditional`.
pub fn scopes(wanted: &str) -> Result<String, Error> {
    let wanted = Value::read(wanted).unwrap_or_default();
    let operations = wanted.get("operations").unwrap_or_default();
    let least = Wanted {
        operations: operations.items().map(|name| find_operation(&name.as_text())).collect::<Result<_, _>>()?,
        authority: wanted.text("identity").map_or_else(|| Ok(Default::default()), |identity| identity.parse())?,
        fields: wanted.get("fields").is_some_and(|fields| fields.json() == "true"),
        granted: wanted.text("granted").map_or_else(|| Ok(Scopes::default()), |granted| Scopes::read(&granted))?,
    };
    let Least { scopes, undocumented, conditional } = least.least();
    Ok(Object::of(&[("export", &scopes.to_json()), ("undocumented", &names(&undocumented)), ("conditional", &names(&conditional))]))
}

/// The names of the operations for which a scope is enough, as a JSON list.
pub fn operations_of(scope: &str) -> Result<String, Error> {
    allowed_by(scope).map(|operations| names(&operations))
}

/// The names of the operations that a source text calls, as a JSON list.
pub fn operations_in(source: &str) -> String {
    names(&called_in(source))
}

fn names(operations: &[Operation]) -> String {
    let names: Vec<String> = operations.iter().map(|operation| operation.name(Style::Camel)).collect();
    list(&names)
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

fn list<S: AsRef<str>>(texts: &[S]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| quote(text.as_ref())).collect();
    format!("[{}]", quoted.join(","))
}

#[cfg(test)]
mod tests {
    use super::{about, scopes};

    #[test]
    fn tells_what_is_known() {
        let known = about("im.v1.message.create").unwrap_or_default();
        for part in
            [r#""operation":"im.v1.message.create""#, r#""scopes":["im:message""#, r#""rate":"1000/min,50/s""#, r#""receive_id_type":["#]
        {
            assert!(known.contains(part), "{part} in {known}");
        }
        let least = scopes(r#"{"operations":["im.v1.message.create","contact.v3.user.get"]}"#).unwrap_or_default();
        assert!(least.starts_with(r#"{"export":{"scopes":{"tenant":["contact:"#), "{least}");
        assert!(about("im.v1.mesage.create").is_err_and(|error| error.to_string().contains("did you mean")));
    }
}
