# Reports.

nav-report = Report
report-title = Report
report-title-room = Report: { $name }
report-span = { $from } to { $to }
report-so-far = so far
report-compared-with = compared with { $from } to { $to }
report-period = Period
report-period-day = Day
report-period-week = Week
report-period-month = Month
report-period-year = Year
report-period-own = Own dates
report-date = A day in it
report-from = First day
report-to = Last day
report-compare = Compare with
report-compare-before = the time before
report-compare-year = the same a year before
report-subject = Of
report-whole = the whole building
report-show = Show
report-before = Before
report-after = After
report-error-choice = This period is not known. Choose a day, a week, a month, a year or own dates.
report-error-date = This is not a date. Own dates need a first and a last day.
report-error-reversed = The first day lies after the last.
report-error-long = This is longer than two years, the longest that a report looks back over.
report-error-future = This lies in the future, of which there is no report.
report-error-large = The building is too large for so long a time. Choose a shorter time, or one room.
report-files = This report as a file:
report-print = To print it, print this page: all explanations are unfolded then.

report-group-energy = Energy
report-group-work = What the electricity did
report-group-peak = Highest power
report-group-comfort = Comfort
report-group-law = Means of the law
report-group-tenants = Tenants
report-col-figure = Figure
report-col-value = Value
report-col-compared = Then
report-col-change = Change
report-col-coverage = Recorded
report-how = How it was computed
report-from-series = From: { $series }. Recorded of it: { $coverage }.
report-from-series-none = From: { $series }. There was nothing to record.
report-then-partly = { $value } of { $coverage } recorded
report-points = { $n } points

report-figure-energy = Electricity drawn
report-figure-degree-days = Degree days
report-figure-corrected-energy = Electricity in the other weather
report-figure-cost = Cost
report-figure-carbon = Carbon
report-figure-heat = Heat delivered to rooms
report-figure-useful-compute = Useful computing
report-figure-core-hours = Core-hours
report-figure-idle-burn = Idle burn
report-figure-resistor = Through the resistor
report-figure-waste = Wasted heat
report-figure-peak = Highest ten minutes
report-figure-peak-of-cap = Of the cap
report-figure-in-band = Occupied time in band
report-figure-cold = Cold felt
report-figure-heated-mean = Mean while heated
report-figure-above-19 = Heated hours above 19 °C
report-figure-empty-above-16 = Empty a day, heated above 16 °C
report-figure-empty-above-8 = Empty two days, heated above 8 °C
report-figure-refund = Refund to tenants

report-how-energy = Sum over all heaters. Each heater’s meter is counted from reading to reading, across silences and across restarts of the meter; where the meter says nothing, mean power times the time. A rise beyond 1.1 times the rated power is not counted.
report-how-degree-days = Method of the COSTIC, base 18 °C. Of each day the lowest and highest hourly mean outdoors, Tn and Tx. Tx at most 18: 18 − (Tn + Tx) / 2. Tn at least 18: nothing. Else (18 − Tn) · (0.08 + 0.42 · (18 − Tn) / (Tx − Tn)). Outdoors as the weather service said it. A day of which less than 18 hours are known is left out.
report-how-corrected-energy = Electricity drawn, times the degree days of the compared time, divided by those of this one: what would have been drawn in that weather. Beside it stands what really was drawn then.
report-how-cost = Each hour’s electricity times its price: the one that was announced for the hour, else the price that was declared for this building.
report-how-carbon = Each hour’s electricity times what a kilowatt-hour emitted: the factor announced for the hour, else the one that was declared for this building. Only what electricity emits, in grams of CO₂ equivalent.
report-how-heat = All electricity that a heater draws becomes heat where it stands. Heaters that stand in no room are left out; each counts for the room where it stands today.
report-how-useful-compute = Drawn by processors in hours in which cores were at work: electricity less what went through the resistor. What processors draw at rest in such an hour is not told apart.
report-how-core-hours = Cores at work times hours.
report-how-idle-burn = Drawn by processors in hours in which fewer than 0.05 cores were at work: heat that nobody computed with.
report-how-resistor = Electricity times the share of the resistor in the mean power of each hour.
report-how-waste = Drawn in hours in which the room’s mean was above its upper bound. Whether somebody was there does not matter.
report-how-peak = The highest mean over ten minutes of all heaters together. It is looked for in the 168 hours in which most was drawn.
report-how-peak-of-cap = The highest ten minutes, divided by the cap in force in that hour; where none was noted, by the building’s cap as it is written today.
report-how-in-band = Of the time in which somebody was there, by the sensors: the share in which the hour’s mean was no more than 0.5 degrees below the setpoint and no more than 0.5 above the upper bound. The setpoint is the schedule as it was written then, and overrides as they were; overrides are kept for 90 days.
report-how-cold = Degrees below the setpoint times hours in which somebody was there. Warmer hours make up for nothing.
report-how-heated-mean = Mean over the rooms that the law bounds, in hours in which a heater of theirs drew more than 20 W. Rooms count alike: their volumes are not known. France: Code de l’énergie, R241-26 and R241-27.
report-how-above-19 = Of the heated hours, those in which the mean over the rooms of a dwelling, or over all other rooms together, was above 19 °C (R241-26).
report-how-empty-above-16 = Of the hours in which nobody had been seen in the premises for 24 hours, those in which they were heated and warmer than 16 °C (R241-27). Counted from the beginning of the period.
report-how-empty-above-8 = The same after 48 hours, for 8 °C (R241-27).
report-how-refund = Electricity of heaters that stand in rooms, times what tenants are given back for a kilowatt-hour. Each room’s own is in the table of rooms.

