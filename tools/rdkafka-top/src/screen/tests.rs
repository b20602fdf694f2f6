use super::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

fn fleet() -> Fleet {
    let mut fleet = Fleet::default();
    for second in 1..=2 {
        for (name, n) in [("alpha", 10), ("beta", 40), ("gamma", 20)] {
            let line = format!(
                "{{\"name\":\"{name}\",\"ts\":{},\"time\":3661,\"msg_cnt\":{n},\"brokers\":{{\"{name}/1\":{{\"name\":\"{name}/1\",\"state\":\"UP\",\
                 \"tx\":{}}}}}}}",
                second * 1_000_000,
                second * n
            );
            assert!(fleet.take(0, &line).is_some());
        }
    }
    fleet
}

fn picture(screen: &mut Screen, fleet: &Fleet, wide: u16, high: u16) -> Vec<String> {
    let mut terminal = Terminal::new(TestBackend::new(wide, high)).unwrap();
    terminal.draw(|frame| screen.draw(frame, fleet)).unwrap();
    let text = terminal.backend().to_string();
    text.lines().map(|line| line.trim_matches('"').trim_end().to_owned()).collect()
}

fn press(screen: &mut Screen, keys: &str) -> Vec<Action> {
    keys.chars()
        .map(|c| {
            let code = match c {
                '\n' => KeyCode::Enter,
                '\t' => KeyCode::Tab,
                '\x1b' => KeyCode::Esc,
                '\x08' => KeyCode::Backspace,
                'v' => KeyCode::Down,
                '}' => KeyCode::Right,
                c => KeyCode::Char(c),
            };
            screen.key(KeyEvent::new(code, KeyModifiers::NONE))
        })
        .collect()
}

fn names(picture: &[String]) -> Vec<&str> {
    let rows = &picture[3..picture.len() - 1];
    rows.iter().filter_map(|line| line.split_whitespace().next()).collect()
}

#[test]
fn a_picture_has_clients_views_and_keys() {
    let mut screen = Screen::new(View::Clients, Look::default());
    let lines = picture(&mut screen, &fleet(), 160, 10);
    assert!(lines[0].starts_with("rdkafka-top  3 clients  01:01:01 UTC"), "{lines:#?}");
    assert!(lines[1].contains("1 clients") && lines[1].contains("5 batching"));
    assert!(lines[2].starts_with("CLIENT") && lines[2].contains("MSG/S"));
    assert_eq!(names(&lines), ["alpha", "beta", "gamma"]);
    assert!(lines[9].starts_with("3 rows") && lines[9].contains("q quit"));
}

#[test]
fn keys_sort_and_turn_round() {
    let (mut screen, fleet) = (Screen::new(View::Clients, Look::default()), fleet());
    press(&mut screen, ">>>");
    assert_eq!(screen.look.sort.as_deref(), Some("QUEUE"));
    let lines = picture(&mut screen, &fleet, 160, 10);
    assert_eq!(names(&lines), ["beta", "gamma", "alpha"]);
    assert!(lines[9].contains("by QUEUE, largest first"));
    press(&mut screen, "r");
    assert_eq!(names(&picture(&mut screen, &fleet, 160, 10)), ["alpha", "gamma", "beta"]);
    press(&mut screen, "<<<");
    assert_eq!(screen.look.sort.as_deref(), Some("REPLYQ"));
}

#[test]
fn a_filter_is_typed_and_removed() {
    let (mut screen, fleet) = (Screen::new(View::Clients, Look::default()), fleet());
    let actions = press(&mut screen, "/aqx\x08\x08m");
    assert!(actions.iter().all(|a| *a == Action::None), "q belongs to the filter");
    let lines = picture(&mut screen, &fleet, 160, 10);
    assert_eq!(names(&lines), ["gamma"]);
    assert!(lines[9].starts_with("filter: am_"));
    press(&mut screen, "\n");
    assert!(picture(&mut screen, &fleet, 160, 10)[9].starts_with("1 rows  with \"am\""));
    press(&mut screen, "\x1b");
    assert_eq!(names(&picture(&mut screen, &fleet, 160, 10)).len(), 3);
}

#[test]
fn views_are_chosen_and_scrolled() {
    let (mut screen, fleet) = (Screen::new(View::Clients, Look::default()), fleet());
    press(&mut screen, "2vv}");
    let lines = picture(&mut screen, &fleet, 160, 10);
    assert_eq!(screen.view, View::Brokers);
    assert_eq!(names(&lines), ["gamma"]);
    assert!(lines[2].starts_with("CLIENT  STATE"), "a column to the right: {}", lines[2]);
    press(&mut screen, "vvvvv");
    assert_eq!(names(&picture(&mut screen, &fleet, 160, 10)), ["gamma"], "the last row stays");
    press(&mut screen, "5\t");
    assert_eq!(screen.view, View::Clients);
    assert_eq!(press(&mut screen, "q"), [Action::Quit]);
}

#[test]
fn a_small_terminal_is_no_mistake() {
    let (mut screen, fleet) = (Screen::new(View::Clients, Look::default()), fleet());
    for (wide, high) in [(1, 1), (3, 2), (10, 3), (40, 5)] {
        assert_eq!(picture(&mut screen, &fleet, wide, high).len(), usize::from(high));
    }
}
