//! `scan`: what a card's code is, in words; from its text, or from a picture of it.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use healthbook::{CardAnswer, Difference, Format, Ports, Row, SavedCard, Scanned, detect};
use serde::Serialize;

use crate::args::Scan;
use crate::failure::{Failure, Outcome};
use crate::render::{dates, text};
use crate::session::Session;
use crate::{terminal, words};

#[derive(Serialize)]
struct ScannedLine<'a> {
    what: &'a str,
    rows: Vec<RowLine<'a>>,
    warnings: &'a [String],
    saved: bool,
    id: Option<String>,
}

/// A line of a card.
#[derive(Serialize)]
pub(crate) struct RowLine<'a> {
    label: &'a str,
    value: &'a str,
}

impl<'a> RowLine<'a> {
    pub(crate) fn new(row: &'a Row) -> Self {
        Self { label: &row.label, value: &row.value }
    }
}

/// Explains the code; with `--save` the book keeps it.
pub(crate) fn run(session: &mut Session, args: &Scan) -> Result<Outcome, Failure> {
    let text = code_text(session, &args.text)?;
    let now = Ports::system().clock.now();
    let scanned = healthbook::scan(&text, now, session.lang)?;
    if !args.save {
        show(session, &scanned, None)?;
        return Ok(Outcome::Done);
    }
    session.with_book(|session, book| {
        let answer = if args.any_person { CardAnswer::Mine } else { CardAnswer::NotAsked };
        let mut saved = book.save_scan(&text, answer, session.reading())?;
        if let SavedCard::Asks(differences) = &saved {
            if !is_mine(session, differences)? {
                return Err(Failure::told("not-allowed", words::CARD_DIFFERS.get(session.lang)));
            }
            saved = book.save_scan(&text, CardAnswer::Mine, session.reading())?;
        }
        let id = match saved {
            SavedCard::Record(id) => Some(id.to_string()),
            SavedCard::Person | SavedCard::Asks(_) => None,
        };
        show(session, &scanned, Some(id))?;
        Ok(Outcome::Done)
    })
}

/// Says in what the card differs from the book's person and, in a terminal, asks whether it is theirs all the same.
fn is_mine(session: &mut Session, differences: &[Difference]) -> Result<bool, Failure> {
    let lang = session.lang;
    for one in differences {
        let line = words::CARD_DIFFERENCE
            .with(lang, &[("what", &one.what), ("book", &one.book), ("card", &one.card)]);
        session.tell(&line)?;
    }
    if session.json || !terminal::can_ask() {
        return Ok(false);
    }
    terminal::agrees(words::CARD_IS_MINE.get(lang))
}

fn show(session: &mut Session, scanned: &Scanned, saved: Option<Option<String>>) -> Result<(), Failure> {
    let lang = session.lang;
    if session.json {
        return session.out.json(&ScannedLine {
            what: scanned.what,
            rows: scanned.rows.iter().map(RowLine::new).collect(),
            warnings: &scanned.warnings,
            saved: saved.is_some(),
            id: saved.flatten(),
        });
    }
    session.out.line(words::scanned(scanned.what).get(lang))?;
    let widest = scanned.rows.iter().map(|row| text::width(&row.label)).max().unwrap_or(0);
    for row in &scanned.rows {
        let is_date = row.value.len() == 10 && row.value.matches('-').count() == 2;
        let value = if is_date { dates::readable(&row.value, lang) } else { row.value.clone() };
        session.out.pair(&row.label, &value, 2, widest)?;
    }
    for warning in &scanned.warnings {
        session.out.paragraph(2, &format!("! {warning}"))?;
    }
    match saved {
        Some(id) => {
            session.out.line(words::SCAN_SAVED.get(lang))?;
            id.map_or(Ok(()), |id| session.out.line(&id))
        }
        None => Ok(()),
    }
}

/// A code is one short text.
const LONGEST: u64 = 1 << 20;
/// A picture from a phone's camera.
const LARGEST: u64 = 64 << 20;
/// Pictures wider or higher than this are not looked at: 100 megapixels in one channel are 100 MB.
const WIDEST: usize = 10_000;

