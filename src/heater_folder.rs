//! The folder of an enrolled heater.
//!
//! ```text
//! heater-h-101/
//!   device.pem      its secret key and its certificate (0600), in one file because a renewal replaces both
//!   authority.pem   the site's authority, which it trusts
//!   heater.toml     where the site is, who the heater is, and what it may do alone
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use identity::{Enrolled, write_private};
use serde::{Deserialize, Serialize};
use vocabulary::{Celsius, HeaterId, SiteId, Watts};

use crate::config::Refused;

pub(crate) const DEVICE: &str = "device.pem";
pub(crate) const AUTHORITY: &str = "authority.pem";
const NAMED: &str = "heater.toml";

/// What `heater.toml` says.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Named {
    pub(crate) url: String,
    pub(crate) site: SiteId,
    pub(crate) heater: HeaterId,
    pub(crate) key: String,
    pub(crate) rated_w: Watts,
    pub(crate) fallback_w: Watts,
    pub(crate) setback_c: Celsius,
}

impl Named {
    pub(crate) fn new(enrolled: Enrolled, url: String) -> Self {
        Self {
            url,
            site: enrolled.site,
            heater: enrolled.heater,
            key: enrolled.key,
            rated_w: enrolled.rated_w,
            fallback_w: enrolled.fallback_w,
            setback_c: enrolled.setback_c,
        }
    }
}

/// The folder, read.
pub(crate) struct HeaterFolder {
    pub(crate) named: Named,
    path: PathBuf,
}

impl HeaterFolder {
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let path = folder.join(NAMED);
        let text = fs::read_to_string(&path).with_context(|| {
            format!(
                "{} is not the folder of an enrolled heater: make one with `hypocaust heater enrol`",
                folder.display()
            )
        })?;
        let named = toml::from_str(&text)
            .map_err(|error| Refused(format!("{}: {}", path.display(), error.message())))?;
        Ok(Self { named, path })
    }

    /// An error of a value in the file.
    pub(crate) fn refuse(&self, why: &dyn std::fmt::Display) -> Refused {
        Refused(format!("{}: {why}", self.path.display()))
    }

    pub(crate) fn write(folder: &Path, named: &Named) -> Result<()> {
        let text = toml::to_string(named).context("the settings could not be written as TOML")?;
        Ok(write_private(&folder.join(NAMED), &text)?)
    }
}
