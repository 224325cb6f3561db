//! The arguments of an operation: where each goes and what it looks like.

use super::format as code;
use super::operation::{Kind, Operation};
use super::table::{Calls, calls_of};
use std::iter::FusedIterator;

/// One argument of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The name by which the caller gives it.
    pub name: &'static str,
    /// The name on the wire; another one in headers only.
    pub wire: &'static str,
    /// Where it goes.
    pub place: Place,
    /// What it looks like.
    pub shape: Shape,
    /// Whether the platform refuses a call without it.
    pub required: bool,
    /// Whether the platform recognises a repeated write by it.
    pub idempotency: bool,
}

/// Where an argument goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// A segment of the path.
    Path,
    /// The query.
    Query,
    /// A header.
    Header,
    /// A member of the JSON body.
    Body,
    /// A text part of a multipart form.
    Form,
    /// The binary part of a multipart form.
    File,
}

/// What an argument looks like on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// A string.
    String,
    /// An integer, written as a string of digits.
    IntString,
    /// An integer.
    Int,
    /// `true` or `false`.
    Bool,
    /// A number with a fraction.
    Float,
    /// A number; whether with a fraction is not documented.
    Number,
    /// Any JSON value.
    Any,
    /// An object.
    Object,
    /// A list; in a query one key for each item.
    List(Item),
    /// An object whose member names are data.
    Map,
    /// The bytes of a file.
    File,
}

/// What the items of a list look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Item {
    /// Strings.
    String,
    /// Integers, written as strings of digits.
    IntString,
    /// Integers.
    Int,
    /// `true` or `false`.
    Bool,
    /// Numbers with a fraction.
    Float,
    /// Numbers of either kind.
    Number,
    /// Any JSON values.
    Any,
    /// Objects, those with free member names among them.
    Object,
    /// Lists.
    List,
}

/// The arguments of an operation, one after the other.
#[derive(Clone)]
pub struct Parameters {
    calls: &'static Calls,
    path: [u16; code::PATH_PARAMETERS],
    path_left: usize,
    rest: &'static [u16],
    upload: bool,
}

impl Parameters {
    pub(super) fn of(operation: Operation) -> Parameters {
        let mut path = [0; code::PATH_PARAMETERS];
        let in_path = operation.segments_backwards().filter(|segment| segment & code::PARAMETER != 0);
        let path_left = path.iter_mut().zip(in_path).map(|(slot, segment)| *slot = segment).count();
        let calls = calls_of(operation.0);
        let rest = calls.arguments(operation.0);
        Parameters { calls, path, path_left, rest, upload: operation.kind() == Kind::Upload }
    }

    fn next_in_path(&mut self) -> Option<Parameter> {
        self.path_left = self.path_left.checked_sub(1)?;
        let segment = *self.path.get(self.path_left)?;
        let name = self.calls.table.word(usize::from(segment & code::SEGMENT));
        let shape = match segment {
            _ if segment & code::INTEGER != 0 => Shape::Int,
            _ if segment & code::DIGITS != 0 => Shape::IntString,
            _ => Shape::String,
        };
        Some(Parameter { name, wire: name, place: Place::Path, shape, required: true, idempotency: false })
    }

    fn next_of_rest(&mut self) -> Option<Parameter> {
        let [marks, name, wire, rest @ ..] = self.rest else { return None };
        self.rest = rest;
        let marks = *marks as u8;
        let name = self.calls.table.word((*name).into());
        let wire = self.calls.table.word((*wire).into());
        let shape = shape(marks & code::SHAPE);
        let place = self.place(marks & code::PLACE, shape);
        let idempotency = marks & code::SHAPE == code::IDEMPOTENCY;
        Some(Parameter { name, wire, place, shape, required: marks & code::REQUIRED != 0, idempotency })
    }

    fn place(&self, place: u8, shape: Shape) -> Place {
        match place {
            code::QUERY => Place::Query,
            code::HEADER => Place::Header,
            _ if shape == Shape::File => Place::File,
            _ if self.upload => Place::Form,
            _ => Place::Body,
        }
    }
}

impl Iterator for Parameters {
    type Item = Parameter;

    fn next(&mut self) -> Option<Parameter> {
        self.next_in_path().or_else(|| self.next_of_rest())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.path_left + self.rest.len() / 3;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Parameters {}

impl FusedIterator for Parameters {}

fn shape(shape: u8) -> Shape {
    match shape {
        code::STRING | code::IDEMPOTENCY => Shape::String,
        code::INT_STRING => Shape::IntString,
        code::INT => Shape::Int,
        code::BOOL => Shape::Bool,
        code::FLOAT => Shape::Float,
        code::NUMBER => Shape::Number,
        code::OBJECT => Shape::Object,
        code::MAP => Shape::Map,
        code::FILE => Shape::File,
        _ if shape >= code::LIST_OF => Shape::List(item(shape - code::LIST_OF)),
        _ => Shape::Any,
    }
}

fn item(shape: u8) -> Item {
    match shape {
        code::STRING => Item::String,
        code::INT_STRING => Item::IntString,
        code::INT => Item::Int,
        code::BOOL => Item::Bool,
        code::FLOAT => Item::Float,
        code::NUMBER => Item::Number,
        code::OBJECT | code::MAP => Item::Object,
        code::LIST => Item::List,
        _ => Item::Any,
    }
}
