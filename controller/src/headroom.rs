//! What may still be added to what heaters are told, below every cap.

use vocabulary::Watts;

use crate::caps::own_right_w;
use crate::image::Snapshot;
use crate::site::Site;

/// What is left below every cap while heaters take what they are told.
pub(crate) struct Headroom<'a> {
    site: &'a Site,
    /// The heaters below each cap, all where it is the site's, and what is free of it.
    caps: Vec<(Option<&'a [usize]>, Free)>,
}

/// What is free below one cap.
#[derive(Debug, Clone, Copy)]
struct Free {
    watts: f64,
    /// Whether what heaters may take by themselves is kept free for them also while they are told less.
    keeps_fallbacks: bool,
}

impl<'a> Headroom<'a> {
    /// With `told_w` for each heater of the site; `None` for those that are told nothing and take what they may.
    pub(crate) fn new(
        site: &'a Site,
        snapshot: &Snapshot,
        cap_w: Option<Watts>,
        told_w: &[Option<f64>],
    ) -> Self {
        let circuits = site.circuits.iter().map(|circuit| (Some(circuit.heaters.as_slice()), circuit.free_w));
        let caps = circuits.chain(cap_w.map(|cap_w| (None, cap_w.real()))).map(|(heaters, for_heaters_w)| {
            let below = || (0..told_w.len()).filter(move |h| heaters.is_none_or(|below| below.contains(h)));
            let own_rights_w: f64 = below().map(|h| own_right_w(site, snapshot, h)).sum();
            let mut free = Free { watts: for_heaters_w, keeps_fallbacks: own_rights_w <= for_heaters_w };
            for h in below() {
                free.watts -= match told_w[h] {
                    Some(told_w) => free.counted_w(site, h, told_w),
                    None => own_right_w(site, snapshot, h),
                };
            }
            (heaters, free)
        });
        Self { site, caps: caps.collect() }
    }

    /// Raises heaters to so many watts each, where every cap above them has what that takes; says whether it did.
    pub(crate) fn take(&mut self, raised_w: &[(usize, f64)], told_w: &mut [Option<f64>]) -> bool {
        let more_w = |(below, free): &(Option<&[usize]>, Free)| -> f64 {
            let here = raised_w.iter().filter(|(h, _)| below.is_none_or(|below| below.contains(h)));
            here.map(|&(h, watts)| {
                free.counted_w(self.site, h, watts) - free.counted_w(self.site, h, told_w[h].unwrap_or(0.0))
            })
            .sum()
        };
        let more_w: Vec<f64> = self.caps.iter().map(more_w).collect();
        if self.caps.iter().zip(&more_w).any(|((_, free), more_w)| *more_w > free.watts) {
            return false;
        }
        self.caps.iter_mut().zip(more_w).for_each(|((_, free), more_w)| free.watts -= more_w);
        raised_w.iter().for_each(|&(h, watts)| told_w[h] = Some(watts));
        true
    }
}

impl Free {
    fn counted_w(&self, site: &Site, heater: usize, told_w: f64) -> f64 {
        if self.keeps_fallbacks { told_w.max(site.heaters[heater].fallback_w.real()) } else { told_w }
    }
}
