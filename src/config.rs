//! The configuration: one TOML file and the flags that win over it. What is wrong is said with its key and line.

use std::net::SocketAddr;
use std::path::PathBuf;

use alarms::NoticeSettings;
use dashboards::PublicUrl;
use identity::CertificateFiles;
use registry::building_file::{self, CircuitEntry, HeaterEntry, RoomEntry, SiteEntry, book, line_of};
use registry::{SiteBook, SiteRules};
use serde::Deserialize;
use store::{InfluxSettings, Retention};
use toml::Spanned;
use vocabulary::RoomId;

use crate::alarms_entry::Alarms;
use crate::cli::Options;
use crate::mqtt_entry::Mqtt;

/// A configuration that is refused: one error, and nothing is started.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Refused(pub(crate) String);

/// What the program runs with.
#[derive(Debug, Clone)]
pub(crate) struct Configuration {
    pub(crate) data: PathBuf,
    pub(crate) http: SocketAddr,
    /// How browsers reach the pages, where that is another address.
    pub(crate) url: Option<PublicUrl>,
    pub(crate) broker: BrokerChoice,
    pub(crate) store: StoreChoice,
    /// Where messages about alarms go.
    pub(crate) notices: NoticeSettings,
    /// The building, where the configuration describes one.
    pub(crate) book: Option<SiteBook>,
    /// Its rules of law, where the configuration says them; where not, those of the page stay.
    pub(crate) rules: Option<SiteRules>,
}

/// Which broker carries the messages.
#[derive(Debug, Clone)]
pub(crate) enum BrokerChoice {
    /// Our own.
    Embedded(Embedded),
    /// One that runs elsewhere.
    Outside(String),
}

/// Where our own broker listens.
#[derive(Debug, Clone)]
pub(crate) struct Embedded {
    /// TCP without TLS.
    pub(crate) listen: SocketAddr,
    /// With TLS, where it is wanted.
    pub(crate) tls: Option<TlsChoice>,
}

/// The listener with TLS.
#[derive(Debug, Clone)]
pub(crate) struct TlsChoice {
    pub(crate) listen: SocketAddr,
    /// The certificate to show; one of the site's own authority when absent.
    pub(crate) files: Option<CertificateFiles>,
    /// Further names of this server.
    pub(crate) names: Vec<String>,
}

