//! What a restore must not bring back: whatever was handed out and has ended since the backup was made.

use std::path::Path;

use rusqlite::{Connection, Transaction};
use vocabulary::Timestamp;

use crate::{Deed, Registry, RegistryError, audit::append, book::bump, damaged, instructions, presence};

/// What ended in another book ends in this one. Rows are known by what does not change: names, digests, numbers.
const MERGES: [(&str, &str); 5] = [
    // A secret that was made anew ended the one before it.
    (
        "credentials",
        "UPDATE credential SET revoked_ms = coalesce(since.revoked_ms, ?1) FROM newer.credential AS since
         WHERE since.id = credential.id AND credential.revoked_ms IS NULL
         AND (since.revoked_ms IS NOT NULL OR since.digest <> credential.digest)",
    ),
    (
        "certificates",
        "UPDATE device_certificate SET revoked_ms = ?1 FROM newer.device_certificate AS since
         WHERE since.fingerprint = device_certificate.fingerprint AND device_certificate.revoked_ms IS NULL
         AND since.revoked_ms IS NOT NULL",
    ),
    (
        "tokens",
        "UPDATE api_token SET revoked_ms = ?1 FROM newer.api_token AS since
         WHERE since.digest = api_token.digest AND api_token.revoked_ms IS NULL
         AND since.revoked_ms IS NOT NULL",
    ),
    (
        "people",
        "UPDATE person SET phc = since.phc, must_change = since.must_change,
         disabled_ms = iif(since.disabled_ms IS NULL, NULL, ?1) FROM newer.person AS since
         WHERE since.name = person.name AND (since.phc <> person.phc OR since.disabled_ms IS NOT person.disabled_ms)",
    ),
    (
        "roles",
        "UPDATE person_role SET until_ms = since.until_ms FROM newer.person_role AS since
         WHERE since.id = person_role.id AND since.person = person_role.person AND since.role = person_role.role
         AND since.until_ms IS NOT NULL AND (person_role.until_ms IS NULL OR since.until_ms < person_role.until_ms)
         AND ?1 IS NOT NULL",
    ),
];

/// How much ended, for people: what, and how many of it.
pub type Ended = Vec<(&'static str, usize)>;

impl Registry {
    /// Ends every tenant link, and every enrolment code that was not used, by the hand of `by`: after a restore nobody knows
    /// which of them had ended since.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be written.
    pub fn end_links_and_codes(&self, by: &str, now: Timestamp) -> Result<Ended, RegistryError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let links =
            transaction.execute("UPDATE tenant_link SET until_ms = ?1 WHERE until_ms > ?1", [now.ms()])?;
        let codes = transaction.execute("DELETE FROM enrolment_code WHERE used_ms IS NULL", [])?;
        let ended = vec![("tenant links", links), ("enrolment codes", codes)];
        write_down(&transaction, "restore_end", &ended, by, now)?;
        transaction.commit()?;
        Ok(ended)
    }

    /// Ends here what has ended in the newer book at `path`, from which the backup of this one was made: revoked credentials,
    /// certificates and tokens, disabled people, changed passwords, roles that were ended. Heaters that are in both are
    /// instructed as they are there.
    ///
    /// # Errors
    /// [`RegistryError`] when there is no book there, it does not read, or this one cannot be written; then nothing has
    /// changed.
    pub fn end_what_ended_in(&self, path: &Path, by: &str, now: Timestamp) -> Result<Ended, RegistryError> {
        if !path.exists() {
            return Err(RegistryError::Unknown(format!("book at {}", path.display())));
        }
        let name = path.to_str().ok_or_else(|| damaged("a path", "it is not UTF-8"))?;
        let mut connection = self.lock();
        connection.execute("ATTACH DATABASE ?1 AS newer", [name])?;
        let merged = merge(&mut connection, by, now);
        connection.execute("DETACH DATABASE newer", [])?;
        merged
    }
}

fn merge(connection: &mut Connection, by: &str, now: Timestamp) -> Result<Ended, RegistryError> {
    let transaction = connection.transaction()?;
    let mut ended = Ended::new();
    for (what, merge) in MERGES {
        ended.push((what, transaction.execute(merge, [now.ms()])?));
    }
    ended.push(("instructions of heaters", instructions::merge_newer(&transaction)?));
    ended.push(("wishes to erase presence", presence::merge_newer(&transaction, now)?));
    write_down(&transaction, "restore_merge", &ended, by, now)?;
    transaction.commit()?;
    Ok(ended)
}