/// The text of a code: the argument itself, or what stands in the file it names.
fn code_text(session: &Session, typed: &str) -> Result<String, Failure> {
    let path = Path::new(typed);
    let is_file = typed.len() < 4096 && !typed.contains('|') && path.is_file();
    if !is_file {
        return Ok(typed.to_owned());
    }
    let lang = session.lang;
    let unreadable = || Failure::told("io", words::FILE_UNREADABLE.with(lang, &[("file", &path.display())]));
    let mut file = File::open(path).map_err(|_| unreadable())?;
    let mut start = Vec::new();
    file.by_ref().take(64 * 1024).read_to_end(&mut start).map_err(|_| unreadable())?;
    file.rewind().map_err(|_| unreadable())?;
    let mut bytes = Vec::new();
    let format = detect(&start);
    let most = if matches!(format, Format::Png | Format::Jpeg) { LARGEST } else { LONGEST };
    file.take(most + 1).read_to_end(&mut bytes).map_err(|_| unreadable())?;
    if u64::try_from(bytes.len()).map_or(true, |length| length > most) {
        return Err(Failure::told("invalid-input", words::PICTURE_TOO_LARGE.get(lang)));
    }
    let grey = match format {
        Format::Png => grey_of_png(&bytes),
        Format::Jpeg => grey_of_jpeg(bytes),
        Format::Heic | Format::Webp | Format::Gif | Format::Tiff | Format::Pdf => {
            return Err(Failure::told("invalid-input", words::PICTURE_KIND.get(lang)));
        }
        _ => {
            let text = String::from_utf8(bytes).map_err(|_| unreadable())?;
            return Ok(text.trim().to_owned());
        }
    };
    let grey = grey.ok_or_else(|| Failure::told("invalid-input", words::PICTURE_DAMAGED.get(lang)))?;
    grey.code().ok_or_else(|| Failure::told("invalid-input", words::NO_CODE_IN_PICTURE.get(lang)))
}

/// A picture in shades of grey.
struct Grey {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Grey {
    /// The first QR code that can be read.
    fn code(&self) -> Option<String> {
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(self.width, self.height, |x, y| {
            self.pixels.get(y * self.width + x).copied().unwrap_or(u8::MAX)
        });
        image.detect_grids().into_iter().find_map(|grid| grid.decode().ok()).map(|(_, text)| text)
    }
}

fn is_sound(width: usize, height: usize) -> bool {
    (1..=WIDEST).contains(&width) && (1..=WIDEST).contains(&height)
}

/// How light red, green and blue are together (ITU-R BT.601, in 256ths).
fn light(red: u8, green: u8, blue: u8) -> u8 {
    let sum = u32::from(red) * 77 + u32::from(green) * 150 + u32::from(blue) * 29;
    u8::try_from(sum >> 8).unwrap_or(u8::MAX)
}

fn grey_of_png(bytes: &[u8]) -> Option<Grey> {
    let limits = png::Limits { bytes: 512 << 20 };
    let mut decoder = png::Decoder::new_with_limits(std::io::Cursor::new(bytes), limits);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().ok()?;
    let (width, height) =
        (usize::try_from(reader.info().width).ok()?, usize::try_from(reader.info().height).ok()?);
    if !is_sound(width, height) {
        return None;
    }
    let mut buffer = vec![0; reader.output_buffer_size()?];
    let frame = reader.next_frame(&mut buffer).ok()?;
    let frame_bytes = buffer.get(..frame.buffer_size())?;
    // What is see-through is white paper behind a code.
    let over_white = |value: u8, alpha: u8| {
        let mixed = u32::from(value) * u32::from(alpha) + 255 * (255 - u32::from(alpha));
        u8::try_from(mixed / 255).unwrap_or(u8::MAX)
    };
    let pixels = match frame.color_type {
        png::ColorType::Grayscale => frame_bytes.to_vec(),
        png::ColorType::GrayscaleAlpha => {
            frame_bytes.as_chunks::<2>().0.iter().map(|[value, alpha]| over_white(*value, *alpha)).collect()
        }
        png::ColorType::Rgb => {
            frame_bytes.as_chunks::<3>().0.iter().map(|[r, g, b]| light(*r, *g, *b)).collect()
        }
        png::ColorType::Rgba => frame_bytes
            .as_chunks::<4>()
            .0
            .iter()
            .map(|[r, g, b, a]| over_white(light(*r, *g, *b), *a))
            .collect(),
        png::ColorType::Indexed => return None,
    };
    Some(Grey { width, height, pixels })
}

fn grey_of_jpeg(bytes: Vec<u8>) -> Option<Grey> {
    use zune_jpeg::zune_core::bytestream::ZCursor;
    use zune_jpeg::zune_core::colorspace::ColorSpace;
    use zune_jpeg::zune_core::options::DecoderOptions;

    let options = DecoderOptions::default()
        .set_max_width(WIDEST)
        .set_max_height(WIDEST)
        .jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    let pixels = decoder.decode().ok()?;
    let (width, height) = decoder.dimensions()?;
    (is_sound(width, height) && pixels.len() == width * height).then_some(Grey { width, height, pixels })
}
