//! From text to value and back, with librdkafka's rules and error texts.

use super::property::{Availability, Check, Choice, Kind, Property};
use super::settings::Partitioner;
use super::{ConfError, PatternList, number};
use zeroize::Zeroizing;

/// What a Unix socket's address has space for.
const MAX_SOCKET_PATH: usize = 107;

/// The value of a property.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// Wiped when it is replaced or dropped: passwords and keys are texts.
    Text(Option<Zeroizing<String>>),
    /// A password that is not UTF-8.
    Bytes(Zeroizing<Vec<u8>>),
    /// Numbers, booleans (0 and 1), choices and flags.
    Int(i32),
    Double(f64),
    /// An address of the application's; this layer only hands it back. 0 is unset.
    Pointer(usize),
    /// No value: aliases and the like.
    Nothing,
}

impl Value {
    pub(super) fn default_of(p: &Property) -> Self {
        match p.kind {
            Kind::Text { default, .. } => Self::Text(default.map(owned)),
            Kind::Int { default, .. } | Kind::Choice { default, .. } | Kind::Flags { default, .. } => {
                Self::Int(default)
            }
            Kind::Double { default, .. } => Self::Double(default),
            Kind::Bool(default) => Self::Int(default.into()),
            Kind::Patterns => Self::Text(None),
            Kind::Pointer => Self::Pointer(0),
            Kind::Alias(_) | Kind::Internal | Kind::Refused => Self::Nothing,
        }
    }

    /// The value as it would be set; nothing when it has none.
    pub(super) fn to_bytes(&self, p: &Property) -> Option<Zeroizing<Vec<u8>>> {
        match self {
            Self::Bytes(bytes) => Some(bytes.clone()),
            _ => self.to_text(p).map(|text| Zeroizing::new(text.into_bytes())),
        }
    }

    /// The value as text, the way it would be set; nothing when it has none.
    pub(super) fn to_text(&self, p: &Property) -> Option<String> {
        match (self, &p.kind) {
            (Self::Text(_), Kind::Internal) => None,
            (Self::Text(text), _) => text.as_deref().cloned(),
            (Self::Bytes(bytes), _) => Some(String::from_utf8_lossy(bytes).into_owned()),
            (Self::Int(v), Kind::Bool(_)) => Some(if *v != 0 { "true" } else { "false" }.into()),
            (Self::Int(v), Kind::Choice { choices, .. }) => {
                choices.iter().find(|c| c.value == *v).map(|c| c.name.into())
            }
            (Self::Int(v), Kind::Flags { choices, .. }) => Some(flag_names(choices, *v)),
            (Self::Int(v), _) => Some(v.to_string()),
            (Self::Double(v), _) => Some(number::format_g(*v)),
            (Self::Pointer(0) | Self::Nothing, _) => None,
            (Self::Pointer(address), _) => Some(format!("{address:#x}")),
        }
    }
}

/// A password that is not UTF-8.
pub(super) fn password(p: &Property, bytes: &[u8]) -> Result<Value, ConfError> {
    match (p.availability, p.kind) {
        (Availability::Available, Kind::Text { check: Check::Any, trim, .. }) if p.any_bytes => {
            let kept = if trim { bytes.trim_ascii_start() } else { bytes };
            Ok(Value::Bytes(Zeroizing::new(kept.to_vec())))
        }
        (Availability::Available, _) => Err(ConfError::invalid(format!(
            "Invalid value for configuration property \"{}\": it is not UTF-8",
            p.name
        ))),
        (Availability::NotBuilt(why) | Availability::Unsupported(why), _) => Err(not_supported(p, why)),
    }
}

