//! Every second the world is held against the promises.

use vocabulary::{Mode, SiteState};

use super::building::Want;
use super::climate::FAULTS_END_MS;
use super::coverage::Seen;
use super::note::Note;
use super::oracle::DueCap;
use super::promise::{
    ALARM_WITHIN_MS, CONNECTED_OBEY_WITHIN_MS, FULL_POWER_WITHIN_MS, Rule, UNKNOWN_COUNTS_RATED_MS,
    USEFUL_SHARE,
};
use super::run::Run;
use super::world::{Event, World};

/// How long a world goes on at full power.
const AFTERMATH_MS: u64 = 45_000;
/// In a calm world power is counted from here on: the first leases have been given.
const SETTLED_MS: u64 = 60_000;
/// Watts are whole, and each of two divisions may round a watt of a heater away.
const ROUNDED_W: f64 = 2.0;
/// A lease and the time in which a heater notices its end.
const GRANT_COUNTS_MS: u64 = 60_000;

/// What the judging needs to remember.
pub(super) struct Verdict {
    site: DueCap,
    feeders: Vec<DueCap>,
    /// Watt-seconds drawn and wanted since the world settled.
    drawn: f64,
    wanted: f64,
    pub(super) full_at_ms: Option<u64>,
    /// Whether the caps were above the fall-backs at the end, so that full power is what fits.
    waited_for_unknown: bool,
    /// Seconds in a row above a cap that lies below the fall-backs.
    over_s: u32,
    had_second: bool,
    /// In a calm world: since when more is drawn than the site's cap, and the longest that this lasted.
    over_since_ms: Option<u64>,
    pub(super) slowest_cut_ms: Option<u64>,
}

impl Verdict {
    pub(super) fn new(cap_w: Option<u32>, feeders: Vec<DueCap>) -> Self {
        let site = DueCap::new(cap_w.map_or(f64::INFINITY, f64::from));
        Self {
            site,
            feeders,
            drawn: 0.0,
            wanted: 0.0,
            full_at_ms: None,
            waited_for_unknown: false,
            over_s: 0,
            had_second: false,
            over_since_ms: None,
            slowest_cut_ms: None,
        }
    }

    /// Somebody lies about numbers, which tells of a second controller as well as any.
    pub(super) fn excuse_alarms(&mut self) {
        self.had_second = true;
    }

    /// What hangs where was changed: all caps count anew.
    pub(super) fn excuse(&mut self, now_ms: u64) {
        self.site.excuse(now_ms);
        self.feeders.iter_mut().for_each(|feeder| feeder.excuse(now_ms));
    }
}

impl World {
    pub(super) fn tick(&mut self) {
        self.put_in(1_000, Event::Tick);
        self.judge_leases();
        self.judge_caps();
        self.judge_cut();
        self.judge_use();
        self.judge_alarms();
        if self.is_quiet() {
            self.judge_end();
        }
    }

    fn judge_leases(&mut self) {
        for (heater, device) in self.devices.iter().enumerate() {
            let fallback_w = f64::from(self.layout.places[heater].fallback_w);
            self.oracle.judge(heater, device.boot(), device.drawn_w(), fallback_w, self.now_ms);
            if device.has_tripped() && device.drawn_w() > 0.0 {
                self.oracle.cry(
                    Rule::Tripped,
                    self.now_ms,
                    format!("heater {heater} has tripped and draws power"),
                );
            }
        }
    }

    /// The cap of the site as the building system and the book have it.
    fn site_cap_w(&self) -> Option<u32> {
        [self.layout.cap_w, self.limit_w].into_iter().flatten().min()
    }

