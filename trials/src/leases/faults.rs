//! What strikes, and how everything comes back.

use heater::Switch;
use rand::RngExt as _;
use vocabulary::BootId;

use super::climate::Fault;
use super::coverage::Seen;
use super::note::Note;
use super::room::{COOL_CASE_C, HOT_CASE_C};
use super::run::State;
use super::world::{Event, World};

/// How long things stay away.
const AWAY_MS: std::ops::Range<u64> = 200..90_000;
/// A link notices within this that nobody answers.
const NOTICED_MS: std::ops::Range<u64> = 0..30_000;
/// A controller that was taken over from lives this much longer.
const OUTLIVES_MS: std::ops::Range<u64> = 60_000..300_000;
/// How long the old controller is away: longer than leases last.
const BAD_HOUR_MS: u64 = 80_000;
/// Wall clocks jump by hours.
const JUMP_MS: i64 = 4 * 3_600_000;

impl World {
    pub(super) fn strike(&mut self, fault: Fault) {
        if self.is_quiet() {
            return;
        }
        let who = self.random.random_range(0..self.devices.len());
        self.note(Note::Struck { fault, who });
        match fault {
            Fault::HeaterCrash => self.crash_heater(who),
            Fault::PowerBlink => self.blink(),
            Fault::HeaterPartition => self.part_heater(who),
            Fault::HeaterDeaf => self.deafen(who),
            Fault::HeaterClock => {
                self.count(Seen::HeaterClockJumps);
                self.devices[who].wall_off_ms = self.random.random_range(-JUMP_MS..=JUMP_MS);
            }
            Fault::SensorLost => self.lose_sensor(who),
            Fault::Trip => self.overheat(who),
            Fault::SwitchedOff => self.switch_off(who),
            Fault::ControllerKill => self.kill_controller(),
            Fault::ControllerFreeze => self.freeze_a_controller(),
            Fault::ControllerPartition => self.part_a_controller(),
            Fault::ControllerClock => self.jump_a_controllers_clock(),
            Fault::SecondStart => self.put_in(0, Event::StartRun(self.home)),
            Fault::Takeover => self.take_over(),
            Fault::BadHour => self.live_through_a_bad_hour(),
            Fault::SameEpoch => self.start_on_the_same_epoch(),
            Fault::BrokerRestart => self.restart_broker(),
            Fault::Replay => self.replay(),
            Fault::Unplug => self.unplug_half(),
            Fault::BookCap => self.change_cap(),
            Fault::Rewiring => self.rewire(who),
            Fault::Removal => self.take_out(who),
            Fault::Liar => self.steal_credential(who),
        }
    }

    fn away_ms(&mut self) -> u64 {
        self.random.random_range(AWAY_MS)
    }

    fn crash_heater(&mut self, heater: usize) {
        if self.chance(0.3) {
            self.devices[heater].crashes_unsaved = true;
            return;
        }
        if self.devices[heater].is_running() {
            self.count(Seen::HeaterCrashes);
            self.devices[heater].crash();
            let away_ms = if self.chance(0.5) { 1_000 } else { self.away_ms() };
            self.put_in(away_ms, Event::StartHeater(heater));
        }
    }

    /// The mains fail for a moment: all heaters start anew.
    fn blink(&mut self) {
        self.count(Seen::PowerBlinks);
        for heater in 0..self.devices.len() {
            if self.devices[heater].is_running() {
                self.devices[heater].crash();
                let back_ms = self.random.random_range(300..3_000);
                self.put_in(back_ms, Event::StartHeater(heater));
            }
        }
    }

    /// A connection that is open one way only: the broker's side is stuck behind a full window.
    fn deafen(&mut self, heater: usize) {
        self.count(Seen::Deaf);
        self.devices[heater].deaf = true;
        let away_ms = self.away_ms();
        self.put_in(away_ms, Event::HeaterHears(heater));
    }

    pub(super) fn start_heater(&mut self, heater: usize) {
        if self.devices[heater].is_running() {
            return;
        }
        let boot = BootId::from_bits(self.random.random());
        let fence = self.devices[heater].start(boot, self.now_ms);
        self.note(Note::HeaterStarted { heater, fence });
        self.put_in(100, Event::HeaterConnects(heater));
    }

