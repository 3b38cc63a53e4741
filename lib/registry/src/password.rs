//! Passwords: which are taken, how they are hashed (argon2id), and how one is made that must be changed at once.

use std::sync::{Condvar, LazyLock, Mutex, PoisonError};

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash};

use crate::{PersonName, RegistryError, damaged};

/// Long enough that no composition rule is needed (NIST SP 800-63B).
const SHORTEST: usize = 12;
/// A bound for the work of one hash; no sentence that somebody types is longer.
const LONGEST: usize = 256;
/// Hashing takes 19 MiB and tens of milliseconds of a core (OWASP's first choice for argon2id, the crate's default):
/// two at a time leave the machine to the building.
const AT_ONCE: usize = 2;
/// More than this many may not wait: each holds a thread.
const WAITING: usize = 16;
/// Signs of a one-time password: none that reads like another.
const SIGNS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too short.
    #[error("a password needs at least 12 characters; a few words are easiest to remember")]
    TooShort,
    /// Too long to be hashed at a door that anybody may knock at.
    #[error("a password has at most 256 characters")]
    TooLong,
    /// Among the first that a guesser tries.
    #[error("this password is among the first that a guesser tries: choose another")]
    Common,
}

/// The commonest passwords of twelve characters and more, without signs, in lower case: what guessers try first.
/// Counted in public lists of leaked passwords; kept short, because the delays at the door allow few guesses.
const COMMON: [&str; 40] = [
    "123456789012",
    "1234567890123",
    "12345678901234",
    "123456789123",
    "1234567891011",
    "123123123123",
    "123412341234",
    "987654321098",
    "098765432109",
    "012345678901",
    "qwertyuiop12",
    "qwertyuiop123",
    "qwertyuiopas",
    "qwertyuiopasdfghjkl",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertyqwerty",
    "qwerty123456",
    "qwerty1234567",
    "1q2w3e4r5t6y",
    "1q2w3e4r5t6y7u8i",
    "1qaz2wsx3edc",
    "1qaz2wsx3edc4rfv",
    "azertyuiop12",
    "azertyuiop123",
    "azerty123456",
    "abcdefghijkl",
    "abcdefghijklmnop",
    "abcdefghijklmnopqrstuvwxyz",
    "abc123456789",
    "abcdef123456",
    "password1234",
    "password12345",
    "password123456",
    "passwordpassword",
    "motdepasse12",
    "motdepasse123",
    "motdepasse1234",
    "iloveyou1234",
    "administrator",
    "correcthorsebatterystaple",
];

/// Whether a person of this name may choose this password.
///
/// # Errors
/// [`PasswordError`] says what is wrong with it.
pub fn check_password(name: &PersonName, password: &str) -> Result<(), PasswordError> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(PasswordError::TooShort);
    }
    if password.len() > LONGEST {
        return Err(PasswordError::TooLong);
    }
    let plain: String = password.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    let mut signs: Vec<char> = plain.chars().collect();
    signs.sort_unstable();
    signs.dedup();
    let says_nothing = signs.len() < 4 || COMMON.contains(&plain.as_str());
    let own: String = name.as_str().chars().filter(|c| c.is_alphanumeric()).collect();
    let is_own_name = !own.is_empty() && plain.replace(&own, "").len() < 6;
    if says_nothing || is_own_name || plain.contains("hypocaust") && plain.len() < 16 {
        return Err(PasswordError::Common);
    }
    Ok(())
}

/// A password that a person gets on paper or by voice and changes at the first sign-in: 100 random bits.
pub(crate) fn one_time() -> Result<String, RegistryError> {
    let mut bytes = [0; 20];
    getrandom::fill(&mut bytes).map_err(|_| RegistryError::Random)?;
    let groups: Vec<String> = bytes
        .chunks(5)
        .map(|group| group.iter().map(|byte| char::from(SIGNS[usize::from(byte % 32)])).collect())
        .collect();
    Ok(groups.join("-"))
}

