//! The help pages: what each command and each option is for, by the path of the command and the argument's name.

use healthbook::Lang;
use healthbook::own::entry_kinds;

/// What a command is for: path, Vietnamese, English.
static ABOUT: &[(&str, &str, &str)] = &[
    (
        "",
        "Sổ sức khỏe của bạn: mã hóa trên máy của bạn, đầy đủ và nguyên văn.",
        "Your health book: encrypted on your own machine, whole and as it was sent.",
    ),
    ("demo", "Xem thử với dữ liệu mẫu", "A tour with sample data"),
    ("create", "Tạo sổ mới; in mã khôi phục một lần", "Make a book; prints the recovery code once"),
    ("import", "Nhập tệp và thư mục vào sổ", "Take files and folders into the book"),
    ("timeline", "Xem hồ sơ theo thời gian, mới nhất trước", "List records by time, newest first"),
    (
        "show",
        "Xem một bản ghi: để đọc, nguyên gốc, hoặc lịch sử",
        "Show one record: for reading, as sent, or its history",
    ),
    ("search", "Tìm trong sổ, có dấu hay không dấu", "Search the book, with or without diacritics"),
    ("trend", "Xem một chỉ số theo thời gian", "Show a series of numbers over time"),
    ("add", "Tự ghi thêm vào sổ; in mã của bản ghi", "Add an entry of your own; prints its identity"),
    ("edit", "Sửa bản ghi do mình ghi; bản cũ vẫn còn", "Edit an entry of your own; the state before stays"),
    ("correct", "Đính chính bên cạnh bản ghi của nơi gửi", "Put a correction beside a record that was sent"),
    ("delete", "Bỏ một bản ghi khỏi danh sách", "Take a record out of the lists"),
    ("restore", "Đưa một bản ghi đã bỏ trở lại", "Bring a record back that was taken out"),
    ("purge", "Xóa hẳn một bản ghi, không lấy lại được", "Erase a record for good"),
    ("person", "Chủ sổ là ai", "Whom the book is for"),
    ("card", "Chủ sổ, thẻ BHYT, dị ứng, nhóm máu", "The person, insurance card, allergies, blood group"),
    ("emergency", "Thông tin cần khi cấp cứu", "What helpers need in an emergency"),
    ("review", "Hồ sơ chờ xác nhận là của ai", "Records that wait until you say whose they are"),
    ("review confirm", "Hồ sơ này là của chủ sổ", "These records are the person's"),
    ("review reject", "Hồ sơ này là của người khác", "These records are somebody else's"),
    (
        "scan",
        "Đọc mã CCCD, thẻ BHYT (chữ hoặc ảnh mã QR), so với sổ",
        "Read a CCCD or BHYT code or QR picture, compare it",
    ),
    ("documents", "Tệp gốc và tệp đính kèm", "Original files and attachments"),
    ("document", "Lấy ra một tệp gốc, đúng từng byte", "Take an original file out, byte for byte"),
    ("quarantine", "Những gì không đọc được, và vì sao", "What could not be read, and why"),
    ("export", "Xuất hồ sơ, tệp gốc hoặc số liệu", "Take records, original files or numbers out"),
    ("audit", "Nhật ký: việc gì đã làm, lúc nào", "The log: what was done and when"),
    ("consent", "Sự đồng ý: xem, ghi, rút lại", "Consents: list, give, withdraw"),
    ("consent list", "Xem các lần đồng ý", "List consents"),
    ("consent give", "Ghi một sự đồng ý", "Record a consent"),
    ("consent withdraw", "Rút lại một sự đồng ý", "Withdraw a consent"),
    ("passphrase", "Đặt mật khẩu hoặc tệp khóa mới", "Set a new passphrase or key file"),
    (
        "recovery-code",
        "Tạo mã khôi phục mới, hoặc thử mã đã chép",
        "Make a new recovery code, or prove the one written down",
    ),
    ("rotate-key", "Đổi khóa mã hóa của cả sổ", "Change the key that encrypts the book"),
    ("verify", "Kiểm tra mọi trang, mã băm và chuỗi", "Check every page, hash and chain"),
    ("stats", "Số lượng theo loại và nguồn, dung lượng", "Counts per kind and source, sizes, freshness"),
    ("erase", "Xóa cả sổ", "Erase the whole book"),
    ("help", "Xem cách dùng một lệnh", "Show how a command is used"),
];

