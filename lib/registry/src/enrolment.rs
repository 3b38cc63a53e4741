//! One-time codes: a heater's place in the building for whoever knows the code. Of a code only a digest is kept.

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use vocabulary::{CredentialId, EnrolmentCode, EnrolmentSecret, Fingerprint, HeaterId, SiteId, Timestamp};

use crate::audit::append;
use crate::book::bump;
use crate::credential::{put, read_role};
use crate::{Deed, NewCertificate, Registry, RegistryError, Role, damaged, device, digest, random_secret};

/// How long a code may wait for its heater.
const CODE_LIFE_MS: i64 = 24 * 3_600 * 1_000;
/// Wrong codes for one heater after which its code is void. The front door stops one address much earlier.
const MOST_WRONG: i64 = 20;

/// Why there is no code, or why a code opens nothing.
#[derive(Debug, thiserror::Error)]
pub enum EnrolmentError {
    /// The book could not be used.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// There has never been a TLS listener.
    #[error("this site has no authority yet: set `tls_listen` under [mqtt] and start once")]
    NoAuthority,
    /// The heater is not in the book.
    #[error("site {0} has no heater {1}: add it to the configuration first")]
    Unknown(SiteId, HeaterId),
    /// A credential of this name is somebody else's.
    #[error("the credential {0} is in use for something else: revoke it, or give the heater another name")]
    Taken(HeaterId),
    /// No such code here.
    #[error("this code is not valid here: check site and heater, or have a new one made")]
    Wrong,
    /// The code was used.
    #[error("this code was used already: have a new one made")]
    Used,
    /// The code is too old.
    #[error("this code has expired: codes last 24 hours; have a new one made")]
    Expired,
    /// Somebody tried too many codes.
    #[error("this code is void, because too many wrong ones were tried: have a new one made")]
    TooManyTries,
}

impl From<rusqlite::Error> for EnrolmentError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Registry(error.into())
    }
}

impl Registry {
    /// Makes the one-time code of a heater, which `by` asks for; one made before is void. It is shown once and not
    /// kept, and lasts 24 hours.
    ///
    /// # Errors
    /// [`EnrolmentError`].
    pub fn make_enrolment_code(
        &self,
        site: &SiteId,
        heater: &HeaterId,
        by: &str,
        now: Timestamp,
    ) -> Result<EnrolmentCode, EnrolmentError> {
        let authority = self.authority()?.ok_or(EnrolmentError::NoAuthority)?;
        let mut random = [0; 10];
        getrandom::fill(&mut random).map_err(|_| RegistryError::Random)?;
        let code = EnrolmentCode::new(random, &authority);
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        check_place(&transaction, site, heater)?;
        transaction.execute(
            "INSERT OR REPLACE INTO enrolment_code VALUES (?1, ?2, ?3, ?4, ?5, NULL, 0, NULL, NULL)",
            params![
                site.as_str(),
                heater.as_str(),
                digest(&code.secret().to_text()),
                now.ms(),
                now.plus_ms(CODE_LIFE_MS).ms()
            ],
        )?;
        let target = format!("{site}/heater/{heater}");
        append(&transaction, now, &Deed::new(by, "enrolment_code", &target))?;
        transaction.commit()?;
        Ok(code)
    }

    /// The heater that a secret is for, which the holder of `key` asks. A wrong one is counted against the heater that was named. When none was it is
    /// counted against nobody: else whoever has no code could void all of a site's, and 80 random bits are not guessed.
    ///
    /// # Errors
    /// [`EnrolmentError`].
    pub fn judge_code(
        &self,
        site: &SiteId,
        heater: Option<&HeaterId>,
        secret: &EnrolmentSecret,
        key: &Fingerprint,
        now: Timestamp,
    ) -> Result<HeaterId, EnrolmentError> {
        let connection = self.lock();
        let judged = judge(&connection, site, heater, secret, key, now).map(|judged| judged.heater);
        if let (Err(EnrolmentError::Wrong), Some(heater)) = (&judged, heater) {
            connection.execute(
                "UPDATE enrolment_code SET wrong = wrong + 1 WHERE site = ?1 AND heater = ?2",
                params![site.as_str(), heater.as_str()],
            )?;
        }
        judged
    }

