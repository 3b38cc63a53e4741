# The page of the person in one room: plain words only.

feeling-fine = You are comfortable
feeling-cool = A little cool
feeling-cold = It is cold
feeling-warm = Rather warm
feeling-unknown = Not measured right now
tenant-asked = asked for
tenant-band = from { $low } to { $high }
tenant-schedule = follows your week
tenant-setback = lowered, because nobody was noticed
tenant-until = your wish, until { $until }
tenant-set-by-manager = set by your building until { $until }
tenant-held = Your building has set this temperature until { $until }. You can change it again after that.
tenant-for = For how long
tenant-end-at = until { $moment }
tenant-end-hours = { $n ->
    [one] 1 hour
   *[other] { $n } hours
}
tenant-back = Back to my week
tenant-done-wish = Noted. Your heater follows within a minute.
tenant-done-end = Your room follows your week again.
tenant-humidity = humidity { $value }
tenant-why-below = Your heater is warming the room up to what was asked for.
tenant-why-preheating = Your heater starts early, so that the room is warm in time.
tenant-why-at = Your heater keeps the room as it is.
tenant-why-above = The room is warmer than asked for, so your heater rests.
tenant-why-cap = Several rooms share their power right now, so your heater is slower than usual.
tenant-why-blind = Your heater cannot be reached right now. It keeps the room safe by itself.
tenant-why-unknown = The temperature of your room is not known right now. Your heater keeps the room safe by itself.
tenant-why-off = Your heater is off: it protects itself, or somebody switched it off.
tenant-why-none = The heat in this room is not steered from here.
tenant-why-not-heard = Nothing is known about this room yet.
tenant-plan = What comes:
tenant-plan-warm = Warm enough at { $clock }.
tenant-plan-until = Warm until { $until }.
tenant-plan-until-again = Warm until { $until }, and again at { $again }.
tenant-export = Take along what was recorded in this room in your time (CSV)
tenant-privacy = This page shows your room and no other. Whoever has its address can open it, so keep it to yourself.
air-good = Good air
air-good-advice = Nothing to do.
air-stale = The air is getting stale
air-stale-advice = Open a window wide for five minutes.
air-bad = Stale air
air-bad-advice = Open a window wide now, for five to ten minutes.
air-humid = Humid air
air-humid-advice = Open a window wide for five minutes, and after cooking or a shower.
air-dry = Dry air
air-dry-advice = Common in winter. A bowl of water or a plant helps.
air-unknown = Air not measured
air-unknown-advice = There is no reading of the air right now.
