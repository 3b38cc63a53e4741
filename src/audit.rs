//! `audit list|verify`: who did what, and whether the chain is as it was written.

use anyhow::Result;
use registry::Registry;

use crate::cli::Audit;
use crate::config::Configuration;
use crate::folder::Folder;

/// Who did what is done by a command of this program.
pub(crate) const COMMAND_LINE: &str = "command line";

pub(crate) fn run(configuration: &Configuration, command: Audit) -> Result<()> {
    let registry = Folder::of_a_running_instance(&configuration.data)?.registry()?;
    match command {
        Audit::List { count, target } => list(&registry, count, target.as_deref()),
        Audit::Verify { head } => {
            let found = registry.verify_audit(head)?;
            println!("whole   {} lines", found.number);
            println!("head    {found}    (write it down elsewhere, and give it to --head another time)");
            Ok(())
        }
    }
}

fn list(registry: &Registry, count: usize, target: Option<&str>) -> Result<()> {
    let mut entries = match target {
        Some(target) => registry.audit_of(target, count)?,
        None => registry.newest_audit(count)?,
    };
    entries.reverse();
    for entry in entries {
        let change = match (entry.old.as_str(), entry.new.as_str()) {
            ("", new) => new.to_owned(),
            (old, new) => format!("{old} -> {new}"),
        };
        let why = if entry.why.is_empty() { String::new() } else { format!(" because {:?}", entry.why) };
        let (number, at) = (entry.number, entry.at.rfc3339());
        println!("{number} {at} {} {} {} {change}{why}", entry.who, entry.action, entry.target);
    }
    Ok(())
}
