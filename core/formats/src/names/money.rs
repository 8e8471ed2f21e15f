//! Amounts of money as people write them.

use healthbook_model::Lang;

/// An amount of đồng with its thousands apart: `1.234.500 ₫` in Vietnamese, `1,234,500 ₫` in English. Zeros at the end
/// of a fraction, which the tables of the claims ask for, are left out. `None` for another currency, and for what is no
/// plain number.
#[must_use]
pub fn money(value: &str, currency: &str, lang: Lang) -> Option<String> {
    let (sign, digits) = value.strip_prefix('-').map_or(("", value), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if currency != "VND" || whole.is_empty() || !is_plain(whole) || !is_plain(fraction) {
        return None;
    }
    let (thousands, point) = lang.pick(('.', ','), (',', '.'));
    let mut out = sign.to_owned();
    for (n, digit) in whole.chars().enumerate() {
        if n > 0 && (whole.len() - n) % 3 == 0 {
            out.push(thousands);
        }
        out.push(digit);
    }
    let fraction = fraction.trim_end_matches('0');
    if !fraction.is_empty() {
        out.push(point);
        out.push_str(fraction);
    }
    out.push_str(" ₫");
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dong_are_written_with_their_thousands_apart() {
        for (value, vi, en) in [
            ("1234500.00", "1.234.500 ₫", "1,234,500 ₫"),
            ("486500.50", "486.500,5 ₫", "486,500.5 ₫"),
            ("999", "999 ₫", "999 ₫"),
            ("0.00", "0 ₫", "0 ₫"),
            ("-1000", "-1.000 ₫", "-1,000 ₫"),
        ] {
            assert_eq!(money(value, "VND", Lang::Vi).as_deref(), Some(vi));
            assert_eq!(money(value, "VND", Lang::En).as_deref(), Some(en));
        }
        for (value, currency) in
            [("1000", "USD"), ("1e3", "VND"), ("", "VND"), (".5", "VND"), ("1.2.3", "VND")]
        {
            assert_eq!(money(value, currency, Lang::Vi), None, "{value} {currency}");
        }
    }
}
