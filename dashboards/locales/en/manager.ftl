# Home, rooms and heaters, for people who look after a building.

headline-nothing = Nothing has been heard from this building yet
headline-stale = Nothing new heard since { $moment }
headline-blind = No room is known to be cold, but not every temperature is known
headline-nobody = All is calm: no room needs to be warm right now
headline-fine = Everyone is warm
headline-fine-known = Everyone is warm, as far as can be told
headline-one = Everyone is warm, except in { $a }
headline-two = Everyone is warm, except in { $a } and { $b }
headline-many = { $n } rooms are too cold
subline-blind = { $n ->
    [one] · one room’s temperature is not known
   *[other] · the temperature of { $n } rooms is not known
}
subline = { $n ->
    [0] nobody is in the building
    [one] one room is occupied
   *[other] { $n } rooms are occupied
} · as of { $moment } ({ $age })
subline-nothing = Waiting for the first message from a heater.

figures-label = The building in six figures
figure-comfort = Rooms in comfort
figure-comfort-none = none needs it now
figure-comfort-meaning = Rooms within their band, of those that are occupied or scheduled for comfort. The line: share of all rooms not more than 1 degree below their schedule, last 24 hours.
figure-heat = Heat now
figure-heat-meaning = Power going into rooms that are not too warm, and what all rooms want. The line: the last 24 hours.
figure-compute = Computing
figure-compute-meaning = Power that runs work instead of the resistor, and the processor cores at work. The line: the last 24 hours.
figure-cores = · { $n ->
    [one] { $n } core
   *[other] { $n } cores
}
figure-electricity = Electricity
figure-electricity-meaning = Power drawn by all heaters now, and the energy of today. The line: the last 24 hours.
figure-useful = Useful heat
figure-useful-meaning = Share of the heat that went into rooms not more than half a degree above what their schedule wants within six hours.
figure-today = today
figure-24h = last 24 h

plan-title = Floor plan
plan-floors = Floors
plan-list = All
plan-empty = This building has no rooms yet.
legend-label = Colours: difference from the setpoint
legend-cold = colder than wanted
legend-warm = warmer than wanted

ahead-title = Power, a day back and a day ahead
ahead-resistor = resistor
ahead-compute = computing
ahead-announced = work announced
ahead-planned = heat planned
ahead-work = Work available now: { $power }. Heat beyond it comes from the resistor and computes nothing.
ahead-no-work = Nobody says how much work is available; it counts as enough, of no value.

attention-title = Needs attention
attention-none = Nothing. Everything that was heard is as it should be.
attention-more = { $n ->
    [one] one more
   *[other] { $n } more
}
severity-urgent = Urgent
severity-soon = Soon
severity-note = Note

problem-cold = { $name }: { $below } too cold
problem-unknown = { $name }: temperature not known
problem-sensor-suspect = { $name }: { $metric } is doubtful
problem-sensor-missing = { $name }: no reading of { $metric }
problem-silent = { $name } is silent
problem-silent-many = { $n } heaters are silent
problem-tripped = { $name } has switched itself off
problem-off = { $name } is switched off by hand
problem-derated = { $name } is too warm inside
problem-fallback = { $name } is on its own
problem-fallback-many = { $n } heaters are on their own
problem-over = { $name } draws { $drawn } of { $budget } allowed
problem-cap = Cap of { $cap } is active{ $n ->
    [0] {""}
    [one] , one room gets less heat
   *[other] , { $n } rooms get less heat
}
problem-second-controller = Another controller is at work on this building
problem-cap-low = The cap of { $cap } is below what heaters may draw on their own
problem-work = Nobody says how much work there is to run
problem-override = { $name }: { $setpoint } until { $until }

