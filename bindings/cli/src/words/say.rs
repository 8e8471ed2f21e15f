//! The sentences themselves.

use super::Phrase;

macro_rules! phrases {
    ($( $name:ident = $vi:literal, $en:literal; )*) => {
        $( pub(crate) const $name: Phrase = Phrase { vi: $vi, en: $en }; )*

        /// Every sentence by its name.
        #[cfg(test)]
        pub(super) static ALL: &[(&str, Phrase)] = &[ $( (stringify!($name), $name), )* ];
    };
}

phrases! {
    // Help pages and wrong usage.
    USAGE = "Cách dùng:", "Usage:";
    USAGE_OPTIONS = "TÙY CHỌN", "OPTIONS";
    USAGE_COMMAND = "LỆNH", "COMMAND";
    COMMANDS = "Các lệnh", "Commands";
    ARGUMENTS = "Tham số", "Arguments";
    OPTIONS = "Tùy chọn", "Options";
    EVERYWHERE = "Tùy chọn dùng chung cho mọi lệnh", "Options of every command";
    WHICH_COMMAND = "Cần một lệnh.", "A command is needed.";
    NO_SUCH_COMMAND = "Không có lệnh này.", "There is no such command.";
    UNKNOWN_OPTION = "Không có tùy chọn {option} ở đây.", "There is no option {option} here.";
    EXTRA_ARGUMENT = "Có tham số thừa.", "There is an argument too many.";
    MISSING_ARGUMENT = "Còn thiếu: {argument}.", "Missing: {argument}.";
    ARGUMENTS_CONFLICT = "{one} không đi cùng với {other}.", "{one} cannot be used with {other}.";
    INVALID_VALUE = "Giá trị của {argument} không hợp lệ.", "The value of {argument} is not valid.";
    NOT_ONE_OF = "{argument} phải là một trong: {values}.", "{argument} must be one of: {values}.";
    WRONG_CALL = "Lệnh viết chưa đúng.", "The command was not understood.";
    DID_YOU_MEAN = "Có phải ý bạn là: {word}?", "Did you mean: {word}?";
    SEE_HELP = "Thêm --help để xem cách dùng.", "Add --help to see how it is used.";
    NOT_A_DATE = "Cần một ngày, ví dụ 2026, 2026-11, 2026-11-20, 20/11/2026 hoặc 2026-11-20T07:10.", "A date is expected, such as 2026, 2026-11, 2026-11-20, 20/11/2026 or 2026-11-20T07:10.";
    NO_SUCH_KIND = "Không có loại này. Các loại: {kinds}; hoặc tên loại tài nguyên FHIR, ví dụ Observation.", "There is no such kind. Kinds are: {kinds}; or the name of a FHIR type such as Observation.";
    NOT_A_CURSOR = "Giá trị của --after không phải là một vị trí mà danh sách trước đã in ra.", "The value of --after is no place that a list has printed.";
    FIELD_VALUE = "Cần viết MỤC=GIÁ-TRỊ, ví dụ --set note=\"đo sau bữa sáng\".", "FIELD=VALUE is expected, such as --set note=\"after breakfast\".";
    SET_WHAT = "Cần --set MỤC=GIÁ-TRỊ. Bản ghi này có các mục: {fields}.", "--set FIELD=VALUE is needed. This entry has the fields: {fields}.";
    ONLY_A_NOTE = "Với --none chỉ viết thêm được --note.", "With --none only --note can be given.";
    RAW_NEEDS_OUT = "Nhiều bản ghi nguyên gốc không nối vào nhau được: hãy thêm --out THƯ-MỤC.", "Several originals cannot be joined into one: add --out DIR.";
    NO_FOLDER = "Không biết sổ ở đâu: hãy thêm --book THƯ-MỤC.", "Where the book is, is not known: add --book DIR.";

    // Secrets.
    NO_SECRET = "Cần mật khẩu hoặc tệp khóa: --passphrase-file, --keyfile, HEALTHBOOK_PASSPHRASE hoặc HEALTHBOOK_KEYFILE.", "A passphrase or a key file is needed: --passphrase-file, --keyfile, HEALTHBOOK_PASSPHRASE or HEALTHBOOK_KEYFILE.";
    FORGOTTEN = "Quên mật khẩu: mở bằng mã khôi phục, rồi đặt mật khẩu mới: healthbook --recovery-code-file TỆP passphrase (TỆP là - thì gõ mã vào).", "Passphrase forgotten? Open by the recovery code and set a new one: healthbook --recovery-code-file FILE passphrase (FILE can be -, to type the code).";
    OTHER_KEY_FILE = "Đây là một tệp khóa, nhưng không phải của sổ này. Hãy tìm đúng tệp; nếu đã mất: mở bằng mã khôi phục, rồi tạo tệp khóa mới: healthbook --recovery-code-file TỆP passphrase --new-keyfile TỆP-MỚI (TỆP là - thì gõ mã vào).", "This is a key file, but not this book's. Look for the right one; if it is lost, open by the recovery code and make a new one: healthbook --recovery-code-file FILE passphrase --new-keyfile NEW-FILE (FILE can be -, to type the code).";
    NO_NEW_SECRET = "Cần mật khẩu hoặc tệp khóa mới: --new-passphrase-file hoặc --new-keyfile.", "A new passphrase or key file is needed: --new-passphrase-file or --new-keyfile.";
    NO_RECOVERY_CODE = "Cần mã khôi phục: --check TỆP hoặc --recovery-code-file TỆP.", "The recovery code is needed: --check FILE or --recovery-code-file FILE.";
    NO_RANDOMNESS = "Hệ thống không cho số ngẫu nhiên.", "The system gives no randomness.";
    NOT_A_KEY_FILE = "Đây không phải là tệp khóa, hoặc tệp khóa đã hỏng.", "This is not a key file, or it is damaged.";
    ASK_PASSPHRASE = "Mật khẩu của sổ:", "Passphrase of the book:";
    ASK_NEW_PASSPHRASE = "Mật khẩu mới:", "New passphrase:";
    ASK_AGAIN = "Nhập lại mật khẩu:", "Once more:";
    ASK_RECOVERY_CODE = "Mã khôi phục (8 nhóm, mỗi nhóm 6 chữ số):", "Recovery code (8 groups of 6 digits):";
    EMPTY_PASSPHRASE = "Mật khẩu trống thì không giữ được sổ.", "An empty passphrase protects nothing.";
    PASSPHRASES_DIFFER = "Hai lần nhập không giống nhau.", "The two are not the same.";
    CHOOSE_PASSPHRASE = "Hãy chọn mật khẩu cho sổ: dài và dễ nhớ với riêng bạn, ví dụ bốn năm từ không liên quan nhau.", "Choose a passphrase for the book: long, and easy to remember for you alone, such as four or five unrelated words.";
    KEEP_KEYFILE = "Tệp khóa {file} mở được sổ. Hãy cất nó ở nơi khác với sổ.", "The key file {file} opens the book. Keep it where the book is not.";
    PASSPHRASE_CHANGED = "Đã đặt mật khẩu mới. Nếu mật khẩu cũ đã lộ, hãy chạy thêm lệnh rotate-key: ai có bản sao cũ của book.keys vẫn mở được bằng mật khẩu cũ.", "The new passphrase is set. If the old one leaked, run rotate-key as well: whoever has an old copy of book.keys can still open it by the old one.";
    NO_PASSPHRASE = "Sổ này vốn không có mật khẩu.", "The book has no passphrase.";
    PASSPHRASE_REMOVED = "Đã bỏ mật khẩu.", "The passphrase was taken away.";
    OPENS_BY = "Sổ mở được bằng: {ways}.", "The book opens by: {ways}.";
    WAY_KEYFILE = "tệp khóa", "key file";
    WAY_PASSPHRASE = "mật khẩu", "passphrase";
    WAY_RECOVERY = "mã khôi phục", "recovery code";
    WAY_UNKNOWN = "cách khác", "another way";
    WAY_GONE = "Cách mở này không còn dùng được nữa: {way}.", "This way no longer opens the book: {way}.";
    RECOVERY_CODE = "Mã khôi phục:", "Recovery code:";
    WRITE_IT_DOWN = "Hãy chép mã này ra giấy và cất kỹ. Mã chỉ hiện một lần này, không lưu ở đâu cả, và mở được sổ khi bạn quên mật khẩu hoặc mất tệp khóa. Không có mật khẩu, không có mã này thì không ai mở được sổ, kể cả người làm ra chương trình.", "Write this code down on paper and keep it safe. It is shown only now, is stored nowhere, and opens the book when the passphrase is forgotten or the key file is lost. Without it nobody can open the book then, nor can those who made this program.";
    OLD_CODE_GONE = "Mã cũ không còn dùng được.", "The code before opens nothing any more.";
    CODE_PROVEN = "Đúng: đây là mã khôi phục của sổ này.", "Right: this is the recovery code of this book.";
    CODE_WRONG = "Sai: đây không phải là mã khôi phục của sổ này. Lệnh recovery-code tạo mã mới.", "Wrong: this is not the recovery code of this book. The command recovery-code makes a new one.";
    KEY_ROTATED = "Đã đổi khóa của sổ. Bản sao cũ của book.keys không mở được sổ này nữa.", "The key of the book was changed. Old copies of book.keys no longer open it.";

    // Files.
    FILE_NOT_FOUND = "Không có tệp này: {file}", "There is no such file: {file}";
    SECRET_FILE_NOT_FOUND = "Không có tệp nào tên như vậy. Tùy chọn này nhận tên một tệp có chứa mật khẩu hoặc mã, không nhận chính mật khẩu hay mã.",
        "There is no file of that name. This option takes the name of a file that holds the passphrase or code, not the passphrase or code itself.";
    FILE_FORBIDDEN = "Không được phép đọc hoặc ghi: {file}", "Reading or writing is not allowed: {file}";
    FILE_UNREADABLE = "Không đọc được: {file}", "Cannot be read: {file}";
    UNOPENED = "{n} tệp trong tệp nén không mở được, được giữ riêng nguyên dạng nén: xem bằng lệnh quarantine (thêm --restricted để xem đủ).",
        "{n} {n|file|files} in the archive could not be opened and {n|is kept aside as it|are kept aside as they} stood there: see the command quarantine (with --restricted for all).";
    OWN_FILE = "Đó là tệp của một sổ, thư mục của sổ hoặc tệp khóa; hãy chọn chỗ khác: {file}",
        "That is a file or the folder of a book, or a key; choose another place: {file}";
    NO_PLACE_FOR_A_FILE = "Đó không phải là tệp hay đường ống, không ghi vào được: {file}",
        "That is neither a file nor a pipe, and is not written to: {file}";
    CANNOT_WRITE = "Không ghi được: {file}", "Cannot be written: {file}";
    FILES_WRITTEN = "Đã ghi {n} tệp vào {dir}.", "{n} {n|file|files} written to {dir}.";
    WRITTEN = "Đã ghi {n} byte vào {file}.", "{n} {n|byte|bytes} written to {file}.";
    CHART_WRITTEN = "Đã vẽ biểu đồ vào {file}.", "The chart was drawn to {file}.";
    UNNAMED = "(không tên)", "(no name)";
    NOT_INSIDE = "nằm ngoài sổ", "kept elsewhere";
    NOT_AN_ATTACHMENT = "Tệp đính kèm viết là MÃ/SỐ, ví dụ 1a2b3c4d/1.", "An attachment is written ID/NUMBER, such as 1a2b3c4d/1.";
    ATTACHMENTS = "Tệp đính kèm trong hồ sơ", "Attachments inside entries";
    NOTHING_TO_READ_AGAIN = "Không có tệp nào cần đọc lại: mọi bản ghi đều do phiên bản này hiểu.", "No original has to be read again: all records are as this program understands them.";
    READ_AGAIN = "Đã đọc lại {documents} tệp: {versions} bản ghi nói rõ hơn, {new} bản ghi mới, {unchanged} không đổi, {withdrawn} không còn trong danh sách (vẫn ở trong lịch sử).", "{documents} {documents|original|originals} read again: {versions} {versions|record says|records say} more, {new} new, {unchanged} unchanged, {withdrawn} no longer in the lists (they stay in the history).";
    NOT_READ_ANY_MORE = "không còn đọc ra từ tệp gốc", "not read from the original any more";
    NO_DOCUMENTS = "Chưa có giấy tờ nào.", "There are no documents yet.";
    REDACTED = "{n} đoạn đã xóa hẳn", "{n} {n|stretch|stretches} erased";
    REDACTED_NOTE = "Trong tệp này có {n} đoạn đã bị xóa hẳn theo yêu cầu; phần còn lại đúng từng byte.", "{n} {n|stretch of this file was|stretches of this file were} erased for good; the rest is as it came, byte for byte.";
    INCOMPLETE = "chưa đọc hết: hãy nhập lại tệp này", "not read to its end: import it again";
    NO_QUARANTINE = "Mọi thứ đã nhập đều đọc được.", "Everything that came in could be read.";
    QUARANTINE_HOW = "Xem nguyên văn: healthbook quarantine SỐ", "To see the very bytes: healthbook quarantine N";
    REFUSED_MALFORMED = "Viết sai quy cách, không đọc được.", "Not well-formed.";
    REFUSED_TRUNCATED = "Bị cụt ở cuối.", "It ends too early.";
    REFUSED_ENCODING = "Bảng mã chữ không đọc được.", "In an encoding that is not read.";
    REFUSED_TOO_LARGE = "Quá lớn, quá sâu hoặc quá nhiều.", "Too large, too deep or too many.";
    REFUSED_NOT_THE_FORMAT = "Không đúng với loại tệp của nó.", "Not what its format asks for.";
    REFUSED_UNSUPPORTED = "Loại tệp đã biết nhưng chưa đọc được.", "A known format that is not read yet.";
    REFUSED_FORBIDDEN = "Có thành phần bị từ chối vì lý do an toàn.", "It uses something that is refused for safety.";

    // The book.
    NO_BOOK = "Không có sổ sức khỏe nào trong {dir}. Lệnh create tạo một sổ mới.", "There is no health book in {dir}. The command create makes one.";
    CREATED = "Đã tạo sổ trong {dir}.", "The book was made in {dir}.";
    WHOLE = "Sổ nguyên vẹn: mọi trang, mã băm và chuỗi đều đúng.", "The book is whole: every page, hash and chain is right.";
    PROBLEMS = "Có {n} chỗ hỏng. Phần còn lại vẫn đọc được: hãy xuất ra bằng lệnh export.", "{n} {n|problem was|problems were} found. The rest can still be read: take it out by the command export.";
    SOURCES = "Nguồn", "Sources";
    LAST_SEEN = "mới nhất {at}", "last on {at}";
    DOCUMENTS = "Giấy tờ, tệp gốc", "Documents";
    QUARANTINED = "Không đọc được", "Could not be read";
    SAMPLES = "Số đo từ thiết bị", "Device readings";
    FILE_SIZE = "Dung lượng", "Size on disk";
    CIPHER = "Mã hóa", "Cipher";
    RECORDS = "{n} bản ghi", "{n} {n|record|records}";
    ERASE_TAKES = "Sẽ bị xóa hẳn trong {dir}, không lấy lại được:", "This will be erased for good in {dir}:";
    ERASE_NEEDS_YES = "Để xóa thật, hãy thêm --yes-erase-everything.", "To really erase it, add --yes-erase-everything.";
    ERASED = "Đã xóa sổ: {n} tệp.", "The book was erased: {n} {n|file|files}.";

    // Import and review.
    IMPORTED = "Đã đọc {records} bản ghi: {new} mới, {versions} có phiên bản mới, {unchanged} không đổi; {documents} tệp mới.", "{records} {records|record|records} read: {new} new, {versions} with a new version, {unchanged} unchanged; {documents} new {documents|file|files}.";
    TYPE_IT = "Đang đọc những gì bạn gõ hoặc dán vào; Ctrl-D là hết, Ctrl-C là thôi không nhập nữa.", "What you type or paste is being read; Ctrl-D ends it, Ctrl-C gives it up.";
    NOT_TAKEN = "Không nhận: {file}: {why}", "Not taken in: {file}: {why}";
    NO_FILES = "Không có tệp nào để nhập.", "There is no file to import.";
    NONE_TAKEN = "Không nhận được tệp nào.", "No file was taken in.";
    SOURCE_KEPT = "--source không có tác dụng với {n} tệp đã có trong sổ từ trước: bản ghi giữ nguồn lúc nhập lần đầu.", "--source has no effect on {n} {n|file that was|files that were} in the book already: {n|its|their} records keep the source they came with.";
    HIDDEN_HOLE = "Không phải mọi thứ trong tệp đều đọc được; phần không đọc được giữ riêng, xem bằng: healthbook quarantine --restricted", "Not everything in the file could be read; what could not is kept aside: healthbook quarantine --restricted";
    SEE_QUARANTINE = "{n} đoạn không đọc được, được giữ riêng: xem bằng lệnh quarantine.", "{n} {n|stretch could not be read and is|stretches could not be read and are} kept aside: see the command quarantine.";
    SEE_REVIEW = "{n} bản ghi chờ bạn xác nhận là của ai: xem bằng lệnh review.", "{n} {n|record waits until you say whose it is|records wait until you say whose they are}: see the command review.";
    WAITING = "{number}. {name}, sinh {born}, {sex}: {n} bản ghi từ {source}", "{number}. {name}, born {born}, {sex}: {n} {n|record|records} from {source}";
    WAITING_NAMELESS = "{number}. Không ghi là của ai: {n} bản ghi từ {source}", "{number}. Does not say whose: {n} {n|record|records} from {source}";
    WAITING_LIKELY = "{number}. Không ghi là của ai; có phải của {name}? {n} bản ghi từ {source}", "{number}. Does not say whose; {n|does it|do they} belong to {name}? {n} {n|record|records} from {source}";
    QUARANTINE_WAITS = "{n} đoạn không đọc được nằm trong tệp có bản ghi chờ xác nhận: xem được sau khi bạn nói các bản ghi ấy là của ai (lệnh review).", "{n} stretches that could not be read stand in files with records that wait: they show once you say whose those records are (command review).";
    HIDDEN_WAIT = "Có nội dung hạn chế chờ bạn xác nhận là của ai: xem bằng lệnh review --restricted.", "Something restricted waits until you say whose it is: see review --restricted.";
    WHOSE = "Hồ sơ này là của chủ sổ? [c = có, k = không, Enter = để sau, t = thôi hỏi]", "Are they the book's person's? [y = yes, n = no, Enter = later, s = stop asking]";
    NOBODY_WAITS = "Không có hồ sơ nào chờ xác nhận.", "Nothing waits to be confirmed.";
    REVIEW_HOW = "Của chủ sổ: healthbook review confirm SỐ\nCủa người khác: healthbook review reject SỐ", "Theirs: healthbook review confirm N\nSomebody else's: healthbook review reject N";
    CONFIRMED = "Đã nhận {n} bản ghi vào sổ.", "{n} {n|record was|records were} taken into the book.";
    REJECTED = "Đã bỏ {n} bản ghi của người khác ra khỏi sổ.", "{n} {n|record|records} of somebody else went out of the book.";

    // Lists.
    UNDATED = "Không rõ ngày", "Undated";
    UNDATED_SHORT = "—", "–";
    UNTIL = "đến {day}", "until {day}";
    MARK_CORRECTED = "đã đính chính", "corrected";
    MARK_DUPLICATE = "trùng", "duplicate";
    MARK_CONFLICT = "hai bản khác nhau", "two versions";
    MARK_RESTRICTED = "hạn chế", "restricted";
    NO_SUCH_SOURCE = "Sổ không có nguồn này; lệnh stats cho xem các nguồn.", "The book has no such source; the command stats lists them.";
    MORE = "Còn nữa: thêm --after {cursor}", "There is more: add --after {cursor}";
    NO_RECORDS = "Chưa có bản ghi nào ở đây.", "There are no records here.";
    NOTHING_FOUND = "Không tìm thấy bản ghi nào có đủ các từ này.", "No record holds all these words.";

    // One record.
    NOT_A_PLAIN_FACT = "Không phải là thông tin đang đúng: xem các ghi chú ở trên.", "Not to be taken as a plain fact: see the marks above.";
    NARRATIVE = "Nội dung bằng lời", "As the sender told it";
    LINK_TO = "Bản ghi này {rel}: {what}", "This one {rel}: {what}";
    LINK_FROM = "Bản ghi khác {rel} bản ghi này: {what}", "Another one {rel} this: {what}";
    CORRECTS = "đính chính", "corrects";
    DUPLICATE_OF = "trùng với", "duplicates";
    PART_OF = "thuộc về", "belongs to";
    DERIVED_FROM = "được lập từ", "was made from";
    BY_PERSON = "chủ sổ", "the person";
    BY_SOURCE = "nguồn gửi", "the source";
    BYTES = "{n} byte", "{n} {n|byte|bytes}";
    WAS_DELETED = "đã bỏ khỏi sổ", "taken out";
    SOURCE_VERSION = "phiên bản {name}", "version {name}";
    SOURCE_UPDATED = "nguồn cập nhật {at}", "source updated {at}";
    IS_HEAD = "hiện hành", "current";
    TWO_NUMBERS = "Huyết áp có hai số, viết tâm thu/tâm trương, ví dụ 128/79.", "A blood pressure has two numbers, systolic/diastolic, such as 128/79.";
    ADDED = "Đã ghi: {what}", "Added: {what}";
    EDITED = "Đã sửa; bản trước vẫn còn trong lịch sử.", "Edited; the state before stays in its history.";
    CORRECTED = "Đã đính chính. Bản của nơi gửi vẫn giữ nguyên, được đánh dấu và không vào biểu đồ.", "Corrected. What was sent stays as it is, is marked, and leaves the charts.";
    DELETED = "Đã bỏ khỏi danh sách; lệnh restore đưa trở lại.", "Taken out of the lists; the command restore brings it back.";
    RESTORED = "Đã đưa trở lại.", "It is back.";
    PURGE_TAKES = "Sẽ bị xóa hẳn, không lấy lại được, và nhập lại chính nó cũng không đưa trở lại:", "This goes for good, and importing the same again does not bring it back:";
    PURGE_HIDDEN = "  và {n} bản ghi khác không hiện ở đây", "  and {n} more that are not shown here";
    PURGE_COUNTS = "  {versions} phiên bản, {stretches} đoạn trong tệp gốc", "  {versions} {versions|version|versions}, {stretches} {stretches|stretch|stretches} of original files";
    PURGE_NEEDS_YES = "Để xóa hẳn, hãy thêm --yes.", "To really erase it, add --yes.";
    PURGE_ASK = "Xóa hẳn? [c = có, k = không]", "Erase it for good? [y/n]";
    PURGED = "Đã xóa hẳn {n} bản ghi.", "{n} {n|record was|records were} erased for good.";
    NOTHING_DONE = "Chưa làm gì cả.", "Nothing was done.";

    // The person.
    UNKNOWN = "chưa rõ", "not known";
    BORN = "Ngày sinh", "Born";
    SEX = "Giới tính", "Sex";
    BLOOD_GROUP = "Nhóm máu", "Blood group";
    COVERAGE = "Thẻ bảo hiểm y tế", "Health insurance";
    ALLERGIES = "Dị ứng", "Allergies";
    CONDITIONS = "Bệnh đang có", "Conditions";
    MEDICINES = "Thuốc đang dùng", "Medicines";
    NOTHING_RECORDED = "chưa ghi gì", "nothing recorded";
    PERSON_FIELDS = "Sửa bằng --set MỤC=GIÁ-TRỊ; các mục: {fields}", "Change it by --set FIELD=VALUE; the fields: {fields}";
    EMERGENCY_NOTE = "Thông tin hạn chế (nếu có) không hiện ở đây; thêm --restricted để xem.", "Restricted records, if there are any, are not shown here; add --restricted to see them.";
    SCANNED_CCCD = "Căn cước công dân (CCCD)", "A citizen card (CCCD)";
    SCANNED_CMND = "Số chứng minh nhân dân cũ", "The number of an old identity card (CMND)";
    SCANNED_BHYT = "Thẻ bảo hiểm y tế", "A health insurance card (BHYT)";
    SCANNED_HEALTH_CARD = "Thẻ sức khỏe SMART Health Card", "A SMART Health Card";
    SCANNED_HEALTH_LINK = "Liên kết sức khỏe SMART Health Link", "A SMART Health Link";
    SCANNED_OTHER = "Một mã đã nhận ra", "A code that was recognised";
    AT_THE_COUNTER = "Thẻ BHYT khi đi khám", "Insurance card, at the counter";
    SCAN_SAVED = "Đã lưu vào sổ.", "Kept in the book.";
    CARD_FITS = "Khớp với chủ sổ.", "It fits the book's person.";
    CARD_UNLIKE = "Khác với chủ sổ:", "It differs from the book's person:";
    CARD_NOTHING_TO_COMPARE = "Sổ và mã này không có điểm chung nào để so.", "The book and this code tell nothing of the same kind to compare.";
    CARD_NO_BOOK = "Chưa so với chủ sổ: không có sổ ở đây. Sổ ở nơi khác: thêm --book THƯ-MỤC.", "Not compared with a book's person: there is no book here. A book elsewhere: add --book FOLDER.";
    CARD_NO_SECRET = "Chưa so với chủ sổ: sổ đang khóa. Muốn so: thêm --keyfile TỆP hoặc --passphrase-file TỆP.", "Not compared with the book's person: the book is locked. To compare: add --keyfile FILE or --passphrase-file FILE.";
    CARD_NOT_COMPARED = "Chưa so với chủ sổ: {why}", "Not compared with the book's person: {why}";
    CARD_DIFFERENCE = "{what}: sổ ghi {book}, thẻ ghi {card}", "{what}: the book has {book}, the card {card}";
    CARD_IS_MINE = "Thẻ này khác với sổ. Vẫn là thẻ của chủ sổ? [c/K]", "The card differs from the book. Is it the book's person's all the same? [y/N]";
    CARD_DIFFERS = "Thẻ ghi khác với chủ sổ nên chưa lưu; nếu đúng là thẻ của chủ sổ, thêm --any-person.", "The card differs from the book's person and was not kept; if it is theirs, add --any-person.";
    PICTURE_KIND = "Chỉ đọc được mã QR trong ảnh PNG và JPEG; hãy chụp hoặc lưu lại ở dạng đó.", "QR codes are read from PNG and JPEG pictures only; take or save it as one of these.";
    PICTURE_TOO_LARGE = "Tệp này quá lớn để tìm mã QR.", "The file is too large to look for a QR code.";
    PICTURE_DAMAGED = "Không mở được ảnh này.", "The picture cannot be opened.";
    NO_CODE_IN_PICTURE = "Không đọc được mã QR nào trong ảnh; hãy chụp thẳng, đủ sáng và gần hơn.", "No QR code could be read in the picture; take it straight, in good light and closer.";

    // Trends.
    SERIES_NAMES = "Các chỉ số có tên (hoặc viết hệ-mã|mã):", "Series by name (or write system|code):";
    NO_NUMBERS = "Chưa có số liệu.", "There are no numbers yet.";
    SUMMARY = "{n} lần · thấp nhất {min} · cao nhất {max} · trung bình {mean}", "{n} {n|reading|readings} · lowest {min} · highest {max} · mean {mean}";
    SUMMARY_LAST = " · gần nhất {last}", " · latest {last}";
    TREND_CUT = "Chỉ là phần mới nhất; thêm --by day để có tất cả, hoặc xuất từng số bằng export --csv.", "Only the latest of them; add --by day for all, or take out each one by export --csv.";
    TREND_BOUNDS = "{n} kết quả chỉ cho biết trên hay dưới một mức (dấu < hoặc >): không vẽ, không tính vào thấp nhất, cao nhất, trung bình.", "{n} {n|result is|results are} only a bound (marked < or >): not drawn, and in no lowest, highest or mean.";
    TREND_LEFT_OUT = "{n} con số quá lớn, không đưa vào biểu đồ được; bản ghi vẫn giữ nguyên.", "{n} {n|number is too large for a chart; its record holds it as it is|numbers are too large for a chart; their records hold them as they are}.";
    COLUMN_FROM = "từ ngày", "from";
    COLUMN_COUNT = "số lần", "count";
    COLUMN_MEAN = "trung bình", "mean";
    COLUMN_MIN = "thấp nhất", "lowest";
    COLUMN_MAX = "cao nhất", "highest";
    ROWS_SKIPPED = "và {n} dòng cũ hơn; --json cho tất cả", "and {n} older {n|row|rows}; --json gives all";

    // Taking out, logs.
    EXPORTED_RECORDS = "Đã xuất {n} bản ghi.", "{n} {n|record was|records were} taken out.";
    EXPORTED_DOCUMENTS = "Đã xuất {n} tệp gốc.", "{n} original {n|file was|files were} taken out.";
    DOCUMENTS_THERE = "{n} tệp gốc đã có sẵn trong thư mục từ lần xuất trước nên không ghi lại.", "{n} original {n|file was|files were} in the folder already from an export before, and {n|was|were} not written again.";
    DOCUMENTS_FAILED = "{n} tệp gốc không xuất được; tên từng tệp ở trên.", "{n} original {n|file could not be taken out; it is|files could not be taken out; they are} named above.";
    NOT_WRITTEN = "Không xuất được: {what}: {why}", "Not taken out: {what}: {why}";
    EXPORTED_ROWS = "Đã xuất {n} dòng.", "{n} {n|row was|rows were} taken out.";
    DAMAGED_LEFT_OUT = "{n} bản ghi bị hỏng trong tệp của sổ nên không xuất được.", "{n} {n|record is|records are} damaged in the book's file and could not be taken out.";
    RESTRICTED_LEFT_OUT = "Bản ghi hạn chế (nếu có) không được xuất; thêm --restricted để xuất cả.", "Restricted records, if there are any, were left out; add --restricted to take them along.";
    NO_CONSENTS = "Chưa ghi sự đồng ý nào.", "No consent was recorded yet.";
    CONSENT_GIVEN = "Đã ghi sự đồng ý.", "The consent was recorded.";
    CONSENT_WITHDRAWN = "Đã ghi việc rút lại sự đồng ý.", "The withdrawal was recorded.";
    GIVEN_AT = "đồng ý ngày {at}", "given on {at}";
    WITHDRAWN_AT = "đã rút lại ngày {at}", "withdrawn on {at}";

    // Long calls.
    RECEIVING = "Đang nhận tệp", "Receiving";
    READING = "Đang đọc", "Reading";
    MATCHING = "Đang đối chiếu", "Matching";
    WRITING = "Đang ghi", "Writing";
    VERIFYING = "Đang kiểm tra", "Verifying";
    REKEYING = "Đang đổi khóa", "Changing the key";
    SHRINKING = "Đang trả lại chỗ trống", "Giving room back";

    // The tour.
    TOUR_TITLE = "Sổ sức khỏe: xem thử với dữ liệu mẫu (người và nơi khám đều hư cấu)", "The health book: a tour with sample data (invented people and places)";
    TOUR_CREATE = "Tạo một sổ đã mã hóa", "An encrypted book is made";
    TOUR_CREATED = "Sổ mở bằng tệp khóa; mã khôi phục chỉ hiện một lần để chép ra giấy: {code}", "It opens by a key file; the recovery code is shown once, to be written down: {code}";
    TOUR_IMPORT = "Nhập hồ sơ từ nhiều nơi", "Files of several places come in";
    TOUR_FILE_CLAIM = "XML bảo hiểm y tế, 5 lần khám", "Insurance claim XML, five visits";
    TOUR_FILE_A = "Bệnh viện A, gói FHIR", "Hospital A, a FHIR bundle";
    TOUR_FILE_B = "Bệnh viện B, gói FHIR", "Hospital B, a FHIR bundle";
    TOUR_FILE_HOME = "Ba năm tự đo ở nhà", "Three years of readings at home";
    TOUR_FILE_STRANGER = "Phòng khám C, một người khác", "Clinic C, somebody else";
    TOUR_IMPORTED = "{records} bản ghi, {waiting} chờ xác nhận, {ms} mili giây", "{records} {records|record|records}, {waiting} to be confirmed, {ms} ms";
    TOUR_STRANGER = "Hồ sơ của người lạ không vào sổ mà nằm chờ, dù cả ba nơi đều gọi người bệnh của mình là Patient/1:", "A stranger's records wait on a shelf outside the book, though all three places call their patient Patient/1:";
    TOUR_CARD = "Chủ sổ", "Whom the book is for";
    TOUR_TIMELINE = "Mười mục mới nhất", "The ten latest entries";
    TOUR_SEARCH = "Tìm kiếm, có dấu hay không dấu", "Search, with or without marks";
    TOUR_FOUND = "“{words}”: {n} kết quả; ba kết quả đầu:", "“{words}”: {n} {n|hit|hits}; the first three:";
    TOUR_RECORD = "Đọc một bản ghi", "One record, for reading";
    TOUR_DECIMAL = "Số liệu giữ đúng từng chữ số: nơi gửi viết {sent}, sổ giữ {kept}; {same} byte của bản ghi giống hệt tệp gốc.", "Numbers keep their digits: the sender wrote {sent}, the book holds {kept}; the record's {same} bytes are those of the file.";
    TOUR_CORRECT = "Đính chính bên cạnh bản của bệnh viện", "A correction beside the hospital's record";
    TOUR_CORRECTED = "Bản của bệnh viện không bị sửa; cả hai đều còn:", "The hospital's record is not touched; both are there:";
    TOUR_CORRECTED_DOSE = "nửa viên", "half a tablet";
    TOUR_CORRECTION_NOTE = "Bác sĩ dặn lại qua điện thoại.", "The doctor said so on the phone.";
    TOUR_TREND = "Huyết áp qua ba năm", "Blood pressure over three years";
    TOUR_RESTRICTED = "Bản ghi hạn chế", "Restricted records";
    TOUR_RESTRICTED_COUNTS = "Bình thường thấy {few} bản ghi; với --restricted thấy {all}. Không có lựa chọn này thì chúng không hiện ở đâu cả: danh sách, tìm kiếm, số đếm, biểu đồ, bản xuất.", "{few} {few|record is|records are} seen as a rule, {all} with --restricted. Without it nothing tells of the others: no list, search, count, chart or export.";
    TOUR_OUTSIDE = "Người không có khóa nhìn thấy gì", "What someone without the key sees";
    TOUR_FILE = "{name}: {size}, độ hỗn loạn {entropy} bit mỗi byte (ngẫu nhiên là 8)", "{name}: {size}, entropy {entropy} bits per byte (random is 8)";
    TOUR_FIRST_BYTES = "48 byte đầu của book.db:", "The first 48 bytes of book.db:";
    TOUR_PLAIN_BYTES = "Chỉ 8 byte đầu dòng thứ hai không mã hóa: kích thước trang và phiên bản tệp.", "Only the first 8 bytes of the second line are not encrypted: page size and file version.";
    TOUR_GREP = "Tìm “{words}” trong các tệp của sổ: {n} lần.", "Looking for “{words}” in the book's files: found {n} {n|time|times}.";
    TOUR_VERIFY = "Kiểm tra cả sổ", "The whole book is checked";
    TOUR_KEPT = "Sổ thử nằm trong {dir}. Xem tiếp:", "The book of the tour is in {dir}. To go on:";
    TOUR_REMOVED = "Sổ thử đã được xóa. Thêm --keep THƯ-MỤC để giữ lại mà dùng thử tiếp.", "The book of the tour was removed. Add --keep DIR to keep it and go on trying.";
    TOUR_BROKEN = "Dữ liệu mẫu của chương trình không như mong đợi.", "The program's sample data is not as expected.";
}

