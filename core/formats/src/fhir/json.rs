//! JSON as it stands in the file (RFC 8259, strictly): a tree that borrows from the bytes, keeps every number's
//! digits and knows where each object begins and ends.
//!
//! `serde_json::Value` has no positions, so that exact bytes would need a second reading, and it forgets a name that
//! stands twice.

use std::ops::{Deref, Range};

use healthbook_model::Refusal;

/// Deepest nesting that the stack of a small thread surely holds.
const DEPTH_CAP: usize = 500;

/// A JSON value. Lists and objects hold no room to grow: what a hostile file of tiny values costs is this type's size.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json<'a> {
    Null,
    Bool(bool),
    /// The digits as written.
    Number(&'a str),
    String(Text<'a>),
    Array(Box<[Json<'a>]>),
    Object(Object<'a>),
}

/// A text: as it stands in the bytes, or with its escapes read.
#[derive(Debug, Clone)]
pub(crate) enum Text<'a> {
    Plain(&'a str),
    Unescaped(Box<str>),
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Unescaped(text) => text,
        }
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

type Member<'a> = (Text<'a>, Json<'a>);

/// A JSON object and its place in the bytes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Object<'a> {
    members: Box<[Member<'a>]>,
    start: u32,
    end: u32,
}

/// Why bytes are not JSON, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) refusal: Refusal,
    pub(crate) offset: usize,
}

/// The values of a field that is written once or as a list.
pub(crate) fn each<'j, 'a>(value: Option<&'j Json<'a>>) -> &'j [Json<'a>] {
    match value {
        Some(Json::Array(items)) => items,
        Some(one) => std::slice::from_ref(one),
        None => &[],
    }
}

impl<'a> Json<'a> {
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_object(&self) -> Option<&Object<'a>> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The value at a JSON Pointer (RFC 6901).
    pub(crate) fn pointer(&self, pointer: &str) -> Option<&Self> {
        if pointer.is_empty() {
            return Some(self);
        }
        pointer.strip_prefix('/')?.split('/').try_fold(self, |at, step| match at {
            Self::Array(items) => items.get(step.parse::<usize>().ok()?),
            Self::Object(object) if step.contains('~') => {
                object.get(&step.replace("~1", "/").replace("~0", "~"))
            }
            Self::Object(object) => object.get(step),
            _ => None,
        })
    }
}

impl<'a> Object<'a> {
    #[inline]
    pub(crate) fn get(&self, key: &str) -> Option<&Json<'a>> {
        self.members.iter().find(|(name, _)| **name == *key).map(|(_, value)| value)
    }

    /// From `{` to behind `}`.
    pub(crate) fn span(&self) -> Range<usize> {
        let index = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
        index(self.start)..index(self.end)
    }

    /// `{}`.
    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, &Json<'a>)> {
        self.members.iter().map(|(name, value)| (&**name, value))
    }

    /// A field that is a text with something in it.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Json::as_str).filter(|text| !text.trim().is_empty())
    }

    pub(crate) fn object(&self, key: &str) -> Option<&Self> {
        self.get(key).and_then(Json::as_object)
    }

    pub(crate) fn is_true(&self, key: &str) -> bool {
        self.get(key) == Some(&Json::Bool(true))
    }

    /// The objects of a field that is written once or as a list.
    pub(crate) fn objects(&self, key: &str) -> impl Iterator<Item = &Self> {
        each(self.get(key)).iter().filter_map(Json::as_object)
    }

    /// The texts of a field that is written once or as a list.
    pub(crate) fn texts(&self, key: &str) -> impl Iterator<Item = &str> {
        each(self.get(key)).iter().filter_map(Json::as_str).filter(|text| !text.trim().is_empty())
    }

    /// Whether a name stands twice in it, so that two readers could read two things.
    pub(crate) fn has_duplicates(&self) -> bool {
        if self.members.len() <= 24 {
            let mut rest = &*self.members;
            while let [(name, _), tail @ ..] = rest {
                if tail.iter().any(|(other, _)| other == name) {
                    return true;
                }
                rest = tail;
            }
            return false;
        }
        let mut names: Vec<&str> = self.members.iter().map(|(name, _)| &**name).collect();
        names.sort_unstable();
        names.windows(2).any(|pair| matches!(pair, [a, b] if a == b))
    }
}

