//! Which settings are refused, and what a mail server is sent.

use vocabulary::Timestamp;

use super::*;
use crate::notify::trial::MailServer;

fn settings(port: u16) -> EmailSettings {
    let to = ["Anna <anna@example.org>".to_owned(), "ben@example.org".to_owned()];
    EmailSettings::new(("127.0.0.1", Some(port), EmailSecurity::None), None, "house@example.org", &to)
        .unwrap()
}

fn notice(title: &str) -> AlarmNotice {
    let (channel, body) = ("email".to_owned(), "CRITIQUE Büro: s’est coupé\n".to_owned());
    AlarmNotice { id: 1, channel, title: title.to_owned(), body, made_at: Timestamp::from_ms(1), failures: 0 }
}

#[tokio::test]
async fn a_message_reaches_everybody_and_a_line_break_in_its_title_is_no_header() {
    let mut server = MailServer::start("250 taken").await;
    settings(server.port).send(&notice("one\r\nBcc: eve@example.org")).await.unwrap();
    let mail = server.mails.recv().await.unwrap();
    assert_eq!(mail.to.len(), 2, "{mail:?}");
    assert!(
        mail.to[0].contains("anna@example.org") && mail.data.contains("From: house@example.org"),
        "{mail:?}"
    );
    assert!(!mail.data.lines().any(|line| line.starts_with("Bcc:")), "{mail:?}");
    assert!(mail.data.contains("text/plain"), "{mail:?}");
}

#[tokio::test]
async fn what_the_server_says_against_it_is_told() {
    let server = MailServer::start("554 no thanks").await;
    let error = settings(server.port).send(&notice("t")).await.unwrap_err().to_string();
    assert!(error.contains("no thanks"), "{error}");
    let error = settings(1).send(&notice("t")).await.unwrap_err().to_string();
    assert!(error.contains("refused"), "{error}");
}

#[test]
fn settings_that_cannot_be_or_that_show_a_password_are_refused() {
    let make = |security, login: Option<(&str, &str)>, from: &str, to: &[&str]| {
        let to: Vec<String> = to.iter().map(|&to| to.to_owned()).collect();
        let login = login.map(|(user, password)| (user.to_owned(), password.to_owned()));
        EmailSettings::new(("mail.example.org", None, security), login, from, &to)
    };
    let anna = &["anna@example.org"][..];
    let login = Some(("house", "secret"));
    assert_eq!(make(EmailSecurity::Tls, login, "a@b.c", anna).unwrap().port, 465);
    assert_eq!(make(EmailSecurity::StartTls, login, "a@b.c", anna).unwrap().port, 587);
    for (security, login, from, to) in [
        (EmailSecurity::None, login, "a@b.c", anna),
        (EmailSecurity::Tls, login, "nobody", anna),
        (EmailSecurity::Tls, login, "a@b.c\r\nBcc: x@y.z", anna),
        (EmailSecurity::Tls, login, "a@b.c", &[]),
        (EmailSecurity::Tls, login, "a@b.c", &["nobody"]),
        (EmailSecurity::Tls, login, "a@b.c", &["a@b.c"; 51]),
    ] {
        assert!(make(security, login, from, to).is_err(), "{from} {to:?}");
    }
    let kept = make(EmailSecurity::Tls, login, "a@b.c", anna).unwrap();
    assert!(!format!("{kept:?}").contains("secret"), "a password is never printed");
}
