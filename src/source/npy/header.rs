//! The text of an `.npy` header: a Python dict of three keys.
//!
//! A reader of our own, because ndarray-npy passes the text to a general parser of Python literals, which
//! refuses Python 2's longs (`5L`) and a missing last newline, both of which NumPy reads, and is still busy
//! after a minute with 20,000 nested brackets. Here nothing nests: the one tuple that is read holds whole
//! numbers.
//!
//! NumPy's own reader evaluates the text as a Python literal, and so files exist with keys in any
//! order, any white space and either kind of quotes. All of these are read. Unknown and repeated
//! keys are errors: they mean another format or a damaged file.

use super::super::advice::Advice;
use super::super::elements::{Element, Kind};
use super::super::error::{FormatError, excerpt};
use super::super::grouped::Grouped;
use crate::geometry::MemoryOrder;

/// An `.npy` header that is defective, or declares what is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in super::super) enum NpyError {
    /// The first bytes are not those of an `.npy`.
    #[error("expected an npy array, found data that begins with {}", excerpt(found))]
    Magic {
        /// The first bytes.
        found: Vec<u8>,
    },
    /// A version that does not exist yet.
    ///
    /// A later version may move the values, so it is not tried.
    #[error("expected npy version 1.0, 2.0 or 3.0, found {major}.{minor}")]
    Version {
        /// Major version.
        major: u8,
        /// Minor version.
        minor: u8,
    },
    /// A header longer than any that NumPy writes for an array of numbers.
    #[error("expected an npy header of at most 65,536 bytes, found {}", Grouped((*found).into()))]
    HeaderLength {
        /// As declared.
        found: u32,
    },
    /// The header is not the dict that it should be.
    #[error("expected {expected} at byte {at} of the npy header, found {}", excerpt(found))]
    Syntax {
        /// What belongs there.
        expected: &'static str,
        /// Where, counted from the dict's first byte.
        at: usize,
        /// What is there.
        found: Vec<u8>,
    },
    /// A key is missing.
    ///
    /// All three keys are needed: without the order, for one, axes would be swapped in silence.
    #[error("the npy header has no `{key}`")]
    Missing {
        /// Which.
        key: &'static str,
    },
    /// An element type that is no real number of at most 64 bits.
    ///
    /// Python objects are refused for safety as well: they are pickles, and loading a pickle runs code.
    #[error("expected real numbers or booleans of at most 64 bits, found {name} ({})", excerpt(found))]
    Element {
        /// What it is called.
        name: &'static str,
        /// As written.
        found: Vec<u8>,
        /// What helps.
        hint: &'static str,
    },
    /// More axes than NumPy has.
    #[error("the array has more than 64 axes")]
    Rank,
}

impl FormatError for NpyError {
    fn advice(&self) -> Option<Advice> {
        match self {
            NpyError::Element { hint, .. } => Some((*hint).into()),
            NpyError::Rank => None,
            _ => Some("save it again with `numpy.save`".into()),
        }
    }
}

/// What the header declares.
///
/// The shape is in the order of the text. Fortran order does not reverse it: it says which axis is
/// fastest.
#[derive(Debug, PartialEq)]
pub(super) struct Declared {
    pub(super) element: Element,
    pub(super) order: MemoryOrder,
    pub(super) shape: Vec<u64>,
}

/// Reads the whole text of a header.
///
/// White space after the dict is padding; anything else after it is an error.
pub(super) fn parse(text: &[u8]) -> Result<Declared, NpyError> {
    let mut cursor = Cursor { text, at: 0 };
    let (mut element, mut order, mut shape) = (None, None, None);
    cursor.expect(b'{', "`{`")?;
    while !cursor.eat(b'}') {
        // Python takes the last of two equal keys, other readers the first: nobody writes both.
        let again = cursor.error("a key that is not there yet");
        match cursor.key()? {
            "descr" if element.is_some() => return Err(again),
            "fortran_order" if order.is_some() => return Err(again),
            "shape" if shape.is_some() => return Err(again),
            "descr" => element = Some(cursor.element()?),
            "fortran_order" => order = Some(cursor.order()?),
            _ => shape = Some(cursor.shape()?),
        }
        if !cursor.eat(b',') && cursor.peek() != Some(b'}') {
            return Err(cursor.error("`,` or `}`"));
        }
    }
    if cursor.peek().is_some() {
        return Err(cursor.error("the end"));
    }
    Ok(Declared {
        element: element.ok_or(NpyError::Missing { key: "descr" })?,
        order: order.ok_or(NpyError::Missing { key: "fortran_order" })?,
        shape: shape.ok_or(NpyError::Missing { key: "shape" })?,
    })
}