    /// Makes the owner of the secret this heater, in one transaction: the code is used, the credential is there with
    /// the role of a heater, its certificate is known, and the audit says so. Other certificates and the secret of this
    /// credential end.
    ///
    /// The answer may be lost on its way. Whoever asks again with the same code and the same key gets another certificate
    /// in place of the one that was never used, as long as the code lasts and the credential was not revoked.
    ///
    /// # Errors
    /// [`EnrolmentError`]; then nothing has changed.
    pub fn enrol(
        &self,
        site: &SiteId,
        heater: &HeaterId,
        secret: &EnrolmentSecret,
        key: &Fingerprint,
        certificate: &NewCertificate,
        now: Timestamp,
    ) -> Result<(), EnrolmentError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let judged = judge(&transaction, site, Some(heater), secret, key, now)?;
        let id = check_place(&transaction, site, heater)?;
        transaction.execute(
            "UPDATE enrolment_code SET used_ms = ?3, used_key = ?4, used_certificate = ?5
             WHERE site = ?1 AND heater = ?2",
            params![
                site.as_str(),
                heater.as_str(),
                now.ms(),
                key.as_bytes(),
                certificate.fingerprint.as_bytes()
            ],
        )?;
        if let Some(lost) = judged.lost {
            device::forget(&transaction, &lost)?;
        } else {
            let role = Role::Heater { site: site.clone(), heater: heater.clone() };
            // Nobody knows this secret: the certificate is the only way in.
            put(&transaction, &id, &role, &random_secret()?, now)?;
        }
        device::insert(&transaction, &id, certificate, now)?;
        let detail =
            format!("certificate {} until {}", certificate.fingerprint, certificate.not_after.rfc3339());
        let target = format!("{site}/heater/{heater}");
        append(&transaction, now, &Deed { new: &detail, ..Deed::new(id.as_str(), "enrol", &target) })?;
        bump(&transaction)?;
        transaction.commit()?;
        Ok(())
    }
}

/// What a good code stands for.
struct Judged {
    heater: HeaterId,
    /// The certificate that it was used for and that never arrived.
    lost: Option<Fingerprint>,
}

/// A code as it is kept.
struct Kept {
    heater: String,
    expires_ms: i64,
    wrong: i64,
    used: Option<Use>,
}

/// What a code was used for; nothing is known of those that an older program wrote down.
struct Use {
    key: Option<[u8; 32]>,
    certificate: Option<[u8; 32]>,
}

fn judge(
    connection: &Connection,
    site: &SiteId,
    heater: Option<&HeaterId>,
    secret: &EnrolmentSecret,
    key: &Fingerprint,
    now: Timestamp,
) -> Result<Judged, EnrolmentError> {
    // Found by a digest of 80 random bits: how long the search takes says nothing about the secret.
    let found = connection
        .prepare_cached(
            "SELECT heater, expires_ms, wrong, used_ms IS NOT NULL, used_key, used_certificate
             FROM enrolment_code WHERE site = ?1 AND digest = ?2 AND (?3 IS NULL OR heater = ?3)",
        )?
        .query_row(params![site.as_str(), digest(&secret.to_text()), heater.map(HeaterId::as_str)], |row| {
            let used = Use { key: row.get(4)?, certificate: row.get(5)? };
            let used = row.get::<_, bool>(3)?.then_some(used);
            Ok(Kept { heater: row.get(0)?, expires_ms: row.get(1)?, wrong: row.get(2)?, used })
        })
        .optional()?
        .ok_or(EnrolmentError::Wrong)?;
    let heater = HeaterId::new(&found.heater).map_err(|error| damaged("the heater of a code", error))?;
    let lost = match found.used {
        None => None,
        Some(used) => {
            Some(lost_certificate(connection, &heater, &used, key, now)?.ok_or(EnrolmentError::Used)?)
        }
    };
    if found.wrong >= MOST_WRONG {
        return Err(EnrolmentError::TooManyTries);
    }
    if found.expires_ms <= now.ms() {
        return Err(EnrolmentError::Expired);
    }
    Ok(Judged { heater, lost })
}

