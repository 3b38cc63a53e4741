//! The loop that makes messages, sends them, tries again, and answers those who try whether messages arrive.

use std::time::Duration;

use registry::{AlarmNotice, Clock, NoticeTest, Registry, RegistryError};
use tokio::sync::watch;
use vocabulary::{Timestamp, WallClock};

use super::NoticeSettings;
use super::digest::{House, test_message};
use super::retry::again_ms;

/// How often the book is asked whether there is something to tell.
const TURN: Duration = Duration::from_secs(2);
/// A test that waited for longer than this belongs to another run, ms.
const TEST_KEPT_MS: i64 = 600_000;

/// The ways, as the book has them.
const EMAIL: &str = "email";
const WEBHOOK: &str = "webhook";

pub(crate) struct Sender {
    pub(crate) registry: Registry,
    pub(crate) settings: NoticeSettings,
    pub(crate) clock: WallClock,
}

impl Sender {
    /// Runs until `shutdown` turns true. A message that is under way then is sent again by the next run.
    pub(crate) async fn run(self, mut shutdown: watch::Receiver<bool>) {
        let turns = async {
            loop {
                tokio::time::sleep(TURN).await;
                if let Err(error) = self.turn().await {
                    tracing::warn!(%error, "messages about alarms could not be read or noted");
                }
            }
        };
        tokio::select! {
            () = turns => {}
            _ = shutdown.wait_for(|stop| *stop) => {}
        }
    }

    /// Does what there is to do: a test, a new message, one message that is due.
    pub(crate) async fn turn(&self) -> Result<(), RegistryError> {
        let now = (self.clock)();
        if let Some(test) = self.registry.last_notice_test()?.filter(|test| is_waiting(test, now)) {
            let outcome = self.test(&test, now).await;
            self.registry.notice_test_done(test.id, &outcome)?;
        }
        self.gather(now)?;
        match self.registry.due_notice(now)? {
            Some(notice) => self.deliver(notice, now).await,
            None => Ok(()),
        }
    }

    /// Makes one message of all that nobody was told yet.
    fn gather(&self, now: Timestamp) -> Result<(), RegistryError> {
        if self.settings.email.is_none() && self.settings.webhook.is_none() {
            return Ok(());
        }
        let untold = self.registry.untold_alarms(now)?;
        if untold.is_empty() {
            return Ok(());
        }
        let books = self.registry.books()?;
        let books: Vec<_> = books.into_iter().filter(|book| book.site.clock == Clock::Wall).collect();
        let house = House { settings: &self.settings, books: &books, now };
        let Some(digest) = house.digest(untold) else { return Ok(()) };
        let mut notices = Vec::new();
        if self.settings.email.is_some() {
            notices.push((EMAIL, digest.title.clone(), digest.text));
        }
        if self.settings.webhook.is_some() {
            notices.push((WEBHOOK, digest.title, digest.json));
        }
        self.registry.queue_notices(&digest.told, &notices, now)
    }

    async fn deliver(&self, notice: AlarmNotice, now: Timestamp) -> Result<(), RegistryError> {
        let Err(why) = self.send(&notice, now).await else {
            return self.registry.notice_sent(notice.id);
        };
        let failures = notice.failures + 1;
        let again = again_ms(failures, chance()).map(|wait_ms| now.plus_ms(wait_ms));
        let channel = &notice.channel;
        if again.is_some() {
            tracing::warn!(channel, failures, why, "a message about alarms was not sent; it is tried again");
        } else {
            tracing::error!(channel, failures, why, "a message about alarms was not sent and is given up");
        }
        self.registry.notice_failed(notice.id, again, &why)
    }

    async fn send(&self, notice: &AlarmNotice, now: Timestamp) -> Result<(), String> {
        match (notice.channel.as_str(), &self.settings.email, &self.settings.webhook) {
            (EMAIL, Some(email), _) => email.send(notice).await.map_err(|error| error.to_string()),
            (WEBHOOK, _, Some(webhook)) => webhook.send(notice, now).await.map_err(|error| error.to_string()),
            _ => Err("this way is not configured any more".to_owned()),
        }
    }

    /// Tries every way once, whatever the hour; a line for each says what came of it.
    async fn test(&self, test: &NoticeTest, now: Timestamp) -> String {
        let (title, text, json) = test_message(self.settings.language, &test.who);
        let mut lines = Vec::new();
        for (channel, body, is_set) in
            [(EMAIL, text, self.settings.email.is_some()), (WEBHOOK, json, self.settings.webhook.is_some())]
        {
            let (channel, title) = (channel.to_owned(), title.clone());
            let notice = AlarmNotice { id: 0, channel, title, body, made_at: now, failures: 0 };
            let outcome = if is_set {
                self.send(&notice, now).await.err().unwrap_or_else(|| "sent".to_owned())
            } else {
                "not configured".to_owned()
            };
            lines.push(format!("{}: {outcome}", notice.channel));
        }
        lines.join("\n")
    }
}

fn is_waiting(test: &NoticeTest, now: Timestamp) -> bool {
    test.outcome.is_none() && now.since(test.asked_at) < TEST_KEPT_MS
}

/// A number from 0 to 1; the middle where the operating system gives none.
fn chance() -> f64 {
    getrandom::u32().map_or(0.5, |bits| f64::from(bits) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests;
