//! What a file is, by its content. Names and media types lie: hospitals send JSON as `.txt` and pictures as
//! `.pdf`.

mod packed;

use std::borrow::Cow;

macro_rules! formats {
    ($( $(#[$doc:meta])* $name:ident = $word:literal, $media:literal; )*) => {
        /// What a file is, by its content.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Format { $( $(#[$doc])* $name, )* }

        impl Format {
            /// Every format.
            pub const ALL: &'static [Self] = &[ $( Self::$name, )* ];

            /// The stable word for it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$name => $word, )* }
            }

            /// The format of a stored word.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|format| format.as_str() == word)
            }

            /// Its media type, as a file of it is handed to another program.
            #[must_use]
            pub fn media_type(self) -> &'static str {
                match self { $( Self::$name => $media, )* }
            }
        }
    };
}

formats! {
    /// No bytes at all.
    Empty = "empty", "application/octet-stream";
    /// A FHIR resource, a Bundle or a list of resources, as JSON.
    FhirJson = "fhir-json", "application/fhir+json";
    /// FHIR resources, one a line (Bulk Data).
    FhirNdjson = "fhir-ndjson", "application/fhir+ndjson";
    /// FHIR as XML: known, kept, not read.
    FhirXml = "fhir-xml", "application/fhir+xml";
    /// Vietnamese claim XML (QĐ 130/QĐ-BYT 2023 and its amendments), the envelope or one of its tables.
    ClaimXml = "claim-xml", "application/xml";
    /// A periodic health check in its exchange form (QĐ 1551/QĐ-BYT 2026 and QĐ 2062/QĐ-BYT 2026).
    HealthCheckXml = "health-check-xml", "application/xml";
    /// A SMART Health Card file (`verifiableCredential`).
    HealthCardFile = "health-card-file", "application/smart-health-card";
    /// A SMART Health Card as text: `shc:/…` of its QR, or the JWS itself.
    HealthCardText = "health-card-text", "text/plain";
    /// A SMART Health Link: `shlink:/…`.
    HealthLink = "health-link", "text/plain";
    /// The text of the QR on a citizen's card (CCCD).
    CccdQr = "cccd-qr", "text/plain";
    /// The text of the QR on a health insurance card (BHYT).
    BhytQr = "bhyt-qr", "text/plain";
    /// A file encrypted with age.
    Age = "age", "application/age";
    /// A gzip file; what is inside decides.
    Gzip = "gzip", "application/gzip";
    /// A zip archive; what is inside decides.
    Zip = "zip", "application/zip";
    /// A text document of Microsoft Office.
    Docx = "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    /// A table of Microsoft Office.
    Xlsx = "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    /// A presentation of Microsoft Office.
    Pptx = "pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation";
    /// An OpenDocument text.
    Odt = "odt", "application/vnd.oasis.opendocument.text";
    /// An OpenDocument table.
    Ods = "ods", "application/vnd.oasis.opendocument.spreadsheet";
    /// An OpenDocument presentation.
    Odp = "odp", "application/vnd.oasis.opendocument.presentation";
    /// A book (EPUB).
    Epub = "epub", "application/epub+zip";
    /// A Java program.
    Jar = "jar", "application/java-archive";
    /// Another document that is a zip archive inside.
    PackedDocument = "packed-document", "application/zip";
    /// A PDF.
    Pdf = "pdf", "application/pdf";
    /// A JPEG picture.
    Jpeg = "jpeg", "image/jpeg";
    /// A PNG picture.
    Png = "png", "image/png";
    /// A GIF picture.
    Gif = "gif", "image/gif";
    /// A WebP picture.
    Webp = "webp", "image/webp";
    /// A TIFF picture.
    Tiff = "tiff", "image/tiff";
    /// A HEIC or HEIF picture, as phones take them.
    Heic = "heic", "image/heic";
    /// A DICOM file.
    Dicom = "dicom", "application/dicom";
    /// Readable text that is none of the above.
    Text = "text", "text/plain";
    /// Anything else.
    Unknown = "unknown", "application/octet-stream";
}

impl Format {
    /// Whether its people are looked for before its records are read ([`crate::people`]).
    #[must_use]
    pub fn describes_people(self) -> bool {
        matches!(self, Self::FhirJson | Self::FhirNdjson | Self::ClaimXml | Self::HealthCheckXml)
    }