/// The certificate that a code was used for, when it was for this key, still holds, and has never opened anything.
fn lost_certificate(
    connection: &Connection,
    heater: &HeaterId,
    used: &Use,
    key: &Fingerprint,
    now: Timestamp,
) -> Result<Option<Fingerprint>, EnrolmentError> {
    let Some(certificate) = used.certificate.filter(|_| used.key.as_ref() == Some(key.as_bytes())) else {
        return Ok(None);
    };
    let id = CredentialId::new(heater.as_str()).map_err(|error| damaged("a heater's name", error))?;
    let certificate = Fingerprint::from_bytes(certificate);
    Ok(device::is_unused(connection, &id, &certificate, now)?.then_some(certificate))
}

/// The heater is in the book, and the credential of its name is its own or free.
fn check_place(
    transaction: &Transaction<'_>,
    site: &SiteId,
    heater: &HeaterId,
) -> Result<CredentialId, EnrolmentError> {
    let known: bool = transaction.query_row(
        "SELECT EXISTS (SELECT 1 FROM heater WHERE site = ?1 AND id = ?2)",
        [site.as_str(), heater.as_str()],
        |row| row.get(0),
    )?;
    if !known {
        return Err(EnrolmentError::Unknown(site.clone(), heater.clone()));
    }
    let role: Option<String> = transaction
        .query_row(
            "SELECT role FROM credential WHERE id = ?1 AND revoked_ms IS NULL",
            [heater.as_str()],
            |row| row.get(0),
        )
        .optional()?;
    let own = Role::Heater { site: site.clone(), heater: heater.clone() };
    if let Some(role) = role
        && read_role(heater.as_str(), &role)? != own
    {
        return Err(EnrolmentError::Taken(heater.clone()));
    }
    Ok(CredentialId::new(heater.as_str()).map_err(|error| damaged("a heater's name", error))?)
}

#[cfg(test)]
mod tests {
    use vocabulary::{DisplayName, Watts, Zone};

    use super::*;
    use crate::{Clock, Heater, Site, SiteBook};

    const NOW: Timestamp = Timestamp::from_ms(1_000);
    const KEY: Fingerprint = Fingerprint::from_bytes([1; 32]);
    const OTHER: Fingerprint = Fingerprint::from_bytes([2; 32]);

    fn site() -> SiteId {
        SiteId::new("home").unwrap()
    }

    fn heater(id: &str) -> HeaterId {
        HeaterId::new(id).unwrap()
    }

    fn id(id: &str) -> CredentialId {
        CredentialId::new(id).unwrap()
    }

    fn certificate(n: u8, days: i64) -> NewCertificate {
        let not_after = NOW.plus_ms(days * 24 * 3_600_000);
        NewCertificate { fingerprint: Fingerprint::of(&[n]), not_after }
    }

    #[test]
    fn a_code_that_was_not_used_ends_with_a_restore() {
        let registry = registry();
        let code = registry.make_enrolment_code(&site(), &heater("h1"), "test", NOW).unwrap();
        let ended = registry.end_links_and_codes("test", NOW).unwrap();
        assert_eq!(ended, [("tenant links", 0), ("enrolment codes", 1)]);
        assert!(registry.judge_code(&site(), None, &code.secret(), &KEY, NOW).is_err());
    }