    /// The highest site cap that is known to a controller at work, if any heater may still obey it: all that have obeyed a
    /// newer one are fenced off.
    fn known_cap_w(&self) -> f64 {
        let may_be_obeyed = |run: &&Run| {
            let plugged = self.devices.iter().zip(&self.obeyed).filter(|(device, _)| !device.unplugged);
            plugged.map(|(_, epoch)| *epoch).any(|epoch| epoch <= run.epoch)
        };
        let known = self.runs.iter().filter(|run| run.is_at_work()).filter(may_be_obeyed);
        let caps = known.map(|run| [self.layout.cap_w, run.limit_w].into_iter().flatten().min());
        let own = self.site_cap_w().map_or(f64::INFINITY, f64::from);
        caps.map(|cap| cap.map_or(f64::INFINITY, f64::from)).fold(own, f64::max)
    }

    /// What the heaters of some of the places draw. One that was taken out of the book counts while it draws by what it
    /// was granted before; no controller that began after that knows of it.
    fn drawn_by(&self, is_one: impl Fn(usize) -> bool) -> f64 {
        let counts = |&index: &usize| {
            let place = &self.layout.places[index];
            let by_grant = self.devices[index].drawn_w() > f64::from(place.fallback_w);
            let is_known_to_all = |since_ms| self.runs.iter().all(|run| run.started_ms < since_ms);
            is_one(index) && place.out_since_ms.is_none_or(|since_ms| by_grant && is_known_to_all(since_ms))
        };
        (0..self.devices.len()).filter(counts).map(|index| self.devices[index].drawn_w()).sum()
    }

    fn judge_caps(&mut self) {
        let known_w = self.known_cap_w();
        self.verdict.site.set(known_w, self.now_ms);
        for feeder in 0..self.layout.feeders.len() {
            self.verdict.feeders[feeder].set(f64::from(self.layout.feeders[feeder].cap_w), self.now_ms);
        }
        if self.same_epoch {
            return;
        }
        self.judge_site_cap();
        for feeder in 0..self.layout.feeders.len() {
            let other_w =
                (feeder..self.layout.feeders.len()).filter(|&other| self.layout.is_under(other, feeder));
            let other_w: u32 = other_w.map(|other| self.other_w[other]).sum();
            let drawn_w = f64::from(other_w)
                + self.drawn_by(|index| self.layout.is_on(&self.layout.places[index], feeder));
            let due_w = self.verdict.feeders[feeder].due_w();
            self.hold_against(Rule::CircuitCap, &format!("circuit {feeder}"), drawn_w, due_w);
        }
    }

    fn judge_site_cap(&mut self) {
        let (drawn_w, due_w) = (self.drawn_by(|_| true), self.verdict.site.due_w());
        if due_w >= f64::from(self.layout.fallback_sum_w()) {
            return self.hold_against(Rule::SiteCap, "the site", drawn_w, due_w);
        }
        // Such a cap holds only while heaters are connected, and below the fall-backs nothing waits for anything: while
        // two leases change hands it may be passed for a moment.
        let is_due = self.verdict.full_at_ms.is_some();
        self.verdict.over_s = if is_due && drawn_w > due_w { self.verdict.over_s + 1 } else { 0 };
        if self.verdict.over_s > 2 {
            self.hold_against(Rule::SiteCap, "the site, all connected,", drawn_w, due_w);
        }
    }

    fn hold_against(&mut self, rule: Rule, what: &str, drawn_w: f64, due_w: f64) {
        if drawn_w > due_w + 1e-6 {
            let each: Vec<u32> = self.devices.iter().map(|device| device.drawn_w() as u32).collect();
            self.oracle.cry(rule, self.now_ms, format!("{what} draws {drawn_w} W of {due_w} W: {each:?}"));
        }
        self.coverage.count_many(Seen::AtTheCap, u64::from(drawn_w > 0.98 * due_w));
    }

