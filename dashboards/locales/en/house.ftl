# System health, the screen in the hall, and where the heat goes.

nav-health = System

health-title = System health
health-headline = { $n ->
    [0] The system is well
    [one] One thing in the system needs somebody
   *[other] { $n } things in the system need somebody
}
health-subline = Version { $version } · running for { $uptime } · figures count from then on, where nothing else is said
health-elsewhere = not known: this part runs in another process
health-to-do = To do:
health-until = until { $day }

health-parts-title = Parts
health-part-works = works
health-part-fails = does not work
health-part-elsewhere = not known: runs in another process
health-part-broker = Broker
health-part-broker-does = Carries every message between heaters, work and the other parts.
health-part-ingest = Ingest
health-part-ingest-does = Judges what heaters measured, stores it and says so to them.
health-part-store = History
health-part-store-does = Keeps what was measured, on disk.
health-part-controller = Controller
health-part-controller-does = Decides how much each heater may draw. Without it heaters keep their own fall-back.
health-part-alarms = Alarms
health-part-alarms-does = Looks every five seconds whether something is wrong, and tells people.
health-part-dashboards = Pages
health-part-dashboards-does = These pages and the interface for programs.

health-group-broker = Who connects
health-group-ingest = From heater to history
health-group-store = Disk of history
health-group-certificates = Certificates
health-group-backup = Backup

health-connections = Connections
health-connections-value = { $one } open, { $other } since the start
health-connections-meaning = Heaters, building systems and our own parts that have said who they are.
health-traffic = Messages
health-traffic-value = { $one } in, { $other } out
health-traffic-meaning = Carried since the start. One that several listen to goes out several times.
health-allowed = May connect
health-allowed-nobody = nobody
health-allowed-meaning = Who has a password or a certificate that holds, of this building and of our own parts. Everybody else is turned away.
health-role-heater = { $n ->
    [one] { $n } heater
   *[other] { $n } heaters
}
health-role-gateway = { $n ->
    [one] { $n } gateway
   *[other] { $n } gateways
}
health-role-service = { $n ->
    [one] { $n } part of ours
   *[other] { $n } parts of ours
}
health-role-work-source = { $n ->
    [one] { $n } source of work
   *[other] { $n } sources of work
}
health-role-building-system = { $n ->
    [one] { $n } building system
   *[other] { $n } building systems
}
health-role-observer = { $n ->
    [one] { $n } observer
   *[other] { $n } observers
}
health-turned-away = Turned away
health-turned-away-meaning = Connections that were refused; the reasons are listed below. A few are a device with an old password.
health-turned-away-do = Look below for the reason: a wrong password is mended by a new code for that heater, on its page.
health-dropped = Messages lost on the way
health-dropped-meaning = Not taken in time by somebody who reads too slowly or was away. What heaters measured is not among them: they send it again.
health-dropped-do = Look at the network of whoever reads slowly; the log names them.

health-newest = Newest reading in history
health-newest-none = none yet
health-newest-meaning = How old the newest measured value is that is safely on disk. Heaters measure every few seconds.
health-newest-do = See on the page Heaters whether they are silent, and above whether ingest works.
health-commit-age = From measuring to disk
health-commit-age-value = { $share } within 5 s, { $n } records took 2 min or more
health-commit-age-none = nothing stored since the start
health-commit-age-meaning = How long records took from the heater to the disk of history, by the heater’s clock. What comes late after an outage is not counted.
health-commit-age-do = A heater with a wrong clock, or a slow disk: see the log.
health-lost = Records lost for good
health-lost-meaning = Records that heaters say they had to give up, after a day without connection or a lost file. These gaps in history nothing fills.
health-lost-do = See on the page Alarms which heaters dropped records, and look at their connection.

health-size = History on disk
health-size-value = { $size }, { $n } records
health-size-meaning = Everything that was measured and is kept.
health-size-do = Look at the part that holds history: it does not answer.
health-history-silent = not known: history does not answer
health-free = Free on the disk
health-free-meaning = Below 64 MB nothing is stored any more: heaters then keep their records for a day.
health-free-do = Make room on the disk, or move the data folder to a larger one.
health-growth = Growth
health-growth-value = about { $size } a day (mean of { $n } days)
health-growth-young = not known yet: three days of history have to be packed first, which is done each hour
health-growth-influx = not known here: InfluxDB keeps history
health-growth-meaning = Size of the days that are kept, divided by their number. When the time to keep them is over, as much is removed as comes.
health-full = Full in
health-full-value = about { $n ->
    [0] less than a day
    [one] one day
   *[other] { $n } days
}
health-full-far = more than ten years
health-full-meaning = If history goes on growing like this and nothing else fills the disk.
health-full-do = Make room on the disk, or keep history for a shorter time (store in the configuration).
health-damaged = Damaged pieces
health-damaged-meaning = Pieces of history that could not be read and were put aside. What they held is missing from charts and reports.
health-damaged-do = Check the disk, and keep the folder history/quarantine for support.

