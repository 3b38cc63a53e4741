//! What the pages tell of how the program was set up, to those who run it and in the diagnostics that go to support.
//!
//! What is told is named here, one by one: a key that is added to the configuration stays untold until somebody has thought
//! about it. Paths and addresses of people are left out, secrets anyway.

use std::path::Path;
use std::sync::Arc;

use dashboards::{CertificateKind, CertificateState, Installation};
use identity::{CertificateFacts, IdentityError};

use crate::config::{BrokerChoice, Configuration, StoreChoice};
use crate::folder;

/// How the program was set up.
pub(crate) fn installation(configuration: &Configuration) -> Installation {
    let (broker, data) = (configuration.broker.clone(), configuration.data.clone());
    Installation {
        configured: configured(configuration),
        certificates: Arc::new(move || certificates(&broker, &data)),
    }
}

fn configured(configuration: &Configuration) -> Vec<(&'static str, String)> {
    let yes_no = |is: bool| if is { "yes" } else { "no" }.to_owned();
    let mut told = vec![
        ("http.listen", configuration.http.to_string()),
        ("http.url", yes_no(configuration.url.is_some())),
    ];
    match &configuration.broker {
        BrokerChoice::Embedded(own) => {
            let tls = own.tls.as_ref();
            told.push(("mqtt.listen", own.listen.to_string()));
            told.push(("mqtt.tls_listen", tls.map_or("no".to_owned(), |tls| tls.listen.to_string())));
            told.push(("mqtt.certificate", yes_no(tls.is_some_and(|tls| tls.files.is_some()))));
        }
        // The address may name a house, and an outside broker's address is of no use to support.
        BrokerChoice::Outside(_) => told.push(("mqtt.url", "yes".to_owned())),
    }
    match &configuration.store {
        StoreChoice::Embedded(kept) => told.extend([
            ("store.kind", "embedded".to_owned()),
            ("store.people_days", kept.people_days.to_string()),
            ("store.people_hourly_days", kept.people_hourly_days.to_string()),
            ("store.plant_days", kept.plant_days.to_string()),
            ("store.plant_hourly_days", kept.plant_hourly_days.to_string()),
        ]),
        StoreChoice::InfluxDb2(_) => told.push(("store.kind", "influxdb2".to_owned())),
    }
    let notices = &configuration.notices;
    told.extend([
        ("alarms.email", yes_no(notices.email.is_some())),
        ("alarms.webhook", yes_no(notices.webhook.is_some())),
        ("alarms.quiet", yes_no(notices.quiet.is_some())),
        ("site", yes_no(configuration.book.is_some())),
        ("rules", yes_no(configuration.rules.is_some())),
    ]);
    told
}

fn certificates(broker: &BrokerChoice, data: &Path) -> Vec<(CertificateKind, CertificateState)> {
    let (own, authority) = match broker {
        BrokerChoice::Outside(_) => (CertificateState::Elsewhere, CertificateState::NotConfigured),
        BrokerChoice::Embedded(embedded) => match &embedded.tls {
            None => (CertificateState::NotConfigured, CertificateState::NotConfigured),
            Some(tls) => {
                let own =
                    tls.files.as_ref().map_or(CertificateState::RenewsItself, |files| state(files.check()));
                (own, state(identity::read_certificate(&folder::keys(data).join("authority.pem"))))
            }
        },
    };
    vec![(CertificateKind::Broker, own), (CertificateKind::Authority, authority)]
}

fn state(read: Result<CertificateFacts, IdentityError>) -> CertificateState {
    read.map_or(CertificateState::Unreadable, |facts| CertificateState::Until(facts.not_after))
}

#[cfg(test)]
mod tests {
    use crate::cli::Options;

    use super::*;

    /// A configuration with a secret in every place that may hold one.
    fn planted(folder: &Path) -> Configuration {
        for name in ["token", "password", "webhook"] {
            std::fs::write(folder.join(name), format!("planted-{name}-secret")).unwrap();
        }
        let file = folder.join("building.toml");
        let path = |name: &str| folder.join(name).display().to_string();
        let text = format!(
            "[http]\nurl = \"https://planted-host.example\"\n\
             [mqtt]\nurl = \"mqtt://planted-broker.example:1883\"\n\
             [store]\nkind = \"influxdb2\"\nurl = \"http://planted-influx.example:8086\"\norg = \"planted-org\"\n\
             bucket = \"planted-bucket\"\ntoken_file = {:?}\n\
             [alarms.email]\nserver = \"planted-mail.example\"\nuser = \"planted-user\"\npassword_file = {:?}\n\
             from = \"planted-from@example.org\"\nto = [\"planted-to@example.org\"]\n\
             [alarms.webhook]\nurl = \"https://planted-hook.example/planted-path\"\nsecret_file = {:?}\n",
            path("token"),
            path("password"),
            path("webhook"),
        );
        std::fs::write(&file, text).unwrap();
        let options = Options { config: Some(file), data: None, http: None, mqtt: None };
        Configuration::load(&options).unwrap()
    }

    #[test]
    fn no_secret_and_no_address_of_the_configuration_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let told = installation(&planted(folder.path())).configured;
        let text = format!("{told:?}");
        assert!(text.contains("influxdb2") && text.contains("(\"alarms.webhook\", \"yes\")"), "{text}");
        assert!(!text.contains("planted"), "{text}");
        assert!(!text.contains(&folder.path().display().to_string()), "{text}");
    }
}
