//! Python values as JSON text, in one walk; what JSON cannot say is refused with the reason.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use serde::Serialize;
use serde::ser::{Error as _, SerializeMap, SerializeSeq, Serializer};
use serde_json::value::RawValue;

/// Deeper values are refused by the core in answers too.
const DEEPEST: u8 = 128;

/// An explicit JSON null, where `None` means that an argument is absent.
#[pyclass(frozen, module = "larkspur", name = "Null")]
pub struct Null;

#[pymethods]
impl Null {
    fn __repr__(&self) -> &'static str {
        "larkspur.NULL"
    }

    fn __bool__(&self) -> bool {
        false
    }

    /// Copies and pickles are the one `larkspur.NULL` again.
    fn __reduce__(&self) -> &'static str {
        "NULL"
    }
}

/// Appends the value to the text.
///
/// # Errors
/// One line that says what cannot be sent, without the name of the argument.
pub fn write(text: &mut Vec<u8>, value: &Bound<'_, PyAny>) -> Result<(), String> {
    serde_json::to_writer(text, &Value { value, depth: 0 }).map_err(|error| error.to_string())
}

struct Value<'a, 'py> {
    value: &'a Bound<'py, PyAny>,
    depth: u8,
}

impl Serialize for Value<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = self.value;
        if let Ok(text) = value.cast::<PyString>() {
            return serializer.serialize_str(as_str::<S>(text)?);
        }
        // Before the integer, whose subclass it is.
        if let Ok(truth) = value.cast::<PyBool>() {
            return serializer.serialize_bool(truth.is_true());
        }
        if value.cast::<PyInt>().is_ok() {
            return integer(value, serializer);
        }
        if let Ok(number) = value.cast::<PyFloat>() {
            return float(number.value(), serializer);
        }
        if value.is_none() || value.cast::<Null>().is_ok() {
            return serializer.serialize_unit();
        }
        self.serialize_nested(serializer)
    }
}

impl Value<'_, '_> {
    fn serialize_nested<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.depth == DEEPEST {
            return Err(S::Error::custom(format!("is nested more than {DEEPEST} levels deep")));
        }
        if let Ok(members) = self.value.cast::<PyDict>() {
            return self.serialize_members(members, serializer);
        }
        if let Ok(items) = self.value.cast::<PyList>() {
            return self.serialize_items(items.iter(), items.len(), serializer);
        }
        if let Ok(items) = self.value.cast::<PyTuple>() {
            return self.serialize_items(items.iter(), items.len(), serializer);
        }
        match is_message(self.value) {
            true => self.serialize_message(serializer),
            false => Err(S::Error::custom(refusal(self.value))),
        }
    }

    fn serialize_message<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let py = self.value.py();
        let part = |name| self.value.getattr(name).and_then(|part| Ok(part.cast_into::<PyString>()?)).map_err(S::Error::custom);
        let (kind, content) = (part(intern!(py, "msg_type"))?, part(intern!(py, "content"))?);
        Built { message: Parts { msg_type: as_str::<S>(&kind)?, content: as_str::<S>(&content)? } }.serialize(serializer)
    }

    fn serialize_members<S: Serializer>(&self, members: &Bound<'_, PyDict>, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(members.len()))?;
        for (key, value) in members {
            let Ok(key) = key.cast::<PyString>() else {
                return Err(S::Error::custom(format!("has the key {key}, a {}; keys are strings", type_name(&key))));
            };
            map.serialize_entry(as_str::<S>(key)?, &Value { value: &value, depth: self.depth + 1 })?;
        }
        map.end()
    }

    fn serialize_items<'py, S: Serializer>(
        &self,
        items: impl Iterator<Item = Bound<'py, PyAny>>,
        length: usize,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(Some(length))?;
        for item in items {
            sequence.serialize_element(&Value { value: &item, depth: self.depth + 1 })?;
        }
        sequence.end()
    }
}

fn as_str<'a, S: Serializer>(text: &'a Bound<'_, PyString>) -> Result<&'a str, S::Error> {
    text.to_str().map_err(|_| S::Error::custom("holds half a surrogate pair, which is no text"))
}

/// Integers of any size keep their digits.
fn integer<S: Serializer>(value: &Bound<'_, PyAny>, serializer: S) -> Result<S::Ok, S::Error> {
    if let Ok(small) = value.extract::<i64>() {
        return serializer.serialize_i64(small);
    }
    // An enumeration prints its name: the integer's own spelling is asked for.
    let digits = value.py().get_type::<PyInt>().call_method1("__repr__", (value,)).map_err(S::Error::custom)?;
    RawValue::from_string(digits.to_string()).map_err(S::Error::custom)?.serialize(serializer)
}

fn float<S: Serializer>(number: f64, serializer: S) -> Result<S::Ok, S::Error> {
    match number.is_finite() {
        true => serializer.serialize_f64(number),
        false => Err(S::Error::custom(format!("holds {number}, which JSON cannot say"))),
    }
}

/// A built message, as the core knows it.
#[derive(Serialize)]
struct Built<'a> {
    #[serde(rename = "$message")]
    message: Parts<'a>,
}

#[derive(Serialize)]
struct Parts<'a> {
    msg_type: &'a str,
    content: &'a str,
}

fn is_message(value: &Bound<'_, PyAny>) -> bool {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = value.py();
    // Nobody has made a message before the module is imported.
    let imported = || py.import("sys")?.getattr("modules")?.get_item("larkspur.message")?.getattr("Message").map(Bound::unbind);
    CLASS.get_or_try_init(py, imported).and_then(|class| value.is_instance(class.bind(py))).unwrap_or(false)
}

fn refusal(value: &Bound<'_, PyAny>) -> String {
    let name = type_name(value);
    let hint = match name.as_str() {
        "datetime" => "; pass a time stamp: int(value.timestamp())",
        "date" | "time" | "timedelta" => "; pass a string or a number, as the operation wants it",
        "set" | "frozenset" | "generator" | "dict_keys" | "dict_values" | "range" | "map" | "filter" => "; pass a list",
        "Decimal" | "Fraction" => "; pass a float, or a string",
        "UUID" => "; pass str(value)",
        _ if value.is_instance_of::<PyBytes>() => "; bytes are only for files",
        _ if value.hasattr("model_dump").unwrap_or(false) => "; pass value.model_dump()",
        _ if value.hasattr("__dataclass_fields__").unwrap_or(false) => "; pass dataclasses.asdict(value)",
        _ => "",
    };
    format!("holds a {name}, which JSON cannot say{hint}")
}

/// The name of the value's class.
pub fn type_name(value: &Bound<'_, PyAny>) -> String {
    value.get_type().name().map_or_else(|_| "value".to_owned(), |name| name.to_string())
}