/// Reads one value and nothing beside it but white space.
pub(crate) fn parse(bytes: &[u8], depth: usize, values: usize) -> Result<Json<'_>, Fault> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Fault { refusal: Refusal::Encoding, offset: error.valid_up_to() })?;
    if u32::try_from(bytes.len()).is_err() {
        return Err(Fault { refusal: Refusal::TooLarge, offset: 0 });
    }
    let mut parser = Parser { text, bytes, at: 0, values, items: Vec::new(), members: Vec::new() };
    parser.skip_space();
    let value = parser.value(depth.min(DEPTH_CAP))?;
    parser.skip_space();
    if parser.at < bytes.len() { Err(parser.fault()) } else { Ok(value) }
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// How many more values may come.
    values: usize,
    /// Items and members of the lists and objects that are open, the innermost last.
    items: Vec<Json<'a>>,
    members: Vec<Member<'a>>,
}

impl<'a> Parser<'a> {
    /// The byte here makes no sense, or there is none.
    fn fault(&self) -> Fault {
        let refusal = if self.at >= self.bytes.len() { Refusal::Truncated } else { Refusal::Malformed };
        Fault { refusal, offset: self.at }
    }

    fn too_large(&self) -> Fault {
        Fault { refusal: Refusal::TooLarge, offset: self.at }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), Fault> {
        if self.peek() == Some(byte) {
            self.at += 1;
            Ok(())
        } else {
            Err(self.fault())
        }
    }

