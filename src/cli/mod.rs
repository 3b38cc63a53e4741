//! The command line.

mod bench;
mod heater;
mod people;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use registry::AuditHead;
use vocabulary::{CredentialId, HeaterId, RoomId, SiteId};

pub(crate) use bench::{Bench, BrokerAttacker, Control, Measure, StoreChild, Worlds};
pub(crate) use heater::{Board, Heater, HeaterCommand, HeaterEnrol, HeaterResetTrip, HeaterRun};
pub(crate) use people::{GivenPassword, PersonCommand, PersonRoleName, RolePlace, ScopeName, TokenCommand};

/// Buildings heated by computing: heaters, history, control and pages in one program.
///
/// Without a command and without a configuration, `up` runs a demonstration building.
#[derive(Parser)]
#[command(version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) options: Options,
    #[command(flatten)]
    pub(crate) demonstration: Up,
}

/// What every command understands. A flag wins over the configuration.
#[derive(Args)]
pub(crate) struct Options {
    /// The configuration (TOML).
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The folder for history, registry and keys [default: data].
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) data: Option<PathBuf>,
    /// Where pages and API listen [default: 127.0.0.1:8080].
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub(crate) http: Option<SocketAddr>,
    /// Where the broker listens [default: 127.0.0.1:1883].
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub(crate) mqtt: Option<SocketAddr>,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run everything in this process (the default).
    Up(Up),
    /// Run the broker alone.
    Broker(Broker),
    /// Run ingest alone: it holds the history.
    Ingest,
    /// Run the controller alone.
    Controller,
    /// Run pages and API alone.
    Dashboards,
    /// Watch for alarms alone.
    Alarms,
    /// Run this machine as a heater, or enrol it as one.
    Heater(Box<Heater>),
    /// Check the configuration, and start nothing.
    Check,
    /// Copy history, book and keys into a new folder, while the platform runs or when it does not.
    Backup {
        /// A folder that is not there yet, or empty.
        folder: PathBuf,
    },
    /// Put a backup into a new data folder.
    Restore {
        /// What `backup` wrote.
        folder: PathBuf,
        /// The data folder that the backup was made of, where its book still reads: what was revoked there since stays
        /// revoked.
        #[arg(long, value_name = "FOLDER")]
        ended_in: Option<PathBuf>,
    },
    /// Make, revoke and list credentials for the broker.
    #[command(subcommand)]
    Credential(Credential),
    /// Who did what: list the audit, or verify its chain.
    #[command(subcommand)]
    Audit(Audit),
    /// Add people and give them roles. From the first person on everybody has to sign in to the pages.
    #[command(subcommand)]
    Person(PersonCommand),
    /// Make, revoke and list the tokens with which programs use the API.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Play a recorded sensor file as heaters into a running `up`.
    Replay(Replay),
    /// Control a simulated building: one JSON line in and one out per step, on standard input and output.
    ///
    /// First line in: {"zones":{"id":{"rated_w":…,"floor_m2":…,"volume_m3":…}},"step_s":300,"cap_w":null,"peak_eur_per_kw":0}.
    /// Then per step in: {"t_s":…,"hour":…,"weekday":…,"to":…,"ghi":…,"fc_to":[…],"fc_ghi":[…],"price":…,"zones":{"id":{"ta":…,
    /// "rh":…,"co2":…,"lux":…,"pir":…,"th":…,"lo":…,"hi":…,"pmax":…,"lo_fc":[…],"hi_fc":[…]}}} and out: {"id":watts,…}.
    /// Exit code 2 with one line that names the field when a line cannot be read. See docs/control/benchmark.md.
    #[command(verbatim_doc_comment)]
    Drive,
    /// Measure the program on this machine, and prove it.
    #[command(subcommand)]
    Bench(Bench),
}

#[derive(Args)]
pub(crate) struct Broker {
    /// For tests of conformance: let anyone in, without a credential, to any topic. On a loopback address only.
    #[arg(long)]
    pub(crate) conformance: bool,
}

/// Options of the demonstration building, before or after `up`, which may be left out.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Demonstration building")]
pub(crate) struct Up {
    /// Simulated heaters of the demonstration building [default: 30].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=20_000))]
    heaters: Option<u32>,
    /// Chance of the demonstration building: same seed, same building [default: 1].
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// Weather and people of the demonstration building [default: winter].
    #[arg(long, value_enum)]
    season: Option<Season>,
    /// Let simulated heaters share connections, as behind gateways: for large fleets.
    #[arg(long)]
    pub(crate) shared_connections: bool,
}

