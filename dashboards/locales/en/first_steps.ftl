# First steps: a building of one's own, step by step.

steps-title = First steps
steps-lead = A building of your own: its name, its rooms, its heaters, and a test that they heat. You can leave at any point and come back.
steps-own = Begin a building of your own
steps-begun = Go on with
steps-new = A new building
steps-name = Name
steps-zone = Time zone
steps-cap-w = Most power of all heaters together
steps-cap-advice = Leave it empty where only the rating of each heater bounds it.
steps-begin = Begin
steps-save = Save
steps-add = Add
steps-change = Change
steps-remove = Remove
steps-cancel = Leave as it is
steps-overview = How far the building is
steps-next = What comes next
steps-all-done = All steps are done. The building heats.
steps-done = Saved.
steps-site = The building
steps-site-state = named
steps-rooms = Rooms
steps-rooms-state = { $n ->
    [0] none yet
    [one] one room
   *[other] { $n } rooms
}
steps-heaters = Heaters
steps-heaters-state = { $all ->
    [0] none yet
   *[other] { $n } of { $all } are heard
}
steps-test = Heat test
steps-test-state = { $all ->
    [0] not yet
   *[other] { $n } of { $all } tested
}
steps-room-add = Add a room
steps-room-change = Change a room
steps-room-week = The hours of its week have a page of their own.
steps-room-heaters = { $n ->
    [0] no heater
    [one] one heater
   *[other] { $n } heaters
}
steps-floor = Floor
steps-low-c = Lowest setpoint that people may choose
steps-high-c = Highest setpoint that people may choose
steps-setback-c = While nobody is there, not below
steps-comfort-c = In comfort hours
steps-otherwise-c = At other times
steps-from = Comfort from
steps-until = until
steps-days = On
steps-days-week = Monday to Friday
steps-days-all = every day
steps-heater-add = Add a heater
steps-heater-change = Change a heater
steps-room = Room
steps-rated-w = Rated power
steps-resistor-w = Of it the resistor
steps-fallback-w = Power on its own
steps-fallback-advice = What it may draw while the controller cannot be reached. All of these together must fit below the building's limit.
steps-claim = Claim and test
steps-tested = tested
steps-is-there = The heater is there: it has been heard.
steps-is-not-there = Nothing has been heard from it yet. This page looks again by itself.
steps-then-run = Then, on the same device, in the same folder:
steps-simulated = This heater is simulated, and needs no code.
steps-refused-name = { $field }: please write 1 to 64 letters. Nothing was changed.
steps-refused-celsius = { $field }: please write a temperature from 5 to 30 °C. Nothing was changed.
steps-refused-watts = { $field }: please write a whole number of watts. Nothing was changed.
steps-refused-time = { $field }: please write a time such as 07:30. Nothing was changed.
steps-refused-zone = { $field }: please write a zone such as Europe/Paris. Nothing was changed.
steps-refused-band = The lowest setpoint is above the highest. Nothing was changed.
steps-refused-hours = Comfort ends before it begins. A night is written on the page of the schedule. Nothing was changed.
steps-refused-heated = Heaters stand in this room. Give them another room first. Nothing was changed.
steps-refused-gone = It is not there any more: somebody has removed it. Nothing was changed.
steps-refused-rated = Please write the rated power of the heater. Nothing was changed.
steps-refused-parts = The resistor, or the power on its own, is above the rated power. Nothing was changed.
steps-refused-twice = There is a building called { $name } already. Go on with it, or choose another name.
steps-stale = The building has changed in the meantime. Nothing was changed by this form; look at it, and press again to keep what you typed.

test-title = Two-minute heat test
test-text = For two minutes the room asks for two degrees more than it has. The controller gives the heater power as it does every day, within all limits, so the test also shows when a limit leaves none.
test-begin = Begin the test
test-running = It goes on. Drawn now: { $drawn }.
test-power-unknown = not known
test-nothing = In these two minutes it reported no power. Is it connected, and does it measure its power?
test-rose = Its power rose from { $before } to { $most }, within { $within }.
test-stayed = Its power did not rise: { $before } before, { $most } at most in these two minutes. Another heater of the room may have made the heat, it may have drawn its power before, or a limit left it none.
test-hindered-unplaced = It stands in no room, so the controller gives it no power. Give it a room first.
test-hindered-silent = Nothing is heard from it. Claim it first.
test-hindered-reports-only = It only reports: its power cannot be changed from here, so there is nothing to test.
test-hindered-off = It has switched itself off, or somebody has at the heater. Nothing switches it on from here.
test-hindered-overridden = Somebody has set the temperature of its room. The test would end that: wait, or end it on the page of the room.