    /// In a calm world every heater hears of a lowered cap at once.
    fn judge_cut(&mut self) {
        let cap_w = self.site_cap_w().filter(|cap_w| *cap_w >= self.layout.fallback_sum_w());
        let is_over = cap_w.is_some_and(|cap_w| self.drawn_by(|_| true) > f64::from(cap_w));
        if !self.climate.is_calm || !is_over {
            self.verdict.over_since_ms = None;
            return;
        }
        // It was lowered after the tick before.
        let since_ms = *self.verdict.over_since_ms.get_or_insert(self.now_ms.saturating_sub(1_000));
        let lasted_ms = self.now_ms + 1_000 - since_ms;
        self.verdict.slowest_cut_ms = self.verdict.slowest_cut_ms.max(Some(lasted_ms));
        if lasted_ms > CONNECTED_OBEY_WITHIN_MS {
            let what = format!("a lowered cap is not obeyed after {lasted_ms} ms, and nothing is wrong");
            self.oracle.cry(Rule::CutAtOnce, self.now_ms, what);
        }
    }

    /// What fits of what is wanted now, but for what liars take.
    fn full_w(&self) -> f64 {
        let want = |index: usize| match &self.devices[index] {
            device if device.unplugged => Want::Gone,
            device if device.lies => Want::Unknown,
            _ if self.warm[index] => Want::Watts(self.layout.places[index].rated_w),
            _ => Want::Watts(0),
        };
        let wants: Vec<Want> = (0..self.devices.len()).map(want).collect();
        self.layout.full_w(&wants, self.site_cap_w())
    }

    fn judge_use(&mut self) {
        if !self.climate.is_calm || self.now_ms < SETTLED_MS || self.is_quiet() {
            return;
        }
        let full_w = self.full_w();
        self.verdict.wanted += full_w;
        self.verdict.drawn += self.drawn_by(|_| true).min(full_w);
    }

    fn judge_alarms(&mut self) {
        let at_work: Vec<usize> =
            self.live_runs().into_iter().filter(|&run| self.runs[run].is_speaking(self.now_ms)).collect();
        let is_rivalry = at_work.len() > 1;
        self.verdict.had_second |= self.live_runs().len() > 1;
        for run in 0..self.runs.len() {
            let is_rival = is_rivalry && at_work.contains(&run);
            let since_ms = self.runs[run].rivalled_since_ms.filter(|_| is_rival);
            self.runs[run].rivalled_since_ms = is_rival.then(|| since_ms.unwrap_or(self.now_ms));
        }
        let is_late = |&run: &usize| {
            self.runs[run].rivalled_since_ms.is_some_and(|since_ms| self.now_ms - since_ms > ALARM_WITHIN_MS)
        };
        let nobody_told = !at_work.iter().any(|&run| self.runs[run].alarmed);
        if nobody_told && at_work.iter().any(is_late) {
            let what = format!("runs {at_work:?} have been at work together, and none of them tells");
            self.oracle.cry(Rule::Alarm, self.now_ms, what);
        }
    }

    /// A run publishes the state of the site.
    pub(super) fn hear_state(&mut self, run: usize, state: &SiteState) {
        let tells = !state.alarms.is_empty();
        if tells && !std::mem::replace(&mut self.runs[run].alarmed, true) {
            self.count(Seen::AlarmsRaised);
            self.note(Note::Alarm { run });
            if !self.verdict.had_second && self.live_runs().len() < 2 {
                let what = format!("run {run} tells of a second controller, and there never was one");
                self.oracle.cry(Rule::NoFalseAlarm, self.now_ms, what);
            }
        }
    }

