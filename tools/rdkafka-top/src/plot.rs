//! A recording as a picture: the figures of each client over time, in SVG.

use crate::fleet::{Client, Fleet, Key};
use crate::table::{Cell, Unit};
use crate::views;
use std::collections::BTreeMap;
use std::fmt::Write as _;

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 190.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 28.0;
/// More lines than this cannot be told apart.
const COLOURS: [&str; 8] =
    ["#2f6f9f", "#d9822b", "#4a9a5b", "#a8435a", "#7a5ea8", "#8a6d3b", "#3b9a9a", "#707070"];

/// A figure: its heading, the unit, and where it comes from.
struct Figure {
    title: &'static str,
    unit: Unit,
    of: fn(&Client) -> Option<f64>,
}

const FIGURES: [Figure; 9] = [
    Figure { title: "messages per second", unit: Unit::Plain, of: |c| c.rate(views::messages) },
    Figure { title: "bytes of messages per second", unit: Unit::Bytes, of: |c| c.rate(views::message_bytes) },
    Figure { title: "requests per second", unit: Unit::Plain, of: |c| c.rate(views::requests) },
    Figure { title: "messages per request", unit: Unit::Plain, of: views::messages_per_request },
    Figure { title: "messages in the queue", unit: Unit::Plain, of: |c| Some(c.now.msg_cnt) },
    Figure {
        title: "time in the client, p99",
        unit: Unit::Micros,
        of: |c| views::worst(&c.now, |b| &b.int_latency, |w| w.p99),
    },
    Figure {
        title: "round-trip time, p99",
        unit: Unit::Micros,
        of: |c| views::worst(&c.now, |b| &b.rtt, |w| w.p99),
    },
    Figure {
        title: "retries and errors per second",
        unit: Unit::Plain,
        of: |c| Some(c.rate(views::retries)? + c.rate(views::errors)?),
    },
    Figure { title: "consumer lag, messages", unit: Unit::Plain, of: |c| views::lag(&c.now) },
];

/// Seconds and value.
type Points = Vec<(f64, f64)>;

/// A recording, client by client.
#[derive(Default)]
pub struct Recording {
    fleet: Fleet,
    /// Of each client, the points of each figure.
    lines: BTreeMap<Key, [Points; FIGURES.len()]>,
    /// When the first and the last document were made.
    span: Option<(f64, f64)>,
    documents: usize,
}

impl Recording {
    pub fn take(&mut self, source: u64, line: &str) {
        let Some(key) = self.fleet.take(source, line) else { return };
        let Some(client) = self.fleet.get(&key) else { return };
        // Clients of one machine have one clock, microseconds since some moment.
        #[allow(clippy::cast_precision_loss)] // Exact for centuries.
        let at = client.now.ts as f64 / 1e6;
        let (first, last) = self.span.unwrap_or((at, at));
        self.span = Some((first.min(at), last.max(at)));
        self.documents += 1;
        let lines = self.lines.entry(key).or_default();
        for (points, figure) in lines.iter_mut().zip(&FIGURES) {
            points.extend((figure.of)(client).map(|value| (at, value)));
        }
    }

    pub fn documents(&self) -> usize {
        self.documents
    }

