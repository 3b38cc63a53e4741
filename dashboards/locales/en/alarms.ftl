# Alarms, for people who look after a building.

bell = { $n ->
    [0] No alarm
    [one] { $n } alarm
   *[other] { $n } alarms
}
bell-label = Alarms
figure-alarms = Open alarms
figure-alarms-meaning = Alarms that wait for somebody. Those that another one explains are not counted.
figure-alarms-rest = { $n ->
    [0] none critical
    [one] one critical
   *[other] { $n } critical
}
alarms-title = Alarms
alarms-lead = { $n ->
    [0] Nothing is wrong that anybody knows of.
    [one] One alarm waits for somebody.
   *[other] { $n } alarms wait for somebody.
}
alarms-none = No alarm is like that.
alarms-all-well = Nothing is wrong that anybody knows of.
alarms-rules-link = Rules and messages
alarms-state = State
alarms-severity = Severity
alarms-about = Of
alarms-text = Words
alarms-filter = Show
alarms-any = any
alarms-standing-open = open
alarms-standing-unacknowledged = not acknowledged
alarms-standing-acknowledged = acknowledged
alarms-standing-returned = over, not acknowledged
alarms-standing-shelved = put aside
alarms-standing-normal = over
alarms-standing-all = all
alarm-severity-critical = Critical
alarm-severity-high = High
alarm-severity-medium = Medium
alarm-severity-low = Low
alarm-state-normal = over
alarm-state-unacknowledged = not acknowledged
alarm-state-acknowledged = acknowledged
alarm-state-returned = over, not acknowledged
alarm-state-shelved-active = put aside
alarm-state-shelved-normal = put aside, over
alarm-shelved-until = put aside until { $until }
alarm-value = { $value } (limit { $limit })
alarm-times = { $n ->
    [one] once
   *[other] { $n } times
}
alarm-owner = { $owner } takes care of it
alarm-hides = { $n ->
    [one] { $n } alarm beneath
   *[other] { $n } alarms beneath
}
alarm-hides-heaters = { $n ->
    [one] { $n } heater beneath
   *[other] { $n } heaters beneath
}
alarm-beneath = Another alarm explains it
alarm-do-title = What to do
alarm-see = See its page
alarm-acknowledge = Acknowledge
alarm-shelve = Put aside
alarm-shelve-for = For
alarm-shelve-1 = 1 hour
alarm-shelve-8 = 8 hours
alarm-shelve-24 = 1 day
alarm-shelve-168 = 1 week
alarm-shelve-text = It comes back by itself then, where its cause lasts.
alarm-unshelve = Take back
alarm-assign = Assign
alarm-assign-to = To
alarm-comment = Comment
alarm-comment-why = Why, or what was found
alarm-history = History
alarm-history-value = at { $value }
alarm-forbidden = You may see this alarm; your role does not let you answer it.
alarm-done-acknowledge = Acknowledged.
alarm-done-shelve = Put aside.
alarm-done-unshelve = Taken back.
alarm-done-assign = Assigned.
alarm-done-comment = Written down.
alarm-done-gone = Nothing was changed: it had changed meanwhile, or there was nothing to change.
alarm-done-kept = It had changed meanwhile, so nothing else was done. What you wrote is in the history.
alarm-done-first = { $who } acknowledged it before you, { $moment }.
alarm-done-first-kept = { $who } acknowledged it before you, { $moment }. What you wrote is in the history.
alarm-deed-raised = raised
alarm-deed-returned = over
alarm-deed-acknowledged = acknowledged
alarm-deed-shelved = put aside until { $text }
alarm-deed-unshelved = taken back
alarm-deed-assigned = assigned to { $text }
alarm-deed-assigned-nobody = assigned to nobody
alarm-deed-commented = { $text }
alarm-deed-covered = another alarm explains it
alarm-deed-uncovered = nothing explains it any more
alarm-deed-by = by { $who }
alarm-platform = Hypocaust itself
alarm-this-site = the building

alarm-rules-title = Rules of alarms
alarm-rules-lead = With which limit, and after how long, something is an alarm. An empty limit or delay is the standard.
alarm-rules-site = This building
alarm-rules-platform = Hypocaust itself
alarm-rules-platform-text = For all buildings; administrators may change them.
alarm-rules-on = holds
alarm-rules-limit = Limit, { $unit }
alarm-rules-delay = After, s
alarm-rules-standard = Standard: { $setting }
alarm-rules-setting = { $limit }, after { $delay }
alarm-rules-setting-fact = after { $delay }
alarm-rules-now = { $rule }: { $setting }
alarm-rules-off = does not hold
alarm-rules-save = Save
alarm-rules-done = Saved. It holds within seconds.
alarm-rules-refused-limit = { $rule }: nothing was saved. The limit is a number from { $least } to { $most }; below { $least } the alarm could never end.
alarm-rules-refused-above = { $rule }: nothing was saved. The limit is a number above 0, at most { $most }.
alarm-rules-refused-fact = { $rule }: nothing was saved. This rule has no limit: it is so or it is not.
alarm-rules-refused-delay = { $rule }: nothing was saved. The delay is a whole number of seconds from 0 to { $most }.
alarm-rules-refused = Not saved: there is no such rule.
alarm-test-title = Messages
alarm-test-text = Where messages go is set in the configuration, under [alarms].
alarm-test = Send a test message
alarm-test-asked = The test is on its way: look again in a few seconds.
alarm-test-early = A test was asked for a moment ago.
alarm-test-last = Last test, { $age }, by { $who }:
alarm-test-waiting = no answer yet