cause-cold-window = Probably an open window: temperature and CO₂ fell together.
cause-cold-silent = Its heater is not heard.
cause-cold-tripped = Its heater is off.
cause-cold-fallback = Its heater is on its own and keeps the setback only.
cause-cold-cap = A power cap leaves it less heat than it wants.
cause-cold-held = Somebody limited its heater, or lets it take no work. See the heater’s page.
cause-cold-warming = It is warming up; give it a little time.
cause-cold-full = Its heater gives all it can: look for a draught, an open door or too little power.
cause-cold-no-heater = It has no heater.
cause-cold-unknown = No cause stands out. Compare temperature and power over the day.
cause-unknown = No sensor of this room gives a believable value. Its heater keeps a safe fall-back.
cause-sensor-suspect = The value jumps, stands still or cannot be real. It is kept, and not used.
cause-sensor-missing = The sensor says that it has no value.
cause-silent = No power, no network, or the software has stopped. It keeps its own fall-back meanwhile.
cause-tripped = It protects itself: too hot, or more power than allowed. Once it has cooled down it tries again by itself.
cause-tripped-for-good = It protected itself twice within an hour. Find out why, then reset it at the heater; that cannot be done from here.
cause-off = Somebody used its switch. That is respected, frost aside.
cause-derated = Something may cover it, or its filter is full. It takes power back by itself.
cause-fallback = It has no lease: the controller or the network between is missing.
cause-over = Meter or switch may be broken. It should trip within seconds; if it does not, switch it off.
cause-cap = The power is shared by need until more is allowed.
cause-cap-until = Asked for by a building system until { $until }. The power is shared by need.
cause-second-controller-told = Told by { $heaters }. Where it is one heater alone, its credential is in wrong hands rather: revoke it.
cause-second-controller = Heaters tell of power that this controller never granted: a copy of its data folder runs elsewhere. Caps hold only when one of the two is stopped.
cause-cap-low = It holds only while heaters are connected. Raise the cap or lower the fall-backs.
cause-work = Counted as enough work of no value. Check the work source.
cause-override = Set by: { $who }. It ends by itself.

act-room = Open room
act-heater = Open heater
act-heaters = See heaters
act-rooms = See rooms
act-sensor = See sensors
act-override = Change or end

col-room = Room
col-heater = Heater
col-deviation = Difference
col-action = Heat
col-occupancy = Occupancy
col-drawn = Drawn
col-wanted = Wanted
col-granted = Granted
col-lease = Lease
col-work = Work
col-chip = Chip
col-mode = State
col-seen = Heard
col-sensor = Sensor
col-value = Value
col-trust = Quality
col-from = From
heaters-empty = This building has no heaters yet.

room-band = tenants may choose { $low } to { $high }
room-power = { $drawn } of { $budget } granted
room-next = The schedule changes next at { $moment }, to { $setpoint }.
room-next-day = The schedule changes next on { $moment }, to { $setpoint }.
room-no-heater = No heater stands in this room.