/// Where history lives.
#[derive(Debug, Clone)]
pub(crate) enum StoreChoice {
    /// In the data folder, kept this long.
    Embedded(Retention),
    /// In an InfluxDB 2 that runs elsewhere; the data folder holds what is still on its way.
    InfluxDb2(InfluxSettings),
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct File {
    data: Option<PathBuf>,
    #[serde(default)]
    http: Http,
    mqtt: Option<Spanned<Mqtt>>,
    store: Option<Spanned<StoreEntry>>,
    alarms: Option<Spanned<Alarms>>,
    site: Option<Spanned<SiteEntry>>,
    rules: Option<Spanned<SiteRules>>,
    #[serde(default)]
    room: Vec<Spanned<RoomEntry>>,
    #[serde(default)]
    heater: Vec<Spanned<HeaterEntry>>,
    #[serde(default)]
    circuit: Vec<Spanned<CircuitEntry>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Http {
    listen: Option<SocketAddr>,
    url: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct StoreEntry {
    #[serde(default)]
    kind: StoreKind,
    url: Option<String>,
    org: Option<String>,
    bucket: Option<String>,
    token_file: Option<PathBuf>,
    people_days: Option<u32>,
    people_hourly_days: Option<u32>,
    plant_days: Option<u32>,
    plant_hourly_days: Option<u32>,
}

#[derive(Deserialize, Default, PartialEq)]
#[serde(rename_all = "lowercase")]
enum StoreKind {
    #[default]
    Embedded,
    InfluxDb2,
}

impl StoreEntry {
    fn choice(self) -> Result<StoreChoice, String> {
        match self.kind {
            StoreKind::Embedded => self.embedded(),
            StoreKind::InfluxDb2 => self.influxdb2(),
        }
    }

    fn embedded(self) -> Result<StoreChoice, String> {
        let foreign = [
            ("url", self.url.is_some()),
            ("org", self.org.is_some()),
            ("bucket", self.bucket.is_some()),
            ("token_file", self.token_file.is_some()),
        ];
        if let Some((key, _)) = foreign.into_iter().find(|(_, is_set)| *is_set) {
            return Err(format!("store.{key} belongs to kind = \"influxdb2\""));
        }
        let usual = Retention::default();
        let kept = Retention {
            people_days: self.people_days.unwrap_or(usual.people_days),
            people_hourly_days: self.people_hourly_days.unwrap_or(usual.people_hourly_days),
            plant_days: self.plant_days.unwrap_or(usual.plant_days),
            plant_hourly_days: self.plant_hourly_days.unwrap_or(usual.plant_hourly_days),
        };
        for (name, full, hourly) in [
            ("people", kept.people_days, kept.people_hourly_days),
            ("plant", kept.plant_days, kept.plant_hourly_days),
        ] {
            if full == 0 || hourly < full {
                return Err(format!(
                    "store.{name}_days ({full}) must be at least 1 and not above {name}_hourly_days ({hourly})"
                ));
            }
        }
        Ok(StoreChoice::Embedded(kept))
    }

    fn influxdb2(self) -> Result<StoreChoice, String> {
        let days = [self.people_days, self.people_hourly_days, self.plant_days, self.plant_hourly_days];
        if days.iter().any(Option::is_some) {
            return Err(
                "store: how long InfluxDB keeps what it has is set at its bucket, not here".to_owned()
            );
        }
        let needed = |name: &str, value: Option<String>| {
            value.ok_or_else(|| {
                format!("store.{name} is missing: kind = \"influxdb2\" needs url, org, bucket and token_file")
            })
        };
        let path = self.token_file.map(|path| path.display().to_string());
        let path = needed("token_file", path)?;
        let token = std::fs::read_to_string(&path)
            .map_err(|error| format!("store.token_file: could not read {path}: {error}"))?;
        Ok(StoreChoice::InfluxDb2(InfluxSettings {
            url: needed("url", self.url)?,
            org: needed("org", self.org)?,
            bucket: needed("bucket", self.bucket)?,
            token: token.trim().to_owned(),
        }))
    }
}

impl Configuration {
    /// Reads the file, if one is named, and lets flags win.
    pub(crate) fn load(options: &Options) -> Result<Self, Refused> {
        let text = match &options.config {
            Some(path) => std::fs::read_to_string(path).map_err(|error| {
                Refused(format!("could not read the configuration {}: {error}", path.display()))
            })?,
            None => String::new(),
        };
        Self::read(&text, options).map_err(|why| match &options.config {
            Some(path) => Refused(format!("{}: {why}", path.display())),
            None => Refused(why),
        })
    }

    fn read(text: &str, options: &Options) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| explained(text, &error))?;
        let local = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let (at, mqtt) =
            file.mqtt.map_or((0, Mqtt::default()), |entry| (entry.span().start, entry.into_inner()));
        let broker =
            mqtt.choice(options).map_err(|what| format!("line {}: mqtt{what}", line_of(text, at)))?;
        let (at, store) =
            file.store.map_or((0, StoreEntry::default()), |entry| (entry.span().start, entry.into_inner()));
        let store = store.choice().map_err(|what| format!("line {}: {what}", line_of(text, at)))?;
        let (alarms_at, alarms) =
            file.alarms.map_or((0, Alarms::default()), |entry| (entry.span().start, entry.into_inner()));
        let rules = file.rules.map(|rules| (rules.span().start, rules.into_inner()));
        let book = book(file.site, file.room, file.heater, file.circuit)
            .map_err(|problem| format!("line {}: {}", line_of(text, problem.at), problem.what))?;
        if let Some((at, rules)) = &rules {
            check_rules(rules, book.as_ref())
                .map_err(|what| format!("line {}: {what}", line_of(text, *at)))?;
        }
        let http = options.http.or(file.http.listen).unwrap_or(local(8080));
        let url = file.http.url.map(|text| PublicUrl::parse(&text)).transpose();
        let url = url.map_err(|error| format!("http.url: {error}"))?;
        let notices = alarms
            .settings(url.as_ref().map(ToString::to_string))
            .map_err(|what| format!("line {}: alarms{what}", line_of(text, alarms_at)))?;
        Ok(Self {
            data: options.data.clone().or(file.data).unwrap_or_else(|| PathBuf::from("data")),
            http,
            url,
            broker,
            store,
            notices,
            book,
            rules: rules.map(|(_, rules)| rules),
        })
    }
}

/// Rules are of a building that is described here, and of its rooms.
fn check_rules(rules: &SiteRules, book: Option<&SiteBook>) -> Result<(), String> {
    let Some(book) = book else { return Err("[rules] needs a [site]".to_owned()) };
    let is_described = |id: &RoomId| book.rooms.iter().any(|room| room.id == *id);
    match rules.rooms.keys().find(|id| !is_described(id)) {
        Some(room) => Err(format!("rules.rooms names {room}, which is not described")),
        None => Ok(()),
    }
}

/// A TOML error in one line: where, what, and the key that was probably meant.
fn explained(text: &str, error: &toml::de::Error) -> String {
    let at = error.span().map_or(String::new(), |span| format!("line {}: ", line_of(text, span.start)));
    format!("{at}{}", building_file::explained(error))
}

#[cfg(test)]
mod tests {
    use vocabulary::CircuitId;