fn owned(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

fn flag_names(choices: &[Choice], flags: i32) -> String {
    let set = choices.iter().filter(|c| c.not_built.is_none() && flags & c.value == c.value);
    set.map(|c| c.name).collect::<Vec<_>>().join(",")
}

/// Reads a value for the property. `current` is what flags are added to and removed from. The outcome is
/// `None` when the text is empty in a way that changes nothing. A flag list that fails half-way has no
/// effect.
pub(super) fn parse(p: &Property, current: &Value, text: Option<&str>) -> Result<Option<Value>, ConfError> {
    if let Availability::Unsupported(why) = p.availability {
        return Err(not_supported(p, why));
    }
    let value = match p.kind {
        Kind::Text { default, check, trim } => parse_text(p, default, check, trim, text).map(Some),
        Kind::Patterns => parse_patterns(text).map(Some),
        Kind::Bool(_) => parse_bool(p, text).map(Some),
        Kind::Int { min, max, names, .. } => parse_int(p, min, max, names, text).map(Some),
        Kind::Double { min, max, .. } => parse_double(p, min, max, text).map(Some),
        Kind::Choice { choices, .. } => parse_choice(p, choices, text),
        Kind::Flags { choices, .. } => parse_flags(p, choices, current, text).map(Some),
        Kind::Pointer => Err(ConfError::invalid(format!(
            "Property \"{}\" must be set through dedicated .._set_..() function",
            p.name
        ))),
        Kind::Internal => Err(ConfError::invalid(format!("Internal property \"{}\" not settable", p.name))),
        Kind::Refused | Kind::Alias(_) => Err(ConfError::invalid(p.description)),
    }?;
    match (p.availability, &value) {
        (Availability::NotBuilt(why), Some(v)) if *v != Value::default_of(p) => Err(not_supported(p, why)),
        _ => Ok(value),
    }
}

fn not_supported(p: &Property, why: &str) -> ConfError {
    ConfError::invalid(format!("Configuration property \"{}\" not supported in this build: {why}", p.name))
}

fn unsupported_value(p: &Property, value: &str, why: &str) -> ConfError {
    ConfError::invalid(format!(
        "Unsupported value \"{value}\" for configuration property \"{}\": {why}",
        p.name
    ))
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

fn parse_text(
    p: &Property,
    default: Option<&str>,
    check: Check,
    trim: bool,
    text: Option<&str>,
) -> Result<Value, ConfError> {
    let text = text.map(|t| if trim { t.trim_start_matches(is_space) } else { t });
    let good = match (check, text) {
        (Check::Any, _) | (Check::UnixSocket, None | Some("")) => true,
        (_, None) => false,
        (Check::SingleItem, Some(t)) => !t.contains([',', ' ']),
        (Check::Partitioner, Some(t)) => Partitioner::from_name(t).is_some(),
        (Check::UnixSocket, Some(t)) => unix_socket_path(t).is_some(),
        // 0.7 and 0.6 are known not to work; anything unknown counts as newer than what is known.
        (Check::BrokerVersion, Some(t)) => !t.starts_with("0.7.") && !t.starts_with("0.6."),
    };
    if !good {
        // What C's printf() makes of a null pointer is part of the text that applications see.
        return Err(ConfError::invalid(format!(
            "Invalid value for configuration property \"{}\": {}",
            p.name,
            text.unwrap_or("(null)")
        )));
    }
    Ok(Value::Text(text.or(default).map(owned)))
}

/// The path in `unix:PATH`, if a socket can have it.
pub(in crate::conf) fn unix_socket_path(text: &str) -> Option<&str> {
    let path = text.strip_prefix("unix:")?;
    (1..=MAX_SOCKET_PATH).contains(&path.len()).then_some(path)
}

fn parse_patterns(text: Option<&str>) -> Result<Value, ConfError> {
    PatternList::parse(text.unwrap_or_default()).map_err(ConfError::invalid)?;
    Ok(Value::Text(text.map(owned)))
}

fn parse_bool(p: &Property, text: Option<&str>) -> Result<Value, ConfError> {
    let Some(text) = text else {
        return Err(ConfError::invalid(format!(
            "Bool configuration property \"{}\" cannot be set to empty value",
            p.name
        )));
    };
    let is = |name: &str| text.eq_ignore_ascii_case(name);
    if is("true") || is("t") || text == "1" {
        Ok(Value::Int(1))
    } else if is("false") || is("f") || text == "0" {
        Ok(Value::Int(0))
    } else {
        Err(ConfError::invalid(format!("Expected bool value for \"{}\": true or false", p.name)))
    }
}

fn parse_int(
    p: &Property,
    min: i32,
    max: i32,
    names: &[Choice],
    text: Option<&str>,
) -> Result<Value, ConfError> {
    let Some(text) = text else {
        return Err(ConfError::invalid(format!(
            "Integer configuration property \"{}\" cannot be set to empty value",
            p.name
        )));
    };
    let value = match number::leading_int(text) {
        Some(v) => v,
        None => match names.iter().find(|c| c.name.eq_ignore_ascii_case(text)) {
            Some(Choice { not_built: Some(why), .. }) => return Err(unsupported_value(p, text, why)),
            Some(c) => c.value,
            None => {
                return Err(ConfError::invalid(format!(
                    "Invalid value for configuration property \"{}\"",
                    p.name
                )));
            }
        },
    };
    if !(min..=max).contains(&value) {
        return Err(ConfError::invalid(format!(
            "Configuration property \"{}\" value {value} is outside allowed range {min}..{max}\n",
            p.name
        )));
    }
    Ok(Value::Int(value))
}

fn parse_double(p: &Property, min: f64, max: f64, text: Option<&str>) -> Result<Value, ConfError> {
    let Some(text) = text else {
        return Err(ConfError::invalid(format!(
            "Float configuration property \"{}\" cannot be set to empty value",
            p.name
        )));
    };
    let Some(value) = number::leading_double(text) else {
        return Err(ConfError::invalid(format!("Invalid value for configuration property \"{}\"", p.name)));
    };
    // Written so that NaN is outside, too.
    if !(min..=max).contains(&value) {
        return Err(ConfError::invalid(format!(
            "Configuration property \"{}\" value {} is outside allowed range {}..{}\n",
            p.name,
            number::format_g(value),
            number::format_g(min),
            number::format_g(max)
        )));
    }
    Ok(Value::Double(value))
}

fn empty_choice(p: &Property) -> ConfError {
    ConfError::invalid(format!("Configuration property \"{}\" cannot be set to empty value", p.name))
}

fn find_choice(p: &Property, choices: &[Choice], name: &str) -> Result<i32, ConfError> {
    match choices.iter().find(|c| c.name.eq_ignore_ascii_case(name)) {
        Some(Choice { not_built: Some(why), .. }) => Err(unsupported_value(p, name, why)),
        Some(c) => Ok(c.value),
        None => Err(ConfError::invalid(format!(
            "Invalid value \"{name}\" for configuration property \"{}\"",
            p.name
        ))),
    }
}

fn parse_choice(p: &Property, choices: &[Choice], text: Option<&str>) -> Result<Option<Value>, ConfError> {
    let name = text.ok_or_else(|| empty_choice(p))?.trim_start_matches(is_space);
    if name.is_empty() {
        return Ok(None);
    }
    find_choice(p, choices, name).map(|v| Some(Value::Int(v)))
}

/// An item of a list of flags: whether it takes the flag away, and its name.
fn flag(item: &str) -> (bool, &str) {
    match item.strip_prefix('-') {
        Some(name) => (true, name),
        None => (false, item.strip_prefix('+').unwrap_or(item)),
    }
}

fn flag_items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(|item| item.trim_start_matches(is_space)).filter(|item| !flag(item).1.is_empty())
}

/// The steps in which a value is set: one, and for a list of flags one for each, up to the first that is
/// wrong.
pub(super) fn steps(p: &Property, current: &Value, text: Option<&str>) -> Vec<Option<String>> {
    match (p.kind, text) {
        (Kind::Flags { choices, .. }, Some(text)) => flag_items(text)
            .take_while(|item| find_choice(p, choices, flag(item).1).is_ok())
            .map(|item| Some(item.to_owned()))
            .collect(),
        _ if parse(p, current, text).is_ok() => vec![text.map(str::to_owned)],
        _ => Vec::new(),
    }
}

fn parse_flags(
    p: &Property,
    choices: &[Choice],
    current: &Value,
    text: Option<&str>,
) -> Result<Value, ConfError> {
    let text = text.ok_or_else(|| empty_choice(p))?;
    let mut flags = if let Value::Int(v) = current { *v } else { 0 };
    for (remove, name) in flag_items(text).map(flag) {
        let bit = find_choice(p, choices, name)?;
        flags = if remove { flags & !bit } else { flags | bit };
    }
    Ok(Value::Int(flags))
}