why-below = Heating with { $power }: { $missing } missing to { $setpoint }.
why-preheating = Heating ahead with { $power }, so that it is { $setpoint } at { $moment }.
why-preheating-day = Heating ahead with { $power }, so that it is { $setpoint } on { $moment }.
why-at = Holding { $setpoint } with { $power }.
why-above = No heat needed: { $above } above { $setpoint }.
why-cap = Gets { $power } of { $wanted } wanted: a cap of { $cap } is shared by need.
why-full-power = Heating with all there is, { $power }: { $missing } still missing to { $setpoint }.
why-vacant = Nobody is expected for now: held at { $setpoint } or above with { $power }, instead of { $occupied } for people.
why-window = A window seems to stand open, for { $age } now: the heat is down to { $power } for half an hour at most. Below { $lowest } it comes back at once.
why-believed-silent = The thermometer has said nothing for { $age }. By what is known of the room it has { $believed } and gets { $power }; after { $limit } its heaters keep their own fall-back.
why-believed-absurd = For { $age } the thermometer has said what no room is like. By what is known of the room it has { $believed } and gets { $power }; after { $limit } its heaters keep their own fall-back.
why-believed-stuck = For { $age } the thermometer has stood still while the room moves. By what is known of the room it has { $believed } and gets { $power }; after { $limit } its heaters keep their own fall-back.
why-must-run = Jobs that must run here make { $jobs } of heat: { $power } is given, no less is possible.
why-cheap = Storing heat with { $power }: it costs { $cost } now, { $later } on average of the next day.
why-work-pays = Storing heat with { $power }: its computing earns { $earned } more than it costs.
why-ahead-of-cap = Storing heat with { $power }: from { $moment } a cap leaves { $cap } for the rooms under it, too little for all.
why-ahead-of-cap-day = Storing heat with { $power }: from { $moment } on a cap leaves { $cap } for the rooms under it, too little for all.
why-rule-heating-mean = Held at { $limit } with { $power }, not at the { $asked } asked for: by law heating may reach 19 °C on average of the rooms.
why-rule-empty-a-day = Held at { $limit } at most with { $power }, not at the { $asked } asked for: by law 16 °C is the most where nobody has been for a day.
why-rule-empty-two-days = Held at { $limit } with { $power }, not at the { $asked } asked for: by law 8 °C is the most where nobody has been for two days.
why-rule-frost = Held at { $limit } with { $power }, not at the { $asked } asked for: below it water in pipes may freeze.
why-rule-site-eco = Held at { $limit } with { $power }, not at the { $asked } asked for: the building is set to eco.
why-rule-site-closed = Held at { $limit } with { $power }, not at the { $asked } asked for: the building is closed.
why-rule-site-frost = Held at { $limit } with { $power }, not at the { $asked } asked for: the building is kept from frost only.
why-rule-site-stop = No heat, though { $asked } is asked for: all heaters of the building are stopped. Each keeps its own protection from frost. ({ $limit }, { $power })
why-excitation = Up to { $dither } above { $setpoint } for a while, with { $power }: nobody is there, and so it is learned how the room answers to heat.
why-unknown = Its temperature was never heard. The heaters keep their own fall-back.
why-unknown-since = No believable temperature for { $age }. The heaters keep their own fall-back.
why-silent = Its heaters were never heard. They keep their own fall-back.
why-silent-since = Its heaters have been silent for { $age }. They keep their own fall-back.
why-heaters-off = Its heaters are off: they protect themselves, or somebody switched them off.
why-not-controllable = Its heaters only report; their power cannot be changed from here.
why-no-heater = No heater stands in this room.
why-not-heard = Nothing has been heard from the controller about this room yet.
why-occupied = Somebody is there.
why-empty = Nobody is there.

override-title = Change for a while
override-setpoint = Temperature in degrees Celsius
override-until = For how long
end-30min = 30 min
end-2h = 2 h
end-next = until next change
end-date = date…
end-date-label = Date and time at which it ends
override-apply = Apply
override-limits = From 8 to 30 °C, for at most 7 days. It ends by itself.
override-running = { $setpoint } by { $who } until { $until }.
override-left = Left:
override-cancel = End now
done-override = Done. The heaters follow within seconds.
done-end = Ended. The room goes back to its schedule.
done-gone = It had already ended.

history-title = History
history-span = Time span
history-day = 24 h
history-week = 7 days
history-month = 30 days
history-table = As a table
history-files = As a file (CSV):
history-noscript = The chart needs script. The same values are in the table below.
history-nothing = Nothing was recorded in this time.
history-broken = The history could not be loaded. The table below still has it.
chart-setpoint = Schedule
chart-range = Lowest – highest
chart-now = now
chart-outdoor = Outdoors
chart-event-override = override to { $setpoint }, { $who }
chart-whole = Whole time
chart-zoom = Drag over a stretch to see it closer. The veil around a line reaches from the lowest to the highest value of each step.

