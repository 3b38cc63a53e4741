# What every page needs: names, units of time, trust, actions.

skip = Skip to content
nav-label = Main menu
nav-home = Home
nav-rooms = Rooms
nav-heaters = Heaters
other-language = Français
theme-title = Change the colours of these pages
theme-device = As device
theme-light = Light
theme-dark = Dark
demonstration = Demonstration
demonstration-title = This is a demonstration building
demonstration-text = It exists to show how Hypocaust works. Nobody lives in it, and nothing you do here heats a real room.
note-recorded-weather = Recorded: the weather, the RT2012 reference year of the Paris region.
note-recorded-occupancy = Recorded: when people come and go, counted in a university building; homes follow the RT2012 pattern.
note-simulated-rooms = Simulated: rooms, walls and windows, and so every temperature and air value.
note-simulated-heaters = Simulated: the heaters, their power and their computing.
note-simulated-work = Simulated: the work that the heaters run.
offline = The connection to the server is lost. What you see may be old; it comes back by itself.
yes = yes
no = no
why = Why?
setpoint = Setpoint
colder = Colder by half a degree
warmer = Warmer by half a degree

lost-title = There is nothing here
lost-advice = This address leads to no page, room or heater. The link may be old.
lost-home = To the home page
broken-title = This page could not be made
broken-advice = Something went wrong on the server. Its log says what. Please try again in a moment.
busy-title = Not just now
busy-advice = Other reports are being made, a few at a time. Please try again in a moment.
empty-title = No building yet
empty-advice = This program does not know a building yet. Begin one here, or describe one in the configuration file and start it again.

length-seconds = { $n } s
length-minutes = { $n } min
length-hours = { $h } h { $m }
length-days = { $n } { $n ->
    [one] day
   *[other] days
}
age-now = just now
age = { $length } ago
since = since { $moment } ({ $age })
moment-day = { $day }, { $clock }
weekday-0 = Mon
weekday-1 = Tue
weekday-2 = Wed
weekday-3 = Thu
weekday-4 = Fri
weekday-5 = Sat
weekday-6 = Sun
month-1 = Jan
month-2 = Feb
month-3 = Mar
month-4 = Apr
month-5 = May
month-6 = Jun
month-7 = Jul
month-8 = Aug
month-9 = Sep
month-10 = Oct
month-11 = Nov
month-12 = Dec

trust-good = good
trust-simulated = simulated
trust-stale = stale
trust-estimated = estimated
trust-suspect = doubtful
trust-missing = no reading
trust-unknown = unknown

action-heating = heating
action-holding = holding
action-resting = resting
action-fallback = on its own
action-unknown = unknown
occupancy-occupied = occupied
occupancy-empty = empty
occupancy-unknown = not known

by-manager = manager
by-building-system = building system
by-tenant = tenant
by-setback = setback, nobody is there
by-schedule = weekly schedule
by-until = { $who }, until { $until }

heat-from = Heating begins about { $clock }.
heat-until = Heating goes on until about { $clock }.
heat-on = Heating goes on all day.
heat-never = No heating is planned in the day ahead.

refused-setpoint = Please write a temperature such as 20.5.
refused-band = Please choose a temperature from { $low } to { $high }.
refused-end = Please choose when it ends.
refused-soon = The end lies in the past, or is less than a minute away. Please choose a later one.
refused-late = It may last { $longest } at most. Please choose an earlier end.
form-stale = Nothing was saved: somebody else changed this meanwhile. It is now: “{ $now }”. What you typed is still here; saving once more puts it in place of that.
