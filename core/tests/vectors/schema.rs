//! A checker for the part of JSON Schema that `tests/vectors/schema.json` uses; a keyword that it does not know is an error.

use serde_json::Value;

/// Checks a value; gives one line for each fault, with the place where it is.
pub fn check(root: &Value, value: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    Checker { root }.any(root, value, "", &mut faults);
    faults
}

struct Checker<'s> {
    root: &'s Value,
}

impl Checker<'_> {
    fn any(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        for (keyword, rule) in schema.as_object().expect("a schema is an object") {
            match keyword.as_str() {
                "$comment" | "$defs" | "additionalProperties" => {}
                "$ref" => self.any(self.referred(rule), value, at, faults),
                "type" if !has_type(rule, value) => faults.push(format!("{at}: is no {rule}: {value}")),
                "enum" if !list(rule).contains(value) => faults.push(format!("{at}: {value} is none of {rule}")),
                "minItems" if value.as_array().is_some_and(|items| (items.len() as u64) < rule.as_u64().unwrap()) => {
                    faults.push(format!("{at}: has fewer than {rule} items"));
                }
                "required" => self.required(rule, value, at, faults),
                "properties" => self.properties(schema, value, at, faults),
                "items" => self.items(rule, value, at, faults),
                "oneOf" => self.one_of(rule, value, at, faults),
                "type" | "enum" | "minItems" => {}
                unknown => faults.push(format!("the schema has the unknown keyword {unknown}")),
            }
        }
        if schema.get("properties").is_none() && schema.get("additionalProperties").is_some() {
            self.properties(schema, value, at, faults);
        }
    }

    fn referred(&self, reference: &Value) -> &Value {
        let pointer = reference.as_str().and_then(|text| text.strip_prefix('#')).expect("a local $ref");
        self.root.pointer(pointer).unwrap_or_else(|| panic!("the schema has no {pointer}"))
    }

    fn required(&self, names: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let missing = list(names).iter().filter(|name| value.is_object() && value.get(name.as_str().unwrap()).is_none());
        faults.extend(missing.map(|name| format!("{at}: {name} is missing")));
    }

    fn properties(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        for (name, member) in value.as_object().into_iter().flatten() {
            let known = schema.get("properties").and_then(|known| known.get(name));
            match known.or(schema.get("additionalProperties")) {
                Some(Value::Bool(false)) => faults.push(format!("{at}: {name} is unknown")),
                Some(schema) => self.any(schema, member, &format!("{at}/{name}"), faults),
                None => {}
            }
        }
    }

    fn items(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            self.any(schema, item, &format!("{at}/{index}"), faults);
        }
    }

    fn one_of(&self, schemas: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let each: Vec<Vec<String>> = list(schemas)
            .iter()
            .map(|schema| {
                let mut faults = Vec::new();
                self.any(schema, value, at, &mut faults);
                faults
            })
            .collect();
        if each.iter().filter(|faults| faults.is_empty()).count() != 1 {
            faults.push(format!("{at}: must be exactly one of {} forms: {each:?}", each.len()));
        }
    }
}

fn list(rule: &Value) -> &[Value] {
    rule.as_array().map_or(&[], Vec::as_slice)
}

fn has_type(rule: &Value, value: &Value) -> bool {
    let is = |name: &Value| match name.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        unknown => panic!("the schema has the unknown type {unknown}"),
    };
    if rule.is_array() { list(rule).iter().any(is) } else { is(rule) }
}

#[test]
fn a_fault_of_each_kind_is_found() {
    let schema = serde_json::json!({
        "type": "array", "minItems": 1,
        "items": {"oneOf": [{"$ref": "#/$defs/one"}, {"type": "string"}]},
        "$defs": {"one": {"type": "object", "required": ["a"], "additionalProperties": false, "properties": {"a": {"enum": [1, 2]}}}}
    });
    for good in [r#"[{"a":1}]"#, r#"["x",{"a":2}]"#] {
        assert_eq!(check(&schema, &serde_json::from_str(good).unwrap()), Vec::<String>::new(), "{good}");
    }
    for bad in ["[]", "{}", "[1]", "[{}]", r#"[{"a":3}]"#, r#"[{"a":1,"b":1}]"#] {
        assert_ne!(check(&schema, &serde_json::from_str(bad).unwrap()), Vec::<String>::new(), "{bad}");
    }
    assert_ne!(check(&serde_json::json!({"pattern": "x"}), &Value::Null), Vec::<String>::new());
}