report-unknown-not-configured = not configured
report-unknown-not-recorded = not recorded
report-unknown-nothing-to-judge = nothing to judge
report-unknown-no-rules = no rules of law hold here
report-unknown-too-mild = too mild to compare

report-remark-hours = { $energy } by what was announced for the hour.
report-remark-declared = { $energy } by the declared { $rate }; source: { $source }.
report-remark-meters = { $resets ->
    [0] {""}
    [one] One meter began again at zero.
   *[other] Meters began again at zero { $resets } times.
}{ $jumps ->
    [0] {""}
    [one] {" "}One rise was too high to be counted.
   *[other] {" "}{ $jumps } rises were too high to be counted.
}
report-remark-at = It began { $moment }.
report-remark-schedule = { $rooms ->
    [one] One room of { $of } is judged by its schedule, as if somebody were there whenever it asks for its highest setpoint: nobody was recorded there, or you may not see who was.
   *[other] { $rooms } rooms of { $of } are judged by their schedules, as if somebody were there whenever they ask for their highest setpoint: nobody was recorded there, or you may not see who was.
}
report-remark-whole-hours = { $hours ->
    [one] Of one hour of the { $of } in which it was looked for, only the mean of the whole hour is kept, because single readings are not kept for so long: the highest ten minutes may have been higher.
   *[other] Of { $hours } hours of the { $of } in which it was looked for, only the mean of the whole hour is kept, because single readings are not kept for so long: the highest ten minutes may have been higher.
}
report-remark-over = Over { $hours } hours of rooms.

report-map-title = Electricity by hour of the day
report-map-days = kWh in each hour. On the day on which the clocks go back, one cell holds two hours.
report-map-months = kWh in each hour, mean of the days of each month.
report-map-none = Nothing was recorded in this time.
report-map-day = Day
report-map-month = Month
report-rooms-title = Rooms
report-rooms-more = The { $n } rooms that drew most. All are in the files.
report-rooms-mean = Mean
report-rooms-energy = Electricity
report-rooms-refund = Refund

report-rates-title = What energy counts for
report-rates-text = Prices and carbon that the weather and price service announces for an hour come first. What is declared here stands where nothing was announced. An empty field means: not configured. A price on the month’s highest power makes the control keep that peak low where it costs little comfort.
report-rates-price = Price, € per kWh
report-rates-carbon = Carbon, g of CO₂ equivalent per kWh
report-rates-refund = Refund to tenants, € per kWh
report-rates-peak = Highest power of the month, € per kW
report-rates-source = Source
report-rates-save = Save
report-rates-done = Saved. Reports count with it from now on, of earlier times too.
report-rates-refused-number = { $rate }: nothing was saved. Please write a number from 0 to { $most }, such as 0.1952, or leave it empty.
report-rates-refused-source = { $rate }: nothing was saved. A number needs its source, in 1 to 64 characters: the contract or publication that says so.
report-rates-none = nothing is declared
