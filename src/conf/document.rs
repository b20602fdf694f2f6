//! The table as text for people: `docs/reference/configuration.md`, and what
//! `rd_kafka_conf_properties_show()` prints.

use super::number::format_g;
use super::property::{Availability, Choice, Importance, Kind, Property, Scope, Side};
use super::table;
use std::fmt::Write;

/// All documented properties as Markdown tables.
#[must_use]
pub fn properties_text() -> String {
    let mut text = String::new();
    for (scope, title) in [(Scope::Global, "Global"), (Scope::Topic, "Topic")] {
        let rows: Vec<[String; 6]> =
            table::properties().filter(|p| p.scope == scope && is_documented(p)).map(row).collect();
        // A String takes everything that is written to it.
        let _ = writeln!(text, "## {title} configuration properties\n");
        write_table(&mut text, &rows);
        text.push('\n');
    }
    text.push_str("C/P: C = consumer, P = producer, * = both\n");
    text
}

fn is_documented(p: &Property) -> bool {
    !p.hidden && !matches!(p.kind, Kind::Refused)
}

const HEADINGS: [&str; 6] = ["Property", "C/P", "Range", "Default", "Importance", "Description"];

fn write_table(text: &mut String, rows: &[[String; 6]]) {
    // Wide cells would blow up the whole column; they stick out instead.
    const WIDEST: usize = 40;
    let width = |column: usize| {
        let fitting = rows.iter().filter_map(|r| r.get(column)).map(String::len).filter(|w| *w <= WIDEST);
        fitting.chain(HEADINGS.get(column).map(|h| h.len())).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..HEADINGS.len() - 1).map(width).collect();
    let line = |cells: &[&str]| {
        let mut line = String::from("|");
        for (i, cell) in cells.iter().enumerate() {
            let _ = write!(line, " {cell:width$} |", width = widths.get(i).copied().unwrap_or(0));
        }
        line + "\n"
    };
    text.push_str(&line(&HEADINGS));
    let dashes: Vec<String> =
        widths.iter().map(|w| "-".repeat(*w)).chain(["-----------".to_owned()]).collect();
    text.push_str(&line(&dashes.iter().map(String::as_str).collect::<Vec<_>>()));
    for row in rows {
        text.push_str(&line(&row.each_ref().map(String::as_str)));
    }
}

fn row(p: &Property) -> [String; 6] {
    let target = match p.kind {
        Kind::Alias(_) => table::find(p.scope, p.name).map_or(p, |(_, target)| target),
        _ => p,
    };
    let side = match target.side {
        Side::Both => "*",
        Side::Producer => "P",
        Side::Consumer => "C",
    };
    let importance = match p.importance {
        Importance::Low => "low",
        Importance::Medium => "medium",
        Importance::High => "high",
    };
    let escaped = |text: String| text.replace('|', "\\|");
    [
        format!("`{}`", p.name),
        side.into(),
        escaped(range(&target.kind)),
        escaped(default(&target.kind)),
        importance.into(),
        escaped(description(p, target)),
    ]
}

fn range(kind: &Kind) -> String {
    match kind {
        Kind::Int { min, max, names, .. } => {
            let named = names.iter().map(|c| format!(", {}", c.name));
            format!("{min} .. {max}{}", named.collect::<String>())
        }
        Kind::Double { min, max, .. } => format!("{} .. {}", format_g(*min), format_g(*max)),
        Kind::Bool(_) => "true, false".into(),
        Kind::Choice { choices, .. } | Kind::Flags { choices, .. } => names(choices),
        _ => String::new(),
    }
}

fn names(choices: &[Choice]) -> String {
    choices.iter().map(|c| c.name).collect::<Vec<_>>().join(", ")
}

fn default(kind: &Kind) -> String {
    match kind {
        Kind::Text { default, .. } => default.unwrap_or_default().into(),
        Kind::Int { default, .. } => default.to_string(),
        Kind::Double { default, .. } => format_g(*default),
        Kind::Bool(default) => default.to_string(),
        Kind::Choice { choices, default } => {
            choices.iter().find(|c| c.value == *default).map_or("", |c| c.name).into()
        }
        Kind::Flags { choices, default } => {
            let set = choices.iter().filter(|c| c.not_built.is_none() && default & c.value == c.value);
            set.map(|c| c.name).collect::<Vec<_>>().join(", ")
        }
        _ => String::new(),
    }
}

fn description(p: &Property, target: &Property) -> String {
    let mut text = String::new();
    match target.availability {
        Availability::Available => {}
        Availability::NotBuilt(why) => {
            let _ = write!(text, "**Only the default in this build** ({why}). ");
        }
        Availability::Unsupported(why) => {
            let _ = write!(text, "**Not supported** ({why}). ");
        }
    }
    if target.experimental {
        text.push_str("**Experimental.** ");
    }
    if target.deprecated {
        text.push_str("**Deprecated.** ");
    }
    if target.v2_only {
        text.push_str("**With `produce.engine=v2` only.** ");
    }
    if let Kind::Alias(name) = p.kind {
        let _ = write!(text, "Alias of `{name}`. ");
    }
    text.push_str(target.description);
    if let Some(why) = target.no_effect {
        let _ = write!(text, " **No effect:** {why}.");
    }
    if let Kind::Choice { choices, .. } | Kind::Flags { choices, .. } = target.kind {
        let missing: Vec<&str> = choices.iter().filter(|c| c.not_built.is_some()).map(|c| c.name).collect();
        if !missing.is_empty() {
            let _ = write!(text, " **Not in this build:** {}.", missing.join(", "));
        }
    }
    let _ = write!(text, " *{}*", type_name(&target.kind));
    text
}

fn type_name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Text { .. } => "string",
        Kind::Int { .. } => "integer",
        Kind::Double { .. } => "float",
        Kind::Bool(_) => "boolean",
        Kind::Choice { .. } => "enum value",
        Kind::Flags { .. } => "list of flags",
        Kind::Patterns => "list of patterns",
        Kind::Pointer | Kind::Internal => "see the function named",
        Kind::Alias(_) | Kind::Refused => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conf::REFERENCE_VERSION;

    fn introduction() -> String {
        format!(
            "\
# Configuration properties

Generated from the property table in `src/conf/table/` by `UPDATE_DOCS=1 cargo test conf_doc`: do not edit.

Names, types, ranges and defaults are those of librdkafka {REFERENCE_VERSION}; `statistics.sink`, `queue.buffering.max.broker.percent`, `compression.threads`, `client.io.threads`, `produce.engine`, `multibatch` and what follows the latter are our own. What this
build does not do yet is marked: such a property is rejected unless it is set to its default: unsupported settings never pass
without notice. Consumer properties are accepted, and ignored by a producer with a warning in the log. Left out here as in librdkafka:
`test.mock.*`, which [the mock cluster's page](../use/mock.md) describes.

"
        )
    }

    #[test]
    fn conf_doc_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reference/configuration.md");
        let want = introduction() + &properties_text();
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, &want).unwrap();
        }
        let found = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            found == want,
            "docs/reference/configuration.md is not current: run UPDATE_DOCS=1 cargo test conf_doc"
        );
    }

    #[test]
    fn hidden_and_refused_properties_are_not_shown() {
        let text = properties_text();
        assert!(text.contains("`linger.ms`") && text.contains("Alias of `queue.buffering.max.ms`."));
        for name in ["test.mock.num.brokers", "ssl.truststore.location", "client.software.name"] {
            assert!(!text.contains(&format!("| `{name}`")), "{name}");
        }
    }
}
