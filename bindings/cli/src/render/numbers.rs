//! Numbers for reading.

/// A size in bytes as people say it.
pub(crate) fn size(bytes: u64) -> String {
    let (unit, name) = match bytes {
        0..=9_999 => return format!("{bytes} B"),
        10_000..=9_999_999 => (1_000, "kB"),
        _ => (1_000_000, "MB"),
    };
    format!("{} {name}", bytes.saturating_add(unit / 2) / unit)
}

/// A number for reading: no more digits than help. What a source wrote is never shown through this.
pub(crate) fn rounded(value: f64) -> String {
    let places = if value.abs() >= 100.0 { 0 } else { 1 };
    let text = format!("{value:.places$}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_at_a_glance() {
        assert_eq!(size(512), "512 B");
        assert_eq!(size(1_048_576), "1049 kB");
        assert_eq!(size(123_400_000), "123 MB");
    }

    #[test]
    fn means_have_no_more_digits_than_help() {
        assert_eq!(rounded(128.4), "128");
        assert_eq!(rounded(61.53), "61.5");
        assert_eq!(rounded(5.0), "5");
        assert_eq!(rounded(-0.25), "-0.2");
    }
}