    /// Whether it is a picture, a paper or another document: kept whole, with what the person says it is.
    #[must_use]
    pub fn is_picture_or_paper(self) -> bool {
        matches!(
            self,
            Self::Docx
                | Self::Xlsx
                | Self::Pptx
                | Self::Odt
                | Self::Ods
                | Self::Odp
                | Self::Epub
                | Self::Jar
                | Self::PackedDocument
                | Self::Pdf
                | Self::Jpeg
                | Self::Png
                | Self::Gif
                | Self::Webp
                | Self::Tiff
                | Self::Heic
                | Self::Dicom
        )
    }
}

/// Says what a file is. `prefix` is its beginning: up to 64 KiB are looked at, fewer when the file is shorter.
///
/// Text in UTF-16 is told as what it would be in UTF-8, so that its reader refuses it for its encoding and not for
/// being something unknown.
///
/// ```
/// use healthbook_formats::{Format, detect};
/// assert_eq!(detect(b"%PDF-1.7\n"), Format::Pdf);
/// assert_eq!(detect("\u{feff} {\"id\":\"1\",\"resourceType\":\"Patient\"}".as_bytes()), Format::FhirJson);
/// ```
#[must_use]
pub fn detect(prefix: &[u8]) -> Format {
    let prefix = prefix.get(..PREFIX).unwrap_or(prefix);
    if prefix.is_empty() {
        return Format::Empty;
    }
    if let Some(format) = by_magic(prefix) {
        return format;
    }
    match text(prefix) {
        Some(text) => by_text(text.trim_start_matches('\u{feff}').trim_start()),
        None => Format::Unknown,
    }
}

const PREFIX: usize = 64 * 1024;

fn by_magic(prefix: &[u8]) -> Option<Format> {
    const MAGIC: [(&[u8], Format); 10] = [
        (b"%PDF-", Format::Pdf),
        (b"\xff\xd8\xff", Format::Jpeg),
        (b"\x89PNG\r\n\x1a\n", Format::Png),
        (b"GIF87a", Format::Gif),
        (b"GIF89a", Format::Gif),
        (b"II*\0", Format::Tiff),
        (b"MM\0*", Format::Tiff),
        (b"\x1f\x8b", Format::Gzip),
        (b"PK\x05\x06", Format::Zip),
        (b"age-encryption.org/v", Format::Age),
    ];
    let at = |from: usize, to: usize| prefix.get(from..to);
    if let Some((_, format)) = MAGIC.iter().find(|(magic, _)| prefix.starts_with(magic)) {
        return Some(*format);
    }
    if prefix.starts_with(b"PK\x03\x04") {
        return Some(packed::format(prefix));
    }
    if at(0, 4) == Some(b"RIFF") && at(8, 12) == Some(b"WEBP") {
        return Some(Format::Webp);
    }
    if at(4, 8) == Some(b"ftyp") {
        // Major brand, then minor version, then compatible brands (ISO/IEC 14496-12, 4.3).
        const HEIF: [&[u8]; 8] = [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"];
        if at(8, 12).is_some_and(|brand| HEIF.contains(&brand)) {
            return Some(Format::Heic);
        }
    }
    if at(128, 132) == Some(b"DICM") {
        return Some(Format::Dicom);
    }
    // Some scanners put a header of their own before the PDF; readers look for it in the first kilobyte.
    let head = prefix.get(..1024).unwrap_or(prefix);
    let binary = !matches!(head.iter().find(|b| !b.is_ascii_whitespace()), Some(b'{' | b'[' | b'<'));
    (binary && memchr::memmem::find(head, b"%PDF-1.").is_some()).then_some(Format::Pdf)
}

/// The prefix as text, when it is text. The last character may be cut.
fn text(prefix: &[u8]) -> Option<Cow<'_, str>> {
    let wide = |bytes: &[u8], big: bool| {
        let units: Vec<u16> = bytes
            .as_chunks::<2>()
            .0
            .iter()
            .map(|pair| if big { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) })
            .collect();
        String::from_utf16_lossy(&units)
    };
    match prefix {
        [0xff, 0xfe, rest @ ..] => return Some(Cow::Owned(wide(rest, false))),
        [0xfe, 0xff, rest @ ..] => return Some(Cow::Owned(wide(rest, true))),
        [b'{' | b'[' | b'<', 0, ..] => return Some(Cow::Owned(wide(prefix, false))),
        [0, b'{' | b'[' | b'<', ..] => return Some(Cow::Owned(wide(prefix, true))),
        _ => {}
    }
    let text = match std::str::from_utf8(prefix) {
        Ok(text) => Cow::Borrowed(text),
        // Only the cut is wrong.
        Err(error) if error.error_len().is_none() => {
            Cow::Borrowed(std::str::from_utf8(prefix.get(..error.valid_up_to())?).ok()?)
        }
        // JSON or XML with a wrong byte in it is still what it is: its reader says where the byte stands.
        Err(_) if matches!(prefix.trim_ascii_start().first(), Some(b'{' | b'[' | b'<')) => {
            String::from_utf8_lossy(prefix)
        }
        Err(_) => return None,
    };
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}' | '\u{1b}');
    (!text.contains(control) || text.trim_start().starts_with(['{', '[', '<'])).then_some(text)
}

