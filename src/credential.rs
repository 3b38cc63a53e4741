//! `credential add|code|revoke|list`: who may speak to the broker. A running instance follows within seconds.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use registry::{Deed, Registry, Role};
use vocabulary::{CredentialId, HeaterId, RoomId, SiteId};

use crate::audit::COMMAND_LINE;
use crate::cli::{Credential, RoleName};
use crate::clock;
use crate::config::{BrokerChoice, Configuration, Embedded};
use crate::folder::Folder;
use crate::own_building::write_book;

pub(crate) fn run(configuration: &Configuration, command: Credential) -> Result<()> {
    let folder = Folder::open(&configuration.data)?;
    let registry = folder.registry()?;
    match command {
        Credential::Add { id, role, site, heaters, rooms } => {
            write_book(configuration, &registry)?;
            let role = full_role(&registry, &id, role, site, heaters, rooms)?;
            let secret = registry.issue_credential(&id, &role, clock::now())?;
            write_down(&registry, "credential_add", &id, role.as_str())?;
            println!("credential {id} ({})", role.as_str());
            println!("secret     {secret}    (shown once, not kept)");
            if matches!(role, Role::Heater { .. } | Role::Gateway { .. }) {
                println!(
                    "key        {}    (the site controller's public key)",
                    folder.controller_key()?.public()
                );
            }
        }
        Credential::Code { heater, site } => {
            write_book(configuration, &registry)?;
            let code = registry.make_enrolment_code(&site, &heater, "command line", clock::now())?;
            println!("code {code}    (for one use within 24 hours, shown once)");
            println!();
            println!("On the heater's machine, with an address at which it reaches this one:");
            println!(
                "  hypocaust heater enrol --url {} --site {site} --code {code}",
                outward_url(configuration)
            );
        }
        Credential::Revoke { id } => {
            if !registry.revoke_credential(&id, COMMAND_LINE, clock::now())? {
                bail!("there is no live credential {id}: `hypocaust credential list` shows all");
            }
            println!("revoked {id}; its connection is closed within a minute");
        }
        Credential::List => {
            for credential in registry.credentials()? {
                let state = credential.revoked_at.map_or_else(
                    || format!("since {}", credential.created_at.rfc3339()),
                    |at| format!("revoked {}", at.rfc3339()),
                );
                println!("{:<32} {:<16} {state}", credential.id.to_string(), credential.role.as_str());
            }
        }
    }
    Ok(())
}

fn write_down(registry: &Registry, action: &str, id: &CredentialId, role: &str) -> Result<()> {
    let target = format!("credential/{id}");
    let deed = Deed { new: role, ..Deed::new(COMMAND_LINE, action, &target) };
    Ok(registry.audit(clock::now(), &deed)?)
}

/// Where heaters reach the broker, as far as it can be told from here.
fn outward_url(configuration: &Configuration) -> String {
    match &configuration.broker {
        BrokerChoice::Embedded(Embedded { tls: Some(tls), .. }) => {
            let named = tls.names.first().cloned();
            let address = (!tls.listen.ip().is_unspecified()).then(|| tls.listen.ip().to_string());
            let host = named.or(address).unwrap_or_else(|| "ADDRESS".to_owned());
            format!("mqtts://{host}:{}", tls.listen.port())
        }
        _ => "mqtts://ADDRESS:8883".to_owned(),
    }
}

fn full_role(
    registry: &Registry,
    id: &CredentialId,
    role: RoleName,
    site: Option<SiteId>,
    heaters: Vec<HeaterId>,
    rooms: Vec<RoomId>,
) -> Result<Role> {
    if let RoleName::Service = role {
        return Ok(Role::Service);
    }
    let site = site.context("this role needs --site")?;
    let book = registry.site_book(&site).with_context(|| {
        format!(
            "site {site} is not in the registry: describe it in a configuration and pass it with --config"
        )
    })?;
    let known = |heater: &HeaterId| book.heaters.iter().any(|h| h.id == *heater);
    Ok(match role {
        RoleName::Heater => {
            let heater =
                HeaterId::new(id.as_str()).context("a heater's credential bears the heater's name")?;
            if !known(&heater) {
                bail!(
                    "site {site} has no heater {heater}: a heater's credential bears its name, so add it to the configuration first"
                );
            }
            Role::Heater { site, heater }
        }
        RoleName::Gateway => {
            if let Some(unknown) = heaters.iter().find(|heater| !known(heater)) {
                bail!("site {site} has no heater {unknown}");
            }
            if heaters.is_empty() {
                bail!("a gateway needs --heaters with the heaters it speaks for");
            }
            Role::Gateway { site, heaters: Arc::new(heaters.into_iter().collect()) }
        }
        RoleName::WorkSource => Role::WorkSource { site },
        RoleName::BuildingSystem => Role::BuildingSystem { site },
        RoleName::Observer => {
            if let Some(unknown) = rooms.iter().find(|room| !book.rooms.iter().any(|r| r.id == **room)) {
                bail!("site {site} has no room {unknown}");
            }
            Role::Observer { site, rooms: Arc::new(rooms.into_iter().collect::<BTreeSet<_>>()) }
        }
        RoleName::Service => unreachable!("answered above"),
    })
}