/// The PHC string of a password. Takes long: never on a thread that others wait for.
pub(crate) fn hash(password: &str) -> Result<String, RegistryError> {
    let _place = Place::take()?;
    let hashed = Argon2::default().hash_password(password.as_bytes());
    hashed.map(|phc| phc.to_string()).map_err(|_| RegistryError::Random)
}

/// Whether a password is the one that `kept` was made of. Without a kept one the same work is done for nothing, so
/// that the time of an answer does not tell which names exist.
pub(crate) fn matches(password: &str, kept: Option<&str>) -> Result<bool, RegistryError> {
    static NOBODYS: LazyLock<Option<String>> = LazyLock::new(|| hash("nobody has this password").ok());
    let text = match kept {
        Some(kept) => kept,
        None => NOBODYS.as_deref().ok_or(RegistryError::Random)?,
    };
    let phc = PasswordHash::new(text).map_err(|error| damaged("a password's hash", error))?;
    let _place = Place::take()?;
    let is_right =
        password.len() <= LONGEST && Argon2::default().verify_password(password.as_bytes(), &phc).is_ok();
    Ok(is_right && kept.is_some())
}

/// Makes the hash that stands in for unknown names, so that the first of them does not take twice as long.
pub(crate) fn warm_up() {
    // The hash is all that is wanted; whether nobody's password matches is not.
    let _ = matches("", None);
}

/// How many hash, and how many wait to.
struct Bench {
    hashing: usize,
    waiting: usize,
}

static BENCH: Mutex<Bench> = Mutex::new(Bench { hashing: 0, waiting: 0 });
static FREE: Condvar = Condvar::new();

/// A place on the bench, for one hash.
struct Place;

impl Place {
    fn take() -> Result<Self, RegistryError> {
        // The counts are changed in single steps: a panic elsewhere leaves them true.
        let mut bench = BENCH.lock().unwrap_or_else(PoisonError::into_inner);
        if bench.waiting >= WAITING {
            return Err(RegistryError::Busy);
        }
        bench.waiting += 1;
        while bench.hashing >= AT_ONCE {
            bench = FREE.wait(bench).unwrap_or_else(PoisonError::into_inner);
        }
        bench.waiting -= 1;
        bench.hashing += 1;
        Ok(Self)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        BENCH.lock().unwrap_or_else(PoisonError::into_inner).hashing -= 1;
        FREE.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(password: &str) -> Result<(), PasswordError> {
        check_password(&PersonName::new("anna.weber").unwrap(), password)
    }

    #[test]
    fn length_counts_and_composition_does_not() {
        assert_eq!(judged("four plain words"), Ok(()));
        assert_eq!(judged("fünf Öfen im Keller"), Ok(()));
        assert_eq!(judged("Sh0rt!Sh0rt"), Err(PasswordError::TooShort));
        assert_eq!(judged(&"long and winding ".repeat(20)), Err(PasswordError::TooLong));
    }

    #[test]
    fn what_is_guessed_first_is_refused() {
        for common in [
            "Password-1234",
            "1234567890123",
            "aaaaaaaaaaaa",
            "qwertyuiop-123",
            "anna.weber2026",
            "Hypocaust-1234",
        ] {
            let refused = judged(common);
            assert_eq!(refused, Err(PasswordError::Common), "{common}");
        }
    }

    #[test]
    fn every_common_password_is_long_enough_to_need_its_place_in_the_list() {
        for common in COMMON {
            assert!(common.chars().count() >= SHORTEST, "{common}");
            assert!(common.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()), "{common}");
        }
    }

    #[test]
    fn a_hash_is_argon2id_of_its_own_salt_and_opens_for_its_password_alone() {
        let (one, other) = (hash("four plain words").unwrap(), hash("four plain words").unwrap());
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert_ne!(one, other);
        assert!(matches("four plain words", Some(&one)).unwrap());
        assert!(!matches("four plain word", Some(&one)).unwrap());
        assert!(!matches("nobody has this password", None).unwrap());
    }

    #[test]
    fn one_time_passwords_differ_and_pass_their_own_rule() {
        let (one, other) = (one_time().unwrap(), one_time().unwrap());
        assert!(one != other && one.len() == 23, "{one}");
        assert_eq!(judged(&one), Ok(()));
    }
}