fn by_text(text: &str) -> Format {
    match text.bytes().next() {
        Some(b'{') => by_json(text),
        Some(b'[') if has_type(text) => Format::FhirJson,
        Some(b'<') => by_xml(text).unwrap_or(Format::Text),
        // A comment before JSON: refused by the reader, but named for what it was meant to be.
        Some(b'/') if text.contains('{') && has_type(text) => Format::FhirJson,
        _ => by_line(text),
    }
}

fn has_type(text: &str) -> bool {
    text.contains("\"resourceType\"")
}

fn by_json(text: &str) -> Format {
    let object = object_end(text.as_bytes()).and_then(|end| text.get(..end)).unwrap_or(text);
    let rest = text.get(object.len()..).unwrap_or_default();
    if !has_type(object) && object.contains("\"verifiableCredential\"") {
        return Format::HealthCardFile;
    }
    if !has_type(text) {
        return Format::Text;
    }
    let next = rest.trim_start();
    let on_one_line = !object.contains('\n');
    if on_one_line
        && next.starts_with('{')
        && rest.get(..rest.len() - next.len()).is_some_and(|gap| gap.contains('\n'))
    {
        Format::FhirNdjson
    } else {
        Format::FhirJson
    }
}

/// Where the object or list that the bytes begin with ends; `None` when it is cut.
pub(crate) fn object_end(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0u64, false, false);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// The formats that XML holds, by the root element.
fn by_xml(text: &str) -> Option<Format> {
    let tag = root_tag(text)?;
    let name = tag.split(|c: char| c.is_whitespace() || c == '/' || c == '>').next()?;
    let local = name.rsplit(':').next()?;
    if tag.contains("\"http://hl7.org/fhir\"") || tag.contains("'http://hl7.org/fhir'") {
        return Some(Format::FhirXml);
    }
    // The envelope, one HOSO, one table, and the spellings of them that are in use.
    const ROOTS: [&str; 9] = [
        "GIAMDINHHS",
        "HOSO",
        "DANHSACHHOSO",
        "THONGTINHOSO",
        "FILEHOSO",
        "TONG_HOP",
        "TONGHOP",
        "BAOHIEMYTE",
        "GIAM_DINH_Y_KHOA",
    ];
    let upper = local.to_ascii_uppercase();
    if upper == "KHAMSUCKHOE" {
        return Some(Format::HealthCheckXml);
    }
    let table = ["CHI_TIEU", "CHITIEU", "CHI_TIET", "CHITIET", "DSACH_", "DU_LIEU_GIAY"];
    (ROOTS.contains(&upper.as_str()) || table.iter().any(|start| upper.starts_with(start)))
        .then_some(Format::ClaimXml)
}

/// The root element's start tag without `<`, behind declaration, comments and document type.
fn root_tag(text: &str) -> Option<&str> {
    let mut rest = text.trim_start();
    loop {
        let behind = |end: &str| rest.find(end).and_then(|at| rest.get(at + end.len()..));
        rest = if rest.starts_with("<?") {
            behind("?>")?
        } else if rest.starts_with("<!--") {
            behind("-->")?
        } else if rest.starts_with("<!") {
            let inner = rest.find('[').filter(|bracket| rest.find('>').is_none_or(|end| *bracket < end));
            if inner.is_some() { behind("]>").or_else(|| behind("]"))? } else { behind(">")? }
        } else {
            break;
        }
        .trim_start();
    }
    let tag = rest.strip_prefix('<')?;
    Some(tag.split_once('>').map_or(tag, |(tag, _)| tag))
}

