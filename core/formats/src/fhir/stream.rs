//! FHIR JSON read as a stream: a resource, a Bundle whatever the order of its fields, a list of resources, or
//! NDJSON. What is held in memory is one resource (one `entry` of a Bundle, one line of NDJSON) and a buffer.

use std::collections::VecDeque;
use std::io::{self, Read};

use healthbook_model::{Refusal, Rejected, Sensitivity, Span};

use super::json::{self, Fault};
use super::people::{People, holds_a_patient};
use super::unread;
use super::walk::{self, Stretch, Walk};
use super::window::{Skipped, Window, wide};
use crate::{Item, Limits};

/// The records of a FHIR JSON or NDJSON document, in the order of the document; a Bundle that is a record itself
/// comes after its parts.
pub(crate) struct Records<'r> {
    window: Window<'r>,
    limits: Limits,
    found: VecDeque<Item>,
    walk: Walk,
    state: State,
    /// Only what describes a person is looked for.
    only_people: bool,
}

enum State {
    /// Nothing was read yet.
    Start {
        /// One resource a line.
        lines: bool,
    },
    /// A whole value ended; the file may go on with another one.
    Between,
    /// Inside a top-level object.
    Object(Top),
    /// Inside its `entry` list.
    Entries(Top),
    /// Inside a top-level list.
    List {
        /// How many of its items were seen.
        seen: u64,
    },
    /// One resource a line.
    Lines,
    Done,
}

/// What is known so far of the top-level object: its fields come in any order.
struct Top {
    start: u64,
    resource_type: Option<String>,
    bundle_type: Option<String>,
    signed: bool,
    /// Whether all of it is still in the window.
    kept: bool,
    /// How many entries were seen.
    entries: u64,
    names: Vec<String>,
}

impl Top {
    fn new(start: u64) -> Self {
        Self {
            start,
            resource_type: None,
            bundle_type: None,
            signed: false,
            kept: true,
            entries: 0,
            names: Vec::new(),
        }
    }

    /// Whether the object is a Bundle whose type says that it is an envelope and nothing more. It is kept up to
    /// a smaller limit, for the case that a signature follows.
    fn is_envelope(&self) -> bool {
        self.resource_type.as_deref() == Some("Bundle")
            && self.bundle_type.as_deref().is_some_and(|kind| kind != "document")
            && !self.signed
    }
}

/// Most names of one object's fields, and the longest of them: FHIR has no resource with a hundred, and none of a hundred
/// letters.
const MOST_NAMES: usize = 4096;
const LONGEST_NAME: usize = 1024;

impl<'r> Records<'r> {
    pub(crate) fn new(reader: Box<dyn Read + 'r>, limits: Limits, lines: bool) -> Self {
        Self {
            window: Window::new(reader),
            limits,
            found: VecDeque::new(),
            walk: Walk::new(limits),
            state: State::Start { lines },
            only_people: false,
        }
    }

