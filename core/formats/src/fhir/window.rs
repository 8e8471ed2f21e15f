//! A file seen through a window: what was read and is not needed any more is let go.

use std::io::{self, Read};

use crate::detect::object_end;

/// How much is read at once.
const CHUNK: usize = 64 * 1024;

/// Where lines begin again is looked for in lines no longer than this.
const LONGEST_LINE: usize = 4 << 20;

/// Whether a line is one object of which at least the brackets match, and names its type.
fn is_whole_object(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    if !line.starts_with(b"{") || memchr::memmem::find(line, b"\"resourceType\"").is_none() {
        return false;
    }
    object_end(line) == Some(line.len())
}

/// How a value ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Skipped {
    /// All of it is in the window.
    Whole,
    /// It was passed over, but grew over the limit and was let go.
    TooLarge,
    /// The file ends inside it.
    Ended,
}

/// The buffered stretch of a file around the reading position.
pub(super) struct Window<'r> {
    reader: Box<dyn Read + 'r>,
    buffer: Vec<u8>,
    /// Place of the next byte in `buffer`.
    at: usize,
    /// Offset in the file of the buffer's first byte.
    base: u64,
    /// Newlines before the buffer's first byte, and the offset behind the last of them.
    lines: u64,
    line_start: u64,
    ended: bool,
    /// What must stay in the window: the whole top-level value, and the stretch that is being read.
    pub(super) keep_outer: Option<u64>,
    pub(super) keep_inner: Option<u64>,
}

/// A length or an index as an offset. `usize` has at most 64 bits on every platform Rust knows.
pub(super) fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

impl<'r> Window<'r> {
    pub(super) fn new(reader: Box<dyn Read + 'r>) -> Self {
        Self {
            reader,
            buffer: Vec::new(),
            at: 0,
            base: 0,
            lines: 0,
            line_start: 0,
            ended: false,
            keep_outer: None,
            keep_inner: None,
        }
    }

    /// Offset in the file of the next byte.
    pub(super) fn offset(&self) -> u64 {
        self.base + wide(self.at)
    }

    fn index(&self, offset: u64) -> usize {
        usize::try_from(offset.saturating_sub(self.base)).unwrap_or(usize::MAX).min(self.buffer.len())
    }

    /// Lets go of what nobody needs and reads on. False at the end of the file.
    fn fill(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        let kept = [self.keep_outer, self.keep_inner].into_iter().flatten().min();
        let cut = kept.map_or(self.at, |offset| self.index(offset).min(self.at));
        // Moving the rest of a long value down at each chunk would cost its length squared.
        if cut >= CHUNK || cut == self.buffer.len() {
            let gone = self.buffer.get(..cut).unwrap_or_default();
            if let Some(last) = memchr::memrchr(b'\n', gone) {
                self.lines += wide(memchr::memchr_iter(b'\n', gone).count());
                self.line_start = self.base + wide(last) + 1;
            }
            self.buffer.drain(..cut);
            self.base += wide(cut);
            self.at -= cut;
        }
        let read = self.reader.by_ref().take(wide(CHUNK)).read_to_end(&mut self.buffer);
        self.ended = !matches!(read, Ok(n) if n == CHUNK);
        read.map(|n| n > 0)
    }