/// Arguments of every command: name, Vietnamese, English.
static EVERYWHERE: &[(&str, &str, &str)] = &[
    ("book", "thư mục của sổ (hoặc HEALTHBOOK_DIR)", "folder of the book (or HEALTHBOOK_DIR)"),
    ("lang", "ngôn ngữ: vi hoặc en", "language: vi or en"),
    ("json", "in JSON, mỗi dòng một giá trị", "print JSON, one value a line"),
    ("restricted", "hiện cả bản ghi hạn chế", "show restricted records too"),
    (
        "passphrase_file",
        "tệp chứa mật khẩu (hoặc HEALTHBOOK_PASSPHRASE)",
        "passphrase file (or HEALTHBOOK_PASSPHRASE)",
    ),
    ("keyfile", "tệp khóa (hoặc HEALTHBOOK_KEYFILE)", "key file (or HEALTHBOOK_KEYFILE)"),
    ("recovery_code_file", "tệp chứa mã khôi phục", "file with the recovery code"),
    ("help", "xem cách dùng", "show how it is used"),
    ("version", "xem phiên bản", "show the version"),
];

/// Arguments of single commands: path, name, Vietnamese, English.
static ARGUMENTS: &[(&str, &str, &str, &str)] = &[
    (
        "demo",
        "keep",
        "giữ sổ thử trong thư mục này (chưa có hoặc trống)",
        "keep the book of the tour in this folder (new or empty)",
    ),
    ("create", "name", "họ và tên chủ sổ", "full name of the person"),
    (
        "create",
        "born",
        "ngày sinh, ví dụ 1958-03-12 hoặc 12/03/1958",
        "date of birth, such as 1958-03-12 or 12/03/1958",
    ),
    ("create", "sex", "giới tính: nam, nữ hoặc khác", "sex: male, female or other"),
    (
        "import",
        "paths",
        "tệp, thư mục, hoặc - để đọc từ đầu vào chuẩn",
        "files, folders, or - for standard input",
    ),
    (
        "import",
        "source",
        "tên nơi gửi, dùng cho mọi bản ghi trong các tệp này",
        "who sent them: the source of all records in these files",
    ),
    (
        "import",
        "any_person",
        "coi mọi hồ sơ trong tệp là của chủ sổ",
        "take whoever the records are about for the book's person",
    ),
    ("import", "title", "nói rõ đây là giấy tờ gì", "say what a paper or unknown file is"),
    (
        "timeline",
        "kind",
        "chỉ loại này (visit, result, medicine… hoặc tên loại FHIR); viết được nhiều lần",
        "only this kind (visit, result, medicine… or a FHIR type); can be repeated",
    ),
    ("timeline", "source", "chỉ từ nguồn này", "only from this source"),
    ("timeline", "from", "từ ngày", "from this day"),
    ("timeline", "to", "đến hết ngày, tháng hoặc năm", "to the end of this day, month or year"),
    ("timeline", "limit", "nhiều nhất bao nhiêu dòng (mặc định 50)", "at most so many rows (50 unless said)"),
    (
        "timeline",
        "after",
        "tiếp từ vị trí mà danh sách trước đã in",
        "go on from the place that the list before has printed",
    ),
    ("timeline", "by_name", "xếp theo tên thay vì theo thời gian", "by name instead of by time"),
    (
        "timeline",
        "all",
        "mọi bản ghi, mọi loại, mọi tình trạng, không giới hạn số dòng",
        "every record, of every type, in any state, without a cap",
    ),
    (
        "show",
        "ids",
        "mã bản ghi, hoặc ít nhất 8 ký tự đầu",
        "identity of the record, or its first 8 digits at least",
    ),
    ("show", "raw", "in đúng từng byte như nơi gửi đã gửi", "the exact bytes as they were sent"),
    ("show", "history", "lịch sử các phiên bản, để đọc", "its versions, for reading"),
    (
        "show",
        "versions",
        "các phiên bản; cùng --raw và --out thì ghi ra từng tệp",
        "its versions; with --raw and --out each as a file",
    ),
    ("show", "out", "ghi vào thư mục này, mỗi bản ghi một tệp", "write into this folder, one file a record"),
    ("search", "words", "các từ cần tìm", "the words to look for"),
    (
        "search",
        "limit",
        "nhiều nhất bao nhiêu kết quả (mặc định 50)",
        "at most so many hits (50 unless said)",
    ),
    (
        "trend",
        "series",
        "tên chỉ số (blood-pressure, weight, glucose…) hoặc hệ-mã|mã; bỏ trống để xem các tên",
        "name (blood-pressure, weight, glucose…) or system|code; without it, the names are listed",
    ),
    ("trend", "from", "từ ngày", "from this day"),
    ("trend", "to", "đến hết ngày, tháng hoặc năm", "to the end of this day, month or year"),
    ("trend", "by", "gộp theo: day (ngày), week (tuần) hoặc month (tháng)", "gather by day, week or month"),
    ("trend", "svg", "vẽ biểu đồ SVG vào tệp này", "draw a chart as SVG to this file"),
    ("edit", "id", "mã bản ghi", "identity of the entry"),
    (
        "edit",
        "set",
        "mục cần sửa và giá trị mới; để trống giá trị là bỏ mục",
        "the field and its new value; an empty value takes it away",
    ),
    ("correct", "id", "mã bản ghi", "identity of the record"),
    ("correct", "set", "mục cần đính chính và giá trị đúng", "the field and the right value"),
    ("delete", "id", "mã bản ghi", "identity of the record"),
    ("restore", "id", "mã bản ghi", "identity of the record"),
    ("purge", "id", "mã bản ghi", "identity of the record"),
    ("purge", "yes", "xóa mà không hỏi lại", "erase without asking"),
    ("person", "set", "mục cần sửa và giá trị mới", "the field and its new value"),
    ("review confirm", "number", "số thứ tự trong lệnh review", "its number in the command review"),
    ("review reject", "number", "số thứ tự trong lệnh review", "its number in the command review"),
    (
        "scan",
        "text",
        "chữ trong mã, hoặc tệp chứa chữ hay ảnh PNG, JPEG",
        "the code's text, or a file with the text or a PNG or JPEG picture",
    ),
    ("scan", "save", "lưu vào sổ", "keep it in the book"),
    (
        "scan",
        "any_person",
        "lưu cả khi thẻ ghi khác với chủ sổ",
        "keep it even when the card differs from the book's person",
    ),
    (
        "documents",
        "read_again",
        "đọc lại tệp gốc mà một phiên bản cũ của chương trình đã đọc, để bản ghi nói đủ những gì bản này hiểu được",
        "read those originals again that an older program read, so that records say all that this one understands",
    ),
    ("documents", "limit", "nhiều nhất bao nhiêu tệp", "at most so many files"),
    (
        "document",
        "id",
        "mã tệp, hoặc MÃ/SỐ của tệp đính kèm",
        "identity of the file, or RECORD/NUMBER of an attachment",
    ),
    ("document", "out", "ghi vào tệp này; - là đầu ra chuẩn", "write to this file; - is standard output"),
    ("quarantine", "number", "in nguyên văn đoạn số này", "print the very bytes of this one"),
    (
        "export",
        "fhir",
        "mọi bản ghi dạng FHIR: .json là một gói Bundle, .ndjson mỗi dòng một bản ghi; - là đầu ra chuẩn",
        "every record as FHIR: .json is one Bundle, .ndjson one a line; - is standard output",
    ),
    ("export", "documents", "mọi tệp gốc vào thư mục này", "every original file into this folder"),
    ("export", "csv", "một chỉ số dạng CSV ra đầu ra chuẩn", "a series as CSV to standard output"),
    ("audit", "limit", "nhiều nhất bao nhiêu dòng (mặc định 50)", "at most so many lines (50 unless said)"),
    ("audit", "before", "chỉ các dòng trước số này", "only lines before this number"),
    ("consent give", "purpose", "đồng ý cho việc gì", "what it is for"),
    ("consent give", "scope", "phạm vi: những gì", "what of"),
    ("consent give", "evidence", "đồng ý bằng cách nào", "how it was given"),
    ("consent withdraw", "id", "mã của lần đồng ý", "identity of the consent"),
    ("passphrase", "new_passphrase_file", "tệp chứa mật khẩu mới", "file with the new passphrase"),
    (
        "passphrase",
        "new_keyfile",
        "dùng tệp khóa này (tạo mới nếu chưa có)",
        "use this key file (made when missing)",
    ),
    ("passphrase", "remove", "bỏ mật khẩu", "take the passphrase away"),
    (
        "recovery-code",
        "check",
        "thử mã đã chép, từ tệp hoặc gõ vào; không tạo mã mới",
        "prove the code that was written down, from a file or typed; makes no new one",
    ),
    ("rotate-key", "new_passphrase_file", "tệp chứa mật khẩu mới", "file with the new passphrase"),
    (
        "rotate-key",
        "new_keyfile",
        "dùng tệp khóa này (tạo mới nếu chưa có)",
        "use this key file (made when missing)",
    ),
    ("erase", "yes_erase_everything", "xóa thật", "really erase it"),
    ("help", "command", "lệnh cần xem", "the command to show"),
    ("add bp", "reading", "tâm thu/tâm trương, ví dụ 128/79", "systolic/diastolic, such as 128/79"),
    ("add glucose", "fasting", "đo lúc đói", "taken fasting"),
    ("add glucose", "after-meal", "đo khoảng 2 giờ sau bữa ăn", "taken about two hours after a meal"),
    ("add vaccine", "refused", "không tiêm vì từ chối", "not given, refused"),
    ("add allergy", "none", "không có dị ứng nào đã biết", "no allergy is known"),
];

