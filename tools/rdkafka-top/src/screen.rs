//! The terminal's picture, and what keys do to it. What reads the terminal is in `main.rs`.

use crate::fleet::Fleet;
use crate::table::{Cell, Look, Table};
use crate::views::View;
use ratatui::Frame;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

const KEYS: &str = "q quit  1-5 view  < > sort  r reverse  / filter  space stop  arrows scroll";

/// What is looked at, and how.
pub struct Screen {
    pub view: View,
    pub look: Look,
    /// A filter is being typed.
    typing: bool,
    /// Nothing new is taken in.
    pub stopped: bool,
    /// The first row and column that are shown; the column with names always is.
    row: usize,
    column: usize,
    /// How many rows a page has, by the last picture.
    page: usize,
    /// What the source has to say.
    pub notice: String,
}

/// What a key asks for beyond the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    None,
    Quit,
}

impl Screen {
    pub fn new(view: View, look: Look) -> Self {
        Self { view, look, typing: false, stopped: false, row: 0, column: 0, page: 1, notice: String::new() }
    }

    pub fn key(&mut self, key: KeyEvent) -> Action {
        if key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c') {
            return Action::Quit;
        }
        if self.typing {
            self.type_filter(key.code);
            return Action::None;
        }
        match key.code {
            KeyCode::Char('q') => return Action::Quit,
            KeyCode::Char('/') => self.typing = true,
            KeyCode::Esc => self.look.filter.clear(),
            KeyCode::Char(' ') => self.stopped = !self.stopped,
            KeyCode::Char('r') => self.look.ascending = !self.look.ascending,
            KeyCode::Char('<') => self.sort_by_neighbour(false),
            KeyCode::Char('>') => self.sort_by_neighbour(true),
            KeyCode::Tab => self.turn_to(|at| (at + 1) % View::ALL.len()),
            KeyCode::Char(digit @ '1'..='5') => self.turn_to(|_| digit as usize - '1' as usize),
            KeyCode::Down => self.row += 1,
            KeyCode::Up => self.row = self.row.saturating_sub(1),
            KeyCode::PageDown => self.row += self.page,
            KeyCode::PageUp => self.row = self.row.saturating_sub(self.page),
            KeyCode::Home => (self.row, self.column) = (0, 0),
            KeyCode::Right => self.column += 1,
            KeyCode::Left => self.column = self.column.saturating_sub(1),
            _ => {}
        }
        Action::None
    }

    fn type_filter(&mut self, code: KeyCode) {
        match code {
            KeyCode::Enter => self.typing = false,
            KeyCode::Esc => {
                self.typing = false;
                self.look.filter.clear();
            }
            KeyCode::Backspace => {
                self.look.filter.pop();
            }
            KeyCode::Char(c) => self.look.filter.push(c),
            _ => {}
        }
        self.row = 0;
    }

    fn turn_to(&mut self, which: impl Fn(usize) -> usize) {
        let at = View::ALL.iter().position(|v| *v == self.view).unwrap_or(0);
        if let Some(view) = View::ALL.get(which(at)) {
            self.view = *view;
        }
        (self.row, self.column) = (0, 0);
    }

    /// The next column to the right or to the left, round the ends.
    fn sort_by_neighbour(&mut self, right: bool) {
        let columns = self.view.table(&Fleet::default()).columns;
        let count = columns.len().max(1);
        let now = self
            .look
            .sort
            .as_ref()
            .and_then(|s| columns.iter().position(|c| c.title.eq_ignore_ascii_case(s)));
        let next = match now {
            Some(at) if right => (at + 1) % count,
            Some(at) => (at + count - 1) % count,
            None if right => 0,
            None => count - 1,
        };
        self.look.sort = columns.get(next).map(|c| c.title.to_owned());
    }

    pub fn draw(&mut self, frame: &mut Frame<'_>, fleet: &Fleet) {
        let [head, tabs, body, foot] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Length(1),
            Constraint::Min(1),
            Constraint::Length(1),
        ])
        .areas(frame.area());
        frame.render_widget(Paragraph::new(self.head(fleet)), head);
        frame.render_widget(Paragraph::new(self.tabs()), tabs);
        self.page = usize::from(body.height.saturating_sub(1)).max(1);
        let table = self.view.table(fleet).apply(&self.look);
        self.row = self.row.min(table.rows.len().saturating_sub(1));
        self.column = self.column.min(table.columns.len().saturating_sub(2));
        frame.render_widget(Paragraph::new(self.body(&table)), body);
        frame.render_widget(Paragraph::new(self.foot(&table)), foot);
    }

    fn head(&self, fleet: &Fleet) -> Line<'static> {
        let count = fleet.clients().filter(|c| !c.has_ended()).count();
        let time = fleet.clients().map(|c| c.now.time).max();
        let mut words = format!("rdkafka-top  {count} client{}", if count == 1 { "" } else { "s" });
        if let Some(time) = time {
            words.push_str(&format!("  {} UTC", time_of_day(time)));
        }
        let (skipped, why) = fleet.skipped();
        if skipped > 0 {
            words.push_str(&format!("  {skipped} lines skipped: {}", Cell::text(why).shown()));
        }
        if self.stopped {
            words.push_str("  stopped");
        }
        if !self.notice.is_empty() {
            words.push_str(&format!("  {}", self.notice));
        }
        Line::styled(words, Style::new().add_modifier(Modifier::BOLD))
    }

    fn tabs(&self) -> Line<'static> {
        let tabs = View::ALL.iter().enumerate().flat_map(|(at, view)| {
            let style =
                if *view == self.view { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
            [Span::styled(format!(" {} {} ", at + 1, view.name()), style), Span::raw(" ")]
        });
        Line::from_iter(tabs)
    }

    fn body(&self, table: &Table) -> Vec<Line<'static>> {
        let table = self.part_of(table);
        let heading = Style::new().add_modifier(Modifier::UNDERLINED | Modifier::BOLD);
        let styles = std::iter::once(heading).chain(table.rows.iter().map(|row| style_of(row)));
        table.lines().into_iter().zip(styles).map(|(line, style)| Line::styled(line, style)).collect()
    }

    /// The rows and columns that are shown.
    fn part_of(&self, table: &Table) -> Table {
        let shown = |at: usize| at == 0 || at > self.column;
        let pick = |row: &Vec<Cell>| -> Vec<Cell> {
            row.iter().enumerate().filter(|(at, _)| shown(*at)).map(|(_, cell)| cell.clone()).collect()
        };
        let columns = table.columns.iter().enumerate().filter(|(at, _)| shown(*at)).map(|(_, c)| *c);
        Table {
            columns: columns.collect(),
            rows: table.rows.iter().skip(self.row).take(self.page).map(pick).collect(),
        }
    }

    fn foot(&self, table: &Table) -> Line<'static> {
        if self.typing {
            return Line::raw(format!("filter: {}_", self.look.filter));
        }
        let mut words = format!("{} rows", table.rows.len());
        if let Some(column) = &self.look.sort {
            let order = if self.look.ascending { "smallest first" } else { "largest first" };
            words.push_str(&format!("  by {column}, {order}"));
        }
        if !self.look.filter.is_empty() {
            words.push_str(&format!("  with {:?}", self.look.filter));
        }
        Line::from_iter([
            Span::raw(words),
            Span::styled(format!("  {KEYS}"), Style::new().fg(Color::DarkGray)),
        ])
    }
}

/// Rows of what is in trouble stand out.
fn style_of(row: &[Cell]) -> Style {
    let says = |words: &[&str]| {
        row.iter().any(|c| matches!(c, Cell::Text(t) if words.iter().any(|w| t.starts_with(w))))
    };
    if says(&["fatal", "FatalError"]) {
        Style::new().fg(Color::Red)
    } else if says(&["no broker", "DOWN", "TRY_CONNECT", "AbortableError"]) {
        Style::new().fg(Color::Yellow)
    } else if says(&["ended"]) {
        Style::new().fg(Color::DarkGray)
    } else {
        Style::new()
    }
}

fn time_of_day(seconds: i64) -> String {
    let of_day = seconds.rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", of_day / 3600, of_day / 60 % 60, of_day % 60)
}

#[cfg(test)]
mod tests;
