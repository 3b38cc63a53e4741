//! The command line.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use registry::{AuditHead, PersonName};
use trials::bench::broker::Attack;
use vocabulary::{CredentialId, EnrolmentCode, HeaterId, RoomId, SiteId, SitePublicKey, Timestamp};

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
    /// Let a heater that tripped heat again, after somebody has looked at it. No message can do this.
    #[arg(long)]
    pub(crate) reset_trip: bool,
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

#[derive(Subcommand)]
pub(crate) enum PersonCommand {
    /// Add a person; prints a password for one use, which they change at the first sign-in.
    Add {
        /// The name they sign in with.
        name: PersonName,
        #[command(flatten)]
        password: GivenPassword,
        /// What they are; `person role` gives more roles.
        #[arg(long, value_enum)]
        role: Option<PersonRoleName>,
        #[command(flatten)]
        place: RolePlace,
    },
    /// List everybody with their roles.
    List,
    /// Let a person sign in no more; ends their sessions, and their tokens open nothing.
    Disable {
        /// Their name.
        name: PersonName,
    },
    /// Let a disabled person sign in again.
    Enable {
        /// Their name.
        name: PersonName,
    },
    /// Give a person a role, or end one.
    Role {
        /// Their name.
        name: PersonName,
        /// The role to give.
        #[arg(long, value_enum, required_unless_present = "end", conflicts_with = "end")]
        role: Option<PersonRoleName>,
        #[command(flatten)]
        place: RolePlace,
        /// The number of the role to end, as `person list` prints it.
        #[arg(long, value_name = "NUMBER")]
        end: Option<i64>,
    },
    /// Give a person another password, for one use unless it is read; ends their sessions.
    Password {
        /// Their name.
        name: PersonName,
        #[command(flatten)]
        password: GivenPassword,
    },
}

#[derive(Args)]
pub(crate) struct GivenPassword {
    /// Read the password that the person chose from standard input, one line, instead of making one.
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

/// Where a role holds, and from when to when.
#[derive(Args)]
pub(crate) struct RolePlace {
    /// The buildings it holds for.
    #[arg(long, value_delimiter = ',')]
    pub(crate) site: Vec<SiteId>,
    /// A tenant's room.
    #[arg(long)]
    pub(crate) room: Option<RoomId>,
    /// When it begins, such as 2026-10-01T00:00:00+02:00 [default: now].
    #[arg(long, value_parser = moment)]
    pub(crate) from: Option<Timestamp>,
    /// When it ends [default: when somebody ends it].
    #[arg(long, value_parser = moment)]
    pub(crate) until: Option<Timestamp>,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum PersonRoleName {
    Administrator,
    FacilityManager,
    Technician,
    Observer,
    Tenant,
}

#[derive(Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token: its secret is shown once.
    Add {
        /// What it is for.
        name: String,
        /// The person whose authority it borrows; it never may do more than they.
        #[arg(long)]
        owner: PersonName,
        /// What it may be used for.
        #[arg(long, value_enum, value_delimiter = ',', required = true)]
        scope: Vec<ScopeName>,
        /// The buildings it is for [default: all of its owner's].
        #[arg(long, value_delimiter = ',')]
        site: Vec<SiteId>,
        /// When it ends, such as 2027-01-01T00:00:00+01:00 [default: never].
        #[arg(long, value_parser = moment)]
        until: Option<Timestamp>,
    },
    /// Revoke a token.
    Revoke {
        /// Its number, as `token list` prints it.
        id: i64,
    },
    /// List all tokens.
    List,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum ScopeName {
    /// Read buildings, rooms, heaters, history and the stream.
    Read,
    /// Set and end overrides.
    Override,
    /// Read the program's own figures.
    Figures,
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

#[derive(Subcommand)]
pub(crate) enum Bench {
    /// History beside VictoriaMetrics and InfluxDB, with the same samples in the same run.
    Store(Measure),
    /// The real program under the load of 2,000 heaters.
    Ingest(Measure),
    /// The broker beside Mosquitto, with the same clients in the same run; then under attack.
    Broker(Measure),
    /// Delivery in simulated worlds that lose, double and delay messages, kill processes and cut power.
    Delivery(Worlds),
    /// Leases in simulated worlds with two controllers, crashes, partitions, clocks that jump, late and replayed budgets.
    Leases(Worlds),
    /// Clients that mean no good, for `bench broker`.
    #[command(hide = true)]
    BrokerAttacker(BrokerAttacker),
    /// The process that `bench store` measures.
    #[command(hide = true)]
    StoreChild(StoreChild),
}

/// Which simulated worlds are lived through.
#[derive(Args)]
pub(crate) struct Worlds {
    /// How many worlds; each has a seed of its own.
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) seeds: u64,
    /// The first seed: a world that broke a promise is lived through again.
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub(crate) first: u64,
}

impl Worlds {
    /// Their seeds.
    pub(crate) fn range(&self) -> RangeInclusive<u64> {
        self.first..=self.first.saturating_add(self.seeds - 1)
    }
}

/// How a measurement is made and told.
#[derive(Args)]
pub(crate) struct Measure {
    /// Print one JSON object instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
    /// A quick look: less load, less time.
    #[arg(long)]
    pub(crate) short: bool,
}

/// What the attacking process is told.
#[derive(Args)]
pub(crate) struct BrokerAttacker {
    /// What it does.
    #[arg(value_parser = attack)]
    pub(crate) attack: Attack,
    /// The broker.
    pub(crate) address: SocketAddr,
    /// How often.
    pub(crate) count: u64,
    /// Names and secrets that it has.
    pub(crate) clients: PathBuf,
}

/// What the measured process is told.
#[derive(Args)]
pub(crate) struct StoreChild {
    /// The folder of its history.
    #[arg(long)]
    pub(crate) history: PathBuf,
    /// The heaters of the building.
    #[arg(long)]
    pub(crate) heaters: usize,
}

fn moment(text: &str) -> Result<Timestamp, String> {
    let read = Timestamp::parse_rfc3339(text);
    read.ok_or_else(|| "write a moment as 2026-10-01T00:00:00+02:00".to_owned())
}

fn attack(name: &str) -> Result<Attack, String> {
    Attack::from_name(name).ok_or_else(|| format!("{name:?} is no attack"))
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
