//! What strange senders send: each kind of bad input once, and what becomes of it.

#![allow(clippy::unwrap_used, reason = "tests")]

use vocabulary::{
    Ack, DecodeError, MAX_BACKFILL_PER_S, MAX_PAYLOAD_BYTES, Payload as _, Reading, Record, RecordHead,
};

const HEAD: &str = r#""v":1,"boot":"9f3a000000000001","bn":417,"seq":1234,"low":1190"#;

/// A whole record with these samples.
fn record(samples: &str) -> Vec<u8> {
    format!(r#"{{{HEAD},"mono_ms":993120,"ts_ms":1763632000123,"late":false,"samples":{samples}}}"#)
        .into_bytes()
}

/// The same with one text replaced by another.
fn changed(from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(record("[]")).unwrap();
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1).into_bytes()
}

/// Pads a record with blanks to a length.
fn of_length(bytes: usize) -> Vec<u8> {
    let mut record = record("[]");
    record.resize(bytes, b' ');
    record
}

#[test]
fn strange_numbers_in_a_sample_are_kept_exactly_or_refused_alone() {
    let table = [
        ("-0", Some(0.0)),
        ("-0.0", Some(0.0)),
        ("5e-324", Some(5e-324)),
        ("1e-400", Some(0.0)),
        ("9007199254740993", Some(9_007_199_254_740_992.0)),
        ("18446744073709551616", Some(18_446_744_073_709_551_616.0)),
        ("1.7976931348623157e308", Some(f64::MAX)),
        ("-1.7976931348623157e308", Some(f64::MIN)),
        ("\"20.5\"", None),
        ("\"NaN\"", None),
        ("\"Infinity\"", None),
        ("\"fault:\"", None),
        ("\"fault:silent\\u0000\"", None),
        ("\"\\ud83d\\ude00\"", None),
        ("null", None),
        ("[]", None),
        ("{}", None),
        ("true", None),
    ];
    for (written, kept) in table {
        let (record, refused) = Record::decode(&record(&format!(r#"[[0,"grid_hz",{written}]]"#))).unwrap();
        let values: Vec<Option<f64>> = record.samples.iter().map(|sample| sample.reading.known()).collect();
        assert_eq!(values, kept.map(Some).into_iter().collect::<Vec<_>>(), "{written}");
        assert_eq!(refused.len(), usize::from(kept.is_none()), "{written}");
        for sample in &record.samples {
            let Reading::Value(value) = sample.reading else { panic!("{written}") };
            assert!(value != 0.0 || value.is_sign_positive(), "{written} is an ordinary zero");
        }
    }
}

#[test]
fn a_record_that_cannot_be_read_but_named_shows_its_head() {
    let many = format!("[{}]", vec![r#"[0,"co2_ppm",1]"#; 33].join(","));
    let table: Vec<(&str, Vec<u8>, &str, usize)> = vec![
        ("too many samples", record(&many), "too_many", 33),
        ("NaN", record(r#"[[0,"co2_ppm",600],[0,"co2_ppm",NaN]]"#), "form", 1),
        ("an infinity", record(r#"[[0,"co2_ppm",Infinity]]"#), "form", 0),
        ("a number beyond all", record(r#"[[0,"co2_ppm",1e999]]"#), "form", 1),
        ("depth", record(&format!("{}{}", "[".repeat(3000), "]".repeat(3000))), "form", 1),
        ("depth without an end", record(&"[".repeat(4000)), "form", 0),
        ("no list", record(r#""co2_ppm""#), "form", 0),
        ("a map", record(r#"{"co2_ppm":600}"#), "form", 0),
        ("a lone half of a pair", record(r#"[[0,"co2_ppm","\ud83d"]]"#), "form", 1),
        ("bytes that are no text", [&record("[[0,\"x")[..], b"\xff\xfe\"]]}"].concat(), "form", 1),
        ("a zero byte after the end", [&record("[]")[..], b"\0"].concat(), "form", 0),
        ("two records at once", [record("[[0,\"co2_ppm\",1]]"), record("[]")].concat(), "form", 1),
        ("no samples", changed(r#","samples":[]"#, ""), "form", 0),
        ("no time", changed(r#""ts_ms":1763632000123,"#, ""), "form", 0),
        ("a time in quotes", changed("1763632000123", "\"1763632000123\""), "form", 0),
        ("a time with a fraction", changed("1763632000123", "1763632000.5"), "form", 0),
        ("a time beyond all", changed("1763632000123", "9223372036854775808"), "form", 0),
        ("a negative monotonic clock", changed("993120", "-1"), "form", 0),
        ("samples twice", changed("[]", r#"[],"samples":[[0,"co2_ppm",1]]"#), "form", 1),
        ("8 KiB and one", of_length(MAX_PAYLOAD_BYTES + 1), "too_long", 0),
    ];
    for (what, bytes, reason, samples) in table {
        assert_eq!(Record::decode(&bytes).unwrap_err().reason(), reason, "{what}");
        let head = RecordHead::read(&bytes).unwrap_or_else(|| panic!("{what} has a head"));
        assert_eq!((head.bn, head.seq, head.low, head.samples), (417, 1234, 1190, samples), "{what}");
    }
}

#[test]
fn a_record_without_sound_numbers_has_no_head() {
    let table: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", vec![]),
        ("a blank", b" ".to_vec()),
        ("a number", b"1".to_vec()),
        ("a list", b"[]".to_vec()),
        ("zero bytes", vec![0; 64]),
        ("a byte order mark", [b"\xef\xbb\xbf", &record("[]")[..]].concat()),
        ("no version", changed(r#""v":1,"#, "")),
        ("another version", changed(r#""v":1"#, r#""v":2"#)),
        ("a version in quotes", changed(r#""v":1"#, r#""v":"1""#)),
        ("no boot", changed(r#""boot":"9f3a000000000001","#, "")),
        ("a short boot", changed("9f3a000000000001", "9f3a")),
        ("a boot in capitals", changed("9f3a000000000001", "9F3A000000000001")),
        ("a foreign id as boot", changed("9f3a000000000001", "../../etc/passwd")),
        ("a seq in quotes", changed("1234", "\"1234\"")),
        ("a seq with a fraction", changed("1234", "1234.0")),
        ("a seq with an exponent", changed("1234", "1e3")),
        ("a negative seq", changed("1234", "-1")),
        ("a seq beyond all", changed("1234", "18446744073709551616")),
        ("seq zero", changed("1234", "0")),
        ("low zero", changed("1190", "0")),
        ("low above seq", changed("1190", "1235")),
        ("seq twice", changed(r#""seq":1234"#, r#""seq":1234,"seq":1234"#)),
        ("low twice, once as text", changed(r#""low":1190"#, r#""low":1190,"low":"1190""#)),
        ("bn twice", changed(r#""bn":417"#, r#""bn":417,"bn":418"#)),
        ("numbers after what cannot be read", changed(r#""v":1"#, r#""samples":[NaN],"v":1"#)),
    ];
    for (what, bytes) in table {
        assert!(Record::decode(&bytes).is_err(), "{what}");
        assert_eq!(RecordHead::read(&bytes), None, "{what}");
    }
}

#[test]
fn what_is_unusual_but_sound_is_read() {
    let table: Vec<(&str, Vec<u8>)> = vec![
        ("8 KiB exactly", of_length(MAX_PAYLOAD_BYTES)),
        ("an unknown field", changed(r#""v":1"#, r#""v":1,"colour":{"deep":[[[null]]]}"#)),
        ("an unknown field twice", changed(r#""v":1"#, r#""v":1,"x":1,"x":2"#)),
        ("no word on lateness", changed(r#","late":false"#, "")),
        ("a key in escapes", changed(r#""v":1"#, r#""\u0076":1"#)),
        ("a time before all", changed("1763632000123", "-9223372036854775808")),
        ("a time after all", changed("1763632000123", "9223372036854775807")),
        ("the largest seq", changed("1234", "18446744073709551615")),
        ("the largest monotonic clock", changed("993120", "18446744073709551615")),
    ];
    for (what, bytes) in table {
        let read = Record::decode(&bytes).map(|(record, _)| record.low);
        assert_eq!(read, Ok(1190), "{what}");
    }
}

fn ack(hwm: &str, got: &str, rest: &str) -> Result<Ack, DecodeError> {
    let text = format!(r#"{{"v":1,"boot":"9f3a000000000001","hwm":{hwm},"got":{got},"ingest":"a"{rest}}}"#);
    Ack::decode(text.as_bytes())
}

#[test]
fn an_acknowledgement_that_contradicts_itself_is_refused_whole() {
    let many: Vec<String> = (0..65).map(|n| format!("[{0},{0}]", 2 * n + 20)).collect();
    let rate = r#","backfill_per_s":5"#;
    let table = [
        ("a range that ends before it begins", "10", "[[14,13]]", "form"),
        ("a range in the mark", "10", "[[10,12]]", "form"),
        ("a range below the mark", "10", "[[3,4]]", "form"),
        ("ranges that descend", "10", "[[30,31],[20,21]]", "form"),
        ("ranges that overlap", "10", "[[20,25],[25,26]]", "form"),
        ("the same range twice", "10", "[[20,25],[20,25]]", "form"),
        ("anything above the largest mark", "18446744073709551615", "[[1,2]]", "form"),
        ("65 ranges", "10", &format!("[{}]", many.join(",")), "too_many"),
        ("a range of three", "10", "[[12,13,14]]", "form"),
        ("a range of one", "10", "[[12]]", "form"),
        ("a range in quotes", "10", "[[\"12\",\"13\"]]", "form"),
        ("a range beyond all", "10", "[[12,18446744073709551616]]", "form"),
        ("ranges of null", "10", "null", "form"),
        ("a mark beyond all", "18446744073709551616", "[]", "form"),
        ("a negative mark", "-1", "[]", "form"),
        ("a mark with a fraction", "1.5", "[]", "form"),
        ("a mark in quotes", "\"10\"", "[]", "form"),
        ("no mark", "null", "[]", "form"),
        ("a mark twice", "10,\"hwm\":11", "[]", "form"),
        ("depth", "10", &"[".repeat(4000), "form"),
    ];
    for (what, hwm, got, reason) in table {
        assert_eq!(ack(hwm, got, rate).unwrap_err().reason(), reason, "{what}");
    }
    for (what, rest) in [
        ("a negative rate", r#","backfill_per_s":-1"#.to_owned()),
        ("a rate beyond all", r#","backfill_per_s":4294967296"#.to_owned()),
        ("no rate", String::new()),
        ("the run twice", format!(r#"{rate},"ingest":"b""#)),
        ("another version", format!(r#"{rate},"v":2"#)),
    ] {
        assert!(ack("10", "[]", &rest).is_err(), "{what}");
    }
    let long =
        format!(r#"{{"boot":"9f3a000000000001","hwm":1,"ingest":"{}","backfill_per_s":5}}"#, "a".repeat(65));
    assert_eq!(Ack::decode(long.as_bytes()).unwrap_err().reason(), "form");
}

#[test]
fn an_acknowledgement_at_its_limits_is_read() {
    let many: Vec<String> = (0..64).map(|n| format!("[{0},{0}]", 2 * n + 20)).collect();
    assert_eq!(ack("10", &format!("[{}]", many.join(",")), r#","backfill_per_s":5"#).unwrap().got.len(), 64);
    let all = ack("18446744073709551615", "[]", r#","backfill_per_s":5"#).unwrap();
    assert!(all.covers(u64::MAX));
    let adjacent = ack("10", "[[11,11],[12,12]]", r#","backfill_per_s":5"#).unwrap();
    assert!(adjacent.covers(12) && !adjacent.covers(13));
    for (written, taken) in
        [(0, 0), (1_000, 1_000), (1_001, MAX_BACKFILL_PER_S), (u32::MAX, MAX_BACKFILL_PER_S)]
    {
        let ack = ack("10", "[]", &format!(r#","backfill_per_s":{written}"#)).unwrap();
        assert_eq!(ack.backfill_per_s, taken, "{written}");
    }
}
