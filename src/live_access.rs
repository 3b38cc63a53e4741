//! What a restored book lets in again, told to whoever restores it: each with the command that ends it.

use anyhow::Result;
use registry::Registry;
use vocabulary::Timestamp;

/// One line for each credential, token and person that is let in at `now`.
pub(crate) fn lines(registry: &Registry, now: Timestamp) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    for credential in registry.credentials()?.iter().filter(|credential| credential.revoked_at.is_none()) {
        let (id, role) = (&credential.id, credential.role.as_str());
        lines.push(format!("credential {id} ({role}): hypocaust credential revoke {id}"));
    }
    for token in registry.tokens()?.iter().filter(|token| token.is_live(now)) {
        let (name, owner, id) = (&token.token.name, &token.token.owner, token.id);
        lines.push(format!("token {name:?} of {owner}: hypocaust token revoke {id}"));
    }
    for person in registry.people()?.iter().filter(|person| person.disabled_at.is_none()) {
        let live = person.assignments.iter().filter(|assignment| assignment.is_live(now));
        let roles: Vec<String> = live.map(|a| format!("{} of {}", a.role.as_str(), a.role.place())).collect();
        lines.push(format!("person {0} ({1}): hypocaust person disable {0}", person.name, roles.join("; ")));
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use registry::{FirstPassword, PersonName, PersonRole, Role};
    use vocabulary::CredentialId;

    use super::*;

    #[test]
    fn everything_that_is_let_in_is_named_with_the_command_that_ends_it() {
        let (registry, now) = (Registry::in_memory().unwrap(), Timestamp::from_ms(1_000));
        for id in ["bms", "gone"] {
            registry.issue_credential(&CredentialId::new(id).unwrap(), &Role::Service, now).unwrap();
        }
        registry.revoke_credential(&CredentialId::new("gone").unwrap(), "test", now).unwrap();
        let anna = PersonName::new("anna").unwrap();
        registry.add_person(&anna, &FirstPassword::Chosen("four plain words"), "test", now).unwrap();
        registry.assign_role(&anna, &PersonRole::Administrator, (now, None), "test", now).unwrap();
        assert_eq!(
            lines(&registry, now).unwrap(),
            [
                "credential bms (service): hypocaust credential revoke bms",
                "person anna (administrator of all): hypocaust person disable anna",
            ]
        );
    }
}
