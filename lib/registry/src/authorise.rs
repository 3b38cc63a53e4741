//! Who may do what, where: one question, one table.
//!
//! It stands beside the roles in the book, because every door of the house that people come through has to ask the same
//! question, and none of them shall have an answer of its own. It is pure: who comes was resolved before, with the roles
//! that are in force at that moment and no others, so a former tenant comes with nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use vocabulary::{HeaterId, RoomId, SiteId, Timestamp};

use crate::{Assignment, PersonRole, Scope, TenantRoom};

/// Whoever comes through a door.
#[derive(Debug, Clone)]
pub enum Principal {
    /// Somebody at this very machine, while there is no person in the book: may do everything.
    OpenHouse,
    /// Somebody who did not say who they are.
    Anonymous,
    /// The holder of a room's link.
    TenantLink(TenantRoom),
    /// A person, with the roles in force.
    Person(Arc<[Assignment]>),
    /// A program with a token.
    Token(TokenPrincipal),
}

/// What a token brings along.
#[derive(Debug, Clone)]
pub struct TokenPrincipal {
    /// What it may be used for.
    pub scopes: BTreeSet<Scope>,
    /// The buildings it is for; `None` is all of its owner's.
    pub sites: Option<BTreeSet<SiteId>>,
    /// Its owner's roles in force.
    pub owner: Arc<[Assignment]>,
}

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Come in: see the list of what one may see.
    Enter,
    /// Change one's own password, end one's own sessions.
    OwnAccount,
    /// See a building: its rooms together, its figures.
    SeeSite,
    /// See a room and its history.
    SeeRoom,
    /// See a heater and its history.
    SeeHeater,
    /// See who did what.
    SeeAudit,
    /// See when somebody is expected in a room: where habits show, and when nobody will be there.
    SeePresence,
    /// Set a room's temperature within a manager's bounds.
    SetOverride,
    /// Wish for a temperature within the room's own band.
    Wish,
    /// Make the link that opens a room for a tenant, and end it.
    MakeTenantLink,
    /// Make the one-time code with which a heater becomes one of the site.
    Enrol,
    /// Instruct a heater for a while, and end what opens the door to it.
    ServeHeater,
    /// See the program's own figures.
    SeeFigures,
    /// Add people, give roles, make tokens.
    ManagePeople,
    /// Wish that what is known of the people in a room be erased, and see who has looked at it.
    ErasePresence,
    /// Say which rules of law hold in a building, and who is excepted.
    SetRules,
    /// Change what a room is to be for good: its week, exceptions and bookings; and which holidays a building keeps.
    SetSchedule,
    /// Acknowledge an alarm, put it aside, take care of it, comment on it.
    AnswerAlarm,
    /// Say which alarms a building has and with which limits, and try whether messages about them arrive.
    SetAlarmRules,
    /// See how the program that runs a building is, and take with one what those who support it need.
    SeeHealth,
    /// Say what a building is: its rooms, heaters and circuits. To the program: add a building.
    Describe,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 21] = [
        Self::Enter,
        Self::OwnAccount,
        Self::SeeSite,
        Self::SeeRoom,
        Self::SeeHeater,
        Self::SeeAudit,
        Self::SeePresence,
        Self::SetOverride,
        Self::Wish,
        Self::MakeTenantLink,
        Self::Enrol,
        Self::ServeHeater,
        Self::SeeFigures,
        Self::ManagePeople,
        Self::ErasePresence,
        Self::SetRules,
        Self::SetSchedule,
        Self::AnswerAlarm,
        Self::SetAlarmRules,
        Self::SeeHealth,
        Self::Describe,
    ];
}

/// What it is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    /// The program and all its buildings.
    House,
    /// A site.
    Site(&'a SiteId),
    /// A room.
    Room(&'a SiteId, &'a RoomId),
    /// A heater.
    Heater(&'a SiteId, &'a HeaterId),
}

/// Why not, and so how it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// They have to say who they are first.
    SignIn,
    /// They may not know that it exists: it is not there.
    NotFound,
    /// They may see it, but not do this.
    Forbidden,
}

/// Whether `principal` may do `action` to `target`.
///
/// # Errors
/// [`Denied`] when not: what somebody may not even see is answered as if it did not exist.
pub fn authorise(principal: &Principal, action: Action, target: Target<'_>) -> Result<(), Denied> {
    if may(principal, action, target) {
        return Ok(());
    }
    let sees = match target {
        Target::House => Action::Enter,
        Target::Site(_) => Action::SeeSite,
        Target::Room(..) => Action::SeeRoom,
        Target::Heater(..) => Action::SeeHeater,
    };
    match principal {
        Principal::Anonymous => Err(Denied::SignIn),
        // There is no account where there is no person.
        Principal::OpenHouse => Err(Denied::NotFound),
        _ if may(principal, sees, target) => Err(Denied::Forbidden),
        _ => Err(Denied::NotFound),
    }
}

