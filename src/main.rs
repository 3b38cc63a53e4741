//! The one program. It wires parts together and holds no logic of the domain.

mod alarms_entry;
mod audit;
mod backup;
mod bench;
mod cli;
mod clock;
mod config;
mod credential;
mod demonstration;
mod drive;
mod figures;
mod folder;
mod heater_command;
mod heater_folder;
mod installation;
mod live_access;
mod lone_heater;
mod mqtt_entry;
mod own_building;
mod parts;
mod person;
mod replay;
mod token;
mod up;

use std::process::ExitCode;

use clap::Parser as _;
use tracing_subscriber::EnvFilter;

use crate::cli::{Cli, Command};
use crate::config::Configuration;

/// Exit code for a wrong command line or configuration: nothing was started. Also for a line that `drive` cannot read.
const REFUSED: u8 = 2;
/// Exit code after the disk failed: someone must look at it before the program runs again.
const DISK_FAILED: u8 = 3;

fn main() -> ExitCode {
    let cli = Cli::parse();
    start_logging();
    let configuration = match Configuration::load(&cli.options) {
        Ok(configuration) => configuration,
        Err(error) => {
            eprintln!("hypocaust: {error}");
            return ExitCode::from(REFUSED);
        }
    };
    match run(cli.command, &cli.demonstration, configuration) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hypocaust: {}", sentence(&error));
            ExitCode::from(exit_code(&error))
        }
    }
}

fn run(
    command: Option<Command>,
    demonstration: &cli::Up,
    configuration: Configuration,
) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(async {
        match command.unwrap_or_else(|| Command::Up(cli::Up::default())) {
            Command::Up(options) => up::run(configuration, options.or(demonstration)).await,
            Command::Broker(options) => parts::broker(configuration, options.conformance).await,
            Command::Ingest => parts::ingest(configuration).await,
            Command::Controller => parts::controller(configuration).await,
            Command::Dashboards => parts::dashboards(configuration).await,
            Command::Alarms => parts::alarms(configuration).await,
            Command::Heater(heater) => heater_command::run(*heater).await,
            Command::Check => parts::check(&configuration),
            Command::Backup { folder } => backup::backup(&configuration, &folder),
            Command::Restore { folder, ended_in } => {
                backup::restore(&configuration, &folder, ended_in.as_deref())
            }
            Command::Credential(credential) => credential::run(&configuration, credential),
            Command::Audit(command) => audit::run(&configuration, command),
            Command::Person(command) => person::run(&configuration, command),
            Command::Token(command) => token::run(&configuration, command),
            Command::Replay(replay) => replay::run(&configuration, replay).await,
            Command::Drive => drive::run(),
            Command::Bench(bench) => bench::run(bench).await,
        }
    });
    // A thread that still waits for the disk must not hold the process.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    done
}

/// An error and its causes in one sentence; a cause that its effect has told already is not told again.
fn sentence(error: &anyhow::Error) -> String {
    let mut told = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if told.is_empty() {
            told = cause;
        } else if !told.contains(&cause) {
            told = format!("{told}: {cause}");
        }
    }
    told
}

fn exit_code(error: &anyhow::Error) -> u8 {
    let causes = || error.chain();
    let disk_failed = causes().any(|cause| {
        let store = cause.downcast_ref::<store::StoreError>();
        matches!(store, Some(store::StoreError::Disk(_) | store::StoreError::Stopped(_)))
    });
    let refused = causes().any(|cause| {
        let line = cause.downcast_ref::<trials::drive::DriveError>();
        cause.is::<config::Refused>() || matches!(line, Some(trials::drive::DriveError::Refused { .. }))
    });
    match (disk_failed, refused) {
        (true, _) => DISK_FAILED,
        (_, true) => REFUSED,
        _ => 1,
    }
}

/// Logs go to standard error; standard output carries only what programs read, such as the line `ready`.
fn start_logging() {
    let filter = EnvFilter::try_from_env("HYPOCAUST_LOG")
        .unwrap_or_else(|_| EnvFilter::new("info,rumqttd=off,rumqttc=off"));
    let colour = std::io::IsTerminal::is_terminal(&std::io::stderr());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colour)
        .compact()
        .init();
}