/// The formats that are one line of text.
fn by_line(text: &str) -> Format {
    let text = text.trim();
    let scheme =
        |scheme: &str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    if text.starts_with("-----BEGIN AGE ENCRYPTED FILE-----") {
        return Format::Age;
    }
    if scheme("shc:/") {
        return Format::HealthCardText;
    }
    if scheme("shlink:/")
        || (scheme("https://") && text.contains("#shlink:/") && !text.contains(char::is_whitespace))
    {
        return Format::HealthLink;
    }
    if is_jws(text) {
        return Format::HealthCardText;
    }
    let fields: Vec<&str> = text.lines().next().unwrap_or_default().split('|').map(str::trim).collect();
    let digits =
        |field: &&str, length: usize| field.len() == length && field.bytes().all(|b| b.is_ascii_digit());
    match fields.as_slice() {
        // CCCD|CMND|name|ddMMyyyy|sex|address|ddMMyyyy: seven fields, later cards may have more.
        [number, _, _, birth, _, _, ..] if digits(number, 12) && digits(birth, 8) => Format::CccdQr,
        // The number, the name as it is or as hex of its UTF-8, the birth date as dd/MM/yyyy or a year.
        [number, name, birth, _, ..] if is_bhyt(number) && !name.is_empty() && looks_like_date(birth) => {
            Format::BhytQr
        }
        _ => Format::Text,
    }
}

/// 15 characters (`^[A-Z]{2}[1-5][0-9]{2}[0-9]{10}$`) or the 10 digits alone.
fn is_bhyt(number: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    match number.len() {
        10 => digits(number),
        15 => number.bytes().take(2).all(|b| b.is_ascii_uppercase()) && number.get(2..).is_some_and(digits),
        _ => false,
    }
}

fn looks_like_date(text: &str) -> bool {
    matches!(text.len(), 4 | 8 | 10) && text.bytes().all(|b| b.is_ascii_digit() || b == b'/')
}