    /// The people that a document describes: its Patients, and nothing else of it. Stretches that hold none are passed
    /// over unread.
    pub(crate) fn people(reader: Box<dyn Read + 'r>, limits: Limits, lines: bool) -> People<'r> {
        People::among(Self { only_people: true, ..Self::new(reader, limits, lines) })
    }

    fn place(&self, offset: u64) -> String {
        place_in(&self.window, offset)
    }

    fn reject(&mut self, from: u64, to: u64, refusal: Refusal, at: String) {
        // Of what was let go nobody knows what stood in it.
        let sensitivity = if self.window.holds(from) {
            walk::raw_sensitivity(self.window.slice(from, to))
        } else {
            Sensitivity::Restricted
        };
        let span = Span::plain(from, to.saturating_sub(from));
        self.found.push_back(Item::Rejected(Rejected { span, refusal, at, sensitivity }));
    }

    /// What follows cannot be trusted: everything from `from` on is rejected, up to where lines with a resource each begin
    /// again (a line of NDJSON that was cut off), else to the end of the file.
    fn reject_rest(&mut self, from: u64, refusal: Refusal, at: String) -> io::Result<()> {
        let Some(line) = self.window.next_whole_line(from)? else {
            return self.reject_all(from, refusal, at);
        };
        self.reject(from, line, refusal, at);
        self.walk.pass();
        self.window.step_to(line);
        self.window.keep_outer = None;
        self.window.keep_inner = None;
        self.state = State::Lines;
        Ok(())
    }

    /// Everything from `from` to the end of the file is rejected.
    fn reject_all(&mut self, from: u64, refusal: Refusal, at: String) -> io::Result<()> {
        let sensitivity = if self.window.holds(from) {
            walk::raw_sensitivity(self.window.slice(from, self.window.offset()))
        } else {
            Sensitivity::Restricted
        };
        let sensitivity = sensitivity.max(unread::drain(&mut self.window)?);
        let span = Span::plain(from, self.window.offset().saturating_sub(from));
        self.found.push_back(Item::Rejected(Rejected { span, refusal, at, sensitivity }));
        self.state = State::Done;
        Ok(())
    }

    /// The byte at the reading position makes no sense, or there is none.
    fn broken(&mut self, from: u64, entry: Option<u64>) -> io::Result<()> {
        let here = self.window.offset();
        let refusal = if self.window.peek()?.is_none() { Refusal::Truncated } else { Refusal::Malformed };
        let mut at = self.place(here);
        if let Some(entry) = entry {
            at = format!("entry {entry}, {at}");
        }
        self.reject_rest(from, refusal, at)
    }

    fn step(&mut self) -> io::Result<()> {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Start { lines } => self.start(lines),
            State::Between => self.between(),
            State::Object(top) => self.member(top),
            State::Entries(top) => self.entry(top),
            State::List { seen } => self.list_item(seen),
            State::Lines => self.line(),
            State::Done => Ok(()),
        }
    }

    fn start(&mut self, lines: bool) -> io::Result<()> {
        for mark in [&b"\xff\xfe"[..], b"\xfe\xff", b"\0{", b"{\0", b"\0[", b"[\0", b"\0\0"] {
            if self.window.starts_with(mark)? {
                return self.reject_all(0, Refusal::Encoding, "line 1, column 1".into());
            }
        }
        if self.window.starts_with(b"\xef\xbb\xbf")? {
            (0..3).for_each(|_| self.window.step());
        }
        if lines {
            self.state = State::Lines;
            return Ok(());
        }
        let next = self.window.skip_space()?;
        self.open(next)
    }

    /// A top-level value begins here.
    fn open(&mut self, next: Option<u8>) -> io::Result<()> {
        let start = self.window.offset();
        match next {
            Some(b'{') => {
                self.window.keep_outer = Some(start);
                self.window.step();
                self.state = State::Object(Top::new(start));
                Ok(())
            }
            Some(b'[') => {
                self.window.step();
                self.state = State::List { seen: 0 };
                Ok(())
            }
            // Nothing that was cut off begins here.
            other => {
                let refusal = if other.is_none() { Refusal::Truncated } else { Refusal::Malformed };
                let at = self.place(start);
                self.reject_all(start, refusal, at)
            }
        }
    }

    fn between(&mut self) -> io::Result<()> {
        match self.window.skip_space()? {
            None => Ok(()),
            next => self.open(next),
        }
    }

