//! `heater run|enrol|reset-trip`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use vocabulary::{EnrolmentCode, HeaterId, SiteId, SitePublicKey};

/// `heater` alone is `heater run`.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Heater {
    #[command(subcommand)]
    pub(crate) command: Option<HeaterCommand>,
    #[command(flatten)]
    pub(crate) run: HeaterRun,
}

#[derive(Subcommand)]
pub(crate) enum HeaterCommand {
    /// Run this machine as a heater.
    Run(Box<HeaterRun>),
    /// Make this machine a heater of a site, with a one-time code.
    Enrol(HeaterEnrol),
    /// Let a heater that tripped heat again, after somebody has looked at it. Stop it before, and start it after.
    ResetTrip(HeaterResetTrip),
}

#[derive(Args)]
pub(crate) struct HeaterRun {
    /// The hardware to drive.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) board: Board,
    /// The folder that `heater enrol` made: it says all that follows but `--state`.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["url", "site", "heater", "secret_file", "key", "ca", "rated_w"])]
    pub(crate) identity: Option<PathBuf>,
    /// The broker [default: mqtt://127.0.0.1:1883].
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// The site this heater belongs to.
    #[arg(long)]
    pub(crate) site: Option<SiteId>,
    /// This heater, as the building's book and its credential call it.
    #[arg(long)]
    pub(crate) heater: Option<HeaterId>,
    /// File with the credential's secret, as `credential add` printed it.
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_file: Option<PathBuf>,
    /// The site controller's public key, as `credential add` printed it.
    #[arg(long, value_parser = |text: &str| SitePublicKey::parse(text).map_err(|error| error.to_string()))]
    pub(crate) key: Option<SitePublicKey>,
    /// PEM file with the authority to trust with mqtts:// [default: the system's].
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// The most this machine draws, in watts [default: 200].
    #[arg(long, value_name = "WATTS")]
    pub(crate) rated_w: Option<u32>,
    /// File for what the heater remembers over a reboot [default: heater.json, in the identity's folder if there is one].
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct HeaterResetTrip {
    /// The folder that `heater enrol` made.
    #[arg(long, value_name = "FOLDER", required_unless_present = "state")]
    pub(crate) identity: Option<PathBuf>,
    /// File for what the heater remembers over a reboot [default: heater.json in the identity's folder].
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct HeaterEnrol {
    /// The site's broker, with TLS.
    #[arg(long, value_name = "URL", default_value = "mqtts://127.0.0.1:8883")]
    pub(crate) url: String,
    /// The site.
    #[arg(long)]
    pub(crate) site: SiteId,
    /// The one-time code, as `credential code` printed it.
    #[arg(long, value_parser = |text: &str| text.parse::<EnrolmentCode>().map_err(|error| error.to_string()))]
    pub(crate) code: EnrolmentCode,
    /// The heater the code is for, to be sure; the code knows it.
    #[arg(long)]
    pub(crate) heater: Option<HeaterId>,
    /// The folder to make for key, certificate and settings [default: heater-<ID>].
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Clone, Copy, Default, ValueEnum)]
pub(crate) enum Board {
    /// This PC: real load, temperatures and power; it reports and cannot be controlled.
    #[default]
    Linux,
}