/// Examples below a help page: path, Vietnamese, English.
static EXAMPLES: &[(&str, &str, &str)] = &[
    (
        "",
        "Bắt đầu: healthbook demo, rồi healthbook create. Mã kết thúc: 0 xong, 1 lỗi,\n2 viết sai lệnh, 3 xong một phần.",
        "To begin: healthbook demo, then healthbook create. Exit codes: 0 done, 1 failed,\n2 wrong usage, 3 done in part.",
    ),
    (
        "add",
        "Ví dụ:\n  healthbook add bp 128/79 --pulse 70 --at 2026-11-20T07:10\n  healthbook add glucose 5.4 --fasting\n  healthbook add medicine Metformin --strength \"500 mg\" --dose \"1 viên\"\n  healthbook add allergy --none",
        "Examples:\n  healthbook add bp 128/79 --pulse 70 --at 2026-11-20T07:10\n  healthbook add glucose 5.4 --fasting\n  healthbook add medicine Metformin --strength \"500 mg\" --dose \"1 tablet\"\n  healthbook add allergy --none",
    ),
    (
        "passphrase",
        "Quên mật khẩu: healthbook --recovery-code-file TỆP passphrase",
        "Passphrase forgotten: healthbook --recovery-code-file FILE passphrase",
    ),
];

