//! A budget: a signed lease on power. It can allow more for a limited time, and nothing else.
//!
//! The signature covers every number that matters, in one canonical line, so that JSON never has to be compared.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::id::{BootId, HeaterId, SiteId};
use crate::payload::Payload;
use crate::unit::{Celsius, Watts};

/// No lease is longer than this.
pub const MAX_TTL_S: u32 = 300;

/// Why a budget's signature does not hold, or a key cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BudgetError {
    /// Not 32 bytes in unpadded base64url, or no point of the curve.
    #[error("not an Ed25519 public key: 43 characters of base64url are expected")]
    Key,
    /// The signature is not of this site's controller over these numbers.
    #[error("the signature is not the site controller's over these numbers")]
    Signature,
}

/// What a heater may draw, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Whom it is for.
    pub heater: HeaterId,
    /// The boot of the heartbeat it answers.
    pub boot: BootId,
    /// The number of the heartbeat it answers: the lease counts from when that was sent.
    pub n: u64,
    /// The controller's run; a newer run fences off all before.
    pub epoch: u64,
    /// Counts budgets within the epoch.
    pub seq: u64,
    /// Never to be passed.
    pub watts: Watts,
    /// To be drawn below `hi_c`: work first, resistor for the rest.
    pub heat_w: Watts,
    /// The room's setpoint, for the heater's own thermostat.
    pub setpoint_c: Celsius,
    /// At this room temperature the heater stops.
    pub hi_c: Celsius,
    /// Length of the lease.
    pub ttl_s: u32,
    /// What its people ask of it besides.
    #[serde(flatten)]
    pub maintenance: Maintenance,
}

/// What the people who look after a heater ask of it besides heat, as long as the lease lasts that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Maintenance {
    /// Take no new job, and let those end that run: somebody wants to open it.
    #[serde(default, skip_serializing_if = "is_not")]
    pub drain: bool,
    /// Show which one you are, by a light or a sound: somebody stands in front of several.
    #[serde(default, skip_serializing_if = "is_not")]
    pub identify: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
const fn is_not(asked: &bool) -> bool {
    !*asked
}

impl Budget {
    /// The line that is signed: integers and identifiers between single spaces, and a word for each thing that is asked besides.
    fn canonical(&self, site: &SiteId) -> String {
        let Self { heater, boot, n, epoch, seq, watts, heat_w, setpoint_c, hi_c, ttl_s, maintenance } = self;
        let word = |asked: bool, word: &'static str| if asked { word } else { "" };
        format!(
            "hypocaust/1 budget {site} {heater} {boot} {n} {epoch} {seq} {} {} {} {} {ttl_s}{}{}",
            watts.whole(),
            heat_w.whole(),
            setpoint_c.hundredths(),
            hi_c.hundredths(),
            word(maintenance.drain, " drain"),
            word(maintenance.identify, " identify"),
        )
    }
}

/// A budget as it travels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedBudget {
    /// The lease.
    #[serde(flatten)]
    pub budget: Budget,
    /// Ed25519 over the canonical line, unpadded base64url.
    pub sig: String,
}

impl Payload for SignedBudget {}

impl SignedBudget {
    /// Checks the signature and gives the budget inside.
    ///
    /// # Errors
    /// [`BudgetError::Signature`] when it is not this site's controller that signed these numbers.
    pub fn verify(&self, site: &SiteId, key: &SitePublicKey) -> Result<&Budget, BudgetError> {
        let bytes = URL_SAFE_NO_PAD.decode(&self.sig).map_err(|_| BudgetError::Signature)?;
        let signature = Signature::from_slice(&bytes).map_err(|_| BudgetError::Signature)?;
        key.0
            .verify_strict(self.budget.canonical(site).as_bytes(), &signature)
            .map_err(|_| BudgetError::Signature)?;
        Ok(&self.budget)
    }
}

/// The site controller's secret key.
pub struct ControllerKey(SigningKey);

impl ControllerKey {
    /// Makes the key from its 32 secret bytes.
    #[must_use]
    pub fn from_bytes(secret: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(secret))
    }

    /// The half that heaters are given.
    #[must_use]
    pub fn public(&self) -> SitePublicKey {
        SitePublicKey(self.0.verifying_key())
    }

    /// Signs a budget for a site.
    #[must_use]
    pub fn sign(&self, site: &SiteId, budget: Budget) -> SignedBudget {
        let signature = self.0.sign(budget.canonical(site).as_bytes());
        SignedBudget { sig: URL_SAFE_NO_PAD.encode(signature.to_bytes()), budget }
    }
}

/// The site controller's public key: text form is unpadded base64url of its 32 bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct SitePublicKey(VerifyingKey);

