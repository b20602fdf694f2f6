//! Numbers the way C reads and writes them: strtol() with base 0, strtod(), printf("%g").

/// The integer at the start of the text, whatever follows it; nothing when there is none.
/// Decimal, `0x` hexadecimal or `0` octal, saturated to 64 bits and cut to 32 as in C.
pub(super) fn leading_int(text: &str) -> Option<i32> {
    let (negative, rest) = split_sign(skip_space(text));
    let hex = rest.strip_prefix("0x").or_else(|| rest.strip_prefix("0X"));
    let (radix, digits) = match hex {
        Some(h) if h.starts_with(|c: char| c.is_ascii_hexdigit()) => (16, h),
        _ if rest.starts_with('0') => (8, rest),
        _ => (10, rest),
    };
    let mut value: Option<i64> = None;
    for digit in digits.chars().map_while(|c| c.to_digit(radix)) {
        let so_far = value.unwrap_or(0).saturating_mul(radix.into());
        value = Some(if negative {
            so_far.saturating_sub(digit.into())
        } else {
            so_far.saturating_add(digit.into())
        });
    }
    #[allow(clippy::cast_possible_truncation)] // As C does when it stores a long in an int.
    value.map(|v| v as i32)
}

/// The floating-point number at the start of the text, whatever follows it. Unlike C's, it does not depend on
/// the locale, and of hexadecimal notation it reads the whole part only.
pub(super) fn leading_double(text: &str) -> Option<f64> {
    let text = skip_space(text);
    let (negative, rest) = split_sign(text);
    let magnitude = if let Some(word) = rest.get(..3).map(str::to_ascii_lowercase) {
        match word.as_str() {
            "inf" => Some(f64::INFINITY),
            "nan" => Some(f64::NAN),
            _ => None,
        }
    } else {
        None
    };
    let magnitude = match magnitude.or_else(|| leading_hex(rest)) {
        Some(m) => m,
        None => rest.get(..decimal_length(rest))?.parse().ok()?,
    };
    Some(if negative { -magnitude } else { magnitude })
}

fn leading_hex(text: &str) -> Option<f64> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))?;
    let digits = digits.chars().map_while(|c| c.to_digit(16));
    digits.fold(None, |value, digit| Some(value.unwrap_or(0.0) * 16.0 + f64::from(digit)))
}

/// Length of `digits[.digits][e[sign]digits]`, 0 when there is no digit in front of the exponent.
fn decimal_length(text: &str) -> usize {
    let digits = |from: usize| text.bytes().skip(from).take_while(u8::is_ascii_digit).count();
    let byte = |at: usize| text.as_bytes().get(at).copied();
    let whole = digits(0);
    let mut end = whole;
    let mut fraction = 0;
    if byte(end) == Some(b'.') {
        fraction = digits(end + 1);
        end += 1 + fraction;
    }
    if whole + fraction == 0 {
        return 0;
    }
    if matches!(byte(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(byte(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    end
}

fn skip_space(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c'])
}

fn split_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// Six significant digits, trailing zeros dropped, scientific below 1e-4 and from 1e6 on.
pub(super) fn format_g(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return match value {
            v if v.is_nan() => "nan".into(),
            v if v.is_infinite() => if v > 0.0 { "inf" } else { "-inf" }.into(),
            v if v.is_sign_negative() => "-0".into(),
            _ => "0".into(),
        };
    }
    let scientific = format!("{value:.5e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        let decimals = usize::try_from(5 - exponent).unwrap_or(0);
        return drop_zeros(&format!("{value:.decimals$}")).into();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", drop_zeros(mantissa), exponent.abs())
}

fn drop_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_read_as_strtol_reads_them() {
        for (text, want) in [
            ("10", Some(10)),
            (" \t-7xyz", Some(-7)),
            ("+3", Some(3)),
            ("0x1fG", Some(31)),
            ("0x", Some(0)),
            ("017", Some(15)),
            ("08", Some(0)),
            ("2147483648", Some(i32::MIN)),
            ("99999999999999999999", Some(-1)),
            ("-99999999999999999999", Some(0)),
            ("", None),
            ("-", None),
            ("abc", None),
        ] {
            assert_eq!(leading_int(text), want, "{text:?}");
        }
    }

    #[test]
    fn doubles_are_read_as_strtod_reads_them() {
        for (text, want) in [
            ("5", Some(5.0)),
            (" 0.5ms", Some(0.5)),
            (".25", Some(0.25)),
            ("5.", Some(5.0)),
            ("1e3", Some(1000.0)),
            ("1e", Some(1.0)),
            ("-2.5", Some(-2.5)),
            ("0x1fms", Some(31.0)),
            ("0x", Some(0.0)),
            ("INFINITY", Some(f64::INFINITY)),
            (".", None),
            ("e5", None),
            ("", None),
            ("-", None),
            ("äöü", None),
        ] {
            assert_eq!(leading_double(text), want, "{text:?}");
        }
        assert!(leading_double("nan").is_some_and(f64::is_nan));
    }

    #[test]
    fn doubles_are_written_as_printf_writes_them() {
        for (value, want) in [
            (0.0, "0"),
            (5.0, "5"),
            (0.1, "0.1"),
            (900_000.0, "900000"),
            (1_000_000.0, "1e+06"),
            (123_456.789, "123457"),
            (1_234_567.0, "1.23457e+06"),
            (0.000_123_4, "0.0001234"),
            (0.000_012_34, "1.234e-05"),
            (-1.5, "-1.5"),
            (999_999.9, "1e+06"),
        ] {
            assert_eq!(format_g(value), want);
        }
    }
}
