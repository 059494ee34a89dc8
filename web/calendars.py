"""Calendars: promises and meetings as a calendar program reads them (RFC 5545)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from icalendar import Calendar, Event, vDuration

from config import Settings

PROMISE, MEETING = timedelta(minutes=15), timedelta(minutes=30)  # how much of a day they take where nobody said
AGAIN = timedelta(
    minutes=15
)  # when programs come again, by the standard's name (RFC 7986) and by that which older ones know


def calendar(settings: Settings, promises: Sequence[Any], meetings: Sequence[Any]) -> bytes:
    """Draw the calendar of somebody with these promises still to keep, and these meetings behind them."""
    made = Calendar()
    made.add("prodid", f"-//{settings.product_name}//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", _("Promises and meetings · %(name)s", name=settings.business_name))
    made.add("refresh-interval", AGAIN, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", vDuration(AGAIN).to_ical().decode())
    for one in promises:
        made.add_component(_promise(settings, one))
    for one in meetings:
        made.add_component(_meeting(settings, one))
    return bytes(made.to_ical())


def _promise(settings: Settings, row: Any) -> Event:
    """It is due at its beginning, and keeps nobody busy."""
    made = _event(settings, row, "promise", f"{row.words} · {row.organisation.name}", row.due_at, PROMISE)
    made.add("url", f"{settings.url}/staff/promises/{row.public_id}")
    made.add("transp", "TRANSPARENT")
    return made


def _meeting(settings: Settings, row: Any) -> Event:
    lasted = timedelta(seconds=row.detail.get("duration_s") or MEETING.total_seconds())
    where = row.organisation.name if row.organisation else ""
    made = _event(settings, row, "meeting", f"{_('Meeting')} · {where}".rstrip(" ·"), row.at, lasted)
    made.add("description", row.summary)
    if row.organisation:
        made.add("url", f"{settings.url}/staff/organisations/{row.organisation.public_id}")
    return made


def _event(settings: Settings, row: Any, kind: str, words: str, begins: Any, lasts: timedelta) -> Event:
    made = Event()
    made.add("uid", f"{kind}-{row.public_id}@{settings.url.split('//')[-1].split(':')[0]}")
    made.add("summary", words)
    made.add("dtstart", begins)
    made.add("dtend", begins + lasts)
    made.add("dtstamp", row.created_at if kind == "promise" else row.at)
    return made
