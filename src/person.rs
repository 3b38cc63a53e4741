//! `person add|list|disable|enable|role|password`: who may sign in to the pages. A running instance follows at once.

use std::io::BufRead as _;

use anyhow::{Context as _, Result, bail};
use registry::{FirstPassword, Person, PersonName, PersonRole, Registry};

use crate::cli::{GivenPassword, PersonCommand, PersonRoleName, RolePlace};
use crate::clock;
use crate::config::Configuration;
use crate::folder::Folder;
use crate::own_building::write_book;

/// How the audit names whoever works at the command line.
pub(crate) const BY: &str = "command line";

pub(crate) fn run(configuration: &Configuration, command: PersonCommand) -> Result<()> {
    let registry = Folder::open(&configuration.data)?.registry()?;
    match command {
        PersonCommand::Add { name, password, role, place } => {
            write_book(configuration, &registry)?;
            let role = role.map(|role| full_role(role, &place)).transpose()?;
            add(&registry, &name, &password)?;
            if let Some(role) = role {
                give(&registry, &name, &role, &place)
                    .with_context(|| format!("{name} was added, and has no role yet"))?;
            }
        }
        PersonCommand::List => registry.people()?.iter().for_each(print),
        PersonCommand::Disable { name } => {
            registry.disable_person(&name, BY, clock::now())?;
            println!("{name} signs in no more; open pages end within a minute");
        }
        PersonCommand::Enable { name } => {
            registry.enable_person(&name, BY, clock::now())?;
            println!("{name} may sign in again");
        }
        PersonCommand::Role { name, role: Some(role), place, .. } => {
            write_book(configuration, &registry)?;
            give(&registry, &name, &full_role(role, &place)?, &place)?;
        }
        PersonCommand::Role { name, role: None, end, .. } => {
            let id = end.context("give --role, or --end with the number of a role")?;
            if !registry.end_role(&name, id, BY, clock::now())? {
                bail!("{name} has no role {id} in force: `hypocaust person list` shows all");
            }
            println!("ended role {id} of {name}");
        }
        PersonCommand::Password { name, password } => {
            let chosen = chosen(&password)?;
            tell(&name, registry.reset_password(&name, &first(chosen.as_deref()), BY, clock::now())?);
        }
    }
    Ok(())
}

fn add(registry: &Registry, name: &PersonName, password: &GivenPassword) -> Result<()> {
    let chosen = chosen(password)?;
    tell(name, registry.add_person(name, &first(chosen.as_deref()), BY, clock::now())?);
    Ok(())
}

/// The password that was chosen, where it is to be read.
fn chosen(password: &GivenPassword) -> Result<Option<String>> {
    if !password.password_stdin {
        return Ok(None);
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("no password could be read from standard input")?;
    Ok(Some(line.trim_end_matches(['\r', '\n']).to_owned()))
}

fn first(chosen: Option<&str>) -> FirstPassword<'_> {
    chosen.map_or(FirstPassword::OneTime, FirstPassword::Chosen)
}

fn tell(name: &PersonName, one_time: Option<String>) {
    println!("person     {name}");
    if let Some(password) = one_time {
        println!("password   {password}    (for one use, shown once, not kept)");
    }
}

fn give(registry: &Registry, name: &PersonName, role: &PersonRole, place: &RolePlace) -> Result<()> {
    let now = clock::now();
    registry.assign_role(name, role, (place.from.unwrap_or(now), place.until), BY, now)?;
    println!("role       {} ({})", role.as_str(), role.place());
    Ok(())
}

fn full_role(role: PersonRoleName, place: &RolePlace) -> Result<PersonRole> {
    let sites = place.site.iter().cloned().collect();
    Ok(match role {
        PersonRoleName::Administrator => PersonRole::Administrator,
        PersonRoleName::FacilityManager => PersonRole::FacilityManager { sites },
        PersonRoleName::Technician => PersonRole::Technician { sites },
        PersonRoleName::Observer => PersonRole::Observer { sites },
        PersonRoleName::Tenant => {
            let (Some(room), [site]) = (&place.room, place.site.as_slice()) else {
                bail!("a tenant needs --room and one --site");
            };
            PersonRole::Tenant { site: site.clone(), room: room.clone() }
        }
    })
}

fn print(person: &Person) {
    let now = clock::now();
    let state = match (person.disabled_at, person.must_change) {
        (Some(at), _) => format!("disabled {}", at.rfc3339()),
        (None, true) => "has a password for one use".to_owned(),
        (None, false) => format!("since {}", person.created_at.rfc3339()),
    };
    println!("{:<32} {state}", person.name.to_string());
    for assignment in &person.assignments {
        let until = assignment.until.map_or_else(String::new, |until| format!(" until {}", until.rfc3339()));
        let mark = if assignment.is_live(now) { "" } else { " (not in force)" };
        println!(
            "  role {:<4} {:<18} {:<24} from {}{until}{mark}",
            assignment.id,
            assignment.role.as_str(),
            assignment.role.place(),
            assignment.from.rfc3339()
        );
    }
}