day-title = A day back, a day ahead
day-expected = Expected { $air } at { $clock }, from when the plan wants { $bound } at least.
day-range = Expected between { $low } and { $high } over the day ahead.
day-unsure = How far off that may be is not known yet, so no band is drawn: it takes a day of predictions that came true or did not.
day-stale = This plan is old. A new one is made every four minutes; the controller may be missing, or the room’s temperature.
day-over = The last plan that was heard is over. A new one is made every four minutes; the controller may be missing, or the room’s temperature.
day-none = No plan was heard for this room yet. One is made within minutes, where the room has a heater and a temperature that can be believed.
day-presence = somebody expected
day-key-expected = expected
day-key-errors = give or take one usual error
day-key-bounds = bounds planned for
day-key-drawn = Power
day-key-planned = planned
day-table-ahead = The day ahead, as planned
day-table-past = The day back
day-file = Day ahead
day-col-when = From – to
day-col-air = Expected at its end
day-col-error = ±
day-col-low = Not colder than
day-col-high = Not warmer than
day-col-power = Heat planned
day-col-presence = Somebody there
reason-rise = Next rise
reason-rise-value = { $bound } at { $clock }
reason-rise-none = none in the day ahead
reason-expected = Expected then
reason-heat = Planned until then
reason-heat-day = Planned in all
reason-heat-value = { $energy }, at most { $power }

learned-title = What was learned of each room
learned-here = What was learned of this room
learned-all = What was learned of each room
learned-time-constant = Time constant
learned-time-constant-meaning = Without heat the room’s difference to outdoors falls to 37% in this time. The longer, the earlier heating has to begin, and the longer warmth stays.
learned-heat-loss = Heat loss
learned-heat-loss-meaning = So many watts keep the room one degree warmer than outdoors.
learned-errors = Errors
learned-error-1h = Error, 1 h ahead
learned-error-6h = Error, 6 h ahead
learned-error-24h = Error, 24 h ahead
learned-errors-meaning = How far predictions made one, six and twenty-four hours before were off over the last days, as root mean square. The band in the picture is as wide.
learned-since = In use
learned-since-meaning = Each night a room’s own history is studied; a new model is taken only where it predicts the last day better.
learned-not-yet = not learned yet: going by what is usual for its size
learned-nothing = nothing said yet
learned-meaning = What these numbers mean

today-title = Today
today-override = override

link-title = For the person in this room
link-text = A link opens a page for this room only: its temperature, why, and a little warmer or colder. A new link ends the old one, and so does the end of a tenancy.
link-make = Make a new link
link-made = The link for this room
link-end = End the link
link-until = A link is in force until { $until }.
link-ended = The link has ended: it opens nothing any more.
link-once = It is shown this once. Whoever has it may use it, so give it only to the person in this room.

audit-title = What was done here
audit-none = Nothing yet.
audit-override = { $setpoint } until { $until }
audit-override-end = ended an override
audit-tenant-link = made a new link
audit-tenant-link-end = ended the link
audit-erase-presence = wished that presence be deleted
audit-presence-erased = deleted presence
presence-title-manager = What sensors tell of people
presence-open = Who has read it, and delete it in a tenant's place
audit-configure = changed the configuration

heater-id = Identifier
heater-rated = Rated power
heater-resistor = Of it, resistor
heater-fallback = On its own, at most
heater-controllable = Can be switched
heater-boot = Boot
heater-identity = Identity
enrol-title = New device
enrol-text = A device becomes this heater with a one-time code. The device that was it before is locked out when the code is used.
enrol-make = Make a one-time code
enrol-made = On the new device, type
enrol-once = It is shown this once and lasts 24 hours. In place of ADDRESS write how the device reaches this server.
enrol-no-authority = No code can be made: the broker does not listen with TLS. Set tls_listen under [mqtt] in the configuration and start once.
enrol-taken = No code can be made: a credential of this name is in use for something else.
heater-unplaced = Not placed in a room
heater-alarms = It reports:
alarm-room-sensor = No believable reading of the room.
alarm-outlet-sensor = No believable reading of its casing.
alarm-chip-sensor = No believable reading of its chips.
alarm-room-sensors-differ = Two sensors of the room contradict each other.
alarm-outlet-sensors-differ = Two sensors of its casing contradict each other.
alarm-frost = Danger of frost.
alarm-hot = It is too warm inside and cannot take power back.
alarm-trip-heat = Off: it was too hot.
alarm-trip-power = Off: it drew more than allowed.
alarm-trip-sensors = Off: its sensors contradicted each other at high power.
alarm-needs-reset = Somebody must reset it at the heater.
alarm-outbox-disk = Its records are not safe from a power cut.
alarm-outbox-full = { $n ->
    [one] { $n } record was dropped.
   *[other] { $n } records were dropped.
}
alarm-budget-refused = { $n ->
    [one] { $n } budget was refused that the controller cannot have meant.
   *[other] { $n } budgets were refused that the controller cannot have meant.
}
heater-work = { $jobs ->
    [one] { $jobs } job
   *[other] { $jobs } jobs
} · { $cores ->
    [one] { $cores } core
   *[other] { $cores } cores
}
status-online = connected
status-offline = not connected
status-unknown = connection not known

