"""Writes what recurring-ical-events finds in the calendars of this folder to expected.json.

    python3 -m pip install recurring-ical-events==3.8.2 icalendar==7.3.0
    python3 dashboards/src/ical/calendars/expect.py

Times are UTC milliseconds; times without a zone and whole days are those of Europe/Paris.
"""

import datetime
import importlib.metadata
import json
import pathlib
import zoneinfo

import icalendar
import recurring_ical_events

PARIS = zoneinfo.ZoneInfo("Europe/Paris")
FROM, UNTIL = datetime.datetime(2026, 1, 1, tzinfo=PARIS), datetime.datetime(2027, 2, 1, tzinfo=PARIS)


def ms(time):
    """An instant: a day begins at midnight of Paris, a time without a zone is of Paris."""
    if not isinstance(time, datetime.datetime):
        time = datetime.datetime(time.year, time.month, time.day)
    if time.tzinfo is None:
        time = time.replace(tzinfo=PARIS)
    return round(time.timestamp() * 1000)


def times(path):
    calendar = icalendar.Calendar.from_ical(path.read_bytes())
    events = recurring_ical_events.of(calendar).between(FROM, UNTIL)
    return sorted([ms(event.start), ms(event.end), str(event["SUMMARY"])] for event in events)


folder = pathlib.Path(__file__).parent
found = {path.stem: times(path) for path in sorted(folder.glob("*.ics"))}
versions = {name: importlib.metadata.version(name) for name in ["recurring-ical-events", "icalendar"]}
lines = [f' "{name}": [\n' + ",\n".join("  " + json.dumps(time, ensure_ascii=False) for time in times) + "\n ]" for name, times in found.items()]
text = '{"made_with": ' + json.dumps(versions) + ',\n' + ",\n".join(lines) + "\n}\n"
(folder / "expected.json").write_text(text, encoding="utf-8")
print({name: len(times) for name, times in found.items()}, versions)