/// From when on `principal` may see the history of a room; `None` when all of it. A tenant sees nothing of those before.
#[must_use]
pub fn history_from(principal: &Principal, site: &SiteId, room: &RoomId) -> Option<Timestamp> {
    let (Principal::Person(roles) | Principal::Token(TokenPrincipal { owner: roles, .. })) = principal else {
        return None;
    };
    let target = Target::Room(site, room);
    let sees = roles.iter().filter(|a| role_may(&a.role, Action::SeeRoom, target));
    let limits = sees.map(|a| matches!(a.role, PersonRole::Tenant { .. }).then_some(a.from));
    // `None`, no limit at all, is the least of all options: a manager who is a tenant too sees everything.
    limits.min().flatten()
}

fn may(principal: &Principal, action: Action, target: Target<'_>) -> bool {
    match principal {
        Principal::OpenHouse => action != Action::OwnAccount,
        Principal::Anonymous => false,
        Principal::TenantLink(room) => {
            let own = PersonRole::Tenant { site: room.site.clone(), room: room.room.clone() };
            !matches!(action, Action::Enter | Action::OwnAccount) && role_may(&own, action, target)
        }
        Principal::Person(roles) => {
            matches!(action, Action::Enter | Action::OwnAccount) || any_may(roles, action, target)
        }
        Principal::Token(_) if action == Action::Enter => true,
        Principal::Token(token) => {
            let is_in_scope = token.scopes.iter().any(|scope| scope_allows(*scope, action));
            let is_in_place = match (&token.sites, site_of(target)) {
                (None, _) => true,
                (Some(sites), Some(site)) => sites.contains(site),
                (Some(_), None) => false,
            };
            is_in_scope && is_in_place && any_may(&token.owner, action, target)
        }
    }
}

fn any_may(roles: &[Assignment], action: Action, target: Target<'_>) -> bool {
    roles.iter().any(|assignment| role_may(&assignment.role, action, target))
}

fn role_may(role: &PersonRole, action: Action, target: Target<'_>) -> bool {
    allows(role, action) && covers(role, target)
}

/// The table: what each role may do, where it holds.
fn allows(role: &PersonRole, action: Action) -> bool {
    use Action::{
        AnswerAlarm, Describe, Enrol, ErasePresence, MakeTenantLink, ManagePeople, SeeAudit, SeeFigures,
        SeeHealth, SeeHeater, SeePresence, SeeRoom, SeeSite, ServeHeater, SetAlarmRules, SetOverride,
        SetRules, SetSchedule, Wish,
    };
    match role {
        PersonRole::Administrator => {
            matches!(action, SeeSite | SeeRoom | SeeHeater | SeeAudit | SeePresence | SetOverride | Wish)
                || matches!(
                    action,
                    MakeTenantLink
                        | Enrol
                        | SeeFigures
                        | ManagePeople
                        | ErasePresence
                        | SetRules
                        | SetSchedule
                )
                || matches!(action, AnswerAlarm | SetAlarmRules | SeeHealth | Describe | ServeHeater)
        }
        PersonRole::FacilityManager { .. } => {
            matches!(action, SeeSite | SeeRoom | SeeHeater | SeeAudit | SeePresence)
                || matches!(
                    action,
                    SetOverride | MakeTenantLink | Enrol | ErasePresence | SetRules | SetSchedule
                )
                || matches!(action, AnswerAlarm | SetAlarmRules | SeeHealth | Describe | ServeHeater)
        }
        PersonRole::Technician { .. } => {
            matches!(action, SeeSite | SeeRoom | SeeHeater | SeeAudit | Enrol | ServeHeater | AnswerAlarm)
        }
        PersonRole::Observer { .. } => matches!(action, SeeSite | SeeRoom | SeeHeater),
        PersonRole::Tenant { .. } => matches!(action, SeeRoom | SeePresence | Wish | ErasePresence),
    }
}

fn scope_allows(scope: Scope, action: Action) -> bool {
    match scope {
        Scope::Read => {
            matches!(action, Action::SeeSite | Action::SeeRoom | Action::SeeHeater)
        }
        Scope::Override => action == Action::SetOverride,
        Scope::Figures => action == Action::SeeFigures,
    }
}

fn covers(role: &PersonRole, target: Target<'_>) -> bool {
    match role {
        PersonRole::Administrator => true,
        PersonRole::FacilityManager { sites }
        | PersonRole::Technician { sites }
        | PersonRole::Observer { sites } => site_of(target).is_some_and(|site| sites.contains(site)),
        PersonRole::Tenant { site, room } => target == Target::Room(site, room),
    }
}

fn site_of(target: Target<'_>) -> Option<&SiteId> {
    match target {
        Target::House => None,
        Target::Site(site) | Target::Room(site, _) | Target::Heater(site, _) => Some(site),
    }
}

#[cfg(test)]
mod tests;
