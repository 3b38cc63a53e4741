//! Which addresses are refused, and what a web server is sent.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

fn settings(url: &str, own: &[&str]) -> Result<WebhookSettings, WebhookSettingsError> {
    let own: Vec<String> = own.iter().map(|&host| host.to_owned()).collect();
    WebhookSettings::new(url, Some(b"key".to_vec()), &own)
}

fn notice() -> AlarmNotice {
    let (channel, title, body) = ("webhook".to_owned(), "t".to_owned(), r#"{"v":1}"#.to_owned());
    AlarmNotice { id: 7, channel, title, body, made_at: Timestamp::from_ms(1), failures: 0 }
}

/// A web server that answers one request; gives its port and what it was sent.
async fn server(answer: &'static str) -> (u16, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut heard = Vec::new();
        while !heard.ends_with(br#"{"v":1}"#) {
            let mut buffer = [0; 1024];
            let n = stream.read(&mut buffer).await.unwrap();
            assert!(n > 0, "the request ended early");
            heard.extend_from_slice(&buffer[..n]);
        }
        stream.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8(heard).unwrap()
    });
    (port, served)
}

#[test]
fn a_url_that_leads_into_the_house_is_refused_when_the_configuration_is_read() {
    use WebhookSettingsError::{Credentials, NotPublic, Plain, Url};
    let loopback = "127.0.0.1".parse().unwrap();
    for (url, own, expected) in [
        ("https://example.org/alarms", &[][..], None),
        ("https://1.1.1.1/", &[], None),
        ("http://example.org/", &[], Some(Plain)),
        ("http://bms.local:8080/a", &["BMS.local"], None),
        ("https://127.0.0.1/", &[], Some(NotPublic(loopback))),
        ("https://127.1/", &[], Some(NotPublic(loopback))),
        ("https://2130706433/", &[], Some(NotPublic(loopback))),
        ("https://0x7f.1/", &[], Some(NotPublic(loopback))),
        ("https://169.254.169.254/latest", &[], Some(NotPublic("169.254.169.254".parse().unwrap()))),
        ("https://[::1]/", &[], Some(NotPublic("::1".parse().unwrap()))),
        ("https://[::ffff:10.0.0.1]/", &[], Some(NotPublic("::ffff:10.0.0.1".parse().unwrap()))),
        ("http://127.0.0.1:9/", &["127.0.0.1"], None),
        ("http://[::1]:9/", &["::1"], None),
        ("https://anna:secret@example.org/", &[], Some(Credentials)),
        ("ftp://example.org/", &[], Some(Url)),
        ("file:///etc/passwd", &["etc"], Some(Url)),
        ("nonsense", &[], Some(Url)),
    ] {
        assert_eq!(settings(url, own).err(), expected, "{url}");
    }
}

#[tokio::test]
async fn a_name_that_resolves_into_the_house_is_refused_when_it_is_sent() {
    let error = settings("https://localhost/", &[])
        .unwrap()
        .send(&notice(), Timestamp::from_ms(1))
        .await
        .unwrap_err();
    assert!(matches!(error, WebhookError::NotPublic(..)), "{error}");
    let settings = settings("https://example.org/", &[]).unwrap();
    let at = |text: &str| SocketAddr::new(text.parse().unwrap(), 443);
    assert!(settings.judge(vec![at("1.1.1.1")]).is_ok());
    assert!(settings.judge(vec![at("1.1.1.1"), at("192.168.0.9")]).is_err(), "one is enough");
    assert!(settings.judge(Vec::new()).is_err());
}

#[tokio::test]
async fn a_message_arrives_with_its_signature() {
    let (port, served) = server("HTTP/1.1 204 No Content\r\n\r\n").await;
    let settings = settings(&format!("http://127.0.0.1:{port}/alarms?k=1"), &["127.0.0.1"]).unwrap();
    settings.send(&notice(), Timestamp::from_ms(1_700_000_000_000)).await.unwrap();
    let heard = served.await.unwrap();
    assert!(heard.starts_with("POST /alarms?k=1 HTTP/1.1\r\n"), "{heard}");
    let code = hmac_sha256(b"key", br#"1700000000000.{"v":1}"#);
    for line in [
        "x-hypocaust-timestamp: 1700000000000".to_owned(),
        format!("x-hypocaust-signature: sha256={code}"),
        "x-hypocaust-notice: 7".to_owned(),
    ] {
        assert!(heard.contains(&line), "{line}: {heard}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_a_refusal_is_told() {
    for (answer, status) in [
        ("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", 302),
        ("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", 500),
    ] {
        let (port, _served) = server(answer).await;
        let settings = settings(&format!("http://127.0.0.1:{port}/"), &["127.0.0.1"]).unwrap();
        let error = settings.send(&notice(), Timestamp::from_ms(1)).await.unwrap_err();
        assert!(matches!(error, WebhookError::Status(found) if found == status), "{error}");
    }
    let closed = settings("http://127.0.0.1:1/secret-path", &["127.0.0.1"]).unwrap();
    let error = closed.send(&notice(), Timestamp::from_ms(1)).await.unwrap_err().to_string();
    assert!(!error.contains("secret-path"), "{error}");
}
