//! `person` and `token`.

use clap::{Args, Subcommand, ValueEnum};
use registry::PersonName;
use vocabulary::{RoomId, SiteId, Timestamp};

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

fn moment(text: &str) -> Result<Timestamp, String> {
    let read = Timestamp::parse_rfc3339(text);
    read.ok_or_else(|| "write a moment as 2026-10-01T00:00:00+02:00".to_owned())
}