    use super::*;

    const GOOD: &str = r#"
data = "somewhere"
http = { listen = "127.0.0.1:9000" }

[site]
id = "home"
name = "12 rue des Tisserands"
zone = "Europe/Paris"
cap_w = 3000

[[room]]
id = "101"
name = "Bureau"
floor = "1er étage"
low_c = 17.0
high_c = 22.0
setback_c = 16.0
otherwise_c = 17.0
comfort = [{ days = ["mon", "tue"], from = "07:30", until = "19:00", setpoint_c = 20.5 }]

[[heater]]
id = "h-101"
room = "101"
rated_w = 750
resistor_w = 300
fallback_w = 300
"#;

    fn options() -> Options {
        Options { config: None, data: None, http: None, mqtt: None }
    }

    fn read(text: &str) -> Result<Configuration, String> {
        Configuration::read(text, &options())
    }

    #[test]
    fn a_building_is_read_and_flags_win() {
        let flags = Options { http: Some(([127, 0, 0, 1], 1).into()), ..options() };
        let configuration = Configuration::read(GOOD, &flags).unwrap();
        assert_eq!((configuration.http.port(), configuration.data.to_str()), (1, Some("somewhere")));
        let book = configuration.book.unwrap();
        assert_eq!((book.rooms.len(), book.heaters.len()), (1, 1));
        assert_eq!(book.rooms[0].schedule.week.changes().changes().len(), 4);
    }

    #[test]
    fn where_messages_about_alarms_go_is_read_and_what_cannot_be_is_refused_with_its_key() {
        assert!(read(GOOD).unwrap().notices.email.is_none());
        let alarms = r#"
[alarms]
language = "fr"
quiet = { from = "22:00", until = "07:00" }
email = { server = "mail.example.org", security = "starttls", from = "h@example.org", to = ["a@example.org"] }
webhook = { url = "http://127.0.0.1:9/x", allow_hosts = ["127.0.0.1"] }
"#;
        let notices = read(&format!("{GOOD}{alarms}")).unwrap().notices;
        assert!(notices.email.is_some() && notices.webhook.is_some() && notices.quiet.is_some());
        for (wrong, expected) in [
            ("languages = \"fr\"", "did you mean `language`"),
            ("quiet = { from = \"22\", until = \"07:00\" }", "alarms.quiet.from"),
            ("quiet = { from = \"22:00\", until = \"24:00\" }", "alarms.quiet.until"),
            ("email = { server = \"m\", from = \"nobody\", to = [\"a@b.c\"] }", "alarms.email: \"nobody\""),
            ("email = { server = \"m\", from = \"a@b.c\", to = [] }", "names nobody"),
            (
                "email = { server = \"m\", user = \"u\", from = \"a@b.c\", to = [\"a@b.c\"] }",
                "belong together",
            ),
            ("webhook = { url = \"http://example.org\" }", "https://"),
            ("webhook = { url = \"https://10.0.0.1\" }", "allow_hosts"),
            (
                "webhook = { url = \"https://a.b\", secret_file = \"/nowhere/x\" }",
                "alarms.webhook.secret_file",
            ),
        ] {
            let error = read(&format!("{GOOD}[alarms]\n{wrong}\n")).unwrap_err();
            assert!(error.contains(expected) && error.contains("line "), "{wrong}: {error}");
        }
    }