    /// The next field of the top-level object.
    fn member(&mut self, mut top: Top) -> io::Result<()> {
        let limit = if top.is_envelope() { self.limits.envelope_bytes } else { self.limits.resource_bytes };
        if top.kept && self.window.offset() - top.start > wide(limit) {
            top.kept = false;
            self.window.keep_outer = None;
        }
        let first = top.names.is_empty();
        let mut next = self.window.skip_space()?;
        let from = if first { top.start } else { self.window.offset() };
        match next {
            Some(b'}') => {
                self.window.step();
                return self.close(&top);
            }
            Some(b',') if !first => {
                self.window.step();
                next = self.window.skip_space()?;
            }
            Some(_) if first => {}
            _ => return self.broken_in(&top, from),
        }
        if next != Some(b'"') {
            return self.broken_in(&top, from);
        }
        let name_at = self.window.offset();
        if self.window.skip_value(self.limits.resource_bytes)? != Skipped::Whole {
            return self.broken_in(&top, from);
        }
        let name = match self.strict(name_at) {
            Ok(name) => name,
            Err(fault) => return self.faulty(&top, from, name_at, fault),
        };
        if top.names.contains(&name) || top.names.len() > MOST_NAMES || name.len() > LONGEST_NAME {
            let at = self.place(name_at);
            return self.reject_rest(if top.entries == 0 { top.start } else { from }, Refusal::Forbidden, at);
        }
        if self.window.skip_space()? != Some(b':') {
            return self.broken_in(&top, from);
        }
        self.window.step();
        let next = self.window.skip_space()?;
        let walks = name == "entry" && top.resource_type.as_deref().is_none_or(|kind| kind == "Bundle");
        if walks && next == Some(b'[') {
            self.window.step();
            top.names.push(name);
            self.state = State::Entries(top);
            return Ok(());
        }
        if walks && next == Some(b'{') {
            // Programs that turn XML into JSON write a single entry without its list.
            top.names.push(name);
            return self.one_entry(top, State::Object);
        }
        self.field(top, name, from)
    }

    /// A field that is not the list of entries. Of a Bundle it is read here; any other resource is read as a
    /// whole when it ends.
    fn field(&mut self, mut top: Top, name: String, from: u64) -> io::Result<()> {
        let value_at = self.window.offset();
        let skipped = self.window.skip_value(self.limits.resource_bytes)?;
        if skipped == Skipped::Ended {
            return self.broken_in(&top, from);
        }
        let known = matches!(name.as_str(), "resourceType" | "type");
        let bundle = top.resource_type.as_deref() == Some("Bundle");
        if (known || bundle || top.resource_type.is_none()) && skipped == Skipped::Whole {
            let bytes = self.window.slice(value_at, self.window.offset());
            match json::parse(bytes, self.limits.depth, self.limits.values) {
                Err(fault) => return self.faulty(&top, from, value_at, fault),
                Ok(value) => match name.as_str() {
                    "resourceType" => top.resource_type = value.as_str().map(str::to_owned),
                    "type" => top.bundle_type = value.as_str().map(str::to_owned),
                    _ => {}
                },
            }
        }
        top.signed |= name == "signature";
        top.names.push(name);
        self.window.keep_inner = None;
        self.state = State::Object(top);
        Ok(())
    }

    fn strict(&self, from: u64) -> Result<String, Fault> {
        let bytes = self.window.slice(from, self.window.offset());
        json::parse(bytes, 1, 1).map(|name| name.as_str().unwrap_or_default().to_owned())
    }

    fn faulty(&mut self, top: &Top, from: u64, value_at: u64, fault: Fault) -> io::Result<()> {
        let at = self.place(value_at + wide(fault.offset));
        // Inside a value whose brackets match, what is missing is not the end of the file.
        let refusal = if fault.refusal == Refusal::Truncated { Refusal::Malformed } else { fault.refusal };
        self.reject_rest(if top.entries == 0 { top.start } else { from }, refusal, at)
    }

    /// Something between the fields of the top-level object is wrong. Nothing of it was handed up before its
    /// entries, so that without entries all of it is rejected.
    fn broken_in(&mut self, top: &Top, from: u64) -> io::Result<()> {
        self.broken(if top.entries == 0 { top.start } else { from }, None)
    }

