//! For tests of conformance and for measurements beside other brokers: anyone may come in under any name and use any
//! topic, from this machine alone. One filter is denied, because a suite must see a denial.

use std::sync::atomic::{AtomicU64, Ordering};

use vocabulary::CredentialId;

use crate::packet::Connect;

/// The filter that is denied.
pub(crate) const DENIED_FILTER: &str = "test/nosubscribe";

/// The credential that stands for a client id; `None` for an id that cannot be served. A client without an id gets one
/// of its own if its session is clean [3.1.3-6], and is refused otherwise [3.1.3-8].
pub(crate) fn identity(connect: &Connect) -> Option<CredentialId> {
    static NAMELESS: AtomicU64 = AtomicU64::new(0);
    let name = connect.client_id.as_str();
    if name.is_empty() {
        let number = NAMELESS.fetch_add(1, Ordering::Relaxed);
        return connect.clean_session.then(|| format!("nameless-{number}")).and_then(|id| made(&id));
    }
    made(name).or_else(|| {
        let coded: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
        made(&format!("x-{coded}"))
    })
}

fn made(id: &str) -> Option<CredentialId> {
    CredentialId::new(id).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_of(client_id: &str, clean_session: bool) -> Option<String> {
        let connect = Connect {
            client_id: client_id.to_owned(),
            clean_session,
            keep_alive_s: 0,
            will: None,
            user: None,
            password: None,
        };
        identity(&connect).map(|id| id.to_string())
    }

    #[test]
    fn every_name_has_an_identity_of_its_own() {
        assert_eq!(id_of("myclientid", false).as_deref(), Some("myclientid"));
        assert_eq!(id_of("clean retained", true), id_of("clean retained", false));
        assert_ne!(id_of("A", true), id_of("a", true));
        assert_ne!(id_of("", true), id_of("", true));
        assert_eq!((id_of("", false), id_of(&"é".repeat(60), true)), (None, None));
    }
}
