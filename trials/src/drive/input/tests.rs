use super::*;

const HEADER: &str =
    r#"{"zones":{"b":{"rated_w":500,"floor_m2":15},"a":{"rated_w":800.5}},"step_s":300,"cap_w":null}"#;

fn refusal<T: std::fmt::Debug>(read: Result<T, Unreadable>) -> String {
    read.unwrap_err().to_string()
}

#[test]
fn zones_keep_the_order_of_the_line_and_null_is_nothing() {
    let header = Header::read(HEADER).unwrap();
    let names: Vec<&str> = header.zones.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["b", "a"]);
    assert_eq!(header.zones[1].1, ZoneRating { rated_w: Some(800.5), ..ZoneRating::default() });
    assert_eq!((header.step_s, header.cap_w, header.peak_eur_per_kw), (Some(300.0), None, None));
}

#[test]
fn a_step_is_read_with_its_holes() {
    let line = r#"{"t_s":0,"to":-3.5,"fc_to":[1,null,1e999],"unheard":{"of":[{}]},
        "zones":{"a":{"ta":null,"pir":1,"lo_fc":[],"pmax":500},"c":null}}"#;
    let step = Step::read(&line.replace('\n', " ")).unwrap();
    assert_eq!(step.outdoor_forecast_c, [Some(1.0), None, Some(f64::INFINITY)]);
    assert_eq!((step.outdoor_c, step.hour), (Some(-3.5), None));
    assert_eq!(step.zones[0].1.limit_w, Some(500.0));
    assert_eq!(step.zones[1], ("c".to_owned(), ZoneStep::default()));
}

#[test]
fn a_name_that_comes_twice_is_one_zone_with_what_was_said_last() {
    let step = Step::read(r#"{"zones":{"a":{"ta":1},"b":{},"a":{"ta":2}}}"#).unwrap();
    let read: Vec<_> = step.zones.iter().map(|(name, zone)| (name.as_str(), zone.air_c)).collect();
    assert_eq!(read, [("a", Some(2.0)), ("b", None)]);
}

#[test]
fn what_cannot_be_read_is_refused_by_the_name_of_its_field() {
    for (line, field) in [
        ("", "the line is not JSON"),
        ("{", "the line is not JSON"),
        (r#"{"zones":{}} {}"#, "the line is not JSON"),
        (r#"{"zones":{},"to":NaN}"#, "the line is not JSON"),
        ("[1]", "the line is a list where an object is needed"),
        ("{}", "zones is missing"),
        (r#"{"zones":null}"#, "zones is missing"),
        (r#"{"zones":[]}"#, "zones is a list where an object is needed"),
        (r#"{"zones":{"a":1}}"#, "zones.a is a number where an object is needed"),
        (r#"{"zones":{"a":{"ta":"20"}}}"#, "zones.a.ta is a text where a number is needed"),
        (r#"{"zones":{"a":{"pir":true}}}"#, "zones.a.pir is true or false where a number is needed"),
        (r#"{"zones":{"a":{"lo_fc":20}}}"#, "zones.a.lo_fc is a number where a list is needed"),
        (r#"{"zones":{"a":{"lo_fc":[20,"x"]}}}"#, "zones.a.lo_fc[1] is a text where a number is needed"),
        (r#"{"zones":{"a\nb":{"ta":"x"}}}"#, r"zones.a\nb.ta is a text where a number is needed"),
        (r#"{"zones":{},"hour":{}}"#, "hour is an object where a number is needed"),
        (r#"{"zones":{},"cap_w":-1}"#, "cap_w is negative or not finite"),
        (r#"{"zones":{},"cap_w":1e999}"#, "cap_w is negative or not finite"),
    ] {
        let told = refusal(Step::read(line));
        assert!(told.starts_with(field), "{line}: {told}");
    }
    for (line, told) in [
        (r#"{"zones":{"a":{"rated_w":-5}}}"#, "zones.a.rated_w is negative or not finite"),
        (r#"{"zones":{"a":{"rated_w":1e400}}}"#, "zones.a.rated_w is negative or not finite"),
        (r#"{"zones":{},"step_s":-1}"#, "step_s is negative or not finite"),
        (r#"{"zones":{},"step_s":"300"}"#, "step_s is a text where a number is needed"),
    ] {
        assert_eq!(refusal(Header::read(line)), told, "{line}");
    }
}

#[test]
fn a_line_that_is_nested_without_end_is_not_followed() {
    let deep = format!(r#"{{"zones":{{}},"deep":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert!(Step::read(&deep).is_ok());
}
