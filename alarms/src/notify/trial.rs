//! A mail server for tests: it speaks as much SMTP as one message needs, and keeps what it was sent.

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// What the server answers after the message: 250 where it takes it.
pub(crate) struct MailServer {
    pub(crate) port: u16,
    /// Envelope and message of each that came whole.
    pub(crate) mails: mpsc::UnboundedReceiver<Mail>,
}

#[derive(Debug)]
pub(crate) struct Mail {
    pub(crate) to: Vec<String>,
    pub(crate) data: String,
}

impl MailServer {
    /// Starts it; it answers `verdict` to each message.
    pub(crate) async fn start(verdict: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, mails) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                if let Some(mail) = converse(stream, verdict).await {
                    let _ = sender.send(mail);
                }
            }
        });
        Self { port, mails }
    }
}

async fn converse(stream: TcpStream, verdict: &str) -> Option<Mail> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 sink ESMTP\r\n").await.ok()?;
    let (mut mail, mut in_data) = (Mail { to: Vec::new(), data: String::new() }, false);
    let mut kept = None;
    let mut line = String::new();
    while {
        line.clear();
        stream.read_line(&mut line).await.ok()? > 0
    } {
        let answer = match line.trim_end() {
            "." if in_data => {
                in_data = false;
                kept = Some(Mail { to: mail.to.clone(), data: std::mem::take(&mut mail.data) });
                format!("{verdict}\r\n")
            }
            _ if in_data => {
                mail.data.push_str(&line);
                continue;
            }
            word if word.starts_with("EHLO") => "250-sink\r\n250 8BITMIME\r\n".to_owned(),
            word if word.starts_with("RCPT TO:") => {
                mail.to.push(word["RCPT TO:".len()..].to_owned());
                "250 ok\r\n".to_owned()
            }
            "DATA" => {
                in_data = true;
                "354 go on\r\n".to_owned()
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n").await.ok()?;
                break;
            }
            _ => "250 ok\r\n".to_owned(),
        };
        stream.write_all(answer.as_bytes()).await.ok()?;
    }
    kept
}