    /// The next entry of the Bundle.
    fn entry(&mut self, mut top: Top) -> io::Result<()> {
        let limit = if top.is_envelope() { self.limits.envelope_bytes } else { self.limits.resource_bytes };
        if top.kept && self.window.offset() - top.start > wide(limit) {
            top.kept = false;
            self.window.keep_outer = None;
        }
        let from = self.window.offset();
        match self.item(top.entries)? {
            Next::End => self.state = State::Object(top),
            Next::Broken => return self.broken(from, Some(top.entries + 1)),
            Next::Value => return self.one_entry(top, State::Entries),
        }
        Ok(())
    }

    /// The entry that begins here, and what the document goes on with.
    fn one_entry(&mut self, mut top: Top, goes_on: fn(Top) -> State) -> io::Result<()> {
        top.entries += 1;
        let start = self.window.offset();
        let skipped = self.window.skip_value(self.limits.resource_bytes)?;
        if skipped == Skipped::Ended {
            return self.broken(start, Some(top.entries));
        }
        let end = self.window.offset();
        if self.take(start, end, skipped, Part::Entry(top.entries))? {
            self.state = goes_on(top);
        }
        Ok(())
    }

    fn list_item(&mut self, seen: u64) -> io::Result<()> {
        let from = self.window.offset();
        match self.item(seen)? {
            Next::End => self.state = State::Between,
            Next::Broken => return self.broken(from, Some(seen + 1)),
            Next::Value => {
                let start = self.window.offset();
                let skipped = self.window.skip_value(self.limits.resource_bytes)?;
                if skipped == Skipped::Ended {
                    return self.broken(start, Some(seen + 1));
                }
                let end = self.window.offset();
                if self.take(start, end, skipped, Part::Item(seen + 1))? {
                    self.state = State::List { seen: seen + 1 };
                }
            }
        }
        Ok(())
    }

    /// Steps over the comma and to the next item of a list.
    fn item(&mut self, seen: u64) -> io::Result<Next> {
        let next = self.window.skip_space()?;
        if next == Some(b']') {
            self.window.step();
            return Ok(Next::End);
        }
        if seen > 0 {
            if next != Some(b',') {
                return Ok(Next::Broken);
            }
            self.window.step();
            self.window.skip_space()?;
        }
        Ok(match self.window.peek()? {
            None | Some(b',' | b']' | b'}' | b':') => Next::Broken,
            Some(_) => Next::Value,
        })
    }

    /// Reads the records of one stretch whose brackets match. False when there are more than the limits allow:
    /// the rest of the file was rejected then.
    fn take(&mut self, start: u64, end: u64, skipped: Skipped, part: Part) -> io::Result<bool> {
        if self.walk.taken() >= self.limits.records {
            let at = self.place(start);
            self.reject_all(start, Refusal::TooLarge, at)?;
            return Ok(false);
        }
        let name = |at: String| match part {
            Part::Entry(n) | Part::Item(n) => format!("entry {n}, {at}"),
            Part::Alone | Part::Line => at,
        };
        if self.only_people && !holds_a_patient(self.window.slice(start, end)) {
            self.walk.pass();
        } else if skipped == Skipped::TooLarge {
            let at = name(self.place(start));
            self.reject(start, end, Refusal::TooLarge, at);
            self.walk.pass();
        } else {
            let bytes = self.window.slice(start, end);
            match json::parse(bytes, self.limits.depth, self.limits.values) {
                Err(fault) => {
                    let at = name(self.place(start + wide(fault.offset)));
                    let cut = fault.refusal == Refusal::Truncated && !matches!(part, Part::Line);
                    let refusal = if cut { Refusal::Malformed } else { fault.refusal };
                    self.reject(start, end, refusal, at);
                    self.walk.pass();
                }
                Ok(value) => {
                    let window = &self.window;
                    let place = |offset: u64| name(place_in(window, offset));
                    let from = Stretch { bytes, offset: start, place: &place };
                    match part {
                        Part::Entry(_) => self.walk.entry(&from, &value, None, &mut self.found),
                        _ => self.walk.resource(&from, &value, &walk::Place::default(), &mut self.found),
                    }
                }
            }
        }
        self.window.keep_inner = None;
        Ok(true)
    }

