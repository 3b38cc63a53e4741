//! What a computing heater really draws when it is asked for watts: processors that are on or off, cores
//! that are busy or not, and a resistor for the rest.

/// The computing inside a heater.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Machine {
    /// Processors that are switched on and off, the steps of its power.
    pub processors: u32,
    /// Cores of each.
    pub cores_per_processor: u32,
    /// Power of a processor with its board and memory while all its cores are busy, W.
    pub full_w: f64,
    /// Power of a processor that is on without work, W, at most `full_w`.
    pub idle_w: f64,
    /// Processors that stay on without work, to take up work at once.
    pub waiting: u32,
    /// Power of the resistor, W; it can be set to any power up to this.
    pub resistor_w: f64,
}

/// What a heater is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Asked {
    /// Heat wanted, W: where work cannot make it the resistor does.
    pub heat_w: f64,
    /// Power it may draw at most, W: work may make more heat than wanted, up to this.
    pub limit_w: f64,
    /// Cores' worth of work that can run in it now.
    pub work_cores: f64,
}

/// What a heater draws.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Drawn {
    /// Power of processors for their busy cores, W.
    pub compute_w: f64,
    /// Power of processors that are on for their cores without work, W.
    pub idle_w: f64,
    /// Power of the resistor, W.
    pub resistor_w: f64,
    /// Cores at work.
    pub busy_cores: u32,
}

/// A small server's share of its full power when idle: half of it when Barroso and Hölzle wrote "The case for
/// energy-proportional computing" (2007), a fifth or so in the SPECpower_ssj2008 results of the last years.
const TYPICAL_IDLE_SHARE: f64 = 0.2;
/// Eight cores of about 11 W each, and what serves them: the usual desktop-class processor of a computing
/// heater.
const TYPICAL_PROCESSOR_W: f64 = 95.0;
const TYPICAL_CORES: u32 = 8;
/// The exponent of Fan, Weber and Barroso (2007), fitted by them to thousands of servers.
const CURVATURE: f64 = 1.4;

impl Machine {
    /// Processors of about 95 W and eight cores that in all have the heater's rated power, one of them waiting
    /// for work, and a resistor that can give the rated power alone.
    #[must_use]
    pub fn typical(rated_w: f64) -> Machine {
        let processors = (rated_w / TYPICAL_PROCESSOR_W).round().max(1.0);
        let full_w = rated_w / processors;
        Machine {
            processors: processors as u32,
            cores_per_processor: TYPICAL_CORES,
            full_w,
            idle_w: TYPICAL_IDLE_SHARE * full_w,
            waiting: 1,
            resistor_w: rated_w,
        }
    }

    /// All its cores.
    #[must_use]
    pub fn cores(&self) -> u32 {
        self.processors * self.cores_per_processor
    }

    /// Power of one processor with this many of its cores busy, W: `idle + (full − idle)·(2u − u^1.4)`, where
    /// u is the share of busy cores (Fan, Weber and Barroso, "Power provisioning for a warehouse-sized
    /// computer", 2007). The first cores cost most: they run at the highest clock and wake what all share.
    #[must_use]
    pub fn processor_w(&self, busy_cores: u32) -> f64 {
        if busy_cores >= self.cores_per_processor {
            return self.full_w;
        }
        let share = f64::from(busy_cores) / f64::from(self.cores_per_processor);
        self.idle_w + (self.full_w - self.idle_w) * (2.0 * share - share.powf(CURVATURE))
    }

    /// Power with so many cores busy, one processor filled after the other, W. More than all cores are all.
    #[must_use]
    pub fn cores_w(&self, busy_cores: u32) -> f64 {
        let busy_cores = busy_cores.min(self.cores());
        let (full, rest) = (busy_cores / self.cores_per_processor, busy_cores % self.cores_per_processor);
        f64::from(full) * self.full_w + if rest > 0 { self.processor_w(rest) } else { 0.0 }
    }

    /// Powers at which every processor that is on is busy, whole watts, ascending: of one, of two, and so on. Rounded up, so
    /// that all their cores fit.
    #[must_use]
    pub fn steps_w(&self) -> Vec<u32> {
        let mut steps_w: Vec<u32> =
            (1..=self.processors).map(|on| (f64::from(on) * self.full_w).ceil() as u32).collect();
        steps_w.dedup();
        steps_w.retain(|step_w| *step_w > 0);
        steps_w
    }

    /// What it draws: as much work as there is and the limit allows, one processor filled after the other as
    /// that costs least a core; then waiting processors; then the resistor up to the heat wanted. Never above
    /// the limit. Numbers that cannot be (negative, not a number) count as none.
    #[must_use]
    pub fn draw(&self, asked: &Asked) -> Drawn {
        let mut left_w = asked.limit_w.max(0.0);
        let mut left_cores = asked.work_cores.clamp(0.0, f64::from(self.cores())) as u32;
        let (mut drawn, mut on) = (Drawn::default(), 0);
        while on < self.processors {
            let busy_cores = self.most_cores_within(left_w, left_cores.min(self.cores_per_processor));
            if busy_cores == 0 {
                break;
            }
            drawn.add_processor(self, busy_cores);
            left_w -= self.processor_w(busy_cores);
            left_cores -= busy_cores;
            on += 1;
        }
        while on < self.waiting.min(self.processors) && self.idle_w <= left_w {
            drawn.idle_w += self.idle_w;
            left_w -= self.idle_w;
            on += 1;
        }
        let missing_w = asked.heat_w - drawn.power_w();
        drawn.resistor_w = missing_w.min(left_w).clamp(0.0, self.resistor_w);
        drawn
    }

