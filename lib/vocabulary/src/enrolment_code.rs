//! The one-time code by which a heater and its site come to know each other.
//!
//! ```text
//! 80 bits   a secret: the site knows the heater by it
//! 80 bits   the beginning of the fingerprint of the site's authority: the heater knows the site by it
//! 15 bits   a check, so that a slip of the finger is told from a wrong code
//! ```
//! Written as 35 characters of Crockford's base32 in groups of five. A secret of 80 bits that is void after a few wrong
//! tries cannot be guessed; and to be taken for the site, an authority would have to meet 80 bits that it did not choose.

use std::fmt;
use std::str::FromStr;

use sha2::Digest as _;

use crate::Fingerprint;

/// Bytes of each half.
const HALF: usize = 10;
/// Characters of a whole code.
const LETTERS: usize = 35;
const GROUP: usize = 5;
/// Crockford's base32: no I, L, O and U, which are mistaken for others.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Why a text is not a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Characters are missing, too many, or none of a code's.
    #[error("a code has {LETTERS} letters and digits in groups of five: read it again")]
    Form,
    /// All characters are possible, but together they are no code.
    #[error("the code was mistyped: read it again")]
    Check,
}

/// The secret half of a code; what is printed of it for a log says nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EnrolmentSecret([u8; HALF]);

impl EnrolmentSecret {
    /// The secret's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; HALF] {
        &self.0
    }

    /// The secret as it travels: 16 characters of base32.
    #[must_use]
    pub fn to_text(&self) -> String {
        letters(&self.0).into_iter().map(char::from).collect()
    }
}

impl FromStr for EnrolmentSecret {
    type Err = CodeError;
    fn from_str(text: &str) -> Result<Self, CodeError> {
        let values = values(text)?;
        bytes(&values).try_into().map(Self).map_err(|_| CodeError::Form)
    }
}

impl fmt::Debug for EnrolmentSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EnrolmentSecret")
    }
}

/// A one-time code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnrolmentCode {
    secret: EnrolmentSecret,
    authority: [u8; HALF],
}

impl EnrolmentCode {
    /// The code with ten random bytes, for a site with this authority.
    #[must_use]
    pub fn new(random: [u8; HALF], authority: &Fingerprint) -> Self {
        let beginning = *authority.as_bytes().first_chunk().expect("a fingerprint is longer");
        Self { secret: EnrolmentSecret(random), authority: beginning }
    }

    /// What the site is told.
    #[must_use]
    pub const fn secret(&self) -> EnrolmentSecret {
        self.secret
    }

    /// Whether an authority is the one that the code was made for.
    #[must_use]
    pub fn names(&self, authority: &Fingerprint) -> bool {
        authority.as_bytes().starts_with(&self.authority)
    }

    fn content(&self) -> [u8; 2 * HALF] {
        let mut content = [0; 2 * HALF];
        content[..HALF].copy_from_slice(&self.secret.0);
        content[HALF..].copy_from_slice(&self.authority);
        content
    }
}

impl fmt::Display for EnrolmentCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content = self.content();
        let mut text = letters(&content);
        text.extend(check(&content).map(|value| ALPHABET[usize::from(value)]));
        for (at, letter) in text.into_iter().enumerate() {
            if at > 0 && at % GROUP == 0 {
                f.write_str("-")?;
            }
            write!(f, "{}", char::from(letter))?;
        }
        Ok(())
    }
}

impl FromStr for EnrolmentCode {
    type Err = CodeError;

    /// Reads a code as people type it: in any case, with any spaces and hyphens, O for 0, I and L for 1.
    fn from_str(text: &str) -> Result<Self, CodeError> {
        let values = values(text)?;
        if values.len() != LETTERS {
            return Err(CodeError::Form);
        }
        let (content, given) = values.split_at(LETTERS - 3);
        let content: [u8; 2 * HALF] = bytes(content).try_into().expect("32 values are 20 bytes");
        if check(&content) != given {
            return Err(CodeError::Check);
        }
        let half = |at: usize| *content[at..].first_chunk().expect("two halves");
        Ok(Self { secret: EnrolmentSecret(half(0)), authority: half(HALF) })
    }
}

/// The first 15 bits of the SHA-256.
fn check(content: &[u8]) -> [u8; 3] {
    let digest = sha2::Sha256::digest(content);
    let bits = u16::from_be_bytes([digest[0], digest[1]]) >> 1;
    [10, 5, 0].map(|shift| (bits >> shift & 31) as u8)
}

/// Five bytes are eight letters.
fn letters(bytes: &[u8]) -> Vec<u8> {
    let of_five = |five: &[u8]| {
        let bits = five.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        (0..8).rev().map(move |at| ALPHABET[(bits >> (5 * at) & 31) as usize])
    };
    bytes.chunks_exact(5).flat_map(of_five).collect()
}

fn bytes(values: &[u8]) -> Vec<u8> {
    let of_eight = |eight: &[u8]| {
        let bits = eight.iter().fold(0_u64, |bits, value| bits << 5 | u64::from(*value));
        (0..5).rev().map(move |at| (bits >> (8 * at)) as u8)
    };
    values.chunks_exact(8).flat_map(of_eight).collect()
}

fn values(text: &str) -> Result<Vec<u8>, CodeError> {
    let written = text.chars().filter(|c| *c != '-' && !c.is_whitespace());
    let value = |c: char| {
        let c = match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        ALPHABET.iter().position(|letter| char::from(*letter) == c).map(|at| at as u8)
    };
    // One more than a code has is enough to know that it is none.
    written.take(LETTERS + 1).map(|c| value(c).ok_or(CodeError::Form)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_code_reads_back_as_people_type_it(random: [u8; 10], der: [u8; 4]) {
            let authority = Fingerprint::of(&der);
            let code = EnrolmentCode::new(random, &authority);
            let text = code.to_string();
            prop_assert_eq!(text.len(), 41);
            prop_assert_eq!(text.parse(), Ok(code));
            let typed = text.to_lowercase().replace('0', "o").replace('1', "l").replace('-', " ");
            prop_assert_eq!(typed.parse(), Ok(code));
            prop_assert!(code.names(&authority) && !code.names(&Fingerprint::of(b"another")));
            prop_assert_eq!(code.secret().to_text().parse(), Ok(code.secret()));
        }

        #[test]
        fn any_text_is_answered(text: String) {
            let _ = text.parse::<EnrolmentCode>();
            let _ = text.parse::<EnrolmentSecret>();
        }
    }

    #[test]
    fn a_slip_of_the_finger_is_told_from_a_wrong_code() {
        let text = EnrolmentCode::new([7; 10], &Fingerprint::of(b"a")).to_string();
        for at in 0..text.len() {
            let letter = &text[at..=at];
            if letter == "-" {
                continue;
            }
            let other = if letter == "7" { "8" } else { "7" };
            let slipped = format!("{}{other}{}", &text[..at], &text[at + 1..]);
            assert_eq!(slipped.parse::<EnrolmentCode>(), Err(CodeError::Check), "{slipped}");
        }
        for bad in ["", "7", &text[1..], &format!("{text}7"), &text.replace('-', "_")] {
            assert_eq!(bad.parse::<EnrolmentCode>(), Err(CodeError::Form), "{bad}");
        }
    }
}
