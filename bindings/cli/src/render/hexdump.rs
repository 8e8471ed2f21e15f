//! What a file looks like to someone without its key.

use std::fmt::Write;

/// Bytes as hexadecimal digits, sixteen a line, with what a text editor would show beside them.
pub(crate) fn lines(bytes: &[u8]) -> Vec<String> {
    bytes
        .chunks(16)
        .map(|row| {
            let hex = row.iter().fold(String::new(), |mut hex, byte| {
                // Writing to a String does not fail.
                let _ = write!(hex, "{byte:02x} ");
                hex
            });
            let shown: String =
                row.iter().map(|b| if b.is_ascii_graphic() { char::from(*b) } else { '.' }).collect();
            format!("{hex:<48} {shown}")
        })
        .collect()
}

/// Shannon's entropy in bits per byte: 8.00 is what random bytes have, text has 4 to 5.
pub(crate) fn entropy(counts: &[u64; 256]) -> f64 {
    let total: u64 = counts.iter().sum();
    if total == 0 {
        return 0.0;
    }
    let share = |count: u64| float(count) / float(total);
    counts.iter().filter(|count| **count > 0).map(|count| -share(*count) * share(*count).log2()).sum()
}

/// A count as a float; counts of bytes are far below 2^53.
fn float(count: u64) -> f64 {
    let (high, low) =
        (u32::try_from(count >> 32).unwrap_or(0), u32::try_from(count & 0xffff_ffff).unwrap_or(0));
    f64::from(high) * 4_294_967_296.0 + f64::from(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_as_they_are() {
        assert_eq!(
            lines(b"SQLite format 3\0\x01"),
            [
                "53 51 4c 69 74 65 20 66 6f 72 6d 61 74 20 33 00  SQLite.format.3.",
                "01                                               .",
            ]
        );
        assert!(lines(&[0xff; 48]).iter().all(|line| line.len() <= 65));
    }

    #[test]
    fn entropy_tells_noise_from_text() {
        assert!((entropy(&[7; 256]) - 8.0).abs() < 1e-9);
        let mut one = [0; 256];
        one[0] = 9;
        assert!(entropy(&one).abs() < 1e-9);
        assert!(entropy(&[0; 256]).abs() < 1e-9);
    }
}