alarm-rule-room-frost = Room near frost
alarm-rule-room-cold = Occupied room too cold
alarm-rule-room-hot = Room too hot
alarm-rule-room-co2 = Stale air
alarm-rule-room-falling = Room cools fast
alarm-rule-sensor-silent = Temperature not known
alarm-rule-heater-silent = Heater silent
alarm-rule-budget-disobeyed = Heater draws more than allowed
alarm-rule-heater-tripped = Heater tripped
alarm-rule-heater-derated = Heater near its limit
alarm-rule-heater-frost = Heater fears frost
alarm-rule-heater-sensors = Heater’s sensors
alarm-rule-heater-records = Heater loses records
alarm-rule-budget-refused = Budgets refused
alarm-rule-heaters-silent = Many heaters silent
alarm-rule-controller-silent = Controller silent
alarm-rule-second-controller = Second controller
alarm-rule-broker-silent = Broker not heard
alarm-rule-ingest-lag = History falls behind
alarm-rule-gap-declared = Records lost
alarm-rule-messages-refused = Messages refused
alarm-rule-disk-full = Disk nearly full
alarm-rule-history-stopped = History stopped

alarm-what-room-frost = { $name } is near frost
alarm-what-room-cold = { $name } is too cold for whoever is there
alarm-what-room-hot = { $name } is too hot
alarm-what-room-co2 = The air in { $name } is stale
alarm-what-room-falling = { $name } cools faster than its walls let it
alarm-what-sensor-silent = The temperature of { $name } is not known
alarm-what-heater-silent = { $name } says nothing
alarm-what-budget-disobeyed = { $name } draws more than it is allowed
alarm-what-heater-tripped = { $name } has switched itself off
alarm-what-heater-derated = { $name } is near its limit of temperature
alarm-what-heater-frost = { $name } fears frost
alarm-what-heater-sensors = { $name } cannot rely on its sensors
alarm-what-heater-records = { $name } loses records
alarm-what-budget-refused = { $name } was sent budgets that no healthy house sends
alarm-what-heaters-silent = Many heaters of { $name } are silent at once
alarm-what-controller-silent = Nothing is heard of the controller of { $name }
alarm-what-second-controller = Two controllers lead { $name }
alarm-what-broker-silent = The broker is not heard
alarm-what-ingest-lag = Records wait for longer than they should
alarm-what-gap-declared = Heaters have lost records
alarm-what-messages-refused = Many messages were refused
alarm-what-disk-full = The disk of history is nearly full
alarm-what-history-stopped = History cannot be written

alarm-do-room-frost = Go there now: shut the window, see whether the heater runs, keep water pipes from freezing.
alarm-do-room-cold = Look at the room’s page: it says why it gets no more heat. Is a window open, a heater off?
alarm-do-room-hot = Look for another source of heat, and whether the heater obeys.
alarm-do-room-co2 = Somebody should open a window for some minutes, or see to the ventilation.
alarm-do-room-falling = Look whether a window or a door stands open.
alarm-do-sensor-silent = See to the sensor: its cable or battery. Until then the room is heated by a fixed small duty.
alarm-do-heater-silent = See whether it has power and network. It heats on its own, at its setback.
alarm-do-budget-disobeyed = Switch it off at its plug or breaker, and have it looked at: its own guard has failed.
alarm-do-heater-tripped = Find out why before it is reset: blocked air, a fan, a sensor.
alarm-do-heater-derated = Clear its air inlet and outlet, look at its fan.
alarm-do-heater-frost = Go there: the room is far too cold for it.
alarm-do-heater-sensors = Have the sensor replaced; its page says which.
alarm-do-heater-records = Look at its disk and its network: what it measured is being lost.
alarm-do-budget-refused = Find out who else sends budgets, or whether its clock or key is wrong.
alarm-do-heaters-silent = Look at the building’s network first: switch, access point, router, power.
alarm-do-controller-silent = Look at the log of the controller and start it again. Heaters heat on their own until then.
alarm-do-second-controller = Stop one of the two: a copy of the data folder is at work elsewhere.
alarm-do-broker-silent = Look at the log of the broker, or at the machine that runs it.
alarm-do-ingest-lag = Look at the disk of history and at the load of the machine. Heaters keep their records meanwhile.
alarm-do-gap-declared = Look which heaters were out of reach for longer than their outbox holds.
alarm-do-messages-refused = The figures say for which reason, the log from whom: a broken device, or somebody who tries.
alarm-do-disk-full = Make room on the disk, or keep history for a shorter time.
alarm-do-history-stopped = Make room or replace the disk. Nothing is stored until then; heaters keep their records for a day.