budget-title = Budget
budget-wanted = Wanted
budget-granted = Granted
budget-obeyed = Obeyed
budget-drawn = Drawn
budget-lease = Lease left
budget-heat = Of it, for heat
budget-stops = Stops at
budget-granted-number = Number granted
budget-obeyed-number = Number obeyed

mode-boot = starting
mode-fallback = on its own
mode-leased = obeying
mode-fallback-blind = on its own, blind
mode-derated = too warm inside
mode-tripped = switched off
mode-local-off = off by hand
mode-silent = silent
mode-reports = reports only
mode-unknown = unknown
mode-boot-meaning = It reads each sensor for the first time.
mode-fallback-meaning = It has no live lease: its own thermostat keeps the setback within its fall-back power.
mode-leased-meaning = It follows a live lease from the controller.
mode-fallback-blind-meaning = It has lost a sensor, of its room or of its own heat: a small fixed power keeps frost away.
mode-derated-meaning = It takes power back until it has cooled down.
mode-tripped-meaning = It has switched its output off to protect itself.
mode-local-off-meaning = Somebody switched it off at the heater. Nothing but frost overrides that.
mode-silent-meaning = Nothing has been heard from it. Alone it keeps its own fall-back.
mode-reports-meaning = It tells what it measures. Its power cannot be changed from here, so it has no budget and no lease.
mode-unknown-meaning = It has not said yet what it does.

sensors-title = Sensors
sensors-none = It has sent no reading yet.
record-title = Last record, as it came
record-none = It has sent no record yet.

metric-temperature-c = Temperature
metric-humidity-pct = Humidity
metric-co2-ppm = CO₂
metric-voc-ppb = Vapours
metric-pm25-ugm3 = Fine dust
metric-illuminance-lux = Light
metric-sound-dba = Sound
metric-presence = Presence
metric-power-w = Power
metric-energy-wh = Meter
metric-resistor-w = Resistor
metric-load-pct = Load
metric-cores-busy = Cores busy
metric-jobs-running = Jobs
metric-chip-temperature-c = Chip temperature
metric-case-temperature-c = Case temperature
metric-fan-rpm = Fan
metric-wifi-clients = Wi-Fi clients
metric-link-up-mbps = Uplink
metric-tank-top-c = Tank, top
metric-tank-bottom-c = Tank, bottom
metric-flow-lpm = Flow
metric-inlet-c = Inlet
metric-outlet-c = Outlet

# The page of the rules of law.

rules-title = Rules of law
rules-lead = What the law allows bounds what people ask for, for heat that computing makes as for any other.
rules-site = The building
rules-profile = Whose law holds
rules-profile-none = None: setpoints are what people make them
rules-profile-france = France: 19 °C on average, 16 °C when empty for a day, 8 °C for two
rules-exception = Exception
rules-exception-none = none
rules-exception-care = people are nursed, or old people live here
rules-exception-small-children = small children are looked after here
rules-rooms-text = The average is over the rooms of a dwelling; rooms of no dwelling are taken together. What is excepted is not bounded, and not in the average.
rules-dwelling = Dwelling
rules-save = Save
rules-done = Noted. The controller follows within seconds.
rules-refused = That was not a choice of this page. Nothing was changed.
rules-refused-dwelling = { $room }: nothing was changed. A dwelling has a name of at most 64 letters.