/// A place in the text. Every step skips the white space before it.
struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// At the current place, with the 16 bytes that follow.
    fn error(&self, expected: &'static str) -> NpyError {
        let found = self.rest().iter().take(16).copied().collect();
        NpyError::Syntax { expected, at: self.at, found }
    }

    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Skips white space and returns the next byte without taking it; `None` at the end.
    fn peek(&mut self) -> Option<u8> {
        self.at += self.rest().iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.rest().first().copied()
    }

    /// Takes the byte if it comes next, and says whether it did.
    fn eat(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, byte: u8, name: &'static str) -> Result<(), NpyError> {
        if self.eat(byte) { Ok(()) } else { Err(self.error(name)) }
    }

    /// The letters and digits that come next.
    fn word(&mut self) -> &'a [u8] {
        self.peek();
        let rest = self.rest();
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        self.at += length;
        &rest[..length]
    }

    /// A string in single or double quotes. Escapes are not undone: no legal header has any.
    fn string(&mut self) -> Result<&'a [u8], NpyError> {
        let quote = self.peek().filter(|byte| b"'\"".contains(byte)).ok_or_else(|| self.error("a string"))?;
        let inside = self.rest().get(1..).unwrap_or_default();
        let length = inside.iter().position(|&byte| byte == quote).ok_or_else(|| self.error("a string"))?;
        self.at += length + 2;
        Ok(&inside[..length])
    }

    /// Takes the colon as well.
    fn key(&mut self) -> Result<&'static str, NpyError> {
        self.peek();
        let wrong = self.error("one of the keys descr, fortran_order and shape");
        let found = self.string().map_err(|_| wrong.clone())?;
        let known = ["descr", "fortran_order", "shape"].into_iter().find(|key| key.as_bytes() == found);
        let known = known.ok_or(wrong)?;
        self.expect(b':', "`:`")?;
        Ok(known)
    }

    /// Whether the first axis is the fastest (Fortran) or the last one (C).
    fn order(&mut self) -> Result<MemoryOrder, NpyError> {
        self.peek();
        let wrong = self.error("True or False");
        match self.word() {
            b"True" => Ok(MemoryOrder::Fortran),
            b"False" => Ok(MemoryOrder::C),
            _ => Err(wrong),
        }
    }

    /// A tuple of whole numbers, each with Python 2's `L` or without.
    ///
    /// One length needs its comma, as in Python: `(5)` is a number there and not a tuple. An empty
    /// tuple is a single number without axes.
    fn shape(&mut self) -> Result<Vec<u64>, NpyError> {
        let mut shape = Vec::new();
        self.expect(b'(', "a tuple of lengths")?;
        while !self.eat(b')') {
            if shape.len() == 64 {
                return Err(NpyError::Rank);
            }
            shape.push(self.number()?);
            if !self.eat(b',') && (self.peek() != Some(b')') || shape.len() == 1) {
                return Err(self.error("`,` or `)`"));
            }
        }
        Ok(shape)
    }

    /// Signs, fractions and numbers beyond 64 bits are errors.
    fn number(&mut self) -> Result<u64, NpyError> {
        self.peek();
        let wrong = self.error("a length from 0 to 2^64 - 1");
        let word = self.word();
        let digits = word.strip_suffix(b"L").unwrap_or(word);
        let number = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
        number.ok_or(wrong)
    }

    /// A list stands for a structured array, whose elements are records of several fields.
    fn element(&mut self) -> Result<Element, NpyError> {
        if self.peek() == Some(b'[') {
            let found = self.rest().iter().take(16).copied().collect();
            let hint = "save one field: `numpy.save(FILE, array['FIELD'])`";
            return Err(NpyError::Element { name: "a structured array", found, hint });
        }
        element(self.string()?)
    }
}

/// The element type that NumPy writes as `text`.
///
/// The first character is the byte order: `<` little, `>` big, `=` or `|` that of this machine, as for
/// no character at all.
fn element(text: &[u8]) -> Result<Element, NpyError> {
    let native = cfg!(target_endian = "big");
    let (big_endian, letters) = match text {
        [b'<', rest @ ..] => (false, rest),
        [b'>', rest @ ..] => (true, rest),
        [b'=' | b'|', rest @ ..] => (native, rest),
        _ => (native, text),
    };
    let kind = match letters {
        b"f2" => Kind::F16,
        b"f4" => Kind::F32,
        b"f8" => Kind::F64,
        b"i1" => Kind::I8,
        b"i2" => Kind::I16,
        b"i4" => Kind::I32,
        b"i8" => Kind::I64,
        b"u1" => Kind::U8,
        b"u2" => Kind::U16,
        b"u4" => Kind::U32,
        b"u8" => Kind::U64,
        b"b1" => Kind::Bool,
        _ => {
            let (name, hint) = refusal(letters);
            return Err(NpyError::Element { name, found: text.to_vec(), hint });
        }
    };
    Ok(Element { kind, big_endian })
}

