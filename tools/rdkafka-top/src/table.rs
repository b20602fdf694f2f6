//! Tables: cells with units, sorting, filtering, and tables as text.

use std::cmp::Ordering;

/// What a number counts, which decides how it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Plain,
    Bytes,
    Micros,
    Percent,
    /// A ratio between 0 and some.
    Fraction,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Text(String),
    Number(f64, Unit),
    /// Not known.
    None,
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub fn some(number: Option<f64>, unit: Unit) -> Self {
        number.map_or(Self::None, |n| Self::Number(n, unit))
    }

    /// As it is written.
    pub fn shown(&self) -> String {
        match self {
            // What a client is called must not write to the terminal.
            Self::Text(text) => text.chars().map(|c| if c.is_control() { '?' } else { c }).collect(),
            Self::Number(n, unit) => shown(*n, *unit),
            Self::None => "-".into(),
        }
    }

    /// Texts come in the order of the alphabet, numbers in that of their size; what is not known comes first.
    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Number(a, _), Self::Number(b, _)) => a.total_cmp(b),
            (a, b) => a.rank().cmp(&b.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::None => 0,
            Self::Number(..) => 1,
            Self::Text(_) => 2,
        }
    }
}

fn shown(n: f64, unit: Unit) -> String {
    match unit {
        Unit::Plain => scaled(n, &[("", 1e4), ("k", 1e3), ("M", 1e3), ("G", 1e3)], 1e3),
        Unit::Bytes => scaled(n, &[(" B", 1e3), (" kB", 1e3), (" MB", 1e3), (" GB", 1e3)], 1e3),
        Unit::Micros => scaled(n, &[(" us", 1e3), (" ms", 1e3), (" s", 1e6)], 1e3),
        Unit::Percent => format!("{n:.0}%"),
        Unit::Fraction => format!("{n:.2}"),
    }
}

/// With the first suffix below whose limit the number is; each one stands for `step` times the one before.
fn scaled(n: f64, suffixes: &[(&str, f64)], step: f64) -> String {
    let (mut n, mut suffix, mut is_scaled) = (n, "", false);
    for (at, (name, limit)) in suffixes.iter().enumerate() {
        suffix = name;
        if n.abs() < *limit || at + 1 == suffixes.len() {
            break;
        }
        n /= step;
        is_scaled = true;
    }
    let digits = match n.abs() {
        _ if n.fract() == 0.0 && !is_scaled => 0,
        a if a < 10.0 => 2,
        a if a < 100.0 => 1,
        _ => 0,
    };
    format!("{n:.digits$}{suffix}")
}

/// A column: its heading, and what it is in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    pub title: &'static str,
    /// Texts stand on the left and are what a filter looks at.
    pub is_text: bool,
}

