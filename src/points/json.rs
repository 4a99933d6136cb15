//! JSON as landmark files have it: objects keep the order of their keys and keep doubled ones, which a map
//! would lose without a word.

use super::error::Problem;
use super::format::Content;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use std::fmt;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Number(f64),
    /// A whole number that is written; one that is read is a [`Json::Number`].
    Whole(usize),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads a whole file.
    pub(super) fn parse(content: &Content<'_>) -> Result<Json, Problem> {
        Ok(serde_json::from_slice(content.unmarked())?)
    }

    /// The value under a key of an object: the first one.
    pub(super) fn get(&self, key: &str) -> Option<&Json> {
        self.entries().iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The keys and values of an object; none of anything else.
    pub(super) fn entries(&self) -> &[(String, Json)] {
        match self {
            Json::Object(entries) => entries,
            _ => &[],
        }
    }

    /// The text, if it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Json::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The number, if it is a whole one from 0.
    pub(super) fn index(&self) -> Option<usize> {
        let number = self.number()?;
        (number >= 0.0 && number.fract() == 0.0 && number < 9e15).then_some(number as usize)
    }

    /// The text under a key; `None` if it is absent, null or empty.
    pub(super) fn text_of(&self, key: &str) -> Option<String> {
        self.get(key).and_then(Json::text).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// The list under a key.
    pub(super) fn list_of(&self, key: &str, place: &str) -> Result<&[Json], Problem> {
        match self.get(key) {
            Some(Json::List(list)) => Ok(list),
            other => Err(unexpected(place, &format!("a list `{key}`"), other)),
        }
    }

    /// Three coordinates; `None` if it is null, or a list of three nulls.
    pub(super) fn triple(&self, place: &str) -> Result<Option<[f64; 3]>, Problem> {
        match self {
            Json::Null => return Ok(None),
            Json::List(list) => match list[..] {
                [Json::Number(a), Json::Number(b), Json::Number(c)] => return Ok(Some([a, b, c])),
                [Json::Null, Json::Null, Json::Null] => return Ok(None),
                _ => {}
            },
            _ => {}
        }
        Err(unexpected(place, "three numbers, or null", Some(self)))
    }

    fn kind(&self) -> String {
        match self {
            Json::Null => "null".to_owned(),
            Json::Bool(is) => is.to_string(),
            Json::Number(number) => number.to_string(),
            Json::Whole(number) => number.to_string(),
            Json::Text(text) => format!("`{}`", text.chars().take(60).collect::<String>()),
            Json::List(list) => format!("a list of {}", list.len()),
            Json::Object(entries) => format!("an object of {}", entries.len()),
        }
    }
}

/// The error for a value that is absent or another.
pub(super) fn unexpected(place: &str, expected: &str, found: Option<&Json>) -> Problem {
    let found = found.map_or("nothing".to_owned(), Json::kind);
    if place.is_empty() {
        return Problem::Unexpected { expected: expected.to_owned(), found };
    }
    Problem::At { place: place.to_owned(), expected: expected.to_owned(), found }
}

/// An object of these entries.
pub(super) fn object<const K: usize>(entries: [(&str, Json); K]) -> Json {
    Json::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

/// A text.
pub(super) fn text(text: &str) -> Json {
    Json::Text(text.to_owned())
}

/// A list of numbers; −0 is written as 0.
pub(super) fn numbers(numbers: &[f64]) -> Json {
    Json::List(numbers.iter().map(|&number| Json::Number(number)).collect())
}

/// It, or null.
pub(super) fn or_null<T>(value: Option<T>, json: impl FnOnce(T) -> Json) -> Json {
    value.map_or(Json::Null, json)
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Null => serializer.serialize_unit(),
            Json::Bool(is) => serializer.serialize_bool(*is),
            Json::Number(number) => serializer.serialize_f64(*number),
            Json::Whole(number) => serializer.serialize_u64(*number as u64),
            Json::Text(text) => serializer.serialize_str(text),
            Json::List(list) => serializer.collect_seq(list),
            Json::Object(entries) => serializer.collect_map(entries.iter().map(|(key, value)| (key, value))),
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, is: bool) -> Result<Json, E> {
        Ok(Json::Bool(is))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Number(number as f64))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Json, E> {
        Ok(Json::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Json::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Json::Object(entries))
    }
}
