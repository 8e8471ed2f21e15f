//! `scan`: what a card's code is, in words; from its text, or from a picture of it.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use healthbook::{CardAnswer, CardFit, Difference, Format, Lang, Ports, Row, SavedCard, Scanned, detect};
use serde::Serialize;

use crate::args::Scan;
use crate::failure::{Failure, Outcome};
use crate::render::{dates, text};
use crate::session::{Session, Unasked};
use crate::{terminal, words};

#[derive(Serialize)]
struct ScannedLine<'a> {
    what: &'a str,
    rows: Vec<RowLine<'a>>,
    warnings: &'a [String],
    fits: Option<bool>,
    differences: Vec<DifferenceLine<'a>>,
    saved: bool,
    id: Option<String>,
}

/// What a card says otherwise than the book.
#[derive(Serialize)]
struct DifferenceLine<'a> {
    what: &'a str,
    book: &'a str,
    card: &'a str,
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

/// Explains the code and compares it with the book's person where nobody has to be asked for the book's secret; with
/// `--save` the book keeps it.
pub(crate) fn run(session: &mut Session, args: &Scan) -> Result<Outcome, Failure> {
    let text = code_text(session, &args.text)?;
    let now = Ports::system().clock.now();
    let scanned = healthbook::scan(&text, now, session.lang)?;
    if !args.save {
        let fit = if tells_whose(&scanned) { compared(session, &text)? } else { Ok(CardFit::Unknown) };
        show(session, &scanned, fit.as_ref().ok())?;
        if let Err(reason) = &fit {
            session.tell(reason)?;
        }
        return Ok(Outcome::Done);
    }
    session.with_book(|session, book| {
        let fit = book.compare_scan(&text, session.lang)?;
        let answer = match &fit {
            CardFit::Differs(differences) => is_mine(session, differences, args.any_person)?,
            CardFit::Fits | CardFit::Unknown => CardAnswer::NotAsked,
        };
        let id = match book.save_scan(&text, answer, session.reading())? {
            SavedCard::Record(id) => Some(id.to_string()),
            SavedCard::Person => None,
            SavedCard::Asks(_) => {
                return Err(Failure::told("not-allowed", words::CARD_DIFFERS.get(session.lang)));
            }
        };
        show_saved(session, &scanned, &fit, id)?;
        Ok(Outcome::Done)
    })
}

/// Whether the code is a card's, which names its holder; what is inside a health card is not opened.
fn tells_whose(scanned: &Scanned) -> bool {
    matches!(scanned.what, "cccd" | "cmnd" | "bhyt")
}

/// How the card fits the book's person, or in a sentence why it was not compared: a book that stays closed is no reason
/// not to explain a card.
fn compared(session: &Session, text: &str) -> Result<Result<CardFit, String>, Failure> {
    let lang = session.lang;
    let closed = |failure: Failure| match failure {
        Failure::NobodyReads => Err(Failure::NobodyReads),
        failure => Ok(Err(words::CARD_NOT_COMPARED.with(lang, &[("why", &failure.sentence(lang))]))),
    };
    let book = match session.open_unasked() {
        Ok(Unasked::Open(book)) => book,
        Ok(Unasked::NoBook) => return Ok(Err(words::CARD_NO_BOOK.get(lang).to_owned())),
        Ok(Unasked::NoSecret) => return Ok(Err(words::CARD_NO_SECRET.get(lang).to_owned())),
        Err(failure) => return closed(failure),
    };
    let fit = book.compare_scan(text, lang);
    // Nothing was written: that the file could not be put in order is no part of the answer.
    drop(book.lock());
    fit.map_or_else(|error| closed(error.into()), |fit| Ok(Ok(fit)))
}

/// Says in what the card differs from the book's person and, in a terminal, asks whether it is theirs all the same.
fn is_mine(
    session: &mut Session,
    differences: &[Difference],
    any_person: bool,
) -> Result<CardAnswer, Failure> {
    let lang = session.lang;
    for one in differences {
        session.tell(&difference(one, lang))?;
    }
    let theirs = any_person
        || (!session.json && terminal::can_ask() && terminal::agrees(words::CARD_IS_MINE.get(lang))?);
    if theirs {
        Ok(CardAnswer::Mine)
    } else {
        Err(Failure::told("not-allowed", words::CARD_DIFFERS.get(lang)))
    }
}

fn difference(one: &Difference, lang: Lang) -> String {
    let (book, card) = (readable(&one.book, lang), readable(&one.card, lang));
    words::CARD_DIFFERENCE.with(lang, &[("what", &one.what), ("book", &book), ("card", &card)])
}

/// A day as people write it; anything else as it is.
fn readable(value: &str, lang: Lang) -> String {
    let is_date = value.len() == 10 && value.matches('-').count() == 2;
    if is_date { dates::readable(value, lang) } else { value.to_owned() }
}

impl<'a> ScannedLine<'a> {
    fn new(scanned: &'a Scanned, fit: Option<&'a CardFit>) -> Self {
        let (fits, differences): (_, &[Difference]) = match fit {
            Some(CardFit::Fits) => (Some(true), &[]),
            Some(CardFit::Differs(differences)) => (Some(false), differences),
            Some(CardFit::Unknown) | None => (None, &[]),
        };
        let line = |one: &'a Difference| DifferenceLine { what: &one.what, book: &one.book, card: &one.card };
        Self {
            what: scanned.what,
            rows: scanned.rows.iter().map(RowLine::new).collect(),
            warnings: &scanned.warnings,
            fits,
            differences: differences.iter().map(line).collect(),
            saved: false,
            id: None,
        }
    }
}

/// What the card says and how it fits; without `fit` it was not compared.
fn show(session: &mut Session, scanned: &Scanned, fit: Option<&CardFit>) -> Result<(), Failure> {
    let lang = session.lang;
    if session.json {
        return session.out.json(&ScannedLine::new(scanned, fit));
    }
    explained(session, scanned)?;
    match fit {
        None => Ok(()),
        Some(CardFit::Unknown) if !tells_whose(scanned) => Ok(()),
        Some(CardFit::Fits) => session.out.line(words::CARD_FITS.get(lang)),
        Some(CardFit::Unknown) => session.out.line(words::CARD_NOTHING_TO_COMPARE.get(lang)),
        Some(CardFit::Differs(differences)) => {
            session.out.line(words::CARD_UNLIKE.get(lang))?;
            differences.iter().try_for_each(|one| session.out.paragraph(2, &difference(one, lang)))
        }
    }
}

/// What the card says, and that it is kept. In what it differs was said when it was asked about.
fn show_saved(
    session: &mut Session,
    scanned: &Scanned,
    fit: &CardFit,
    id: Option<String>,
) -> Result<(), Failure> {
    if session.json {
        return session.out.json(&ScannedLine { saved: true, id, ..ScannedLine::new(scanned, Some(fit)) });
    }
    explained(session, scanned)?;
    session.out.line(words::SCAN_SAVED.get(session.lang))?;
    id.map_or(Ok(()), |id| session.out.line(&id))
}

fn explained(session: &mut Session, scanned: &Scanned) -> Result<(), Failure> {
    let lang = session.lang;
    session.out.line(words::scanned(scanned.what).get(lang))?;
    let widest = scanned.rows.iter().map(|row| text::width(&row.label)).max().unwrap_or(0);
    for row in &scanned.rows {
        session.out.pair(&row.label, &readable(&row.value, lang), 2, widest)?;
    }
    for warning in &scanned.warnings {
        session.out.paragraph(2, &format!("! {warning}"))?;
    }
    Ok(())
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