    #[test]
    fn rules_of_law_are_read_and_belong_to_described_rooms() {
        let with = |rules: &str| read(&GOOD.replace("[[room]]", &format!("[rules]\n{rules}\n[[room]]")));
        assert_eq!(read(GOOD).unwrap().rules, None);
        let said = with("profile = \"france\"\nrooms.101 = { dwelling = \"2e\", exception = \"care\" }");
        let rules = said.unwrap().rules.unwrap();
        assert_eq!(rules.profile, registry::RuleProfile::France);
        assert!(!rules.bind(&RoomId::new("101").unwrap()));
        for (rules, expected) in [
            ("profile = \"atlantis\"", "atlantis"),
            ("mean_c = 21", "mean_c"),
            ("rooms.attic = { exception = \"care\" }", "attic"),
        ] {
            let error = with(rules).unwrap_err();
            assert!(error.contains("line") && error.contains(expected), "{error}");
        }
        assert!(read("[rules]\nprofile = \"france\"").unwrap_err().contains("[site]"));
    }

    #[test]
    fn without_a_file_there_is_no_building() {
        let configuration = read("").unwrap();
        assert!(configuration.book.is_none());
        assert!(
            matches!(configuration.broker, BrokerChoice::Embedded(own) if own.listen.port() == 1883 && own.tls.is_none())
        );
    }

    /// The building with its heater on a circuit that has these keys, from line 28 on.
    fn wired(keys: &str) -> String {
        let heater = GOOD.replace("room = \"101\"", "room = \"101\"\ncircuit = \"riser\"");
        format!("{heater}[[circuit]]\nid = \"riser\"\n{keys}\n")
    }