## Long lists: filters, pages, search.

list-text = Name
list-floor = Floor
list-floor-any = all floors
list-state = State
list-state-any = any
list-state-cold = too cold
list-state-warm = too warm
list-state-blind = temperature not known
list-state-heating = heating
list-state-occupied = occupied
list-sort = Order
list-sort-plan = by floor
list-sort-name = by name
list-sort-cold = coldest first
list-sort-drawn = most power first
list-sort-id = by identifier
list-sort-heard = longest silent first
list-show = Show
list-all = Show everything
list-none = Nothing here fits these filters.
list-rooms = { $n ->
    [one] one room
   *[other] { $all } rooms
}
list-rooms-some = { $shown } of { $all } rooms
list-heaters = { $n ->
    [one] one heater
   *[other] { $all } heaters
}
list-heaters-some = { $shown } of { $all } heaters
pager-label = Pages of this list
pager-words = { $from } to { $to } of { $all }
pager-before = Previous
pager-after = Next
search-title = Search
search-label = Search rooms and heaters
search-placeholder = Search  /
search-do = Search
search-advice = Rooms and heaters, by name or identifier.
search-lead = What is called { $text }
search-none = No room and no heater is called { $text }.
search-more = { $n ->
    [one] And one more: write another word to find it.
   *[other] And { $n } more: write another word to find them.
}

## The past of a room: what happened, each heater, who was there
chart-event-alarm = alarm: { $words }
chart-event-lasts = since { $moment }: { $words }
chart-events = What happened
chart-overrides = override in force
chart-alarms = alarm
chart-presence = somebody there
chart-file-heaters = Power by heater

## The mode of a whole building
mode-title = Mode of the building
mode-link = Change the building’s mode
mode-choice = What the whole building is to be
mode-comfort = Comfort
mode-comfort-meaning = As schedules and people ask.
mode-eco = Eco
mode-eco-meaning = One degree below what is asked for. What a manager asks for in one room stays.
mode-closed = Closed
mode-closed-meaning = Nobody is expected: 16 °C at most. What a manager asks for in one room stays.
mode-frost = Frost protection
mode-frost-meaning = Nobody is expected for long: 8 °C in every room, whatever anybody asks for.
mode-stop = Stop
mode-stop-meaning = No heater draws anything, no job runs. Each heater keeps its own protection from frost.
mode-reason = Why (people see it)
mode-until = Until (empty: until somebody changes it)
mode-save = Set this mode
mode-done = Set. Heaters follow within a minute.
mode-line-comfort = The building is as usual: schedules and people say how warm it is.
mode-line-eco-until = Eco until { $moment }: { $reason }
mode-line-eco-open = Eco: { $reason }
mode-line-closed-until = Closed until { $moment }: { $reason }
mode-line-closed-open = Closed: { $reason }
mode-line-frost-until = Kept from frost only, until { $moment }: { $reason }
mode-line-frost-open = Kept from frost only: { $reason }
mode-line-stop-until = All heaters are stopped until { $moment }: { $reason }
mode-line-stop-open = All heaters are stopped: { $reason }
mode-refused = Nothing was changed: there is no such mode.
mode-refused-reason = Nothing was changed: say why, in 1 to 64 characters.
mode-refused-until = Nothing was changed: the end is no time, or it is past.

