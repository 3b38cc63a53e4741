# The page of a room's schedule.

schedule-open = Change the schedule
schedule-title = Schedule
schedule-lead = What the room is to be, week after week. Whoever sets a temperature for a while still comes first.
schedule-week = Week
schedule-presets = Start from
schedule-preset-office = Office
schedule-preset-flat = Flat
schedule-preset-school = School
schedule-preset-always = Always
schedule-otherwise = Outside the times below
schedule-from = from
schedule-until = until
schedule-setpoint = temperature
schedule-week-help = A row without times is left out. Until 00:00 means until the end of the day.
schedule-why = Why (for the history)
schedule-save = Save
schedule-grid = The week as a grid
schedule-grid-help = Left and right move a span by 15 minutes, with Shift its end; up and down change its temperature; Delete removes it, Enter on a day adds one. The fields below always say the same.
schedule-grid-add = Add a span
schedule-exceptions = Exceptions
schedule-no-exceptions = None: each day is like its week.
schedule-exception = Exception
schedule-exception-add = Add an exception
schedule-exception-save = Add
schedule-exception-end = Remove
schedule-first-day = First day
schedule-last-day = Last day
schedule-kind = On these days
schedule-kind-constant = one temperature all day
schedule-kind-own = the temperature for some hours, else as outside the week’s times
schedule-kind-like = like a
schedule-own-from = Hours from
schedule-own-until = until
schedule-note = What for
schedule-like = like a { $day }
schedule-constant = { $setpoint } all day
schedule-own = { $spans }, else { $otherwise }
schedule-holidays = Public holidays
schedule-holidays-text = For the whole building. A public holiday is like the room’s Sunday, unless an exception says otherwise.
schedule-holidays-none = are like any other day
schedule-holidays-france = of France
schedule-holidays-alsace-moselle = of France, with Alsace and Moselle
schedule-days = The next 14 days
schedule-clock-change = { $hours } h: the clocks change
schedule-history = History
schedule-in-force = in force
schedule-revert = Bring back
schedule-from-the-beginning = from the beginning
schedule-by-description = description of the building
schedule-why-revert = as in version { $number }
schedule-why-copy = copied from { $room }
schedule-copy = Copy to other rooms
schedule-copy-text = The week and the exceptions; what was there is kept in each room’s history.
schedule-copy-rooms = Single rooms
schedule-copy-do = Copy
schedule-copy-none = Please choose at least one other room, floor or group.
schedule-done-week = Saved. The heating follows at once.
schedule-done-exception = The exception is noted.
schedule-done-exception-end = The exception is removed.
schedule-done-copy = Copied. The heating follows at once.
schedule-done-revert = The older version is in force again.
schedule-done-holidays = Noted for the whole building.
schedule-done-same = Nothing was different, so nothing was changed.
schedule-done-gone = That is no longer there. Nothing was changed.
schedule-calendar = Calendar
schedule-booked = { $n ->
    [0] No hours are booked by a calendar.
    [one] One time is booked by a calendar.
   *[other] { $n } times are booked by a calendar.
}
schedule-calendar-take = Take in a calendar
schedule-calendar-text = What its events cover in the next 400 days is at this temperature, over the week: comfort for meetings, less for closures. It takes the place of the calendar before. Exceptions still come first.
schedule-calendar-setpoint = Temperature during its events
schedule-calendar-file = File (.ics)
schedule-calendar-paste = Or its text
schedule-calendar-do = Take in
schedule-calendar-end = Forget all booked times
schedule-calendar-out = As a calendar (.ics):
schedule-calendar-floor = this floor
schedule-calendar-site = the whole building
schedule-calendar-large = The calendar is too long, too deep or has too many events: at most 256 KiB, 2,000 events and 200 rules.
schedule-calendar-unreadable = This does not read as a calendar (.ics). Nothing was changed.
schedule-calendar-empty = There is no event in this calendar. Nothing was changed.
schedule-calendar-much = The rules of this calendar take too long to follow, at the event { $event }: it repeats for too long or too often, or never takes place. Give it an end, or leave it out. Nothing was changed.
schedule-done-calendar = The calendar is taken in; the history says what came of it.
schedule-why-calendar = calendar: { $n ->
    [one] one time
   *[other] { $n } times
}
schedule-why-calendar-end = booked times forgotten
schedule-skipped-times = ({ $n } left out: times that do not read)
schedule-skipped-rule = ({ $n } left out: rules that cannot be followed)
schedule-skipped-zone = ({ $n } with an unknown time zone, read in the building’s)
schedule-skipped-later = ({ $n } later ones left out)
schedule-stale = { $who } changed this schedule meanwhile, { $when }{ $why }. Nothing was saved yet. What you entered is still below; saving once more puts it in place of the newer version, which stays in the history.
schedule-refused-day = { $day }: { $what }
schedule-refused-row = Please fill in both times and a temperature such as 20.5, or leave the row empty.
schedule-refused-order = { $from } to { $until } ends before it begins. A night is two rows: one until 00:00, one from 00:00 on the next day.
schedule-refused-overlap = Two rows overlap at { $at }.
schedule-refused-date = Please choose the first and the last day.
schedule-refused-own = Please say from when until when, and a temperature such as 20.5.
schedule-refused-note = What it is for has at most 64 letters.
schedule-refused-backwards = The last day lies before the first.
schedule-refused-long = An exception lasts at most { $days } days. For longer, change the week.
schedule-refused-many = At most { $most } are kept. Please remove some first.
audit-schedule = changed the schedule