    #[test]
    fn circuits_are_read_with_what_hangs_on_them() {
        let text =
            wired("cap_w = 900\nother_w = 50\nunder = \"main\"\n[[circuit]]\nid = \"main\"\ncap_w = 2000");
        let book = read(&text).unwrap().book.unwrap();
        let circuits = book.circuits.iter().map(|circuit| {
            let under = circuit.under.as_ref().map(CircuitId::as_str);
            (circuit.id.as_str(), under, circuit.cap_w.whole(), circuit.other_w.whole())
        });
        assert_eq!(circuits.collect::<Vec<_>>(), [("main", None, 2000, 0), ("riser", Some("main"), 900, 50)]);
        assert_eq!(book.heaters[0].circuit.as_ref().map(CircuitId::as_str), Some("riser"));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_key_and_line() {
        let change = |from: &str, to: &str| {
            assert!(GOOD.contains(from), "{from}");
            GOOD.replace(from, to)
        };
        let table = [
            (change("rated_w", "ratd_w"), "line 24", "did you mean `rated_w`"),
            (change("[[heater]]", "[[heatr]]"), "line 21", "did you mean `heater`"),
            (change("cap_w = 3000", "cap_w = \"3 kW\""), "line 9", "invalid type"),
            (change("cap_w = 3000", "cap_w = -1"), "line 9", "invalid value"),
            (change("cap_w = 3000", "cap_w = 200"), "line 5", "fall-back"),
            (change("low_c = 17.0", "low_c = 23.0"), "line 11", "low_c"),
            (change("high_c = 22.0", "high_c = 45.0"), "line 11", "high_c"),
            (change("setpoint_c = 20.5", "setpoint_c = 205"), "line 19", "205 is outside"),
            (change("07:30", "7h30"), "line 19", "7h30"),
            (change("\"mon\", \"tue\"", "\"lundi\""), "line 19", "lundi"),
            (change("from = \"07:30\"", "from = \"19:30\""), "line 11", "ends before it begins"),
            (change("\"19:00\"", "\"1093:00\""), "line 19", "1093:00"),
            (
                change(
                    "comfort = [",
                    "comfort = [{ days = [\"tue\"], from = \"10:00\", until = \"12:00\", setpoint_c = 19 }, ",
                ),
                "line 11",
                "overlap on tue",
            ),
            (change("data =", "mqtt = { url = \"foo\" }\ndata ="), "mqtt.url", "mqtt://host:port"),
            (
                change("127.0.0.1:9000\"", "127.0.0.1:9000\", url = \"heat.example\""),
                "http.url",
                "https://name",
            ),
            (
                change("[site]", "[mqtt]\ntls_lisen = \"127.0.0.1:1\"\n[site]"),
                "line 6",
                "did you mean `tls_listen`",
            ),
            (change("[site]", "[mqtt]\nnames = [\"a\"]\n[site]"), "line 5", "tls_listen is missing"),
            (
                change("[site]", "[mqtt]\ntls_listen = \"127.0.0.1:1\"\ncertificate = \"c\"\n[site]"),
                "line 5",
                "certificate_key",
            ),
            (
                change("[site]", "[mqtt]\ntls_listen = \"127.0.0.1:1\"\nnames = [\"a b\"]\n[site]"),
                "line 5",
                "\"a b\" is neither a name nor an address",
            ),
            (
                change("[site]", "[mqtt]\nurl = \"mqtt://h\"\ntls_listen = \"127.0.0.1:1\"\n[site]"),
                "line 5",
                "exclude each other",
            ),
            (change("[site]", "[store]\nkind = \"influx\"\n[site]"), "line 6", "influxdb2"),
            (change("[site]", "[store]\nkind = \"influxdb2\"\n[site]"), "line 5", "token_file"),
            (change("[site]", "[store]\nurl = \"http://h\"\n[site]"), "line 5", "store.url"),
            (change("[site]", "[store]\npeople_days = 400\n[site]"), "line 5", "people_hourly_days"),
            (change("room = \"101\"", "room = \"102\""), "line 21", "102"),
            (change("id = \"h-101\"", "id = \"H 101\""), "line 22", "not an identifier"),
            (change("zone = \"Europe/Paris\"", "zone = \"Paris\""), "line 8", "not a time zone"),
            (change("fallback_w = 300", "fallback_w = 800"), "line 21", "fallback_w"),
            (change("resistor_w = 300", "resistor_w = 800"), "line 21", "resistor_w"),
            (change("127.0.0.1:9000", "localhost"), "line 3", "socket address"),
            (format!("{GOOD}[[heater]]\nid = \"h-101\"\nrated_w = 1\n"), "line 27", "twice"),
            (change("room = \"101\"", "room = \"101\"\ncircuit = \"riser\""), "line 21", "circuit riser"),
            (wired("cap_w = 399\nother_w = 100"), "line 28", "lower fallback_w or other_w"),
            (wired("cap_w = 900\nunder = \"main\""), "line 28", "under main"),
            (wired("cap_w = 900\nunder = \"riser\""), "line 28", "under itself"),
            (wired("cap_w = 900\n[[circuit]]\nid = \"riser\"\ncap_w = 900"), "line 31", "twice"),
            (wired("cap_w = 0"), "line 28", "cap_w is zero"),
            (wired("cap = 900"), "line 30", "did you mean `cap_w`"),
        ];
        for (text, line, what) in table {
            let error = read(&text).expect_err(what);
            assert!(error.contains(line) && error.contains(what), "{line} {what}: {error}");
            assert!(!error.contains('\n'), "one line: {error}");
        }
    }

    #[test]
    fn history_is_kept_as_long_as_asked_or_sent_elsewhere() {
        let kept = |text: &str| match read(text).unwrap().store {
            StoreChoice::Embedded(kept) => kept,
            StoreChoice::InfluxDb2(_) => panic!("{text}"),
        };
        assert_eq!(kept(""), Retention::default());
        assert_eq!(kept("[store]\npeople_days = 7\n"), Retention { people_days: 7, ..Retention::default() });
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        std::fs::write(&file, "secret\n").unwrap();
        let text = format!(
            "[store]\nkind = \"influxdb2\"\nurl = \"http://h:8086\"\norg = \"o\"\nbucket = \"b\"\ntoken_file = {file:?}\n"
        );
        let StoreChoice::InfluxDb2(settings) = read(&text).unwrap().store else { panic!("{text}") };
        assert_eq!((settings.token.as_str(), settings.bucket.as_str()), ("secret", "b"));
    }

    #[test]
    fn a_building_needs_its_site() {
        let error = read("[[heater]]\nid = \"h\"\nrated_w = 1\n").unwrap_err();
        assert!(error.contains("[site]"), "{error}");
    }
}