    /// The picture: a panel for each figure that is not nothing all the time.
    pub fn picture(&self) -> String {
        let shown: Vec<usize> = (0..FIGURES.len()).filter(|at| self.is_something(*at)).collect();
        let clients: Vec<(&Key, &str)> = self.lines.keys().zip(COLOURS).collect();
        #[allow(clippy::cast_precision_loss)] // A few panels and lines.
        let (rows, names) = (shown.len().div_ceil(2) as f64, clients.len() as f64);
        let (wide, high) = (2.0 * WIDTH, rows * HEIGHT + names.max(1.0) * 18.0 + 24.0);
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide:.0} {high:.0}\" font-family=\"sans-serif\" \
             fill=\"#333\">\n<rect width=\"{wide:.0}\" height=\"{high:.0}\" fill=\"#fff\"/>\n"
        );
        for (place, at) in shown.into_iter().enumerate() {
            #[allow(clippy::cast_precision_loss)] // A few panels.
            let (x, y) = ((place % 2) as f64 * WIDTH, (place / 2) as f64 * HEIGHT);
            self.panel(&mut out, (x, y), at, &clients);
        }
        let mut y = rows * HEIGHT + 20.0;
        for (key, colour) in &clients {
            let label = self.fleet.get(key).map_or("", |c| c.label.as_str());
            let _ = writeln!(
                out,
                "<rect x=\"{LEFT}\" y=\"{:.0}\" width=\"12\" height=\"12\" fill=\"{colour}\"/>",
                y - 10.0
            );
            text(&mut out, (LEFT + 18.0, y), "start", 12, label);
            y += 18.0;
        }
        if self.lines.len() > clients.len() {
            let more = format!("{} more clients are not shown", self.lines.len() - clients.len());
            text(&mut out, (WIDTH, y), "start", 12, &more);
        }
        out.push_str("</svg>\n");
        out
    }

    fn is_something(&self, figure: usize) -> bool {
        let values = self.lines.values().filter_map(|lines| lines.get(figure)).flatten();
        values.clone().any(|(_, value)| *value > 0.0)
    }

    /// One figure, at a place.
    fn panel(&self, out: &mut String, (x0, y0): (f64, f64), at: usize, clients: &[(&Key, &str)]) {
        let Some(figure) = FIGURES.get(at) else { return };
        let points = |key: &Key| self.lines.get(key).and_then(|l| l.get(at)).map_or(&[][..], Vec::as_slice);
        let all = clients.iter().flat_map(|(key, _)| points(key));
        let highest = all.map(|(_, value)| *value).fold(0.0, f64::max);
        let (first, last) = self.span.unwrap_or_default();
        let end = (last - first).max(1.0);
        let step = step(highest);
        let top = (highest / step).ceil().max(1.0) * step;
        let x = |second: f64| x0 + LEFT + (WIDTH - LEFT - RIGHT) * second / end;
        let y = |value: f64| y0 + HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top;
        text(out, (x0 + WIDTH / 2.0, y0 + 18.0), "middle", 13, figure.title);
        let mut value = 0.0;
        while value <= top * 1.001 {
            let (from, to, at) = (x(0.0), x(end), y(value));
            let _ = writeln!(
                out,
                "<line x1=\"{from:.1}\" x2=\"{to:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke=\"#ddd\"/>"
            );
            text(out, (from - 6.0, at + 4.0), "end", 11, &Cell::Number(value, figure.unit).shown());
            value += step;
        }
        for second in [0.0, end / 2.0, end] {
            text(out, (x(second), y0 + HEIGHT - 12.0), "middle", 11, &format!("{second:.0} s"));
        }
        for (key, colour) in clients {
            let line: Vec<String> = points(key)
                .iter()
                .map(|(second, value)| format!("{:.1},{:.1}", x(*second - first), y(*value)))
                .collect();
            let line = line.join(" ");
            let _ = writeln!(
                out,
                "<polyline points=\"{line}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>"
            );
        }
    }
}

/// The distance of lines, so that there are two to five of them: 1, 2 or 5 of a power of ten.
fn step(highest: f64) -> f64 {
    let rough = highest / 4.0;
    if rough <= 0.0 || !rough.is_finite() {
        return 1.0;
    }
    let power = 10_f64.powf(rough.log10().floor());
    let wanted = [1.0, 2.0, 5.0].into_iter().find(|n| n * power >= rough);
    wanted.unwrap_or(10.0) * power
}

fn text(out: &mut String, (x, y): (f64, f64), anchor: &str, size: u32, words: &str) {
    let mut safe = String::with_capacity(words.len());
    for c in words.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            c if c.is_control() => safe.push('?'),
            c => safe.push(c),
        }
    }
    let _ = writeln!(
        out,
        "<text x=\"{x:.0}\" y=\"{y:.0}\" text-anchor=\"{anchor}\" font-size=\"{size}\">{safe}</text>"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(clients: i64) -> Recording {
        let mut recording = Recording::default();
        for second in 1..=3 {
            for client in 0..clients {
                recording.take(
                    0,
                    &format!(
                        "{{\"name\":\"a<b&{client}\",\"ts\":{},\"msg_cnt\":{second},\"brokers\":{{\"b\":{{\"name\":\"b\",\"tx\":{}}}}}}}",
                        1_000_000 * second,
                        100 * second
                    ),
                );
            }
        }
        recording
    }

    #[test]
    fn a_picture_has_a_panel_for_each_figure_that_there_is() {
        let picture = recording(1).picture();
        assert!(picture.contains(">requests per second<") && picture.contains(">messages in the queue<"));
        assert!(!picture.contains("lag") && !picture.contains("bytes"), "{picture}");
        assert!(picture.contains("a&lt;b&amp;0") && picture.matches("<polyline").count() == 2);
        // The rate is the same twice: a level line, from the second document on.
        let line = picture.lines().find(|l| l.starts_with("<polyline")).unwrap();
        let points: Vec<&str> = line.split('"').nth(1).unwrap().split(' ').collect();
        let height = |at: usize| points[at].split(',').nth(1);
        assert!(points.len() == 2 && height(0) == height(1), "{line}");
    }

    #[test]
    fn more_clients_than_colours_are_counted() {
        let picture = recording(10).picture();
        assert!(picture.contains("2 more clients are not shown"));
    }

    #[test]
    fn steps_are_round() {
        for (highest, expected) in [(0.0, 1.0), (4.0, 1.0), (5.0, 2.0), (37.0, 10.0), (90_000.0, 50_000.0)] {
            assert!((step(highest) - expected).abs() < 1e-6, "{highest}: {}", step(highest));
        }
    }
}
