//! The table, written a second time by hand: a change of it has to be made twice.

use super::*;

const ACTIONS: [&str; 21] = [
    "enter",
    "own",
    "site",
    "room",
    "heater",
    "audit",
    "presence",
    "override",
    "wish",
    "link",
    "enrol",
    "serve",
    "figures",
    "people",
    "erase",
    "rules",
    "schedule",
    "alarm",
    "alarm rules",
    "health",
    "describe",
];

fn site(text: &str) -> SiteId {
    SiteId::new(text).unwrap()
}

fn room(text: &str) -> RoomId {
    RoomId::new(text).unwrap()
}

fn person(role: PersonRole) -> Principal {
    Principal::Person([assignment(role, 0)].into())
}

fn assignment(role: PersonRole, from_ms: i64) -> Assignment {
    Assignment { id: 1, role, from: Timestamp::from_ms(from_ms), until: None }
}

fn token(scope: Scope, sites: Option<&str>, owner: PersonRole) -> Principal {
    let sites = sites.map(|text| BTreeSet::from([site(text)]));
    Principal::Token(TokenPrincipal { scopes: [scope].into(), sites, owner: [assignment(owner, 0)].into() })
}

/// What an action is done to, on site `a` in room `1`.
fn asked(principal: &Principal, action: Action) -> Result<(), Denied> {
    let (site, room, heater) = (site("a"), room("1"), HeaterId::new("h").unwrap());
    let target = match action {
        Action::Enter | Action::OwnAccount | Action::SeeFigures | Action::ManagePeople => Target::House,
        Action::SeeSite
        | Action::SetRules
        | Action::AnswerAlarm
        | Action::SetAlarmRules
        | Action::SeeHealth
        | Action::Describe => Target::Site(&site),
        Action::SeeHeater | Action::Enrol | Action::ServeHeater => Target::Heater(&site, &heater),
        Action::SeeRoom | Action::SeeAudit | Action::SeePresence => Target::Room(&site, &room),
        Action::SetOverride
        | Action::Wish
        | Action::MakeTenantLink
        | Action::ErasePresence
        | Action::SetSchedule => Target::Room(&site, &room),
    };
    authorise(principal, action, target)
}

#[test]
fn the_table_of_roles_and_actions_is_this_one() {
    let on = |text: &str| BTreeSet::from([site(text)]);
    let tenant = |at: &str, number: &str| PersonRole::Tenant { site: site(at), room: room(number) };
    // + may, 4 is answered as not there, x may see it and not do it, s has to sign in.
    let table = [
        ("open house", Principal::OpenHouse, "+4+++++++++++++++++++"),
        ("anonymous", Principal::Anonymous, "sssssssssssssssssssss"),
        (
            "link",
            Principal::TenantLink(TenantRoom { site: site("a"), room: room("1") }),
            "444+4x+x+x4444+4x4444",
        ),
        (
            "link of a neighbour",
            Principal::TenantLink(TenantRoom { site: site("a"), room: room("2") }),
            "444444444444444444444",
        ),
        ("nobody any more", Principal::Person([].into()), "++4444444444xx4444444"),
        ("administrator", person(PersonRole::Administrator), "+++++++++++++++++++++"),
        ("manager", person(PersonRole::FacilityManager { sites: on("a") }), "++++++++x+++xx+++++++"),
        (
            "manager elsewhere",
            person(PersonRole::FacilityManager { sites: on("b") }),
            "++4444444444xx4444444",
        ),
        ("technician", person(PersonRole::Technician { sites: on("a") }), "++++++xxxx++xxxxx+xxx"),
        ("technician elsewhere", person(PersonRole::Technician { sites: on("b") }), "++4444444444xx4444444"),
        ("observer", person(PersonRole::Observer { sites: on("a") }), "+++++xxxxxxxxxxxxxxxx"),
        ("observer elsewhere", person(PersonRole::Observer { sites: on("b") }), "++4444444444xx4444444"),
        ("tenant", person(tenant("a", "1")), "++4+4x+x+x44xx+4x4444"),
        ("tenant next door", person(tenant("a", "2")), "++4444444444xx4444444"),
        ("tenant of a room of that name elsewhere", person(tenant("b", "1")), "++4444444444xx4444444"),
        ("reading token", token(Scope::Read, None, PersonRole::Administrator), "+x+++xxxxxxxxxxxxxxxx"),
        (
            "reading token elsewhere",
            token(Scope::Read, Some("b"), PersonRole::Administrator),
            "+x4444444444xx4444444",
        ),
        ("reading token of a tenant", token(Scope::Read, None, tenant("a", "1")), "+x4+4xxxxx44xxx4x4444"),
        (
            "reading token of somebody elsewhere",
            token(Scope::Read, Some("a"), PersonRole::Observer { sites: on("b") }),
            "+x4444444444xx4444444",
        ),
        (
            "overriding token",
            token(Scope::Override, Some("a"), PersonRole::Administrator),
            "+x44444+4444xx4444444",
        ),
        (
            "overriding token of an observer",
            token(Scope::Override, None, PersonRole::Observer { sites: on("a") }),
            "+x4444444444xx4444444",
        ),
        ("figures token", token(Scope::Figures, None, PersonRole::Administrator), "+x4444444444+x4444444"),
        (
            "figures token of one site",
            token(Scope::Figures, Some("a"), PersonRole::Administrator),
            "+x4444444444xx4444444",
        ),
        (
            "figures token of a manager",
            token(Scope::Figures, None, PersonRole::FacilityManager { sites: on("a") }),
            "+x4444444444xx4444444",
        ),
    ];
    for (who, principal, expected) in table {
        let found: String = Action::ALL
            .into_iter()
            .map(|action| match asked(&principal, action) {
                Ok(()) => '+',
                Err(Denied::NotFound) => '4',
                Err(Denied::Forbidden) => 'x',
                Err(Denied::SignIn) => 's',
            })
            .collect();
        assert_eq!(found, expected, "{who}: {ACTIONS:?}");
    }
}

#[test]
fn a_tenant_sees_nothing_of_those_before() {
    let (a, one) = (site("a"), room("1"));
    let tenant = |from_ms| assignment(PersonRole::Tenant { site: a.clone(), room: one.clone() }, from_ms);
    let from = |roles: Vec<Assignment>| history_from(&Principal::Person(roles.into()), &a, &one);
    assert_eq!(from(vec![tenant(70)]), Some(Timestamp::from_ms(70)));
    assert_eq!(from(vec![tenant(70), tenant(50)]), Some(Timestamp::from_ms(50)));
    let observer = assignment(PersonRole::Observer { sites: [a.clone()].into() }, 90);
    assert_eq!(from(vec![tenant(70), observer]), None, "an observer of the building sees all of it");
    let borrowed = TokenPrincipal { scopes: [Scope::Read].into(), sites: None, owner: [tenant(70)].into() };
    assert_eq!(history_from(&Principal::Token(borrowed), &a, &one), Some(Timestamp::from_ms(70)));
}
