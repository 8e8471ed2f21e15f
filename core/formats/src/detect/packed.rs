//! Documents that are zip archives inside: taken apart they would be lost.

use super::Format;

/// Length of a local header, of a header in the directory and of the directory's end, without what varies (APPNOTE 4.3.7,
/// 4.3.12, 4.3.16).
const LOCAL: usize = 30;
const CENTRAL: usize = 46;
const END: usize = 22;

/// What a zip archive is, by the names of its members as far as its beginning tells them: those that stand one after another
/// from its first byte, and the directory when the archive is so small that it is in sight. A member is never looked
/// into, for it may be such a document itself.
pub(super) fn format(prefix: &[u8]) -> Format {
    let first = local(prefix, 0);
    if let Some(member) = &first
        && member.name == b"mimetype"
    {
        return by_media_type(prefix.get(member.content..).unwrap_or_default());
    }
    if first.as_ref().is_some_and(|member| member.name.starts_with(b"META-INF/")) {
        return Format::Jar;
    }
    let names: Vec<&[u8]> = locals(prefix).chain(directory(prefix)).collect();
    // Some programs write the list of types last, where the beginning does not show it.
    let begins_like_one = first.is_some_and(|member| {
        let name = member.name;
        name == b"_rels/.rels" || (folder(name).is_some() && name.ends_with(b".xml"))
    });
    if names.contains(&&b"[Content_Types].xml"[..]) || begins_like_one {
        names.iter().find_map(|name| folder(name)).unwrap_or(Format::PackedDocument)
    } else {
        Format::Zip
    }
}

/// The folder in which an Office document has its content.
fn folder(name: &[u8]) -> Option<Format> {
    const FOLDERS: [(&[u8], Format); 3] =
        [(b"word/", Format::Docx), (b"xl/", Format::Xlsx), (b"ppt/", Format::Pptx)];
    FOLDERS.iter().find(|(folder, _)| name.starts_with(folder)).map(|(_, format)| *format)
}

/// OpenDocument and EPUB say what they are in their first member, which is not compressed. What follows it is the next
/// member.
fn by_media_type(content: &[u8]) -> Format {
    [Format::Odt, Format::Ods, Format::Odp, Format::Epub]
        .into_iter()
        .find(|format| {
            let rest = content.strip_prefix(format.media_type().as_bytes());
            rest.is_some_and(|rest| {
                rest.starts_with(b"PK") || rest.first().is_none_or(u8::is_ascii_whitespace)
            })
        })
        .unwrap_or(Format::PackedDocument)
}

struct Local<'a> {
    name: &'a [u8],
    /// Where its content begins.
    content: usize,
    /// Where the next member begins, when the header says how long this one is.
    next: Option<usize>,
}

fn local(bytes: &[u8], at: usize) -> Option<Local<'_>> {
    let header = bytes.get(at..)?;
    if !header.starts_with(b"PK\x03\x04") {
        return None;
    }
    let (name, extra) = (short(header, 26)?, short(header, 28)?);
    let content = at.checked_add(LOCAL + name + extra)?;
    // Bit 3 of the flags: the length stands behind the content.
    let told = short(header, 6)? & 8 == 0;
    let next = if told { content.checked_add(long(header, 18)?) } else { None };
    Some(Local { name: header.get(LOCAL..LOCAL + name)?, content, next })
}

fn locals(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut at = Some(0);
    std::iter::from_fn(move || {
        let member = local(bytes, at?)?;
        at = member.next;
        Some(member.name)
    })
}

/// The names in the directory, when it is in sight.
fn directory(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let end = memchr::memmem::rfind(bytes, b"PK\x05\x06").and_then(|end| bytes.get(end..));
    let mut at = end.filter(|end| end.len() >= END).and_then(|end| long(end, 16));
    std::iter::from_fn(move || {
        let header = bytes.get(at?..)?;
        if !header.starts_with(b"PK\x01\x02") {
            return None;
        }
        let (name, extra, comment) = (short(header, 28)?, short(header, 30)?, short(header, 32)?);
        at = at?.checked_add(CENTRAL + name + extra + comment);
        header.get(CENTRAL..CENTRAL + name)
    })
}

fn short(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..)?.first_chunk::<2>()?;
    Some(usize::from(u16::from_le_bytes(*bytes)))
}

fn long(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..)?.first_chunk::<4>()?;
    usize::try_from(u32::from_le_bytes(*bytes)).ok()
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::super::detect;
    use super::*;

    fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
            writer.start_file(*name, options).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn a_document_that_is_a_zip_inside_is_known_for_what_it_is() {
        let long = vec![b'x'; 100_000];
        let odt = Format::Odt.media_type().as_bytes();
        for (files, format) in [
            (vec![("[Content_Types].xml", &b"<a/>"[..]), ("word/document.xml", b"<a/>")], Format::Docx),
            (
                vec![("_rels/.rels", b"<a/>"), ("[Content_Types].xml", b""), ("xl/workbook.xml", b"")],
                Format::Xlsx,
            ),
            (vec![("ppt/a.xml", &long), ("[Content_Types].xml", b"")], Format::Pptx),
            (vec![("a.xml", b""), ("[Content_Types].xml", b"")], Format::PackedDocument),
            (vec![("mimetype", odt), ("content.xml", b"<a/>")], Format::Odt),
            (vec![("mimetype", b"application/epub+zip"), ("a.xhtml", b"")], Format::Epub),
            (vec![("mimetype", b"image/x"), ("a", b"")], Format::PackedDocument),
            (vec![("META-INF/MANIFEST.MF", b""), ("A.class", b"")], Format::Jar),
            (vec![("a.json", b"{}"), ("word.xml", b"")], Format::Zip),
        ] {
            assert_eq!(detect(&zipped(&files)), format, "{}", files[0].0);
        }
        let docx = zipped(&[("[Content_Types].xml", b"<a/>"), ("word/document.xml", b"<a/>")]);
        assert_eq!(
            detect(&zipped(&[("thu.docx", &docx), ("a.json", b"{}")])),
            Format::Zip,
            "it only holds one"
        );
        for cut in 0..docx.len() {
            let _ = detect(&docx[..cut]);
        }
    }
}