/// Names of values on help pages: as the commands write them, in Vietnamese, in English.
static VALUE_NAMES: &[(&str, &str, &str)] = &[
    ("FILE", "TỆP", "FILE"),
    ("DIR", "THƯ-MỤC", "DIR"),
    ("LANG", "NGÔN-NGỮ", "LANG"),
    ("NAME", "TÊN", "NAME"),
    ("CONDITION", "BỆNH", "CONDITION"),
    ("RELATION", "QUAN-HỆ", "RELATION"),
    ("PLACE", "NƠI", "PLACE"),
    ("NUMBER", "SỐ", "NUMBER"),
    ("DATE", "NGÀY", "DATE"),
    ("SEX", "GIỚI-TÍNH", "SEX"),
    ("PATH", "ĐƯỜNG-DẪN", "PATH"),
    ("LABEL", "NGUỒN", "LABEL"),
    ("TEXT", "CHỮ", "TEXT"),
    ("KIND", "LOẠI", "KIND"),
    ("N", "SỐ", "N"),
    ("CURSOR", "VỊ-TRÍ", "CURSOR"),
    ("ID", "MÃ", "ID"),
    ("WORDS", "TỪ", "WORDS"),
    ("SERIES", "CHỈ-SỐ", "SERIES"),
    ("STEP", "BƯỚC", "STEP"),
    ("FIELD=VALUE", "MỤC=GIÁ-TRỊ", "FIELD=VALUE"),
    ("PURPOSE", "MỤC-ĐÍCH", "PURPOSE"),
    ("COMMAND", "LỆNH", "COMMAND"),
    ("128/79", "128/79", "128/79"),
];

/// What a command is for.
pub(crate) fn about(path: &str, lang: Lang) -> Option<&'static str> {
    if let Some(word) = path.strip_prefix("add ") {
        return entry_kinds().iter().find(|kind| kind.word == word).map(|kind| kind.title(lang));
    }
    ABOUT.iter().find(|(known, ..)| *known == path).map(|(_, vi, en)| lang.pick(*vi, *en))
}