    fn part_heater(&mut self, heater: usize) {
        if !std::mem::replace(&mut self.devices[heater].path, false) {
            return;
        }
        self.count(Seen::Partitions);
        let (noticed_ms, away_ms) = (self.random.random_range(NOTICED_MS), self.away_ms());
        self.put_in(noticed_ms, Event::HeaterNotices(heater));
        self.put_in(away_ms, Event::HeaterPathBack(heater));
    }

    fn lose_sensor(&mut self, heater: usize) {
        self.count(Seen::SensorsLost);
        self.devices[heater].room.sensor_works = false;
        // A sensor is lost when it has been silent for five minutes.
        let away_ms = 300_000 + self.away_ms();
        self.put_in(away_ms, Event::SensorBack(heater));
    }

    /// Something lies on the heater: its casing is too hot for a while.
    fn overheat(&mut self, heater: usize) {
        self.count(Seen::Trips);
        self.devices[heater].room.case_c = HOT_CASE_C;
        let away_ms = self.away_ms();
        self.put_in(away_ms, Event::CaseCool(heater));
    }

    fn switch_off(&mut self, heater: usize) {
        self.count(Seen::SwitchedOff);
        self.devices[heater].room.switch = Switch::Off;
        let away_ms = self.away_ms();
        self.put_in(away_ms, Event::SwitchOn(heater));
    }

    /// The controller ends, and is started again on the same folder.
    fn kill_controller(&mut self) {
        let Some(run) = self.run_at_home() else { return };
        self.count(Seen::ControllerKills);
        self.end_run(run);
        let away_ms = if self.chance(0.5) { 1_000 } else { self.away_ms() };
        self.put_in(away_ms, Event::StartRun(self.home));
    }

    fn any_run(&mut self) -> Option<usize> {
        let live = self.live_runs();
        (!live.is_empty()).then(|| live[self.random.random_range(0..live.len())])
    }

    fn freeze_a_controller(&mut self) {
        let Some(run) = self.any_run().filter(|&run| self.runs[run].state == State::Running) else { return };
        let away_ms = self.away_ms();
        if self.chance(0.5) {
            self.runs[run].freezes_for_ms = Some(away_ms);
        } else {
            self.freeze(run, away_ms);
        }
    }

    pub(super) fn freeze(&mut self, run: usize, away_ms: u64) {
        let with_clock = self.random.random();
        self.count(Seen::ControllerFreezes);
        self.coverage.count_many(Seen::ClocksStopped, u64::from(with_clock));
        self.runs[run].state = State::Frozen { since_ms: self.now_ms, with_clock };
        self.put_in(away_ms, Event::Thaw(run));
    }

    fn part_a_controller(&mut self) {
        let Some(run) = self.any_run() else { return };
        // Now and then for longer than the controller waits for heaters that it does not know.
        let away_ms = if self.chance(0.2) { 330_000 } else { self.away_ms() };
        self.part_controller(run, away_ms);
    }

    fn part_controller(&mut self, run: usize, away_ms: u64) {
        if !std::mem::replace(&mut self.runs[run].path, false) {
            return;
        }
        self.count(Seen::ControllerPartitions);
        let noticed_ms = self.random.random_range(NOTICED_MS);
        self.put_in(noticed_ms, Event::RunNotices(run));
        self.put_in(away_ms, Event::RunPathBack(run));
    }

    fn jump_a_controllers_clock(&mut self) {
        if let Some(run) = self.any_run() {
            self.count(Seen::ControllerClockJumps);
            self.runs[run].wall_off_ms = self.random.random_range(-JUMP_MS..=JUMP_MS);
        }
    }

    /// Another controller is put in charge, on a copy restored in order, while the old one is frozen, cut off, or simply
    /// forgotten; it comes back and lives on for a while.
    fn take_over(&mut self) {
        let Some(old) = self.run_at_home().filter(|_| self.live_runs().len() == 1 && !self.same_epoch) else {
            return;
        };
        self.count(Seen::Takeovers);
        let away_ms = self.away_ms();
        match self.random.random_range(0..3) {
            0 => self.runs[old].freezes_for_ms = Some(away_ms),
            1 => self.part_controller(old, away_ms),
            _ => {}
        }
        self.start_beside(old, true);
        let outlives_ms = self.random.random_range(OUTLIVES_MS);
        self.put_in(outlives_ms, Event::EndRun(old));
    }