/// How a table is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// The heading of the column that rows are sorted by; none: as they come.
    pub sort: Option<String>,
    pub ascending: bool,
    /// Rows that have this in a text, whatever the case.
    pub filter: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// The rows that pass the filter, in order.
    pub fn apply(mut self, look: &Look) -> Self {
        let wanted = look.filter.to_lowercase();
        if !wanted.is_empty() {
            let has = |cell: &Cell| matches!(cell, Cell::Text(t) if t.to_lowercase().contains(&wanted));
            self.rows.retain(|row| row.iter().any(has));
        }
        let column = look.sort.as_ref().and_then(|title| self.place_of(title));
        if let Some(at) = column {
            // Stable: what is equal stays as it came.
            self.rows.sort_by(|a, b| {
                let order = a.get(at).unwrap_or(&Cell::None).compare(b.get(at).unwrap_or(&Cell::None));
                if look.ascending { order } else { order.reverse() }
            });
        }
        self
    }

    /// Where the column with this heading stands, whatever the case.
    pub fn place_of(&self, title: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.title.eq_ignore_ascii_case(title))
    }

    /// How wide each column has to be.
    pub fn widths(&self) -> Vec<usize> {
        let cells =
            |at: usize| self.rows.iter().filter_map(move |row| row.get(at)).map(|c| width(&c.shown()));
        let columns = self.columns.iter().enumerate();
        columns.map(|(at, c)| cells(at).chain([width(c.title)]).max().unwrap_or(0)).collect()
    }

    /// The table as lines of text, headings first.
    pub fn lines(&self) -> Vec<String> {
        let widths = self.widths();
        let heading: Vec<String> = self.columns.iter().map(|c| c.title.to_owned()).collect();
        let rows = self.rows.iter().map(|row| row.iter().map(Cell::shown).collect());
        std::iter::once(heading).chain(rows).map(|cells| self.line(&widths, &cells)).collect()
    }

    fn line(&self, widths: &[usize], cells: &[String]) -> String {
        let mut out = String::new();
        for ((column, wide), cell) in self.columns.iter().zip(widths).zip(cells) {
            let blanks = " ".repeat(wide.saturating_sub(width(cell)));
            let parts = if column.is_text { [cell.as_str(), &blanks] } else { [blanks.as_str(), cell] };
            if !out.is_empty() {
                out.push_str("  ");
            }
            out.extend(parts);
        }
        out.trim_end().to_owned()
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let column = |title, is_text| Column { title, is_text };
        let row = |name: &str, n| vec![Cell::text(name), Cell::some(n, Unit::Plain)];
        Table {
            columns: vec![column("NAME", true), column("N", false)],
            rows: vec![row("beta", Some(2.0)), row("alpha", None), row("Gamma", Some(30_000.0))],
        }
    }

    #[test]
    fn numbers_are_written_short() {
        let cases = [
            (0.0, Unit::Plain, "0"),
            (9_999.0, Unit::Plain, "9999"),
            (0.5, Unit::Plain, "0.50"),
            (12_345.0, Unit::Plain, "12.3k"),
            (5_000_000.0, Unit::Plain, "5.00M"),
            (999.0, Unit::Bytes, "999 B"),
            (123_456.0, Unit::Bytes, "123 kB"),
            (7e12, Unit::Bytes, "7000 GB"),
            (850.0, Unit::Micros, "850 us"),
            (1_500.0, Unit::Micros, "1.50 ms"),
            (62_000_000.0, Unit::Micros, "62.0 s"),
            (80.4, Unit::Percent, "80%"),
            (0.256, Unit::Fraction, "0.26"),
        ];
        for (n, unit, text) in cases {
            assert_eq!(shown(n, unit), text);
        }
        assert_eq!(Cell::text("a\x1b[2J\n").shown(), "a?[2J?");
    }

    #[test]
    fn rows_are_sorted_and_filtered() {
        let names =
            |look: &Look| -> Vec<String> { table().apply(look).rows.iter().map(|r| r[0].shown()).collect() };
        let look = |sort: &str, ascending, filter: &str| Look {
            sort: Some(sort.into()).filter(|s: &String| !s.is_empty()),
            ascending,
            filter: filter.into(),
        };
        assert_eq!(names(&look("", false, "")), ["beta", "alpha", "Gamma"]);
        assert_eq!(names(&look("n", false, "")), ["Gamma", "beta", "alpha"]);
        assert_eq!(names(&look("n", true, "")), ["alpha", "beta", "Gamma"]);
        assert_eq!(names(&look("NAME", true, "")), ["Gamma", "alpha", "beta"]);
        assert_eq!(names(&look("no such column", true, "A")), ["beta", "alpha", "Gamma"]);
        assert_eq!(names(&look("n", false, "GAM")), ["Gamma"]);
    }

    #[test]
    fn a_table_as_text_has_straight_columns() {
        let lines = table().lines();
        assert_eq!(lines, ["NAME       N", "beta       2", "alpha      -", "Gamma  30.0k"]);
    }
}