/// What stands below a help page.
pub(crate) fn examples(path: &str, lang: Lang) -> Option<&'static str> {
    EXAMPLES.iter().find(|(known, ..)| *known == path).map(|(_, vi, en)| lang.pick(*vi, *en))
}

/// What an argument is for. Those of entries are the book's own fields, with a value they could have.
pub(crate) fn argument(path: &str, name: &str, lang: Lang) -> Option<String> {
    let own = ARGUMENTS.iter().find(|(known, argument, ..)| *known == path && *argument == name);
    if let Some((.., vi, en)) = own {
        return Some(lang.pick(*vi, *en).to_owned());
    }
    if let Some((_, vi, en)) = EVERYWHERE.iter().find(|(known, ..)| *known == name) {
        return Some(lang.pick(*vi, *en).to_owned());
    }
    let word = path.strip_prefix("add ")?;
    let kind = entry_kinds().iter().find(|kind| kind.word == word)?;
    let field = kind.fields.iter().find(|field| field.name == name)?;
    let title = field.title(lang);
    // Values are words of commands or what a Vietnamese would write; English help shows only those that read in both.
    let shown = lang == Lang::Vi || field.example.is_ascii();
    Some(if shown && !title.contains('(') {
        format!("{title} ({})", field.example)
    } else {
        title.to_owned()
    })
}

/// The name of a value.
pub(crate) fn value_name(name: &str, lang: Lang) -> &'static str {
    VALUE_NAMES.iter().find(|(known, ..)| *known == name).map_or("…", |(_, vi, en)| lang.pick(*vi, *en))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::help;

    fn walk(command: &clap::Command, path: &str, seen: &mut BTreeSet<String>) {
        for lang in [Lang::Vi, Lang::En] {
            assert!(about(path, lang).is_some(), "no words for the command {path:?}");
        }
        seen.insert(path.to_owned());
        for arg in command.get_arguments() {
            let name = arg.get_id().as_str();
            for lang in [Lang::Vi, Lang::En] {
                assert!(argument(path, name, lang).is_some(), "no words for {name} of {path:?}");
            }
            assert_ne!(argument(path, name, Lang::Vi), argument(path, name, Lang::En), "{name} of {path:?}");
            seen.insert(format!("{path}/{name}"));
        }
        for sub in command.get_subcommands() {
            let path = if path.is_empty() {
                sub.get_name().to_owned()
            } else {
                format!("{path} {}", sub.get_name())
            };
            walk(sub, &path, seen);
        }
    }

    #[test]
    fn every_command_and_option_is_explained_in_both_languages_and_nothing_else_is() {
        let mut seen = BTreeSet::new();
        walk(&help::command(Lang::Vi), "", &mut seen);
        for (path, vi, en) in ABOUT {
            assert!(seen.contains(*path), "{path} is explained and is no command");
            assert_ne!(vi, en);
        }
        for (path, name, ..) in ARGUMENTS {
            assert!(
                seen.contains(&format!("{path}/{name}")),
                "{name} of {path} is explained and is no argument"
            );
        }
        for (path, ..) in EXAMPLES {
            assert!(seen.contains(*path), "{path} has examples and is no command");
        }
    }

    #[test]
    fn every_value_has_a_name_and_no_page_speaks_two_languages() {
        for lang in [Lang::Vi, Lang::En] {
            let mut command = help::command(lang);
            command.build();
            pages(&mut command, lang);
        }
    }

    fn pages(command: &mut clap::Command, lang: Lang) {
        let page = command.render_help().to_string();
        assert!(!page.contains('…') || page.contains("medicine…") || page.contains("glucose…"), "{page}");
        let foreign: &[&str] = match lang {
            Lang::Vi => &[
                "Usage",
                "Options:",
                "Commands:",
                "Arguments:",
                "[OPTIONS]",
                "Print ",
                "possible values",
                "default:",
            ],
            Lang::En => &["Cách dùng", "Tùy chọn", "TÙY CHỌN", "MÃ", "TỆP"],
        };
        for word in foreign {
            assert!(!page.contains(word), "{word} in:\n{page}");
        }
        for sub in command.get_subcommands_mut() {
            pages(sub, lang);
        }
    }
}
