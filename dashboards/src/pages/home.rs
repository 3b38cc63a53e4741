//! The home page: is everybody fine, what does the building draw and compute, where is something to do.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use registry::{Action, OpenAlarms, Target};

use super::ahead::{self, Ahead};
use super::flow::{self, Flow};
use super::mode;
use super::pager::Pager;
use super::plan::{self, Tile};
use super::{Frame, Place};
use crate::app::{App, Shared};
use crate::attention::{self, Problem, ProblemKind};
use crate::chart::sparkline;
use crate::cost::{Cost, cost};
use crate::day::Day;
use crate::facts::Building;
use crate::language::{Language, UNKNOWN};
use crate::visitor::{Page, PageError, Visitor};
use crate::words::Speaker;

/// Problems shown before the rest is folded away.
const PROBLEMS_SHOWN: usize = 5;

/// One of the six figures.
pub(super) struct FigureCard {
    pub(super) label: String,
    pub(super) number: String,
    pub(super) rest: String,
    /// What the figure means exactly, for those who ask.
    meaning: String,
    pub(super) tone: &'static str,
    pub(super) line: String,
}

/// One line of "needs attention".
pub(crate) struct ProblemCard {
    pub(crate) severity: &'static str,
    pub(crate) severity_words: String,
    pub(crate) what: String,
    pub(crate) cause: String,
    pub(crate) since: Option<String>,
    pub(crate) action: String,
    pub(crate) href: String,
}

struct FloorTab {
    name: String,
    href: String,
    is_current: bool,
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    frame: Frame,
    headline: String,
    subline: String,
    /// What it computes, and what it costs.
    computing: String,
    costs: String,
    /// Where a price is set, for those who may where there is none.
    price_href: Option<String>,
    /// What the whole building is held to, where that is not the usual.
    mode: Option<String>,
    figures: Vec<FigureCard>,
    floors: Vec<FloorTab>,
    floor: usize,
    is_plan: bool,
    list_href: String,
    tiles: Vec<Tile>,
    flow: Option<Flow>,
    /// Of the tiles, where they are a list.
    pager: Option<Pager>,
    ahead: Option<Ahead>,
    problems: Vec<ProblemCard>,
    more: Vec<ProblemCard>,
    more_words: String,
}

/// `/sites/{site}`
pub(crate) async fn home(State(app): State<Shared>, visitor: Visitor, Path(site): Path<String>) -> Response {
    visitor.answer(&app, move |app, visitor| Ok(Page::Show(render(app, visitor, &site)?))).await
}

fn render(app: &App, visitor: &Visitor, site: &str) -> Result<String, PageError> {
    let place = Place::find(app, visitor, site)?;
    let (building, speaker) = (&place.building, place.speaker);
    let problems = attention::problems(building);
    let day = app.day(place.book(), building.now);
    let cost = cost(&app.registry, place.book(), building, &day)?;
    let may_price = visitor.who.may(Action::SetRules, Target::Site(&place.book().site.id));
    let price_href = (cost.eur_per_h.is_none() && may_price).then(|| format!("/sites/{site}/report#rates"));
    let open = app.registry.open_alarms(&place.book().site.id)?;
    let names = plan::floors(place.book());
    let wants_list = visitor.asked("floor") == Some("list");
    let floor = visitor.asked("floor").and_then(|n| n.parse().ok()).filter(|n| *n < names.len()).unwrap_or(0);
    let current = names.get(floor);
    let is_plan = !wants_list && current.is_some_and(|name| plan::is_drawn(place.book(), name));
    let rooms = plan::rooms(building, current.filter(|_| !wants_list).map(String::as_str));
    let pager = (!is_plan).then(|| Pager::new(visitor, rooms.len()));
    let shown_rooms = pager.as_ref().map_or(rooms.as_slice(), |pager| pager.cut(&rooms));
    let mut cards = problems.iter().map(|problem| card(problem, speaker, site));
    let shown: Vec<_> = cards.by_ref().take(PROBLEMS_SHOWN).collect();
    let more: Vec<_> = cards.collect();
    let page = HomePage {
        headline: headline(building, &problems, speaker),
        subline: subline(building, speaker),
        computing: computing(building, speaker.language),
        costs: costs(building, cost, day.is_today, speaker.language),
        price_href,
        mode: mode::line(&app.registry.mode(&place.book().site.id)?, speaker),
        figures: figures(building, &day, open, speaker.language),
        floors: tabs(&names, floor, wants_list, visitor),
        floor,
        is_plan,
        list_href: format!("{}?floor=list", visitor.path),
        tiles: shown_rooms.iter().map(|room| plan::tile(room, speaker)).collect(),
        pager,
        flow: flow::flow(building, speaker.language),
        ahead: ahead::ahead(building, &day, speaker),
        problems: shown,
        more_words: speaker.language.tell("attention-more", &[("n", more.len().into())]),
        more,
        frame: place.frame(app, visitor, "home", place.book().site.name.to_string()),
    };
    Ok(page.render()?)
}

