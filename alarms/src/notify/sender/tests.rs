//! From the book to the mailbox.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use registry::{AlarmFinding, AlarmRule, AlarmSubject};
use vocabulary::HeaterId;

use super::*;
use crate::notify::trial::MailServer;
use crate::notify::{EmailSecurity, EmailSettings};
use crate::trial::{book, site};

struct Post {
    sender: Sender,
    now_ms: Arc<AtomicI64>,
}

impl Post {
    fn new(port: Option<u16>) -> Self {
        let registry = Registry::in_memory().unwrap();
        registry.put_site(&book(60)).unwrap();
        let email = port.map(|port| {
            let to = ["anna@example.org".to_owned()];
            EmailSettings::new(("127.0.0.1", Some(port), EmailSecurity::None), None, "h@example.org", &to)
                .unwrap()
        });
        let now_ms = Arc::new(AtomicI64::new(1_769_002_200_000));
        let hands = now_ms.clone();
        let clock: WallClock = Arc::new(move || Timestamp::from_ms(hands.load(Ordering::Relaxed)));
        let settings = NoticeSettings { email, ..NoticeSettings::default() };
        Self { sender: Sender { registry, settings, clock }, now_ms }
    }

    fn trip(&self, heaters: std::ops::Range<usize>) {
        let finding = |n: usize| AlarmFinding {
            subject: AlarmSubject::Heater(site(), HeaterId::new(&format!("h-{n}")).unwrap()),
            rule: AlarmRule::HeaterTripped,
            is_active: true,
            value: Some(1.0),
            limit: 0.5,
            beneath: None,
        };
        let findings: Vec<_> = heaters.map(finding).collect();
        self.sender.registry.note_alarms(&findings, (self.sender.clock)()).unwrap();
    }

    async fn after(&self, seconds: i64) {
        self.now_ms.fetch_add(seconds * 1_000, Ordering::Relaxed);
        self.sender.turn().await.unwrap();
    }
}

#[tokio::test]
async fn sixty_alarms_are_one_mail_and_are_not_told_again() {
    let mut server = MailServer::start("250 taken").await;
    let post = Post::new(Some(server.port));
    post.trip(0..60);
    post.after(5).await;
    assert!(server.mails.try_recv().is_err(), "it gathers");
    post.after(20).await;
    assert!(server.mails.recv().await.unwrap().data.contains("60 alarms"));
    for _ in 0..5 {
        post.after(60).await;
    }
    assert!(server.mails.try_recv().is_err(), "told once");
}

#[tokio::test]
async fn a_server_that_is_away_is_tried_again_until_it_is_given_up() {
    let post = Post::new(Some(1));
    post.trip(0..1);
    post.after(30).await;
    let now = (post.sender.clock)();
    assert_eq!(post.sender.registry.due_notice(now).unwrap(), None, "it waits");
    for failures in 1..=5 {
        post.now_ms.fetch_add(4 * 3_600_000, Ordering::Relaxed);
        let due = post.sender.registry.due_notice((post.sender.clock)()).unwrap().unwrap();
        assert_eq!(due.failures, failures);
        post.sender.turn().await.unwrap();
    }
    let later = (post.sender.clock)().plus_ms(100 * 24 * 3_600_000);
    assert_eq!(post.sender.registry.due_notice(later).unwrap(), None, "given up");
}

#[tokio::test]
async fn a_test_is_answered_with_a_line_for_each_way() {
    let mut server = MailServer::start("250 taken").await;
    let post = Post::new(Some(server.port));
    post.sender.registry.ask_notice_test("anna", (post.sender.clock)()).unwrap();
    post.after(1).await;
    let outcome = post.sender.registry.last_notice_test().unwrap().unwrap().outcome;
    assert_eq!(outcome.as_deref(), Some("email: sent\nwebhook: not configured"));
    assert!(server.mails.recv().await.unwrap().data.contains("Test of messages"));
    let silent = Post::new(None);
    silent.sender.registry.ask_notice_test("anna", (silent.sender.clock)()).unwrap();
    silent.trip(0..1);
    silent.after(60).await;
    let outcome = silent.sender.registry.last_notice_test().unwrap().unwrap().outcome;
    assert_eq!(outcome.as_deref(), Some("email: not configured\nwebhook: not configured"));
    let untold = silent.sender.registry.untold_alarms((silent.sender.clock)()).unwrap();
    assert!(!untold.is_empty(), "it is told once there is a way");
}
