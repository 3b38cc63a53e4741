//! What is written reads back as the same building, whatever its names and weeks are; what cannot be is refused by line.

use proptest::prelude::*;
use vocabulary::{DayTime, Span, Spans, Week};

use super::*;
use crate::book::tests::two_rooms;

fn read_back(book: &SiteBook) -> SiteBook {
    let file = write(book);
    read(&file).unwrap_or_else(|refusal| panic!("{refusal}\n{file}"))
}

#[test]
fn a_building_reads_back_as_it_was_written() {
    let mut book = two_rooms();
    book.rooms[1].area = None;
    book.heaters[0].circuit = Some(CircuitId::new("riser").unwrap());
    let circuit = |id: &str, under: Option<&str>, other_w| Circuit {
        id: CircuitId::new(id).unwrap(),
        under: under.map(|under| CircuitId::new(under).unwrap()),
        cap_w: Watts::new(2_000).unwrap(),
        other_w: Watts::new(other_w).unwrap(),
    };
    book.circuits = vec![circuit("main", None, 0), circuit("riser", Some("main"), 50)];
    assert_eq!(read_back(&book), book.as_described());
}

#[test]
fn names_of_any_script_with_markup_and_quotes_stay_as_they_are() {
    let long = "é".repeat(64);
    for name in
        ["<b>\"Söhne\" & 'Cie'</b>", "C:\\new", "غرفة ١٢", "Büro 🔥", "'''", "\"\"\"", "# [site]", &long]
    {
        let mut book = two_rooms();
        let name = DisplayName::new(name).unwrap();
        book.rooms[0].name = name.clone();
        book.rooms[0].floor = name.clone();
        book.heaters[0].name = name.clone();
        book.site.name = name;
        assert_eq!(read_back(&book), book.as_described());
    }
}

#[test]
fn an_empty_building_is_a_building() {
    let mut book = two_rooms();
    (book.rooms, book.heaters, book.metrics) = (Vec::new(), Vec::new(), Vec::new());
    book.site.cap_w = None;
    assert_eq!(read_back(&book), book);
}

#[test]
fn what_cannot_be_is_refused_with_its_line_and_what_to_do() {
    let good = write(&two_rooms());
    for (find, put, line, said) in [
        ("[site]", "[sites]", 1, "did you mean `site`"),
        ("low_c = 17.0", "low_c = 17.0\nlow = 3", 14, "did you mean `low_c`"),
        ("low_c = 17.0", "low_c = 3.0", 8, "outside 5 to 30 °C"),
        ("low_c = 17.0", "low_c = \"warm\"", 13, "string"),
        ("x = 0.0", "x = nan", 8, "area needs numbers"),
        ("width = 4.0", "width = 0.0", 8, "area needs numbers"),
        ("id = \"b\"", "id = \"a\"", 18, "room a is named twice"),
        ("room = \"a\"", "room = \"attic\"", 28, "which is not described"),
        ("rated_w = 750", "rated_w = 0", 28, "rated_w"),
        ("cap_w = 9000", "cap_w = 10", 1, "fall-back"),
        ("zone = \"Europe/Paris\"", "zone = \"Paris\"", 4, "Paris"),
        ("[site]", "[http]\nlisten = \"0.0.0.0:80\"\n[site]", 1, "unknown field"),
        ("[site]", "[site", 1, ""),
    ] {
        assert!(good.contains(find), "{find}\n{good}");
        let refusal = read(&good.replacen(find, put, 1)).unwrap_err();
        assert!(refusal.line == line && refusal.what.to_string().contains(said), "{put}: {refusal}\n{good}");
    }
    assert!(read("").unwrap_err().what == Mistake::Nothing);
}

/// A week of up to three spans a day, in quarters of an hour.
fn week() -> impl Strategy<Value = Week> {
    let day = proptest::collection::vec((0u16..96, 1u16..40, 500i32..3000), 0..4);
    (proptest::collection::vec(day, 7), 500i32..3000).prop_map(|(days, otherwise)| Week {
        otherwise_c: Celsius::from_hundredths(otherwise),
        days: std::array::from_fn(|day| {
            let mut spans: Vec<Span> = Vec::new();
            let mut wanted = days[day].clone();
            wanted.sort_unstable();
            for (from, length, setpoint) in wanted {
                let (from, until) = (15 * from, (15 * (from + length)).min(1440));
                if spans.last().is_none_or(|last| last.until.minute() <= from) {
                    spans.push(Span {
                        from: DayTime::new(from).unwrap(),
                        until: DayTime::new(until).unwrap(),
                        setpoint_c: Celsius::from_hundredths(setpoint),
                    });
                }
            }
            Spans::new(spans).unwrap()
        }),
    })
}

proptest! {
    #[test]
    fn every_week_reads_back_with_the_same_setpoints_at_the_same_times(week in week()) {
        let mut book = two_rooms();
        book.rooms[0].schedule.week = week.clone();
        prop_assert_eq!(read_back(&book).rooms[0].schedule.week.changes(), week.changes());
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[\\[\\]a-z=\"{}0-9. \n,]{0,200}") {
        let _ = read(&text);
    }
}
