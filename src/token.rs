//! `token add|revoke|list`: with what programs use the API.

use anyhow::{Result, bail};
use registry::{ApiToken, NewToken, Scope};
use vocabulary::SiteId;

use crate::cli::{ScopeName, TokenCommand};
use crate::clock;
use crate::config::Configuration;
use crate::folder::Folder;
use crate::person::BY;

pub(crate) fn run(configuration: &Configuration, command: TokenCommand) -> Result<()> {
    let registry = Folder::open(&configuration.data)?.registry()?;
    match command {
        TokenCommand::Add { name, owner, scope, site, until } => {
            let new = NewToken {
                name,
                owner,
                scopes: scope.into_iter().map(full_scope).collect(),
                sites: (!site.is_empty()).then(|| site.into_iter().collect()),
                expires_at: until,
            };
            let secret = registry.add_token(&new, BY, clock::now())?;
            println!("token      {secret}    (shown once, not kept)");
        }
        TokenCommand::Revoke { id } => {
            if !registry.revoke_token(id, BY, clock::now())? {
                bail!("there is no live token {id}: `hypocaust token list` shows all");
            }
            println!("revoked token {id}; streams that it opened end within a minute");
        }
        TokenCommand::List => registry.tokens()?.iter().for_each(print),
    }
    Ok(())
}

const fn full_scope(scope: ScopeName) -> Scope {
    match scope {
        ScopeName::Read => Scope::Read,
        ScopeName::Override => Scope::Override,
        ScopeName::Figures => Scope::Figures,
    }
}

fn print(token: &ApiToken) {
    let new = &token.token;
    let scopes: Vec<&str> = new.scopes.iter().map(|scope| scope.as_str()).collect();
    let sites =
        new.sites.as_ref().map(|sites| sites.iter().map(SiteId::as_str).collect::<Vec<_>>().join(","));
    let state = match (token.revoked_at, new.expires_at) {
        (Some(at), _) => format!("revoked {}", at.rfc3339()),
        (None, Some(at)) => format!("until {}", at.rfc3339()),
        (None, None) => "without end".to_owned(),
    };
    println!(
        "{:<4} {:<24} {:<16} {:<22} {:<16} {state}",
        token.id,
        new.name,
        new.owner.to_string(),
        scopes.join(","),
        sites.unwrap_or_else(|| "all".to_owned())
    );
}
