//! A simulator talks to `drive` through a pipe.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Output, Stdio};

use crate::house::program;

const HEADER: &str = r#"{"zones":{"west":{"rated_w":500,"floor_m2":15,"volume_m3":40},"east":{"rated_w":800}},"step_s":300,"cap_w":900}"#;

/// Runs `drive` on a whole input.
fn driven(input: &str) -> Output {
    let mut child = program()
        .arg("drive")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // The program may refuse a line and end before it has read everything.
    let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

/// A step in which `east` is named before `west`.
fn step(number: u32, west_c: &str, east_c: &str) -> String {
    let (hours, bound) = (f64::from(number) / 12.0, vec!["20"; 48].join(","));
    let zone = |air_c: &str, limit_w: u32| {
        format!(
            r#"{{"ta":{air_c},"rh":40,"co2":500,"lux":0,"pir":0,"th":30,"lo":20,"hi":24,"pmax":{limit_w},"lo_fc":[{bound}],"hi_fc":[{bound}]}}"#
        )
    };
    let (weather, sun) = (vec!["3"; 24].join(","), vec!["0"; 24].join(","));
    format!(
        r#"{{"t_s":{},"hour":{},"weekday":{},"to":3,"ghi":0,"fc_to":[{weather}],"fc_ghi":[{sun}],"price":0.2,"zones":{{"east":{},"west":{}}}}}"#,
        300 * number,
        hours % 24.0,
        (hours / 24.0) as u32 % 7,
        zone(east_c, 800),
        zone(west_c, 500)
    )
}

#[test]
fn each_step_is_answered_at_once_and_the_end_of_input_ends_the_run() {
    let mut child = program()
        .arg("drive")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    writeln!(stdin, "{HEADER}\n").unwrap();
    for number in 0..20 {
        writeln!(stdin, "{}", step(number, "17", "16.5")).unwrap();
        let answer = answers.next().unwrap().unwrap();
        let watts: serde_json::Value = serde_json::from_str(&answer).unwrap();
        let (east, west) = (watts["east"].as_f64().unwrap(), watts["west"].as_f64().unwrap());
        assert!(answer.starts_with(r#"{"east":"#), "the order of the line: {answer}");
        assert!((0.0..=800.0).contains(&east) && (0.0..=500.0).contains(&west), "{answer}");
        assert!(east + west <= 900.0 && east + west > 400.0, "{answer}");
    }
    drop(stdin);
    assert!(answers.next().is_none());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("20 steps answered; survived: 0 lost readings"), "{told}");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let mut input = format!("{HEADER}\n");
    for number in 0..600 {
        let west = 17.0 + f64::from(number % 37) / 20.0;
        let east = if number % 10 == 0 {
            "null".to_owned()
        } else {
            format!("{}", 18.0 + f64::from(number % 23) / 9.0)
        };
        writeln!(input, "{}", step(number, &west.to_string(), &east)).unwrap();
    }
    let (first, second) = (driven(&input), driven(&input));
    assert_eq!(first.stdout.iter().filter(|byte| **byte == b'\n').count(), 600);
    assert!(first.stdout == second.stdout && first.stderr == second.stderr);
    assert!(String::from_utf8(first.stderr).unwrap().contains("60 lost readings"));
}

#[test]
fn a_line_that_cannot_be_read_ends_the_run_with_its_field_in_one_line() {
    for (line, told) in [
        ("not json", "line 3: the line is not JSON"),
        (r#"{"t_s":300}"#, "line 3: zones is missing"),
        (r#"{"zones":{"west":{"ta":"warm"}}}"#, "line 3: zones.west.ta is a text where a number is needed"),
        (r#"{"zones":{},"cap_w":-5}"#, "line 3: cap_w is negative or not finite"),
    ] {
        let output = driven(&format!("{HEADER}\n{}\n{line}\n{}\n", step(0, "19", "19"), step(1, "19", "19")));
        assert_eq!(output.status.code(), Some(2), "{line}");
        assert_eq!(output.stdout.iter().filter(|byte| **byte == b'\n').count(), 1, "{line}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.lines().count() == 1 && stderr.contains(told), "{line}: {stderr}");
    }
    for (header, told) in [
        (r#"{"step_s":300}"#, "line 1: zones is missing"),
        (r#"{"zones":{"a":{"rated_w":1e999}}}"#, "line 1: zones.a.rated_w is negative or not finite"),
        (r#"{"zones":{},"step_s":-1}"#, "line 1: step_s is negative or not finite"),
    ] {
        let output = driven(&format!("{header}\n"));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && stderr.contains(told), "{header}: {stderr}");
    }
}

#[test]
fn what_a_broken_simulator_sends_is_survived_and_counted() {
    let mut input = format!("{HEADER}\n");
    for line in [
        r#"{"zones":{"west":null,"new":{"ta":1e999,"pmax":-1}},"cap_w":0,"t_s":-1e300}"#,
        r#"{"zones":{}}"#,
        r#"{"zones":{"new":{"ta":15,"lo":20,"hi":24,"pmax":300,"lo_fc":[20,null]},"west":{"ta":-400}},"t_s":1e308,"hour":99}"#,
    ] {
        writeln!(input, "{line}").unwrap();
    }
    let output = driven(&input);
    assert_eq!(output.status.code(), Some(0));
    let answers = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<&str> = answers.lines().collect();
    assert_eq!(answers[..2], [r#"{"west":0,"new":0}"#, "{}"]);
    assert!(answers[2].starts_with(r#"{"new":"#) && answers.len() == 3, "{answers:?}");
    let told = String::from_utf8(output.stderr).unwrap();
    for part in
        ["1 new zones", "2 vanished zones", "1 steps with a cap of zero", "3 steps with short forecasts"]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
}