    /// The top-level object ended.
    fn close(&mut self, top: &Top) -> io::Result<()> {
        let end = self.window.offset();
        let single_line = {
            let (first, _) = self.window.place(top.start);
            let (last, _) = self.window.place(end);
            first == last
        };
        // A resource with something behind it that is no JSON is not what its sender meant to send.
        let mut newline = false;
        let next = loop {
            match self.window.peek()? {
                Some(byte @ (b' ' | b'\n' | b'\r' | b'\t')) => {
                    newline |= byte == b'\n';
                    self.window.step();
                }
                other => break other,
            }
        };
        let goes_on = next == Some(b'{') && newline;
        if next.is_some() && !goes_on {
            let here = self.window.offset();
            let at = self.place(here);
            let from = if top.entries == 0 { top.start } else { here };
            return self.reject_rest(from, Refusal::Malformed, at);
        }
        let at = self.place(top.start);
        match top.resource_type.as_deref() {
            None => self.reject(top.start, end, Refusal::NotTheFormat, at),
            Some("Bundle") if top.bundle_type.as_deref() != Some("document") && !top.signed => {}
            Some(_) if !top.kept => self.reject(top.start, end, Refusal::TooLarge, at),
            Some("Bundle") => self.take_bundle(top.start, end),
            Some(_) => {
                if !self.take(top.start, end, self.fits(top.start, end), Part::Alone)? {
                    return Ok(());
                }
            }
        }
        self.window.keep_outer = None;
        self.window.keep_inner = None;
        self.state = if goes_on && single_line { State::Lines } else { State::Between };
        Ok(())
    }

    fn fits(&self, start: u64, end: u64) -> Skipped {
        if end - start > wide(self.limits.resource_bytes) { Skipped::TooLarge } else { Skipped::Whole }
    }

    /// The Bundle as a record of its own; its parts were handed up before.
    fn take_bundle(&mut self, start: u64, end: u64) {
        if self.only_people {
            return;
        }
        let bytes = self.window.slice(start, end);
        // A part that could not be read was rejected on its own, and a Bundle with such a part is no whole record.
        match json::parse(bytes, self.limits.depth, self.limits.values) {
            Ok(value) => {
                let window = &self.window;
                let place = |offset: u64| place_in(window, offset);
                let from = Stretch { bytes, offset: start, place: &place };
                self.walk.itself(&from, &value, &walk::Place::default(), &mut self.found);
            }
            Err(fault) => {
                let at = self.place(start + wide(fault.offset));
                self.reject(start, end, fault.refusal, at);
            }
        }
    }

    /// The next line of NDJSON. A line that is broken is rejected alone.
    fn line(&mut self) -> io::Result<()> {
        let Some(_) = self.window.skip_space()? else { return Ok(()) };
        let start = self.window.offset();
        let skipped = self.window.skip_line(self.limits.resource_bytes)?;
        let end = self.window.offset();
        if self.take(start, end, skipped, Part::Line)? {
            self.state = State::Lines;
        }
        Ok(())
    }
}

/// What a stretch is a part of.
#[derive(Debug, Clone, Copy)]
enum Part {
    /// An entry of a Bundle, counted from 1.
    Entry(u64),
    /// An item of a list of resources, counted from 1.
    Item(u64),
    /// A resource that is the whole file.
    Alone,
    /// A resource alone on its line: the end of the line may have cut it short.
    Line,
}

fn place_in(window: &Window<'_>, offset: u64) -> String {
    let (line, column) = window.place(offset);
    format!("line {line}, column {column}")
}

enum Next {
    Value,
    End,
    Broken,
}

impl Iterator for Records<'_> {
    type Item = io::Result<Item>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.found.pop_front() {
                return Some(Ok(item));
            }
            if matches!(self.state, State::Done) {
                return None;
            }
            if let Err(error) = self.step() {
                self.state = State::Done;
                return Some(Err(error));
            }
        }
    }
}