impl SitePublicKey {
    /// Reads the text form.
    ///
    /// # Errors
    /// [`BudgetError::Key`] when the text is no Ed25519 public key.
    pub fn parse(text: &str) -> Result<Self, BudgetError> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim()).map_err(|_| BudgetError::Key)?;
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| BudgetError::Key)?;
        VerifyingKey::from_bytes(&bytes).map(Self).map_err(|_| BudgetError::Key)
    }
}

impl fmt::Display for SitePublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0.as_bytes()))
    }
}

impl fmt::Debug for SitePublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> ControllerKey {
        ControllerKey::from_bytes(&[7; 32])
    }

    fn site() -> SiteId {
        SiteId::new("demo").unwrap()
    }

    fn budget() -> Budget {
        Budget {
            heater: HeaterId::new("h-101").unwrap(),
            boot: BootId::from_bits(0x9f3a),
            n: 88,
            epoch: 12,
            seq: 341,
            watts: Watts::new(430).unwrap(),
            heat_w: Watts::new(300).unwrap(),
            setpoint_c: Celsius::from_hundredths(2050),
            hi_c: Celsius::from_hundredths(2400),
            ttl_s: 60,
            maintenance: Maintenance::default(),
        }
    }

    #[test]
    fn the_canonical_line_is_the_one_of_the_contract() {
        assert_eq!(
            budget().canonical(&site()),
            "hypocaust/1 budget demo h-101 0000000000009f3a 88 12 341 430 300 2050 2400 60"
        );
        let maintenance = Maintenance { drain: true, identify: true };
        assert!(
            Budget { maintenance, ..budget() }.canonical(&site()).ends_with("2050 2400 60 drain identify")
        );
    }

    #[test]
    fn what_is_not_asked_is_not_on_the_wire() {
        let text = |maintenance| {
            let signed = key().sign(&site(), Budget { maintenance, ..budget() });
            String::from_utf8(signed.encode()).unwrap()
        };
        assert!(!text(Maintenance::default()).contains("drain"), "a heater that never heard of it reads it");
        let asked = text(Maintenance { drain: true, identify: false });
        assert!(asked.contains("\"drain\":true") && !asked.contains("identify"), "{asked}");
    }

    #[test]
    fn no_number_can_be_changed_under_a_signature() {
        let signed = key().sign(&site(), budget());
        let public = key().public();
        assert!(signed.verify(&site(), &public).is_ok());
        let changes: [fn(&mut Budget); 12] = [
            |b| b.heater = HeaterId::new("h-102").unwrap(),
            |b| b.boot = BootId::from_bits(1),
            |b| b.n += 1,
            |b| b.epoch += 1,
            |b| b.seq += 1,
            |b| b.watts = Watts::new(431).unwrap(),
            |b| b.heat_w = Watts::new(301).unwrap(),
            |b| b.setpoint_c = Celsius::from_hundredths(2051),
            |b| b.hi_c = Celsius::from_hundredths(2401),
            |b| b.ttl_s += 1,
            |b| b.maintenance.drain = true,
            |b| b.maintenance.identify = true,
        ];
        for (index, change) in changes.iter().enumerate() {
            let mut forged = signed.clone();
            change(&mut forged.budget);
            assert_eq!(forged.verify(&site(), &public), Err(BudgetError::Signature), "change {index}");
        }
        let elsewhere = SiteId::new("other").unwrap();
        assert_eq!(signed.verify(&elsewhere, &public), Err(BudgetError::Signature));
        let stranger = ControllerKey::from_bytes(&[8; 32]).public();
        assert_eq!(signed.verify(&site(), &stranger), Err(BudgetError::Signature));
    }

    proptest! {
        #[test]
        fn a_signed_budget_survives_the_wire(
            n: u64, epoch: u64, seq: u64, watts in 0..10_000_u32, setpoint in 500..3000_i32, drain: bool, identify: bool,
        ) {
            let budget = Budget {
                n, epoch, seq, maintenance: Maintenance { drain, identify }, watts: Watts::new(watts).unwrap(), setpoint_c: Celsius::from_hundredths(setpoint), ..budget()
            };
            let signed = key().sign(&site(), budget);
            let read = SignedBudget::decode(&signed.encode()).unwrap();
            prop_assert!(read.verify(&site(), &key().public()).is_ok());
            prop_assert_eq!(read, signed);
        }

        #[test]
        fn no_text_makes_the_key_reader_panic(text in ".{0,60}") {
            let _ = SitePublicKey::parse(&text);
        }
    }

    #[test]
    fn a_public_key_reads_back_from_its_text() {
        let public = key().public();
        assert_eq!(SitePublicKey::parse(&public.to_string()), Ok(public));
    }
}