health-certificate-broker = Broker
health-certificate-broker-meaning = What the broker shows to heaters and building systems, so that they know whom they talk to.
health-certificate-broker-do = Put a certificate that holds into the files that the configuration names; it is read within seconds.
health-certificate-authority = The house’s own authority
health-certificate-authority-meaning = Signs the certificates of heaters. They trust it and nobody else.
health-certificate-authority-do = Restore the folder keys from a backup; else every heater has to be enrolled again.
health-certificate-renews-itself = made by the house itself, renewed before it ends
health-certificate-broker-not-configured = not configured: connections are not encrypted (tls_listen)
health-certificate-authority-not-configured = none yet: it is made once tls_listen is configured
health-certificate-elsewhere = not known: the broker runs elsewhere
health-certificate-unreadable = its file cannot be read
health-devices = Heaters
health-devices-none = { $n ->
    [0] none: no heater has one
    [one] none that holds; that of one heater is over
   *[other] none that holds; those of { $n } heaters are over
}
health-devices-value = { $n ->
    [one] one heater has one
   *[other] { $n } heaters have one
}, the first { $until }{ $over ->
    [0] {""}
    [one] ; that of one heater is over
   *[other] ; those of { $over } heaters are over
}
health-devices-meaning = A heater renews its own by itself, a month before it ends. Only one that was off for long loses it.
health-devices-do = Enrol these heaters again: a one-time code is made on the page of each.
health-pages = These pages
health-pages-https = encrypted (https), by the proxy before them, which has the certificate
health-pages-here = not encrypted: reached from this machine only
health-pages-exposed = not encrypted, and reached from elsewhere
health-pages-meaning = How browsers reach these pages. Beyond this machine passwords need https.
health-pages-do = Put a proxy with a certificate before the pages and name it as url under [http].

health-backup = Last backup
health-backup-none = no backup yet
health-backup-value = { $moment } ({ $age })
health-backup-meaning = The whole data folder: history, the building’s book, the keys. It can be made while the program runs, into a new folder; keep it on another machine.
health-backup-do = Make a backup, and let the machine make one each night.

health-refused-title = What was refused
health-refused-text = Since the start. The log names who it was.
health-refused-none = Nothing was refused since the start, as far as this process knows.
health-refused-what = What
health-refused-why = Why
health-refused-count = How often
health-what-broker-connections-refused = Connections
health-what-broker-publishes-denied = Messages
health-what-broker-filters-denied = Subscriptions
health-what-broker-retained-refused = Messages to be kept
health-what-broker-enrolments-refused = Enrolments of heaters
health-what-ingest-refused-messages = Records of heaters
health-what-ingest-refused-samples = Readings of heaters
health-what-controller-refused-messages = Messages to the controller
health-what-alarms-refused-messages = Messages to the alarms
health-what-dashboards-connections-refused = Connections to these pages
health-reason-full = too many at once
health-reason-address = too many from one network
health-reason-crowded = too many that had not said who they are
health-reason-timeout = took too long to say who it is
health-reason-malformed = not readable as MQTT
health-reason-oversized = too large
health-reason-protocol = not a version that is spoken here
health-reason-client-id = the name is not one that is allowed
health-reason-credential = wrong or revoked password or certificate
health-reason-will = a last message that is not allowed
health-reason-unavailable = could not be checked just then
health-reason-tls = the encryption could not be agreed
health-reason-topic = not an address of the protocol
health-reason-role = not allowed to this sender
health-reason-filter = not an address that can be listened to
health-reason-too-many = too many in one message
health-reason-unknown-site = an unknown building
health-reason-unknown-heater = an unknown heater
health-reason-unknown-room = an unknown room
health-reason-too-long = too long
health-reason-form = not in the form of the protocol
health-reason-version = another version of the protocol
health-reason-boot = a number of starts that cannot be
health-reason-jump = a number far ahead of the one before
health-reason-clock = a time that cannot be told
health-reason-metric = not a kind of measurement
health-reason-value = not a number
health-reason-offset = a time too far from its record’s
health-reason-unregistered-metric = a measurement that this building does not have
health-reason-range = outside of what can be
health-reason-time = in the future, or at no known time
health-reason-ended = already over
health-reason-registry = the building’s book could not be read
health-reason-retained = an old message that was kept

diagnostics-title = Diagnostics for support
diagnostics-text = One file with version, configuration, figures, health, alarms by kind and what was last done to the program. It holds no password, no key, no name of a person or a room, and nothing that tells who was where. It is text: read it before you send it.
diagnostics-download = Download diagnostics

## Home: what it computes and costs, and where the heat goes

computing = Computing { $jobs ->
    [one] one job
   *[other] { $jobs } jobs
} on { $cores ->
    [one] one core
   *[other] { $cores } cores
}: { $share } of the heat comes from it.
computing-cores = Computing on { $cores ->
    [one] one core
   *[other] { $cores } cores
}: { $share } of the heat comes from it.
computing-nothing = Nothing is being computed right now.
computing-unknown = What is being computed is not known right now.
costs-now = Electricity costs { $now } an hour.
costs-today = Electricity costs { $now } an hour, { $today } today so far.
costs-unknown = What it costs is not known right now.
costs-no-price = What it costs is not known: no price is set.
costs-set-price = Set a price

flow-title = Where the heat goes, now
flow-grid = Grid
flow-compute = Computing
flow-resistor = Resistor
flow-rooms = Rooms
flow-water = Hot water
flow-water-none = not yet configured
flow-waste = Not needed
flow-words = { $grid } from the grid become heat: { $compute } by computing, { $resistor } in the resistor. { $rooms } go into rooms that want it, { $waste } into rooms that are warm enough.
flow-unknown = Not known right now: nothing fresh was heard from the controller.
costs-day = Electricity costs { $now } an hour, { $today } in the last 24 hours.

kiosk-link = Show on a screen in the hall
kiosk-computing = What the building is computing
kiosk-cold = { $n ->
    [one] One room is colder than it should be
   *[other] { $n } rooms are colder than they should be
}
kiosk-as-of = as of { $moment } ({ $age })
legend-below = { $to } and below
legend-between = { $from } to { $to }
legend-above = { $from } and above
legend-cold3 = much colder
legend-cold2 = colder
legend-cold1 = a little colder
legend-even = as wanted
legend-warm1 = a little warmer
legend-warm2 = warmer
legend-warm3 = much warmer
legend-unknown = not known