fn write_down(
    transaction: &Transaction<'_>,
    action: &'static str,
    ended: &Ended,
    by: &str,
    now: Timestamp,
) -> Result<(), RegistryError> {
    let told: Vec<String> = ended.iter().map(|(what, count)| format!("{count} {what}")).collect();
    bump(transaction)?;
    append(transaction, now, &Deed { new: &told.join(", "), ..Deed::new(by, action, "data") })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use vocabulary::{CredentialId, RoomId, SiteId};

    use super::*;
    use crate::{FirstPassword, NewToken, PersonName, PersonRole, Role, Scope, TenantRoom};

    const NOW: Timestamp = Timestamp::from_ms(1_000);
    const WORDS: &str = "four plain words";

    fn name(text: &str) -> PersonName {
        PersonName::new(text).unwrap()
    }

    fn credential(text: &str) -> CredentialId {
        CredentialId::new(text).unwrap()
    }

    fn token(registry: &Registry, owner: &str) -> String {
        let (owner, scopes) = (name(owner), BTreeSet::from([Scope::Read]));
        let new = NewToken { name: "t".to_owned(), owner, scopes, sites: None, expires_at: None };
        registry.add_token(&new, "test", NOW).unwrap()
    }

    #[test]
    fn what_ended_after_the_backup_stays_ended_after_a_restore() {
        let folder = tempfile::tempdir().unwrap();
        let (newer, restored) = (folder.path().join("registry.db"), folder.path().join("copy.db"));
        let registry = Registry::open(&newer).unwrap();
        for person in ["anna", "ben", "chloe"] {
            registry.add_person(&name(person), &FirstPassword::Chosen(WORDS), "test", NOW).unwrap();
        }
        for person in ["anna", "chloe"] {
            let role = PersonRole::Administrator;
            registry.assign_role(&name(person), &role, (NOW, None), "test", NOW).unwrap();
        }
        let secrets = ["revoked", "anew", "kept"]
            .map(|id| (id, registry.issue_credential(&credential(id), &Role::Service, NOW).unwrap()));
        let building = crate::book::tests::two_rooms();
        registry.put_site(&building).unwrap();
        let (lost, kept) = (token(&registry, "anna"), token(&registry, "anna"));
        registry.copy_to(&restored).unwrap();

        registry.revoke_credential(&credential("revoked"), "test", NOW).unwrap();
        let (home, heater) = (&building.site.id, &building.heaters[0].id);
        let identify = crate::Instruction::Identify(Some(Timestamp::from_ms(9_000)));
        registry.instruct_heater(home, heater, &identify, "test", NOW).unwrap();
        registry.issue_credential(&credential("anew"), &Role::Service, NOW).unwrap();
        registry.revoke_token(registry.tokens().unwrap()[0].id, "test", NOW).unwrap();
        registry.disable_person(&name("ben"), "test", NOW).unwrap();
        let role = registry.person(&name("chloe")).unwrap().unwrap().assignments[0].id;
        registry.end_role(&name("chloe"), role, "test", NOW).unwrap();
        registry
            .reset_password(&name("anna"), &FirstPassword::Chosen("four other words"), "test", NOW)
            .unwrap();

        let book = Registry::open(&restored).unwrap();
        assert!(book.sign_in(&name("ben"), WORDS, NOW).unwrap().is_some(), "it would be as it was");
        let ended = book.end_what_ended_in(&newer, "test", NOW).unwrap();
        assert_eq!(
            ended,
            [
                ("credentials", 2),
                ("certificates", 0),
                ("tokens", 1),
                ("people", 2),
                ("roles", 1),
                ("instructions of heaters", 1),
                ("wishes to erase presence", 0)
            ]
        );
        assert_eq!(book.instructions(home).unwrap(), registry.instructions(home).unwrap());
        let opens =
            secrets.map(|(id, secret)| book.authenticate(&credential(id), &secret).unwrap().is_some());
        assert_eq!(opens, [false, false, true]);
        assert!(book.token_bearer(&lost, NOW).unwrap().is_none());
        assert!(book.token_bearer(&kept, NOW).unwrap().is_some());
        assert!(book.sign_in(&name("ben"), WORDS, NOW).unwrap().is_none());
        assert!(book.sign_in(&name("anna"), WORDS, NOW).unwrap().is_none());
        assert!(book.sign_in(&name("anna"), "four other words", NOW).unwrap().is_some());
        let chloe = book.person(&name("chloe")).unwrap().unwrap();
        assert!(!chloe.assignments[0].is_live(NOW));
        assert!(book.end_what_ended_in(&folder.path().join("nowhere.db"), "test", NOW).is_err());
        book.verify_audit(None).unwrap();
    }

    #[test]
    fn links_end_with_a_restore() {
        let registry = Registry::in_memory().unwrap();
        let place = TenantRoom { site: SiteId::new("home").unwrap(), room: RoomId::new("a").unwrap() };
        let link = registry.make_tenant_link(&place, "test", NOW).unwrap();
        let ended = registry.end_links_and_codes("test", NOW).unwrap();
        assert_eq!(ended, [("tenant links", 1), ("enrolment codes", 0)]);
        assert_eq!(registry.tenant_room(&link, NOW).unwrap(), None);
    }
}