    fn word(&mut self, word: &[u8], value: Json<'a>) -> Result<Json<'a>, Fault> {
        for byte in word {
            self.expect(*byte)?;
        }
        Ok(value)
    }

    fn value(&mut self, depth: usize) -> Result<Json<'a>, Fault> {
        self.values = self.values.checked_sub(1).ok_or_else(|| self.too_large())?;
        match self.peek() {
            Some(b'"') => self.string().map(Json::String),
            Some(b'{') => self.object(depth).map(Json::Object),
            Some(b'[') => self.array(depth),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word(b"true", Json::Bool(true)),
            Some(b'f') => self.word(b"false", Json::Bool(false)),
            Some(b'n') => self.word(b"null", Json::Null),
            _ => Err(self.fault()),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Object<'a>, Fault> {
        let depth = depth.checked_sub(1).ok_or_else(|| self.too_large())?;
        let (start, first) = (self.at, self.members.len());
        self.expect(b'{')?;
        self.skip_space();
        if self.peek() == Some(b'}') {
            return self.end_object(start, first);
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err(self.fault());
            }
            let name = self.string()?;
            self.skip_space();
            self.expect(b':')?;
            self.skip_space();
            let value = self.value(depth)?;
            self.members.push((name, value));
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => return self.end_object(start, first),
                _ => return Err(self.fault()),
            }
        }
    }

    /// Steps over the brace and takes the members from the `first` on.
    fn end_object(&mut self, start: usize, first: usize) -> Result<Object<'a>, Fault> {
        self.at += 1;
        let members = self.members.drain(first..).collect();
        match (u32::try_from(start), u32::try_from(self.at)) {
            (Ok(start), Ok(end)) => Ok(Object { members, start, end }),
            _ => Err(self.too_large()),
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json<'a>, Fault> {
        let depth = depth.checked_sub(1).ok_or_else(|| self.too_large())?;
        let first = self.items.len();
        self.expect(b'[')?;
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Json::Array(Box::default()));
        }
        loop {
            self.skip_space();
            let value = self.value(depth)?;
            self.items.push(value);
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Json::Array(self.items.drain(first..).collect()));
                }
                _ => return Err(self.fault()),
            }
        }
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.fault()) } else { Ok(()) }
    }

    fn number(&mut self) -> Result<Json<'a>, Fault> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        self.text.get(start..self.at).map(Json::Number).ok_or_else(|| self.fault())
    }

    /// Moves to the next byte of a string that is a quote, a backslash or not allowed.
    #[inline(always)]
    fn plain(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'"' || byte == b'\\' || byte < 0x20 {
                break;
            }
            self.at += 1;
        }
    }

    fn string(&mut self) -> Result<Text<'a>, Fault> {
        self.at += 1;
        let start = self.at;
        self.plain();
        let text = self.text;
        let mut run = text.get(start..self.at).ok_or_else(|| self.fault())?;
        if self.peek() == Some(b'"') {
            self.at += 1;
            return Ok(Text::Plain(run));
        }
        let mut decoded = String::new();
        loop {
            decoded.push_str(run);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Text::Unescaped(decoded.into_boxed_str()));
                }
                Some(b'\\') => decoded.push(self.escape()?),
                _ => return Err(self.fault()),
            }
            let start = self.at;
            self.plain();
            run = text.get(start..self.at).ok_or_else(|| self.fault())?;
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        self.at += 1;
        let c = match self.peek() {
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.code_point(),
            _ => return Err(self.fault()),
        };
        self.at += 1;
        Ok(c)
    }

    /// `uXXXX`, or two of them when the first is one half of a pair. A half alone is refused: it is no text.
    fn code_point(&mut self) -> Result<char, Fault> {
        let start = self.at;
        let first = self.hex()?;
        let code = if (0xd800..0xdc00).contains(&first) {
            self.expect(b'\\')?;
            let second = self.hex()?;
            if !(0xdc00..0xe000).contains(&second) {
                return Err(Fault { refusal: Refusal::Malformed, offset: start });
            }
            0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)
        } else {
            first
        };
        char::from_u32(code).ok_or(Fault { refusal: Refusal::Malformed, offset: start })
    }

    fn hex(&mut self) -> Result<u32, Fault> {
        self.expect(b'u')?;
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|b| char::from(b).to_digit(16)).ok_or_else(|| self.fault())?;
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> Option<(Refusal, usize)> {
        parse(text.as_bytes(), 200, 1000).err().map(|fault| (fault.refusal, fault.offset))
    }

    #[test]
    fn digits_stay_as_written_and_objects_know_their_place() {
        let text = r#" {"a":0.010,"b":[{"c":-1.50E+02}],"d":"\u0111\ud83d\ude00\/"} "#;
        let json = parse(text.as_bytes(), 200, 1000).unwrap();
        let object = json.as_object().unwrap();
        assert_eq!(object.get("a"), Some(&Json::Number("0.010")));
        assert_eq!(json.pointer("/b/0/c"), Some(&Json::Number("-1.50E+02")));
        let inner = json.pointer("/b/0").and_then(Json::as_object).unwrap();
        assert_eq!(&text[inner.span()], r#"{"c":-1.50E+02}"#);
        assert_eq!(object.text("d"), Some("đ😀/"));
        assert_eq!(&text[object.span()], text.trim());
    }

    #[test]
    fn what_rfc_8259_does_not_allow_is_refused_where_it_stands() {
        for (text, at) in [
            ("{\"a\":01}", 6),
            ("{\"a\":1.}", 7),
            ("{\"a\":.5}", 5),
            ("{\"a\":+1}", 5),
            ("[1,]", 3),
            ("[1 2]", 3),
            ("{\"a\" 1}", 5),
            ("{a:1}", 1),
            ("// x\n{}", 0),
            ("{}x", 2),
            ("\"\t\"", 1),
            ("\"\\x\"", 2),
            ("\"\\ud800\"", 7),
            ("\"\\udc00\"", 2),
            ("\"\\ud800\\u0041\"", 2),
            ("nul1", 3),
            ("{\"a\":NaN}", 5),
            ("'a'", 0),
            ("\u{a0}{}", 0),
        ] {
            assert_eq!(refusal(text), Some((Refusal::Malformed, at)), "{text}");
        }
    }

    #[test]
    fn ends_depth_and_number_of_values_are_told_apart() {
        for text in ["", " ", "{", "{\"a\"", "[1,", "\"a", "\"\\u00", "-", "tru", "1e"] {
            assert_eq!(refusal(text).map(|r| r.0), Some(Refusal::Truncated), "{text}");
        }
        assert_eq!(refusal(&"[".repeat(201)).map(|r| r.0), Some(Refusal::TooLarge));
        assert_eq!(refusal(&format!("[{}0]", "0,".repeat(1000))).map(|r| r.0), Some(Refusal::TooLarge));
        assert_eq!(parse(b"\"\xff\"", 9, 9).err().map(|f| f.refusal), Some(Refusal::Encoding));
        assert_eq!(
            parse(&b"[".repeat(100_000), usize::MAX, usize::MAX).err().map(|f| f.refusal),
            Some(Refusal::TooLarge)
        );
    }

    #[test]
    fn a_name_that_stands_twice_is_seen_in_small_and_large_objects() {
        let object =
            |text: &str| parse(text.as_bytes(), 9, 1000).unwrap().as_object().unwrap().has_duplicates();
        assert!(object(r#"{"a":1,"b":2,"\u0061":3}"#));
        assert!(!object(r#"{"a":1,"b":2}"#));
        let many: Vec<String> = (0..100).map(|n| format!("\"k{n}\":0")).collect();
        assert!(!object(&format!("{{{}}}", many.join(","))));
        assert!(object(&format!("{{{},\"k7\":1}}", many.join(","))));
    }
}
