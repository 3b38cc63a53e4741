//! Two people at one form: what it was made from goes with it as a fingerprint, so that whoever saves last does not take back
//! unseen what somebody else changed meanwhile.

use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::room_forms::field;
use crate::language::Language;

/// What a form is made from, for its hidden field `seen`. It has to be the same in two processes of one build, not for ever.
pub(crate) fn seen(held: &impl Debug) -> String {
    let mut hasher = DefaultHasher::new();
    format!("{held:?}").hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Whether a form was made before what holds now, and wants something else; one that does not say from what it was made counts
/// as old. What is wanted and holds already overwrites nothing: so it is with a form that is sent twice.
///
/// A form that does not read wants nothing. It is asked all the same, before people are told what is wrong with it: it comes
/// back as one that was made from what holds now.
pub(crate) fn is_stale<T: Debug + PartialEq>(body: &str, held: &T, wanted: Option<&T>) -> bool {
    wanted != Some(held) && field(body, "seen") != seen(held)
}

/// That somebody else came first, with what holds `now`, for a form that keeps what was typed.
pub(crate) fn stale_words(l: Language, now: &str) -> String {
    l.tell("form-stale", &[("now", now.into())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_form_that_would_overwrite_what_it_has_not_seen_is_stale() {
        let body = format!("seen={}&x=1", seen(&1));
        assert!(!is_stale(&body, &1, Some(&2)), "it was made from what holds");
        assert!(is_stale(&body, &3, Some(&2)), "somebody else came first");
        assert!(is_stale(&body, &3, None) && !is_stale(&body, &1, None), "it does not read");
        assert!(!is_stale(&body, &2, Some(&2)), "sent twice");
        assert!(is_stale("x=1", &1, Some(&2)), "it does not say");
    }
}