    /// What fences are for: another controller takes over from one that is cut off, the grid asks for less, the mains blink
    /// and the new controller ends, just before the old one is back with what it knew.
    fn live_through_a_bad_hour(&mut self) {
        let Some(old) = self.run_at_home().filter(|_| self.live_runs().len() == 1 && !self.same_epoch) else {
            return;
        };
        self.count(Seen::BadHours);
        self.part_controller(old, BAD_HOUR_MS);
        self.start_beside(old, true);
        self.put_in(BAD_HOUR_MS / 10, Event::LimitLow);
        self.put_in(BAD_HOUR_MS - 4_000, Event::Strike(Fault::PowerBlink));
        self.put_in(BAD_HOUR_MS - 4_000, Event::EndHome);
        self.put_in(BAD_HOUR_MS + 30_000, Event::StartRun(self.home));
        let outlives_ms = self.random.random_range(OUTLIVES_MS);
        self.put_in(BAD_HOUR_MS + outlives_ms, Event::EndRun(old));
    }

    /// The new controller ends on a cold morning: every room wants all it can get.
    pub(super) fn end_home(&mut self) {
        (0..self.devices.len()).for_each(|heater| self.want(heater, true));
        self.write_overrides();
        self.book_changed();
        if let Some(run) = self.run_at_home() {
            self.end_run(run);
        }
    }

    /// Somebody starts a copy of the folder without restoring it.
    fn start_on_the_same_epoch(&mut self) {
        let Some(old) = self.run_at_home().filter(|_| self.live_runs().len() == 1) else { return };
        self.count(Seen::SameEpoch);
        self.same_epoch = true;
        self.start_beside(old, false);
    }

    fn restart_broker(&mut self) {
        if !std::mem::replace(&mut self.broker_runs, false) {
            return;
        }
        self.count(Seen::BrokerRestarts);
        for heater in 0..self.devices.len() {
            self.heater_notices(heater);
        }
        for run in self.live_runs() {
            self.run_notices(run);
        }
        let away_ms = self.random.random_range(500..40_000);
        self.put_in(away_ms, Event::BrokerBack);
    }

    /// Somebody plays old budgets again: to whom they were for, and to another one.
    fn replay(&mut self) {
        for heater in 0..self.devices.len() {
            for _ in 0..3 {
                self.play_again(heater, Seen::Replays);
            }
        }
        if let Some((owner, budget)) = self.sent.last().cloned() {
            let heater = (owner + 1) % self.devices.len();
            self.put_in(1, Event::AtHeater { heater, budget });
        }
    }

    /// Somebody has a heater's credential, for good.
    fn steal_credential(&mut self, heater: usize) {
        self.devices[heater].lies = true;
        self.verdict.excuse_alarms();
    }

    /// Half of the heaters are pulled out of the wall, for good.
    fn unplug_half(&mut self) {
        for heater in (0..self.devices.len()).skip(1).step_by(2) {
            self.count(Seen::Unplugged);
            self.devices[heater].unplugged = true;
            self.devices[heater].crash();
            self.devices[heater].path = false;
        }
    }

    /// Nothing breaks any more; what is broken is repaired, but for what is gone for good.
    pub(super) fn quiet(&mut self) {
        self.note(Note::Quiet);
        self.broker_runs = true;
        for heater in 0..self.devices.len() {
            self.want(heater, true);
            self.put_back(heater);
            let room = &mut self.devices[heater].room;
            (room.sensor_works, room.case_c, room.switch) = (true, COOL_CASE_C, Switch::On);
            // What was locked by trips is reset by somebody who has looked.
            room.reset_pressed = true;
            if !self.devices[heater].unplugged {
                self.devices[heater].path = true;
                (self.devices[heater].crashes_unsaved, self.devices[heater].deaf) = (false, false);
                self.start_heater(heater);
            }
        }
        self.write_overrides();
        let home = self.run_at_home();
        for run in self.live_runs() {
            // Nor does what was about to freeze.
            self.runs[run].freezes_for_ms = None;
            if Some(run) == home {
                self.run_path_back(run);
                self.thaw(run);
            } else {
                self.end_run(run);
            }
        }
        if !self.folders[self.home].is_locked() {
            self.start_run(self.home);
        }
        self.book_changed();
    }
}