day-0 = Monday
day-1 = Tuesday
day-2 = Wednesday
day-3 = Thursday
day-4 = Friday
day-5 = Saturday
day-6 = Sunday

holiday-new-year = New Year’s Day
holiday-good-friday = Good Friday
holiday-easter-monday = Easter Monday
holiday-labour-day = Labour Day
holiday-victory-day = Victory Day
holiday-ascension = Ascension Day
holiday-whit-monday = Whit Monday
holiday-national-day = Bastille Day
holiday-assumption = Assumption
holiday-all-saints = All Saints’ Day
holiday-armistice = Armistice Day
holiday-christmas = Christmas
holiday-saint-stephen = St Stephen’s Day

# Groups of rooms, and copying to them.
groups-title = Groups of rooms
groups-lead = Rooms that are changed together, such as the offices to the north. A week is copied to a group from the page of a room’s schedule.
groups-list = Groups
groups-none = There is no group yet.
groups-count = { $n ->
    [one] one room
   *[other] { $n } rooms
}
groups-gone = Rooms that are not in the building any more
groups-gone-count = { $n ->
    [one] one is not in the building any more
   *[other] { $n } are not in the building any more
}
groups-change = Change
groups-change-one = Change { $name }
groups-new = A new group
groups-name = Name
groups-all-of = All of
groups-save = Save
groups-end = End this group
groups-done-saved = Saved.
groups-done-ended = The group is ended. Its rooms stay as they are.
groups-stale = This group was changed in the meantime. Nothing was saved; look at what is there now, and save once more.
groups-refused-name = Please give the group a name of 1 to 64 printable characters.
groups-refused-empty = Please choose at least one room.
groups-refused-taken = There is another group of this name.
groups-refused-many = There are { $most } groups already: end one that is not needed.
schedule-copy-look = Show what would change
schedule-copy-changes = These rooms would change
schedule-copy-nothing = All chosen rooms have this schedule.
schedule-copy-same = These have it already
schedule-copy-both = week and exceptions
schedule-copy-week = week
schedule-copy-exceptions = exceptions
schedule-copy-stale = In the meantime one of these schedules was changed ({ $who }, { $when }). Nothing was copied; this is what would change now.