# What is done to a heater
heater-firmware = Software
heater-door = Comes in by
heater-hotspot = Hotspot
hotspot-none = no
hotspot-stale = not heard lately
hotspot-clients = { $n ->
    [0] yes, nobody is connected
    [one] yes, { $n } device is connected
   *[other] yes, { $n } devices are connected
}
door-certificate = its certificate, until { $moment }
door-secret = its password, since { $moment }
door-gateway = the gateway { $gateway }
door-revoked = nothing any more: revoked { $moment }
door-closed = nothing yet: it has no credential
door-simulated = the simulation
heater-limited = Limited to { $watts } until somebody ends it: { $reason }
heater-limited-until = Limited to { $watts } until { $moment }: { $reason }
heater-drained = Takes no new work until somebody ends it: { $reason }
heater-drained-until = Takes no new work until { $moment }: { $reason }
heater-shows = Shows which one it is until { $moment }
heater-heard = The heater has heard it.
heater-unheard = On its way: the heater hears it within ten seconds.
heater-unheard-silent = The heater says nothing: it hears this when it is back.
heater-hindered-recorded = This building is a recording: nobody obeys.
heater-hindered-reports = This heater only reports. It cannot be instructed.
heater-refused-watts = Not done: the limit is a whole number of watts below its rated power.
heater-refused-reason = Not done: say why, in 1 to 64 characters. It stands in the log.
heater-refused-until = Not done: the end must be a time to come. Leave it empty for “until somebody ends it”.
heater-refused-stale = Not done: somebody else changed this meanwhile. This is how it is now; what you typed is still there.
heater-refused-sure = Not done: tick the box if you are sure.
heater-done-identify = It is told to show which one it is, for two minutes.
heater-done-identify-end = It is told to stop showing itself.
heater-done-limit = The limit holds.
heater-done-limit-end = The limit has ended.
heater-done-drain = It takes no new work. What runs may end.
heater-done-drain-end = It takes work again.
heater-done-room = The heater stands where you said.
heater-done-revoke = Its credential has ended. A connection that is open is closed within a minute.
heaters-done-decommission = The heater has left the building. What it measured stays.
service-title = Service
service-identify-text = Let it show which one it is, by its light or a sound: for whoever stands in front of several.
service-identify = Show yourself, two minutes
service-identify-end = Stop showing
service-limit = Limit its power
service-limit-text = It is granted no more than this, whatever its room asks. Without contact it heats on its own up to its fall-back.
service-watts = At most, in watts
service-reason = Why
service-until = Until (empty: until somebody ends it)
service-limit-do = Limit
service-limit-end = End the limit
service-drain = Take no new work
service-drain-text = Jobs that run may end, no new one begins; its resistor heats as far as it has one. Before it is opened or taken away.
service-drain-do = Take no new work
service-drain-end = Take work again
service-room = Move it to another room
service-room-text = What it measured stays with the room in which it was measured. What was learned of both rooms begins anew.
service-room-do = Move
service-revoke = Revoke its credential
service-revoke-text = For a device that was stolen or sold. It is locked out within a minute and comes back with a new one-time code alone. It heats on, on its own.
service-revoke-sure = I am sure: this device is not to come in any more.
service-revoke-do = Revoke
service-decommission = Take it out of the building
service-decommission-text = Unplug it first. It is no longer in lists, plans and budgets, and its credential ends. What it measured stays in charts of its room and in reports; what was learned of the room begins anew.
service-decommission-sure = I am sure: it is unplugged, and leaves the building.
service-decommission-do = Take it out
service-elsewhere = Its room, and whether it belongs to the building, is said where the building is described:
service-building = The building’s description
audit-enrolment-code = made a one-time code
audit-revoke = revoked the credential
audit-decommission = took it out of the building
audit-limit-end = ended the limit
audit-drain-end = let it take work again
audit-identify-end = stopped it showing itself
room-score = Comfort, 7 days
room-score-cold = too cold by { $kh }
heater-hindered-words = Its software knows neither “show yourself” nor “take no new work”. It can be limited.
heater-refused-heard = Not done: this heater still speaks. Unplug it first, and wait a minute: plugged in it would heat on its own, and nobody would count with it.
door-expired = nothing any more: its certificate ended { $moment }. It needs a new one-time code
service-form = To the form