/// What the log's words mean.
pub(super) static ACTIONS: &[(&str, Phrase)] = &[
    ("create", Phrase { vi: "tạo sổ", en: "book made" }),
    ("import", Phrase { vi: "nhập tệp", en: "file imported" }),
    ("confirm", Phrase { vi: "xác nhận là của chủ sổ", en: "confirmed as theirs" }),
    ("reject", Phrase { vi: "xác nhận là của người khác", en: "somebody else's" }),
    ("add", Phrase { vi: "tự ghi thêm", en: "entry added" }),
    ("edit", Phrase { vi: "sửa", en: "entry edited" }),
    ("correct", Phrase { vi: "đính chính", en: "correction added" }),
    ("delete", Phrase { vi: "bỏ khỏi danh sách", en: "taken out of the lists" }),
    ("restore", Phrase { vi: "đưa trở lại", en: "brought back" }),
    ("purge", Phrase { vi: "xóa hẳn", en: "erased for good" }),
    ("link", Phrase { vi: "nối hai bản ghi", en: "linked" }),
    ("unlink", Phrase { vi: "bỏ nối", en: "unlinked" }),
    ("show-restricted", Phrase { vi: "xem bản ghi hạn chế", en: "restricted records shown" }),
    ("export", Phrase { vi: "xuất ra ngoài", en: "taken out" }),
    ("samples", Phrase { vi: "nhận số đo từ thiết bị", en: "device readings" }),
    ("consent-given", Phrase { vi: "ghi sự đồng ý", en: "consent given" }),
    ("consent-withdrawn", Phrase { vi: "rút lại sự đồng ý", en: "consent withdrawn" }),
    ("change-keys", Phrase { vi: "đổi cách mở sổ", en: "way to open changed" }),
    ("rotate-key", Phrase { vi: "đổi khóa của sổ", en: "key changed" }),
    ("verify", Phrase { vi: "kiểm tra sổ", en: "book checked" }),
];