    pub(super) fn peek(&mut self) -> io::Result<Option<u8>> {
        loop {
            if let Some(byte) = self.buffer.get(self.at) {
                return Ok(Some(*byte));
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    /// Steps over the byte that was peeked at.
    pub(super) fn step(&mut self) {
        self.at = (self.at + 1).min(self.buffer.len());
    }

    /// Whether the next bytes are these.
    pub(super) fn starts_with(&mut self, bytes: &[u8]) -> io::Result<bool> {
        while self.buffer.len() - self.at < bytes.len() {
            if !self.fill()? {
                return Ok(false);
            }
        }
        Ok(self.buffer.get(self.at..).is_some_and(|rest| rest.starts_with(bytes)))
    }

    /// Steps over JSON's white space and says what comes then.
    pub(super) fn skip_space(&mut self) -> io::Result<Option<u8>> {
        loop {
            match self.peek()? {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.step(),
                other => return Ok(other),
            }
        }
    }

    /// Whether everything from an offset on is still here.
    pub(super) fn holds(&self, offset: u64) -> bool {
        offset >= self.base
    }

    /// The bytes of a stretch that was kept.
    pub(super) fn slice(&self, from: u64, to: u64) -> &[u8] {
        self.buffer.get(self.index(from)..self.index(to)).unwrap_or_default()
    }

    /// Line and column (in bytes) of an offset, both from 1. An offset that was let go counts as the first that
    /// is still here.
    pub(super) fn place(&self, offset: u64) -> (u64, u64) {
        let before = self.buffer.get(..self.index(offset)).unwrap_or_default();
        let lines = self.lines + wide(memchr::memchr_iter(b'\n', before).count());
        let start = memchr::memrchr(b'\n', before).map_or(self.line_start, |last| self.base + wide(last) + 1);
        (lines + 1, offset.max(self.base).saturating_sub(start) + 1)
    }

    /// Lets everything go when the stretch from `start` has grown over `limit`; also what stands around it.
    fn mind(&mut self, start: u64, limit: usize) -> bool {
        let here = self.offset();
        let over = here - start > wide(limit);
        if over {
            self.keep_inner = None;
        }
        if self.keep_outer.is_some_and(|outer| here - outer > wide(limit)) {
            self.keep_outer = None;
        }
        over
    }

    /// Where lines of NDJSON begin again behind `from`, as far as it is still here: the first line that is one whole
    /// object with a `resourceType`, with another object or nothing in the line below. No JSON has such a line inside, for
    /// a comma would stand between the two.
    pub(super) fn next_whole_line(&mut self, from: u64) -> io::Result<Option<u64>> {
        self.keep_inner = Some(from.max(self.base));
        let mut line = from.max(self.base);
        loop {
            let Some(newline) = self.newline_behind(line) else { return Ok(None) };
            line = newline + 1;
            let mut end = self.newline_behind(line);
            while end.is_none() && self.fill()? {
                end = self.newline_behind(line);
                if self.base + wide(self.buffer.len()) - line > wide(LONGEST_LINE) {
                    return Ok(None);
                }
            }
            let last = self.base + wide(self.buffer.len());
            if is_whole_object(self.slice(line, end.unwrap_or(last))) {
                self.at = self.index(end.unwrap_or(last));
                if matches!(self.skip_space()?, None | Some(b'{')) {
                    return Ok(Some(line));
                }
            }
            if end.is_none() {
                return Ok(None);
            }
        }
    }

    fn newline_behind(&self, offset: u64) -> Option<u64> {
        let at = self.index(offset);
        let rest = self.buffer.get(at..).unwrap_or_default();
        memchr::memchr(b'\n', rest).map(|n| self.base + wide(at + n))
    }

    /// Steps back (or on) to a place that was kept.
    pub(super) fn step_to(&mut self, offset: u64) {
        self.at = self.index(offset);
    }

    /// Steps over one JSON value, of which only quotes and brackets are looked at: what it holds is read
    /// strictly afterwards. It is kept in the window (`keep_inner`) as long as it is not longer than `limit`.
    pub(super) fn skip_value(&mut self, limit: usize) -> io::Result<Skipped> {
        let start = self.offset();
        self.keep_inner = Some(start);
        let (mut depth, mut in_string, mut escaped, mut scalar, mut too_large) =
            (0u64, false, false, false, false);
        'file: loop {
            let chunk = self.buffer.get(self.at..).unwrap_or_default();
            let mut used = 0;
            while let Some(byte) = chunk.get(used).copied() {
                if in_string {
                    used += 1;
                    if escaped {
                        escaped = false;
                    } else if byte == b'\\' {
                        escaped = true;
                    } else if byte == b'"' {
                        in_string = false;
                        if depth == 0 {
                            self.at += used;
                            break 'file;
                        }
                    }
                    continue;
                }
                match byte {
                    b'"' if !scalar => in_string = true,
                    b'{' | b'[' if !scalar => depth += 1,
                    b'}' | b']' if depth > 0 => {
                        depth -= 1;
                        if depth == 0 {
                            self.at += used + 1;
                            break 'file;
                        }
                    }
                    b',' | b'}' | b']' | b':' | b' ' | b'\n' | b'\r' | b'\t' | b'"' | b'{' | b'['
                        if depth == 0 =>
                    {
                        self.at += used;
                        break 'file;
                    }
                    _ if depth == 0 => scalar = true,
                    _ => {}
                }
                used += 1;
            }
            self.at += used;
            if !too_large && self.offset() - start > wide(limit) {
                // Of a line that was cut off the end never comes: what follows it must not be let go as a part of it.
                let here = self.offset();
                if self.next_whole_line(start)?.is_some() {
                    return Ok(Skipped::Ended);
                }
                self.step_to(here);
            }
            too_large |= self.mind(start, limit);
            if !self.fill()? {
                return Ok(if scalar && !too_large { Skipped::Whole } else { Skipped::Ended });
            }
        }
        too_large |= self.mind(start, limit);
        Ok(if too_large { Skipped::TooLarge } else { Skipped::Whole })
    }

    /// Steps to the end of the line (the newline stays). It is kept as long as it is not longer than `limit`.
    pub(super) fn skip_line(&mut self, limit: usize) -> io::Result<Skipped> {
        let start = self.offset();
        self.keep_inner = Some(start);
        let mut too_large = false;
        loop {
            let rest = self.buffer.get(self.at..).unwrap_or_default();
            let newline = memchr::memchr(b'\n', rest);
            self.at += newline.unwrap_or(rest.len());
            too_large |= self.mind(start, limit);
            if newline.is_some() || !self.fill()? {
                return Ok(if too_large { Skipped::TooLarge } else { Skipped::Whole });
            }
        }
    }

    /// Steps to the end of the file, showing each piece to `look`.
    pub(super) fn drain(&mut self, mut look: impl FnMut(&[u8])) -> io::Result<()> {
        self.keep_outer = None;
        self.keep_inner = None;
        loop {
            look(self.buffer.get(self.at..).unwrap_or_default());
            self.at = self.buffer.len();
            if !self.fill()? {
                return Ok(());
            }
        }
    }
}
