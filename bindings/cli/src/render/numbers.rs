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

/// A number of a series, with as many digits after the point as its numbers have.
pub(crate) fn told(value: f64, decimals: u8) -> String {
    // Nobody reads three hundred zeros.
    if value.abs() >= 1e15 { format!("{value:e}") } else { format!("{value:.0$}", usize::from(decimals)) }
}

/// A mean: at most one digit more than the numbers have it of, and none more where they are in the hundreds.
pub(crate) fn mean(value: f64, decimals: u8) -> String {
    let more = u8::from(value.abs() < 100.0);
    let text = told(value, decimals + more);
    let short = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if short == "-0" { "0".to_owned() } else { short.to_owned() }
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
    fn a_mean_says_no_more_than_was_measured() {
        assert_eq!(mean(128.456, 0), "128");
        assert_eq!(mean(61.5372, 1), "61.54");
        assert_eq!(mean(5.0, 0), "5");
        assert_eq!(mean(72.345, 0), "72.3");
        assert_eq!(mean(0.012_34, 3), "0.0123");
        assert_eq!(mean(-0.001, 0), "0");
        assert_eq!(told(58.0, 1), "58.0");
        assert_eq!(told(1e300, 0), "1e300");
    }
}