    fn registry() -> Registry {
        let registry = Registry::in_memory().unwrap();
        let entry = |id: &str| Heater {
            id: heater(id),
            name: DisplayName::new(id).unwrap(),
            room: None,
            circuit: None,
            rated_w: Watts::ZERO,
            resistor_w: Watts::ZERO,
            fallback_w: Watts::ZERO,
            simulated: false,
        };
        let name = DisplayName::new("Home").unwrap();
        let site =
            Site { id: site(), name, zone: Zone::UTC, clock: Clock::Wall, cap_w: None, demonstration: false };
        let heaters = vec![entry("h1"), entry("h2")];
        let book = SiteBook { site, rooms: Vec::new(), heaters, circuits: Vec::new(), metrics: Vec::new() };
        registry.put_site(&book).unwrap();
        registry.set_authority(&Fingerprint::of(b"authority")).unwrap();
        registry
    }

    fn code(registry: &Registry, id: &str) -> EnrolmentSecret {
        registry.make_enrolment_code(&site(), &heater(id), "test", NOW).unwrap().secret()
    }

    #[test]
    fn a_code_is_made_for_a_heater_of_the_book_that_has_a_free_name() {
        let registry = registry();
        let make = |id: &str| registry.make_enrolment_code(&site(), &heater(id), "test", NOW);
        assert!(make("h1").unwrap().names(&Fingerprint::of(b"authority")));
        assert!(matches!(make("h3"), Err(EnrolmentError::Unknown(..))));
        registry.issue_credential(&id("h2"), &Role::Service, NOW).unwrap();
        assert!(matches!(make("h2"), Err(EnrolmentError::Taken(_))));
        let without = Registry::in_memory().unwrap();
        let refused = without.make_enrolment_code(&site(), &heater("h1"), "test", NOW);
        assert!(matches!(refused, Err(EnrolmentError::NoAuthority)));
    }

    #[test]
    fn a_new_code_voids_the_one_before() {
        let registry = registry();
        let (old, new) = (code(&registry, "h1"), code(&registry, "h1"));
        let judge = |secret| registry.judge_code(&site(), None, secret, &KEY, NOW);
        assert!(matches!(judge(&old), Err(EnrolmentError::Wrong)));
        assert_eq!(judge(&new).unwrap(), heater("h1"));
    }

    #[test]
    fn twenty_wrong_tries_void_a_code_and_no_other() {
        let registry = registry();
        let (first, second) = (code(&registry, "h1"), code(&registry, "h2"));
        for _ in 0..MOST_WRONG {
            let wrong = registry.judge_code(&site(), Some(&heater("h1")), &second, &KEY, NOW);
            assert!(matches!(wrong, Err(EnrolmentError::Wrong)));
        }
        let void = registry.judge_code(&site(), Some(&heater("h1")), &first, &KEY, NOW);
        assert!(matches!(void, Err(EnrolmentError::TooManyTries)));
        let void = registry.enrol(&site(), &heater("h1"), &first, &KEY, &certificate(1, 90), NOW);
        assert!(matches!(void, Err(EnrolmentError::TooManyTries)));
        assert_eq!(registry.judge_code(&site(), None, &second, &KEY, NOW).unwrap(), heater("h2"));
    }

    #[test]
    fn wrong_tries_that_name_no_heater_void_nobodys_code() {
        let registry = registry();
        let waits = code(&registry, "h1");
        // A code of before: of the right form, and of nobody.
        let stranger = code(&registry, "h2");
        code(&registry, "h2");
        for _ in 0..2 * MOST_WRONG {
            let wrong = registry.judge_code(&site(), None, &stranger, &KEY, NOW);
            assert!(matches!(wrong, Err(EnrolmentError::Wrong)));
        }
        assert_eq!(registry.judge_code(&site(), None, &waits, &KEY, NOW).unwrap(), heater("h1"));
    }