/// Three parts of base64url with dots between them, the first of which holds a JSON object.
fn is_jws(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let letters = |part: &&str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    parts.len() == 3 && text.starts_with("eyJ") && parts.iter().all(letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, big: bool) -> Vec<u8> {
        let order = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        text.encode_utf16().flat_map(order).collect()
    }

    #[test]
    fn json_by_what_it_holds() {
        let patient = r#"{"resourceType":"Patient"}"#;
        for (text, format) in [
            (patient.to_owned(), Format::FhirJson),
            (format!("\u{feff}\r\n {patient}"), Format::FhirJson),
            (r#"{"id":"1","name":[{"text":"}"}],"resourceType":"Patient"}"#.into(), Format::FhirJson),
            (format!("{patient}\n{patient}\n"), Format::FhirNdjson),
            (format!("{patient}\r\n\r\n{patient}"), Format::FhirNdjson),
            (format!("{patient}\n"), Format::FhirJson),
            (format!("[{patient},\n{patient}]"), Format::FhirJson),
            (r#"{"verifiableCredential":["eyJ6aXAiOiJERUYi.a.b"]}"#.into(), Format::HealthCardFile),
            (r#"{"a":1}"#.into(), Format::Text),
            ("[1,2]".into(), Format::Text),
            (format!("// a comment\n{patient}"), Format::FhirJson),
            (
                format!("{{\"entry\":[{}", format!("{{\"resource\":{patient}}},").repeat(5000)),
                Format::FhirJson,
            ),
        ] {
            assert_eq!(detect(text.as_bytes()), format, "{}", text.get(..60).unwrap_or(&text));
        }
    }

    #[test]
    fn xml_by_its_root() {
        for (text, format) in [
            ("<?xml version='1.0'?><!-- x --><Patient xmlns=\"http://hl7.org/fhir\"/>", Format::FhirXml),
            ("<f:Patient xmlns:f=\"http://hl7.org/fhir\"><f:id/>", Format::FhirXml),
            (
                "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<GIAMDINHHS><THONGTINDONVI/>",
                Format::ClaimXml,
            ),
            ("<HOSO>", Format::ClaimXml),
            (
                "<?xml version=\"1.0\"?><KHAMSUCKHOE xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">",
                Format::HealthCheckXml,
            ),
            ("<TONG_HOP><MA_LK>1</MA_LK>", Format::ClaimXml),
            ("<CHITIEU_CHITIET_THUOC>", Format::ClaimXml),
            ("<CHI_TIEU_GIAYCHUYENTUYEN/>", Format::ClaimXml),
            ("<!DOCTYPE GIAMDINHHS [<!ENTITY a \"b>\">]><GIAMDINHHS>", Format::ClaimXml),
            ("<!DOCTYPE html><html>", Format::Text),
            ("<html><body>", Format::Text),
            ("<", Format::Text),
        ] {
            assert_eq!(detect(text.as_bytes()), format, "{text}");
        }
    }

    #[test]
    fn utf_16_is_told_as_what_it_would_be() {
        let json = "{\"resourceType\":\"Patient\"}";
        for big in [false, true] {
            assert_eq!(detect(&utf16(json, big)), Format::FhirJson);
            assert_eq!(detect(&utf16(&format!("\u{feff}{json}"), big)), Format::FhirJson);
            assert_eq!(detect(&utf16("\u{feff}<GIAMDINHHS>", big)), Format::ClaimXml);
        }
    }

    #[test]
    fn lines_of_text() {
        for (text, format) in [
            ("shc:/5676295953265460346029", Format::HealthCardText),
            ("eyJ6aXAiOiJERUYi.3VRNb9s.X_T8", Format::HealthCardText),
            ("shlink:/eyJ1cmwiOiJodHRw", Format::HealthLink),
            ("https://view.example/#shlink:/eyJ1cmwiOiJodHRw", Format::HealthLink),
            ("001199000001|012345678|Nguyễn Văn Thử|01011999|Nam|Số 1, Hoa Mai|02022022", Format::CccdQr),
            ("001199000001||Nguyễn Văn Thử|01011999|Nam|Số 1|02022022|||thêm", Format::CccdQr),
            ("DN4010000000001|4e677579e1bb856e|01/01/1999|1|...", Format::BhytQr),
            ("0000000001|4e677579e1bb856e|01/01/1999|1|...", Format::BhytQr),
            ("age-encryption.org/v1\n-> X25519 a", Format::Age),
            ("-----BEGIN AGE ENCRYPTED FILE-----\n", Format::Age),
            ("Huyết áp hôm nay 120/80", Format::Text),
            ("", Format::Empty),
            ("   ", Format::Text),
        ] {
            assert_eq!(detect(text.as_bytes()), format, "{text}");
        }
    }

    #[test]
    fn pictures_papers_and_archives() {
        let dicom = [&[0u8; 128][..], b"DICM"].concat();
        let cases: [(&[u8], Format); 15] = [
            (b"%PDF-1.4", Format::Pdf),
            (b"@PJL JOB\r\n%PDF-1.4", Format::Pdf),
            (b"PK\x03\x04", Format::Zip),
            (b"\xff\xd8\xff\xe0", Format::Jpeg),
            (b"\x89PNG\r\n\x1a\n", Format::Png),
            (b"GIF89a", Format::Gif),
            (b"RIFF\0\0\0\0WEBPVP8 ", Format::Webp),
            (b"II*\0", Format::Tiff),
            (b"MM\0*", Format::Tiff),
            (b"\0\0\0\x18ftypheic\0\0\0\0", Format::Heic),
            (b"\0\0\0\x18ftypmif1\0\0\0\0", Format::Heic),
            (b"\0\0\0\x18ftypisom\0\0\0\0", Format::Unknown),
            (&dicom, Format::Dicom),
            (b"\x1f\x8b\x08", Format::Gzip),
            (b"\x00\x01\x02\xff", Format::Unknown),
        ];
        for (bytes, format) in cases {
            assert_eq!(detect(bytes), format, "{bytes:?}");
        }
        let broken = b"{\"resourceType\":\"Patient\",\"id\":\"\xff\"}";
        assert_eq!(detect(broken), Format::FhirJson);
    }

    #[test]
    fn words_are_stable_and_a_cut_character_is_no_binary() {
        for format in Format::ALL {
            assert_eq!(Format::parse(format.as_str()), Some(*format));
        }
        let text = "đ".repeat(PREFIX);
        assert_eq!(detect(&text.as_bytes()[..PREFIX - 1]), Format::Text);
    }
}
