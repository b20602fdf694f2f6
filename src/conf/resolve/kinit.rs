//! Variables in `sasl.kerberos.kinit.cmd`: `%{name}` stands for the value of the property of that name.

/// Replaces variables by what `value` knows of them.
///
/// # Errors
/// A variable without an end or without a value, in librdkafka's words.
pub(super) fn render(template: &str, value: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let (mut out, mut rest) = (String::new(), template);
    while let Some((before, from_brace)) = rest.split_once("%{") {
        let Some((name, after)) = from_brace.split_once('}') else {
            let position = template.len() - rest.len();
            return Err(format!("Missing close-brace }} for %{{{from_brace} at {position}"));
        };
        let Some(text) = value(name) else { return Err(format!("Property not available: \"{name}\"")) };
        out.push_str(before);
        out.push_str(&text);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(template: &str) -> Result<String, String> {
        render(template, |name| (name == "client.id").then(|| "me".to_owned()))
    }

    #[test]
    fn variables_are_replaced() {
        for (template, text) in [
            ("kinit", "kinit"),
            ("%{client.id}", "me"),
            (
                "a %{client.id}%{client.id} {%{client.id}} 100% %x %%{client.id} %",
                "a meme {me} 100% %x %me %",
            ),
        ] {
            assert_eq!(rendered(template).as_deref(), Ok(text));
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (template, error) in [
            ("echo %{nix}", "Property not available: \"nix\""),
            ("x%{}y", "Property not available: \"\""),
            ("echo %{client.id", "Missing close-brace } for %{client.id at 0"),
            ("a %{client.id} b %{x y", "Missing close-brace } for %{x y at 14"),
        ] {
            assert_eq!(rendered(template), Err(error.to_owned()));
        }
    }
}