fn headline(building: &Building, problems: &[Problem], speaker: Speaker) -> String {
    let cold: Vec<&str> = problems
        .iter()
        .filter_map(|problem| match (&problem.kind, &problem.place) {
            (ProblemKind::RoomCold { .. }, attention::Place::Room(_, name)) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    if !building.is_heard {
        return speaker.language.say("headline-nothing");
    }
    match building.stale_since() {
        Some(since) => speaker.headline_stale(since),
        None => speaker.headline(&cold, building.blind(), building.comfort().1),
    }
}

fn subline(building: &Building, speaker: Speaker) -> String {
    let occupied = building.rooms.iter().filter(|room| room.occupied == Some(true)).count();
    let newest = building.rooms.iter().filter_map(|room| room.as_of).max();
    let Some(newest) = newest else { return speaker.language.say("subline-nothing") };
    let said = speaker.language.tell(
        "subline",
        &[
            ("n", occupied.into()),
            ("moment", speaker.moment(newest).into()),
            ("age", speaker.age(Some(newest)).into()),
        ],
    );
    let blind =
        building.rooms.iter().filter(|room| room.as_of.is_some() && room.temperature.value.is_none()).count();
    if blind == 0 {
        return said;
    }
    format!("{said} {}", speaker.language.tell("subline-blind", &[("n", blind.into())]))
}

/// What the building computes now.
pub(super) fn computing(building: &Building, l: Language) -> String {
    let known = building.fresh_state().map(|state| f64::from(state.compute_w)).zip(building.drawn_w());
    let (Some((compute_w, drawn_w)), Some(cores)) = (known, building.cores()) else {
        return l.say("computing-unknown");
    };
    if cores < 0.5 || drawn_w <= 0.0 {
        return l.say("computing-nothing");
    }
    let (cores, share) = (cores.round(), l.percent((compute_w / drawn_w).min(1.0)));
    let fills = [("cores", cores.into()), ("share", share.into())];
    // Not every heater says how many jobs it runs.
    match building.jobs().map(f64::round).filter(|jobs| *jobs > 0.0) {
        Some(jobs) => l.tell("computing", &[&fills[..], &[("jobs", jobs.into())]].concat()),
        None => l.tell("computing-cores", &fills),
    }
}

/// What the building costs now and today.
fn costs(building: &Building, cost: Cost, is_today: bool, l: Language) -> String {
    let euro = |value: f64| l.quantity(value, 2, "€");
    match (cost.eur_per_h, cost.today_eur) {
        (Some(now), Some(today)) => {
            let key = if is_today { "costs-today" } else { "costs-day" };
            l.tell(key, &[("now", euro(now).into()), ("today", euro(today).into())])
        }
        (Some(now), None) => l.tell("costs-now", &[("now", euro(now).into())]),
        (None, _) if building.drawn_w().is_none() => l.say("costs-unknown"),
        (None, _) => l.say("costs-no-price"),
    }
}

fn tabs(names: &[String], floor: usize, wants_list: bool, visitor: &Visitor) -> Vec<FloorTab> {
    let tab = |(index, name): (usize, &String)| FloorTab {
        name: name.clone(),
        href: format!("{}?floor={index}", visitor.path),
        is_current: !wants_list && index == floor,
    };
    names.iter().enumerate().map(tab).collect()
}

/// The six figures.
pub(super) fn figures(building: &Building, day: &Day, alarms: OpenAlarms, l: Language) -> Vec<FigureCard> {
    let card = |name: &str, tone, number: String, rest: String, line| FigureCard {
        label: l.say(&format!("figure-{name}")),
        number,
        rest,
        meaning: l.say(&format!("figure-{name}-meaning")),
        tone,
        line,
    };
    let kilowatts =
        |watts: Option<f64>| watts.map_or_else(|| UNKNOWN.to_owned(), |watts| l.number(watts / 1000.0, 1));
    let (comfortable, judged) = building.comfort();
    let wanted = building.fresh_state().map(|state| f64::from(state.heat_wanted_w));
    let compute = building.fresh_state().map(|state| f64::from(state.compute_w));
    let cores = building.cores().map(|cores| l.tell("figure-cores", &[("n", cores.round().into())]));
    let useful_rest = l.say(if day.is_today { "figure-today" } else { "figure-24h" });
    let energy = day.energy_today_wh.map(|wh| format!("· {}", l.energy(wh)));
    let energy = match energy {
        Some(energy) if !day.is_today => format!("{energy}, {useful_rest}"),
        other => other.unwrap_or_default(),
    };
    let alarms_tone = if alarms.critical > 0 { "bad" } else { "calm" };
    vec![
        card(
            "comfort",
            "good",
            if judged == 0 { UNKNOWN.to_owned() } else { l.number(f64::from(comfortable), 0) },
            if judged == 0 {
                // That nobody needs warmth is only known where rooms are heard.
                let is_dark = building.stale_since().is_some() || building.blind() > 0;
                l.say(if is_dark { "trust-unknown" } else { "figure-comfort-none" })
            } else {
                format!("/ {}", l.number(f64::from(judged), 0))
            },
            sparkline(&day.comfort, (0.8, 1.0)),
        ),
        card(
            "heat",
            "ember",
            kilowatts(building.useful_w()),
            format!("/ {} kW", kilowatts(wanted)),
            sparkline(&day.heat, (0.0, 100.0)),
        ),
        card(
            "compute",
            "cool",
            kilowatts(compute),
            format!("kW {}", cores.unwrap_or_default()),
            sparkline(&day.compute, (0.0, 100.0)),
        ),
        card(
            "electricity",
            "calm",
            kilowatts(building.drawn_w()),
            format!("kW {energy}"),
            sparkline(&day.electricity, (0.0, 100.0)),
        ),
        card(
            "useful",
            "good",
            day.useful_today.map_or_else(|| UNKNOWN.to_owned(), |share| l.percent(share)),
            useful_rest,
            sparkline(&day.useful, (0.5, 1.0)),
        ),
        card(
            "alarms",
            alarms_tone,
            l.number(f64::from(alarms.open), 0),
            l.tell("figure-alarms-rest", &[("n", alarms.critical.into())]),
            String::new(),
        ),
    ]
}

/// A problem as it is shown, with the one thing to do about it.
pub(crate) fn card(problem: &Problem, speaker: Speaker, site: &str) -> ProblemCard {
    let l = speaker.language;
    let severity = problem.severity.as_str();
    let (action, href) = action(problem, site);
    ProblemCard {
        severity,
        severity_words: l.say(&format!("severity-{severity}")),
        what: speaker.problem(problem),
        cause: speaker.cause(problem),
        since: problem.since.map(|since| {
            l.tell(
                "since",
                &[("moment", speaker.moment(since).into()), ("age", speaker.age(Some(since)).into())],
            )
        }),
        action: l.say(action),
        href,
    }
}

fn action(problem: &Problem, site: &str) -> (&'static str, String) {
    let base = format!("/sites/{site}");
    let room = |id, end: &str| format!("{base}/rooms/{id}{end}");
    match (&problem.kind, &problem.place) {
        (ProblemKind::OverrideActive { .. }, attention::Place::Room(id, _)) => {
            ("act-override", room(id, "#override"))
        }
        (ProblemKind::RoomCold { .. }, attention::Place::Room(id, _)) => ("act-room", room(id, "#history")),
        (_, attention::Place::Room(id, _)) => ("act-room", room(id, "")),
        (ProblemKind::SensorDoubtful { .. }, attention::Place::Heater(id, _)) => {
            ("act-sensor", format!("{base}/heaters/{id}#sensors"))
        }
        (_, attention::Place::Heater(id, _)) => ("act-heater", format!("{base}/heaters/{id}")),
        (_, attention::Place::Heaters) => ("act-heaters", format!("{base}/heaters")),
        (_, attention::Place::Rooms) => ("act-rooms", format!("{base}/rooms")),
        (_, attention::Place::Site) => ("act-heaters", format!("{base}/heaters")),
    }
}