    #[test]
    fn an_enrolled_heater_comes_in_by_its_certificate_until_it_ends() {
        let registry = registry();
        let (secret, held) = (code(&registry, "h1"), certificate(1, 90));
        let password = registry
            .issue_credential(&id("h1"), &Role::Heater { site: site(), heater: heater("h1") }, NOW)
            .unwrap();
        registry.enrol(&site(), &heater("h1"), &secret, &KEY, &held, NOW).unwrap();
        // The secret of the credential ends with the enrolment: two machines cannot be the same heater.
        assert_eq!(registry.authenticate(&id("h1"), &password).unwrap(), None);
        let comes_in = |id: &CredentialId, certificate: &NewCertificate, now| {
            registry.authenticate_certificate(id, &certificate.fingerprint, now).unwrap().is_some()
        };
        assert!(comes_in(&id("h1"), &held, NOW));
        assert!(!comes_in(&id("h2"), &held, NOW));
        assert!(!comes_in(&id("h1"), &certificate(2, 90), NOW));
        assert!(!comes_in(&id("h1"), &held, held.not_after));
    }

    #[test]
    fn a_lost_answer_is_given_again_to_the_same_key_and_to_no_other() {
        let registry = registry();
        let secret = code(&registry, "h1");
        let [lost, again, third] = [1, 2, 3].map(|n| certificate(n, 90));
        let enrol = |key: &Fingerprint, new: &NewCertificate, now| {
            registry.judge_code(&site(), None, &secret, key, now)?;
            registry.enrol(&site(), &heater("h1"), &secret, key, new, now)
        };
        let opens = |certificate: &NewCertificate| {
            registry.authenticate_certificate(&id("h1"), &certificate.fingerprint, NOW).unwrap().is_some()
        };
        enrol(&KEY, &lost, NOW).unwrap();
        assert!(matches!(enrol(&OTHER, &third, NOW), Err(EnrolmentError::Used)));
        let too_late = NOW.plus_ms(CODE_LIFE_MS);
        assert!(matches!(enrol(&KEY, &third, too_late), Err(EnrolmentError::Expired)));
        enrol(&KEY, &again, NOW).unwrap();
        assert!(!opens(&lost) && opens(&again));
        // It has arrived: there is nothing to give again.
        assert!(matches!(enrol(&KEY, &third, NOW), Err(EnrolmentError::Used)));
    }

    #[test]
    fn a_revoked_heater_does_not_come_back_by_asking_again() {
        let registry = registry();
        let secret = code(&registry, "h1");
        let enrol = |n| registry.enrol(&site(), &heater("h1"), &secret, &KEY, &certificate(n, 90), NOW);
        enrol(1).unwrap();
        registry.revoke_credential(&id("h1"), "test", NOW).unwrap();
        assert!(matches!(enrol(2), Err(EnrolmentError::Used)));
        let role = Role::Heater { site: site(), heater: heater("h1") };
        registry.issue_credential(&id("h1"), &role, NOW).unwrap();
        assert!(matches!(enrol(3), Err(EnrolmentError::Used)));
    }

    #[test]
    fn the_first_use_of_a_new_certificate_ends_the_old_one() {
        let registry = registry();
        let [old, lost, new] = [1, 2, 3].map(|n| certificate(n, 90));
        registry.enrol(&site(), &heater("h1"), &code(&registry, "h1"), &KEY, &old, NOW).unwrap();
        let use_it = |certificate: &NewCertificate| {
            registry.authenticate_certificate(&id("h1"), &certificate.fingerprint, NOW).unwrap().is_some()
        };
        assert!(use_it(&old));
        assert!(registry.renew_certificate(&id("h1"), &old.fingerprint, &lost, NOW).unwrap());
        assert!(registry.renew_certificate(&id("h1"), &old.fingerprint, &new, NOW).unwrap());
        assert!(!use_it(&lost) && use_it(&old));
        let revision = registry.revision().unwrap();
        assert!(use_it(&new) && !use_it(&old));
        assert!(registry.revision().unwrap() > revision, "live connections are looked at again");
        assert!(!registry.renew_certificate(&id("h1"), &old.fingerprint, &lost, NOW).unwrap());
        registry.revoke_credential(&id("h1"), "test", NOW).unwrap();
        assert!(!use_it(&new));
        assert_eq!(registry.certificate_owner(&new.fingerprint, NOW).unwrap(), None);
    }
}
