//! The tables, and how an older file becomes a newer one: one migration a version, each in a transaction.

use std::time::Duration;

use rusqlite::Connection;

use crate::{RegistryError, audit};

/// Migration `k` brings a file of version `k` to `k + 1`. A migration that has shipped is never edited.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE revision (n INTEGER NOT NULL);
    INSERT INTO revision VALUES (1);
    CREATE TABLE site (
        id TEXT PRIMARY KEY, name TEXT NOT NULL, zone TEXT NOT NULL, clock TEXT NOT NULL,
        cap_w INTEGER, demonstration INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE room (
        site TEXT NOT NULL REFERENCES site(id), id TEXT NOT NULL, name TEXT NOT NULL, floor TEXT NOT NULL,
        position INTEGER NOT NULL, area TEXT, low_c INTEGER NOT NULL, high_c INTEGER NOT NULL,
        setback_c INTEGER NOT NULL, schedule TEXT NOT NULL, PRIMARY KEY (site, id)
    ) WITHOUT ROWID;
    CREATE TABLE heater (
        site TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, room TEXT, rated_w INTEGER NOT NULL,
        resistor_w INTEGER NOT NULL, fallback_w INTEGER NOT NULL, simulated INTEGER NOT NULL, PRIMARY KEY (site, id),
        FOREIGN KEY (site, room) REFERENCES room(site, id)
    ) WITHOUT ROWID;
    CREATE TABLE metric (site TEXT NOT NULL REFERENCES site(id), name TEXT NOT NULL, PRIMARY KEY (site, name)) WITHOUT ROWID;
    CREATE TABLE credential (
        id TEXT PRIMARY KEY, role TEXT NOT NULL, digest BLOB NOT NULL, created_ms INTEGER NOT NULL, revoked_ms INTEGER
    ) WITHOUT ROWID;
    CREATE TABLE override (
        id INTEGER PRIMARY KEY AUTOINCREMENT, site TEXT NOT NULL, room TEXT NOT NULL, setpoint_c INTEGER NOT NULL,
        until_ms INTEGER NOT NULL, by TEXT NOT NULL, label TEXT NOT NULL, created_ms INTEGER NOT NULL, ended_ms INTEGER
    );
    CREATE INDEX override_live ON override (site, until_ms) WHERE ended_ms IS NULL;
    CREATE TABLE tenant_link (
        digest BLOB PRIMARY KEY, site TEXT NOT NULL, room TEXT NOT NULL, created_ms INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE epoch (site TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE memory (site TEXT PRIMARY KEY, saved_ms INTEGER NOT NULL, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE audit (
        id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL,
        target TEXT NOT NULL, detail TEXT NOT NULL
    );
    CREATE INDEX audit_target ON audit (target, id);
", "
    CREATE TABLE circuit (
        site TEXT NOT NULL REFERENCES site(id), id TEXT NOT NULL, under TEXT, cap_w INTEGER NOT NULL,
        other_w INTEGER NOT NULL, PRIMARY KEY (site, id)
    ) WITHOUT ROWID;
    ALTER TABLE heater ADD COLUMN circuit TEXT;
", "
    ALTER TABLE audit RENAME COLUMN detail TO new;
    ALTER TABLE audit ADD COLUMN old TEXT NOT NULL DEFAULT '';
    ALTER TABLE audit ADD COLUMN why TEXT NOT NULL DEFAULT '';
    ALTER TABLE audit ADD COLUMN digest BLOB NOT NULL DEFAULT x'';
", "
    CREATE TABLE person (
        name TEXT PRIMARY KEY, phc TEXT NOT NULL, must_change INTEGER NOT NULL, created_ms INTEGER NOT NULL,
        disabled_ms INTEGER
    ) WITHOUT ROWID;
    CREATE TABLE person_role (
        id INTEGER PRIMARY KEY AUTOINCREMENT, person TEXT NOT NULL REFERENCES person(name), role TEXT NOT NULL,
        from_ms INTEGER NOT NULL, until_ms INTEGER
    );
    CREATE INDEX person_role_person ON person_role (person, id);
    CREATE TABLE session (
        id INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB NOT NULL UNIQUE, person TEXT NOT NULL REFERENCES person(name),
        created_ms INTEGER NOT NULL, seen_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL
    );
    CREATE INDEX session_person ON session (person, id);
    CREATE TABLE api_token (
        id INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB NOT NULL UNIQUE, name TEXT NOT NULL,
        owner TEXT NOT NULL REFERENCES person(name), scopes TEXT NOT NULL, sites TEXT NOT NULL,
        created_ms INTEGER NOT NULL, expires_ms INTEGER, revoked_ms INTEGER
    );
", "
    CREATE TABLE authority (one INTEGER PRIMARY KEY CHECK (one = 1), fingerprint BLOB NOT NULL);
    CREATE TABLE device_certificate (
        fingerprint BLOB PRIMARY KEY, credential TEXT NOT NULL REFERENCES credential(id), created_ms INTEGER NOT NULL,
        not_after_ms INTEGER NOT NULL, used_ms INTEGER, revoked_ms INTEGER
    ) WITHOUT ROWID;
    CREATE INDEX device_certificate_credential ON device_certificate (credential);
    CREATE TABLE enrolment_code (
        site TEXT NOT NULL, heater TEXT NOT NULL, digest BLOB NOT NULL, created_ms INTEGER NOT NULL,
        expires_ms INTEGER NOT NULL, used_ms INTEGER, wrong INTEGER NOT NULL, PRIMARY KEY (site, heater)
    ) WITHOUT ROWID;
", "
    ALTER TABLE tenant_link ADD COLUMN until_ms INTEGER NOT NULL DEFAULT 0;
    UPDATE tenant_link SET until_ms = created_ms + 34560000000;
", "
    ALTER TABLE enrolment_code ADD COLUMN used_key BLOB;
    ALTER TABLE enrolment_code ADD COLUMN used_certificate BLOB;
", "
    CREATE TABLE presence_erasure (
        id INTEGER PRIMARY KEY AUTOINCREMENT, site TEXT NOT NULL, room TEXT NOT NULL, from_ms INTEGER,
        before_ms INTEGER NOT NULL, asked_ms INTEGER NOT NULL, done_ms INTEGER
    );
    CREATE INDEX audit_presence_read ON audit (target, at_ms) WHERE action = 'read_presence';
", "
    ALTER TABLE site ADD COLUMN rules TEXT NOT NULL DEFAULT '{}';
", "
    ALTER TABLE site ADD COLUMN accounting TEXT NOT NULL DEFAULT '{}';
    CREATE TABLE site_hour (
        site TEXT NOT NULL, hour INTEGER NOT NULL, outdoor_c REAL NOT NULL, outdoor_n INTEGER NOT NULL, price_eur REAL NOT NULL,
        price_n INTEGER NOT NULL, carbon_g REAL NOT NULL, carbon_n INTEGER NOT NULL, cap_w INTEGER, PRIMARY KEY (site, hour)
    ) WITHOUT ROWID;
", "
    CREATE TABLE schedule_version (
        site TEXT NOT NULL, room TEXT NOT NULL, number INTEGER NOT NULL, at_ms INTEGER, who TEXT NOT NULL,
        why TEXT NOT NULL, schedule TEXT NOT NULL, PRIMARY KEY (site, room, number)
    ) WITHOUT ROWID;
    ALTER TABLE site ADD COLUMN holidays TEXT NOT NULL DEFAULT 'none';
", "
    CREATE TABLE alarm (
        id INTEGER PRIMARY KEY AUTOINCREMENT, site TEXT NOT NULL, place TEXT NOT NULL, rule TEXT NOT NULL,
        state TEXT NOT NULL, raised_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL, value REAL,
        limit_value REAL NOT NULL, occurrences INTEGER NOT NULL, owner TEXT, shelved_until_ms INTEGER, beneath INTEGER,
        UNIQUE (site, place, rule)
    );
    CREATE INDEX alarm_beneath ON alarm (beneath) WHERE beneath IS NOT NULL;
    CREATE INDEX alarm_shelved ON alarm (shelved_until_ms) WHERE shelved_until_ms IS NOT NULL;
    CREATE TABLE alarm_change (
        id INTEGER PRIMARY KEY AUTOINCREMENT, alarm INTEGER NOT NULL, at_ms INTEGER NOT NULL, who TEXT NOT NULL,
        deed TEXT NOT NULL, value REAL, text TEXT NOT NULL
    );
    CREATE INDEX alarm_change_alarm ON alarm_change (alarm, id);
    CREATE INDEX alarm_change_at ON alarm_change (at_ms);
    CREATE TABLE alarm_rule (
        site TEXT NOT NULL, rule TEXT NOT NULL, enabled INTEGER NOT NULL, limit_value REAL NOT NULL,
        on_delay_s INTEGER NOT NULL, PRIMARY KEY (site, rule)
    ) WITHOUT ROWID;
    CREATE TABLE alarm_told (change INTEGER NOT NULL);
    INSERT INTO alarm_told VALUES (0);
    CREATE TABLE alarm_notice (
        id INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, title TEXT NOT NULL, body TEXT NOT NULL,
        made_ms INTEGER NOT NULL, due_ms INTEGER, failures INTEGER NOT NULL, outcome TEXT
    );
    CREATE INDEX alarm_notice_due ON alarm_notice (due_ms) WHERE due_ms IS NOT NULL;
    CREATE TABLE alarm_notice_test (
        id INTEGER PRIMARY KEY AUTOINCREMENT, who TEXT NOT NULL, asked_ms INTEGER NOT NULL, outcome TEXT
    );
", "
    DROP TABLE alarm_told;
    ALTER TABLE alarm ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE alarm ADD COLUMN told_over INTEGER NOT NULL DEFAULT 0;
", "
    ALTER TABLE site ADD COLUMN mode TEXT NOT NULL DEFAULT '{}';
", "
    ALTER TABLE site ADD COLUMN made_on_pages INTEGER NOT NULL DEFAULT 0;
", "
    CREATE TABLE heater_instruction (
        site TEXT NOT NULL, heater TEXT NOT NULL, instructions TEXT NOT NULL, PRIMARY KEY (site, heater)
    ) WITHOUT ROWID;
    CREATE TABLE retired_heater (
        site TEXT NOT NULL, heater TEXT NOT NULL, retired_ms INTEGER NOT NULL, description TEXT NOT NULL,
        PRIMARY KEY (site, heater)
    ) WITHOUT ROWID;
", "
    ALTER TABLE site ADD COLUMN room_groups TEXT NOT NULL DEFAULT '[]';
"];

/// The version whose audit is a chain: older lines are sealed when a file reaches it.
const CHAINED: u32 = 3;

/// The audit's guards, which come once its older lines are sealed.
const GUARDS: &str = "
    CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'lines of the audit are only ever added'); END;
    CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'lines of the audit are only ever added'); END;
";

/// Sets the connection up and brings the file to the newest version.
pub(crate) fn prepare(connection: &mut Connection) -> Result<(), RegistryError> {
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // FULL: a commit is on disk when the call returns; the controller's epoch depends on it.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    // A transaction that reads before it writes must not find out too late that another process has written meanwhile.
    connection.set_transaction_behavior(rusqlite::TransactionBehavior::Immediate);
    let transaction = connection.transaction()?;
    let found: u32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = MIGRATIONS.len() as u32;
    if found > known {
        return Err(RegistryError::Newer { found, known });
    }
    for (version, migration) in (1..).zip(MIGRATIONS).skip(found as usize) {
        transaction.execute_batch(migration)?;
        if version == CHAINED {
            audit::seal_older(&transaction)?;
            transaction.execute_batch(GUARDS)?;
        }
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use vocabulary::Timestamp;

    use crate::{Deed, Registry, RegistryError};

    #[test]
    fn a_book_of_a_newer_program_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("registry.db");
        drop(Registry::open(&path).unwrap());
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(Registry::open(&path), Err(RegistryError::Newer { found: 99, .. })));
    }

    #[test]
    fn the_audit_of_an_older_book_is_sealed_when_it_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("registry.db");
        let connection = rusqlite::Connection::open(&path).unwrap();
        super::MIGRATIONS[..2].iter().for_each(|migration| connection.execute_batch(migration).unwrap());
        connection.pragma_update(None, "user_version", 2).unwrap();
        let lines =
            "INSERT INTO audit VALUES (1, 5, 'bms', 'request', 'a', 'x'), (7, 6, 'bms', 'request', 'a', 'y')";
        connection.execute(lines, []).unwrap();
        drop(connection);
        let registry = Registry::open(&path).unwrap();
        assert_eq!(registry.verify_audit(None).unwrap().number, 2);
        assert_eq!(registry.audit_of("a", 9).unwrap()[0].new, "y");
        let deed = Deed::new("a", "b", "c");
        registry.audit(Timestamp::from_ms(7), &deed).unwrap();
        assert_eq!(registry.verify_audit(None).unwrap().number, 3);
    }

    #[test]
    fn a_book_opens_again_as_it_was_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("registry.db");
        let revision = Registry::open(&path).unwrap().revision().unwrap();
        assert_eq!(Registry::open(&path).unwrap().revision().unwrap(), revision);
    }
}