    /// When full power is due: a minute after the last fault, or after what was granted to the last heater that is gone for
    /// good has ended. One that this run does not know counts at its rating until it has been listened to in vain for long
    /// enough.
    fn due_at_ms(&mut self) -> Option<u64> {
        let run = &self.runs[self.run_at_home()?];
        let mut free_at_ms = FAULTS_END_MS;
        for heater in (0..self.devices.len()).filter(|&heater| self.devices[heater].unplugged) {
            // Where two have shared an epoch, what was reported may have been the other one's.
            let is_known = run.reported.contains(&heater) && !self.same_epoch && !self.devices[heater].lies;
            let counts_for_ms = if is_known { GRANT_COUNTS_MS } else { UNKNOWN_COUNTS_RATED_MS };
            let known_at_ms = run.in_vain_since_ms(heater) + counts_for_ms;
            self.verdict.waited_for_unknown |= !is_known && known_at_ms > FAULTS_END_MS;
            free_at_ms = free_at_ms.max(known_at_ms);
        }
        // The leases of a second controller end first.
        let ends_ms = if self.same_epoch { GRANT_COUNTS_MS } else { 0 };
        Some(free_at_ms + ends_ms + FULL_POWER_WITHIN_MS)
    }

    fn judge_end(&mut self) {
        let Some(due_at_ms) = self.due_at_ms() else { return };
        let (full_w, drawn_w) = (self.full_w(), self.drawn_by(|index| !self.devices[index].lies));
        let is_wakeful = |heater: &usize| !self.devices[*heater].unplugged && !self.devices[*heater].lies;
        let wakeful = (0..self.devices.len()).filter(is_wakeful);
        let stuck: Vec<usize> = wakeful
            .filter(|&heater| self.devices[heater].told.as_ref().is_none_or(|told| told.mode != Mode::Leased))
            .collect();
        let is_promised = self.site_cap_w().is_none_or(|cap| cap >= self.layout.fallback_sum_w());
        // Below the sum of fall-backs what is granted depends on who has them: there only the cap is promised.
        let is_full = if is_promised {
            drawn_w >= full_w - ROUNDED_W * self.devices.len() as f64
        } else {
            self.now_ms >= FAULTS_END_MS + FULL_POWER_WITHIN_MS
        };
        if is_full && stuck.is_empty() {
            self.verdict.full_at_ms.get_or_insert(self.now_ms);
        }
        if self.verdict.full_at_ms.is_none() && self.now_ms > due_at_ms {
            let (rule, what) = if stuck.is_empty() {
                (Rule::FullPower, format!("{drawn_w} W are drawn of {full_w} W that are wanted and fit"))
            } else {
                (Rule::Exit, format!("heaters {stuck:?} have not come back under a lease"))
            };
            self.oracle.cry(rule, self.now_ms, what);
        }
        if self.verdict.full_at_ms.is_some_and(|full_at_ms| self.now_ms > full_at_ms + AFTERMATH_MS) {
            self.finish();
        }
    }

    fn finish(&mut self) {
        self.is_over = true;
        self.count(Seen::FullPower);
        self.coverage.count_many(Seen::UnknownAtRating, u64::from(self.verdict.waited_for_unknown));
        let is_all_known = !self.verdict.waited_for_unknown && !self.same_epoch;
        let has_unplugged = self.devices.iter().any(|device| device.unplugged);
        let within_ms = self.verdict.full_at_ms.map(|full_at_ms| full_at_ms.saturating_sub(FAULTS_END_MS));
        let is_in_time = within_ms.is_some_and(|within_ms| within_ms <= FULL_POWER_WITHIN_MS);
        let is_one = is_all_known && has_unplugged && is_in_time;
        self.coverage.count_many(Seen::KnownWithinAMinute, u64::from(is_one));
        if !self.climate.is_calm {
            return;
        }
        self.count(Seen::CalmWorlds);
        let Verdict { drawn, wanted, .. } = self.verdict;
        if drawn < USEFUL_SHARE * wanted {
            let what = format!("{:.1} % of what was wanted and fitted was drawn", 100.0 * drawn / wanted);
            self.oracle.cry(Rule::UsefulPower, self.now_ms, what);
        }
    }

    /// The share of what was wanted and fitted that was drawn, in a calm world.
    pub(super) fn useful_share(&self) -> Option<f64> {
        (self.verdict.wanted > 0.0).then(|| self.verdict.drawn / self.verdict.wanted)
    }
}