impl Up {
    /// These options, and those given before the command where these say nothing.
    pub(crate) fn or(self, before: &Self) -> Self {
        Self {
            heaters: self.heaters.or(before.heaters),
            seed: self.seed.or(before.seed),
            season: self.season.or(before.season),
            shared_connections: self.shared_connections || before.shared_connections,
        }
    }

    pub(crate) fn heaters(&self) -> u32 {
        self.heaters.unwrap_or(30)
    }

    pub(crate) fn seed(&self) -> u64 {
        self.seed.unwrap_or(1)
    }

    pub(crate) fn season(&self) -> Season {
        self.season.unwrap_or_default()
    }
}

#[derive(Clone, Copy, Default, ValueEnum)]
pub(crate) enum Season {
    /// Always the heating season.
    #[default]
    Winter,
    /// The season of today.
    Today,
}

#[derive(Subcommand)]
pub(crate) enum Credential {
    /// Make a credential, or a new secret for one: the secret is shown once.
    Add {
        /// Its name: MQTT client id and user name. A heater's is the heater's own.
        id: CredentialId,
        /// What it may do.
        #[arg(long, value_enum)]
        role: RoleName,
        /// The site it belongs to.
        #[arg(long)]
        site: Option<SiteId>,
        /// The heaters a gateway speaks for.
        #[arg(long, value_delimiter = ',')]
        heaters: Vec<HeaterId>,
        /// The rooms an observer may read.
        #[arg(long, value_delimiter = ',')]
        rooms: Vec<RoomId>,
    },
    /// Make the one-time code with which a machine enrols as a heater.
    Code {
        /// The heater.
        heater: HeaterId,
        /// The site it belongs to.
        #[arg(long)]
        site: SiteId,
    },
    /// Revoke a credential: its connection is closed within a minute.
    Revoke {
        /// Its name.
        id: CredentialId,
    },
    /// List all credentials.
    List,
}

#[derive(Subcommand)]
pub(crate) enum Audit {
    /// Show the newest lines, the oldest of them first.
    List {
        /// How many.
        #[arg(long, default_value_t = 50)]
        count: usize,
        /// Only lines about this, such as `tanneurs/room/101`.
        #[arg(long)]
        target: Option<String>,
    },
    /// Follow the chain from its first line to its last: a line that was changed or taken out is named.
    Verify {
        /// A head that was printed or logged before: it must be met on the way.
        #[arg(long, value_name = "HEAD")]
        head: Option<AuditHead>,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum RoleName {
    Heater,
    Gateway,
    Service,
    WorkSource,
    BuildingSystem,
    Observer,
}

#[derive(Args)]
pub(crate) struct Replay {
    /// The recording: CSV, plain or gzip.
    pub(crate) file: PathBuf,
    /// What its columns mean; see trials/maps.
    #[arg(long, value_name = "MAP.toml")]
    pub(crate) map: PathBuf,
    /// Recorded seconds per second.
    #[arg(long, default_value_t = 60.0, value_parser = positive)]
    pub(crate) speed: f64,
    /// The site that is made of it.
    #[arg(long, default_value = "replay")]
    pub(crate) site: SiteId,
}

fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| "a number above zero is needed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound_and_up_may_be_left_out() {
        Cli::command().debug_assert();
        for line in [
            "hypocaust --heaters 2000 --shared-connections",
            "hypocaust up --heaters 2000 --shared-connections",
            "hypocaust --heaters 2000 up --shared-connections",
        ] {
            let cli = Cli::parse_from(line.split(' '));
            let up = match cli.command {
                Some(Command::Up(up)) => up.or(&cli.demonstration),
                None => cli.demonstration,
                Some(_) => panic!("{line} is no other command"),
            };
            assert_eq!((up.heaters(), up.shared_connections, up.seed()), (2000, true, 1), "{line}");
        }
        for line in
            ["hypocaust heater --site s --heater h --ca a.pem", "hypocaust heater run --identity heater-h"]
        {
            let Some(Command::Heater(heater)) = Cli::parse_from(line.split(' ')).command else {
                panic!("{line}")
            };
            assert!(!matches!(heater.command, Some(HeaterCommand::Enrol(_))), "{line}");
        }
        let both = "hypocaust heater run --identity heater-h --site s";
        assert!(Cli::try_parse_from(both.split(' ')).is_err());
        let cli =
            Cli::parse_from("hypocaust credential add g --role gateway --site s --heaters a,b".split(' '));
        assert!(
            matches!(cli.command, Some(Command::Credential(Credential::Add { heaters, .. })) if heaters.len() == 2)
        );
        assert!(Cli::try_parse_from(["hypocaust", "--heaters", "0"]).is_err());
    }
}