/// What an element type that is not read is called, and what helps.
///
/// bfloat16 comes as two bytes of void, because NumPy has no such type: to read them as halves would
/// give plausible and wrong numbers.
fn refusal(letters: &[u8]) -> (&'static str, &'static str) {
    match letters {
        [b'c', ..] => ("complex numbers", "save `numpy.abs(array)` or `array.real`"),
        b"V2" => ("void of 2 bytes, as bfloat16 is saved", "save `array.astype('float32')`"),
        [b'V', ..] => ("void", "save the numbers in it: `array.view('float32')`, or whatever they are"),
        [b'O', ..] => ("Python objects", "save `numpy.stack(arrays)`, or each array by itself"),
        [b'U' | b'S' | b'a', ..] => ("text", "save `array.astype('float32')`"),
        [b'M' | b'm', ..] => ("dates or times", "save `array.astype('float64')`"),
        b"f10" | b"f12" | b"f16" | [b'g', ..] => {
            ("floats of more than 64 bits", "save `array.astype('float64')`")
        }
        _ => ("an unknown element type", "save `array.astype('float32')`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(text: &str) -> Declared {
        parse(text.as_bytes()).unwrap()
    }

    fn error(text: &str) -> String {
        parse(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn any_spelling_of_the_same_header() {
        let expected = Declared {
            element: Element { kind: Kind::F64, big_endian: true },
            order: MemoryOrder::Fortran,
            shape: vec![3, 40],
        };
        for text in [
            "{'descr': '>f8', 'fortran_order': True, 'shape': (3, 40), }          \n",
            "{\"shape\":(3L,40L,),\"descr\":\">f8\",\"fortran_order\":True}",
            "  { 'fortran_order' : True ,\n 'shape' : ( 3 , 40 ) , 'descr' : '>f8' } ",
        ] {
            assert_eq!(declared(text), expected, "{text}");
        }
        assert_eq!(declared("{'descr': '|b1', 'fortran_order': False, 'shape': ()}").shape, [0_u64; 0]);
        assert_eq!(declared("{'descr': '|u1', 'fortran_order': False, 'shape': (5,)}").shape, [5]);
    }

    #[test]
    fn element_types() {
        for (text, kind) in [("=f4", Kind::F32), ("|i1", Kind::I8), ("f2", Kind::F16), ("<u8", Kind::U64)] {
            assert_eq!(element(text.as_bytes()).unwrap(), Element { kind, big_endian: false }, "{text}");
        }
        for (text, name) in [
            ("<c8", "complex numbers"),
            ("|V2", "void of 2 bytes, as bfloat16 is saved"),
            ("<V2", "void of 2 bytes, as bfloat16 is saved"),
            ("|V8", "void"),
            ("|O", "Python objects"),
            ("<U7", "text"),
            ("|S3", "text"),
            ("<M8[ns]", "dates or times"),
            ("<f16", "floats of more than 64 bits"),
            ("float32", "an unknown element type"),
            ("", "an unknown element type"),
        ] {
            match element(text.as_bytes()) {
                Err(NpyError::Element { name: found, .. }) => assert_eq!(found, name, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
        let structured = "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (5,)}";
        assert!(error(structured).contains("found a structured array"));
    }

    #[test]
    fn defects_are_placed() {
        assert_eq!(error("[1]"), "expected `{` at byte 0 of the npy header, found `[1]`");
        assert_eq!(error("{'descr': '<f4'}"), "the npy header has no `fortran_order`");
        let shape =
            |text: &str| error(&format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {text}}}"));
        assert_eq!(shape("(5)"), "expected `,` or `)` at byte 52 of the npy header, found `)}`");
        assert_eq!(
            shape("(-5,)"),
            "expected a length from 0 to 2^64 - 1 at byte 51 of the npy header, found `-5,)}`"
        );
        assert!(shape("(18446744073709551616,)").starts_with("expected a length"));
        assert!(shape("(1.5,)").starts_with("expected `,` or `)`"));
        assert!(shape("[5]").starts_with("expected a tuple of lengths"));
        assert_eq!(shape(&format!("({})", "1,".repeat(65))), "the array has more than 64 axes");
        assert!(error("{'descr': '<f4', 'extra': 1}").starts_with("expected one of the keys"));
        let twice = "{'shape': (2,), 'shape': (3,), 'descr': '<f4', 'fortran_order': False}";
        assert!(error(twice).starts_with("expected a key that is not there yet at byte 16"));
        assert!(error("{'descr").starts_with("expected one of the keys"));
        assert_eq!(error(""), "expected `{` at byte 0 of the npy header, found nothing");
    }

    #[test]
    fn deep_nesting_is_harmless() {
        for open in ["(", "[", "{"] {
            let text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {}", open.repeat(20_000));
            assert!(parse(text.as_bytes()).is_err());
            let text = format!("{{'descr': {}", open.repeat(20_000));
            assert!(parse(text.as_bytes()).is_err());
        }
    }
}