    /// The most cores, of these, that one processor can have busy within a power.
    fn most_cores_within(&self, power_w: f64, cores: u32) -> u32 {
        (1..=cores).rev().find(|&busy| self.processor_w(busy) <= power_w).unwrap_or(0)
    }
}

impl Drawn {
    /// Power drawn in all, W.
    #[must_use]
    pub fn power_w(&self) -> f64 {
        self.compute_w + self.idle_w + self.resistor_w
    }

    /// The idle power of a processor is shared over its cores: what falls to those without work is idle burn.
    fn add_processor(&mut self, machine: &Machine, busy_cores: u32) {
        let unused = 1.0 - f64::from(busy_cores) / f64::from(machine.cores_per_processor);
        let idle_w = machine.idle_w * unused;
        self.idle_w += idle_w;
        self.compute_w += machine.processor_w(busy_cores) - idle_w;
        self.busy_cores += busy_cores;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn machine() -> Machine {
        Machine {
            processors: 8,
            cores_per_processor: 8,
            full_w: 100.0,
            idle_w: 20.0,
            waiting: 1,
            resistor_w: 400.0,
        }
    }

    fn asked(heat_w: f64, limit_w: f64, work_cores: f64) -> Asked {
        Asked { heat_w, limit_w, work_cores }
    }

    #[test]
    fn full_work_at_full_limit_is_all_cores_and_no_watt_idle() {
        let drawn = machine().draw(&asked(0.0, 800.0, 1000.0));
        assert_eq!((drawn.busy_cores, drawn.idle_w, drawn.resistor_w), (64, 0.0, 0.0));
        assert!((drawn.power_w() - 800.0).abs() < 1e-9);
    }

    #[test]
    fn without_work_the_resistor_makes_the_heat_and_one_processor_waits() {
        let drawn = machine().draw(&asked(300.0, 800.0, 0.0));
        assert_eq!(drawn, Drawn { compute_w: 0.0, idle_w: 20.0, resistor_w: 280.0, busy_cores: 0 });
        let freezing = machine().draw(&asked(800.0, 800.0, 0.0));
        assert_eq!(freezing.power_w(), 420.0);
    }

    #[test]
    fn power_comes_in_steps_and_what_is_left_below_the_next_core_is_not_drawn() {
        let machine = machine();
        let powers: Vec<f64> = (0..=8000)
            .map(|tenth| machine.draw(&asked(0.0, f64::from(tenth) / 10.0, 1e3)).power_w())
            .collect();
        let mut steps = powers.clone();
        steps.dedup();
        // Each of 64 cores, off, and one that waits idle below the first core.
        assert_eq!(steps.len(), 66);
        assert!(powers.windows(2).all(|pair| pair[0] <= pair[1]));
    }

    #[test]
    fn the_first_core_of_a_processor_costs_more_than_the_last() {
        let machine = machine();
        let first = machine.processor_w(1) - machine.processor_w(0);
        let last = machine.processor_w(8) - machine.processor_w(7);
        assert!(first > 1.8 * last && last > 0.0, "{first} {last}");
        assert_eq!((machine.processor_w(0), machine.processor_w(8)), (20.0, 100.0));
    }

    #[test]
    fn at_each_of_its_steps_it_computes_with_all_it_draws_but_the_watt_that_was_rounded_up() {
        for rated_w in [250.0, 333.3, 777.7, 1499.9] {
            let machine = Machine::typical(rated_w);
            for (on, step_w) in (1..).zip(machine.steps_w()) {
                let drawn = machine.draw(&asked(f64::from(step_w), f64::from(step_w), 1e3));
                assert_eq!((drawn.busy_cores, drawn.idle_w), (on * machine.cores_per_processor, 0.0));
                assert!(drawn.resistor_w < 1.0, "{drawn:?}");
            }
        }
    }

    #[test]
    fn so_many_cores_are_busy_within_the_power_that_they_take() {
        let machine = machine();
        for cores in 0..=64 {
            let power_w = machine.cores_w(cores);
            let drawn = machine.draw(&asked(0.0, power_w + 1e-9, 1e3));
            assert_eq!(drawn.busy_cores, cores, "{power_w} W");
        }
        assert_eq!(machine.cores_w(1_000), 800.0);
    }

    #[test]
    fn half_busy_processors_have_idle_cores_to_answer_for() {
        let drawn = machine().draw(&asked(0.0, 800.0, 4.0));
        assert_eq!((drawn.busy_cores, drawn.idle_w), (4, 10.0));
    }

    proptest! {
        #[test]
        fn nothing_is_drawn_above_the_limit_nor_worked_beyond_the_work(
            heat_w in prop_oneof![-100.0..2000.0f64, Just(f64::NAN), Just(f64::INFINITY)],
            limit_w in prop_oneof![-100.0..2000.0f64, Just(f64::NAN)],
            work_cores in prop_oneof![-10.0..100.0f64, Just(f64::NAN), Just(f64::INFINITY)],
        ) {
            let drawn = machine().draw(&asked(heat_w, limit_w, work_cores));
            prop_assert!(drawn.power_w() <= limit_w.max(0.0) + 1e-9, "{drawn:?}");
            prop_assert!(f64::from(drawn.busy_cores) <= work_cores.max(0.0));
            prop_assert!(drawn.compute_w >= 0.0 && drawn.idle_w >= 0.0 && drawn.resistor_w >= 0.0);
        }
    }
}
