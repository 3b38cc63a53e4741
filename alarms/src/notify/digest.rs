//! Alarms of which nobody was told yet, made into one message: sixty at once are one message and not sixty. Pure.

use registry::{AlarmSubject, Severity, SiteBook, UntoldAlarm};
use serde_json::{Value, json};
use vocabulary::{SiteId, Timestamp, Zone};

use super::NoticeSettings;
use super::words::NoticeLanguage;

/// Alarms are gathered for so long before they are told, ms: what belongs together comes together.
const GATHER_MS: i64 = 20_000;
/// So many lines a message has; it says how many more there are.
const MOST_LINES: usize = 20;

/// One message for each way.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Digest {
    /// Of what it tells.
    pub(crate) told: Vec<UntoldAlarm>,
    /// Its first line.
    pub(crate) title: String,
    /// Plain text.
    pub(crate) text: String,
    /// The same for programs.
    pub(crate) json: String,
}

/// What a digest needs to know of the house.
pub(crate) struct House<'a> {
    pub(crate) settings: &'a NoticeSettings,
    pub(crate) books: &'a [SiteBook],
    pub(crate) now: Timestamp,
}

impl House<'_> {
    /// One message of what may be told now; `None` when there is nothing, or when more may still come.
    pub(crate) fn digest(&self, untold: Vec<UntoldAlarm>) -> Option<Digest> {
        let mut told: Vec<UntoldAlarm> =
            untold.into_iter().filter(|untold| self.may_be_told(untold)).collect();
        let oldest = told.iter().map(|untold| untold.alarm.changed_at).min()?;
        if self.now.since(oldest) < GATHER_MS {
            return None;
        }
        told.sort_by_key(|untold| {
            (untold.is_over, std::cmp::Reverse(untold.alarm.severity()), untold.alarm.id)
        });
        let title = self.title(&told);
        let text = self.text(&told);
        let alarms: Vec<Value> = told.iter().take(MOST_LINES).map(|untold| self.json(untold)).collect();
        let more = told.len().saturating_sub(MOST_LINES);
        let json =
            json!({"v": 1, "title": title, "alarms": alarms, "more": more, "url": self.settings.pages_url});
        Some(Digest { told, title, text, json: json.to_string() })
    }

    /// In quiet hours only critical alarms; the others wait until they are over.
    fn may_be_told(&self, untold: &UntoldAlarm) -> bool {
        let zone = self.zone(untold.alarm.subject.site());
        let is_quiet = self.settings.quiet.is_some_and(|quiet| quiet.hold(self.now, zone));
        !is_quiet || (untold.alarm.severity() == Severity::Critical && !untold.is_over)
    }

    /// The zone of a site; of the first one where it is about the platform.
    fn zone(&self, site: Option<&SiteId>) -> Zone {
        let book = self.books.iter().find(|book| site.is_none_or(|site| book.site.id == *site));
        book.map_or(Zone::UTC, |book| book.site.zone)
    }

    fn title(&self, told: &[UntoldAlarm]) -> String {
        let l = self.settings.language;
        let new = told.iter().filter(|untold| !untold.is_over).count();
        match (told, new) {
            ([one], _) => self.line(one, false),
            (_, 0) => format!("{} {}", told.len(), l.of("alarms are over", "alarmes terminées")),
            _ => {
                let first = self.line(&told[0], false);
                format!("{new} {}: {first} …", l.of("alarms", "alarmes"))
            }
        }
    }

    fn text(&self, told: &[UntoldAlarm]) -> String {
        let l = self.settings.language;
        let mut lines: Vec<String> =
            told.iter().take(MOST_LINES).map(|untold| self.line(untold, true)).collect();
        if told.len() > MOST_LINES {
            lines.push(format!("… {} {}", l.of("and", "et"), told.len() - MOST_LINES));
        }
        if let Some(url) = &self.settings.pages_url {
            lines.push(String::new());
            lines.push(url.clone());
        }
        lines.join("\n") + "\n"
    }

    fn line(&self, untold: &UntoldAlarm, is_whole: bool) -> String {
        let (l, alarm) = (self.settings.language, &untold.alarm);
        let head = if untold.is_over { l.of("OVER", "TERMINÉE") } else { l.severity(alarm.severity()) };
        let line = format!("{head} {}: {}", self.name(&alarm.subject), l.rule(alarm.rule));
        if !is_whole {
            return line;
        }
        let clock = self.zone(alarm.subject.site()).format(alarm.raised_at, "%Y-%m-%d %H:%M");
        let unit = alarm.rule.standard().unit;
        let value = alarm.value.and_then(|value| l.value(unit, value)).map(|value| format!(", {value}"));
        let hides = (alarm.hides > 0).then(|| format!(", {} {}", alarm.hides, l.of("beneath", "en dessous")));
        format!("{line} ({clock}{}{})", value.unwrap_or_default(), hides.unwrap_or_default())
    }

    /// The name that people gave it, with that of its site where there are several.
    fn name(&self, subject: &AlarmSubject) -> String {
        let of = |site: &SiteId| self.books.iter().find(|book| book.site.id == *site);
        let site_name =
            |site: &SiteId| of(site).map_or_else(|| site.to_string(), |book| book.site.name.to_string());
        let (site, name) = match subject {
            AlarmSubject::Platform => return "Hypocaust".to_owned(),
            AlarmSubject::Site(site) => return site_name(site),
            AlarmSubject::Room(site, id) => {
                let room = of(site).and_then(|book| book.rooms.iter().find(|room| room.id == *id));
                (site, room.map_or_else(|| id.to_string(), |room| room.name.to_string()))
            }
            AlarmSubject::Heater(site, id) => {
                let heater = of(site).and_then(|book| book.heaters.iter().find(|heater| heater.id == *id));
                (site, heater.map_or_else(|| id.to_string(), |heater| heater.name.to_string()))
            }
        };
        if self.books.len() > 1 { format!("{}, {name}", site_name(site)) } else { name }
    }

    fn json(&self, untold: &UntoldAlarm) -> Value {
        let alarm = &untold.alarm;
        json!({
            "id": alarm.id,
            "site": alarm.subject.site(),
            "about": alarm.subject.place(),
            "name": self.name(&alarm.subject),
            "rule": alarm.rule.as_str(),
            "severity": alarm.severity().as_str(),
            "state": alarm.state.as_str(),
            "is_over": untold.is_over,
            "raised_ms": alarm.raised_at,
            "value": alarm.value,
            "limit": alarm.limit,
            "unit": alarm.rule.standard().unit.as_str(),
            "hides": alarm.hides,
        })
    }
}

/// The message of a test.
pub(crate) fn test_message(language: NoticeLanguage, who: &str) -> (String, String, String) {
    let title = language.of("Test of messages about alarms", "Essai des messages d’alarme").to_owned();
    let asked = language.of(
        "This is a test; nothing is wrong. Asked for by",
        "Ceci est un essai ; tout va bien. Demandé par",
    );
    let json = json!({"v": 1, "title": title, "test": true, "alarms": [], "more": 0}).to_string();
    (title, format!("{asked} {who}.\n"), json)
}

#[cfg(test)]
mod tests;
