"""Entries of calendars as text (RFC 5545), and as invitations in mails (RFC 5546). Knows no domain.

Built by `icalendar`, which escapes and folds. Times are local ones with the zone's own rules (VTIMEZONE), so that
a program that knows no zones by name shows them right.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parseaddr
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from icalendar import (
    Calendar,
    Event,
    Timezone,
    TimezoneDaylight,
    TimezoneStandard,
    vCalAddress,
    vText,
)
from pydantic import BaseModel, ConfigDict

PRODUCT: Final = "-//Downbeat//Calendars//EN"
REFRESH: Final = timedelta(hours=1)
# The rule that is in force at the first entry began before it.
MARGIN: Final = timedelta(days=366)


class Entry(BaseModel):
    """`uid` is the same for ever, `sequence` grows with each change (RFC 5545 sections 3.8.4.7 and 3.8.7.4)."""

    model_config = ConfigDict(frozen=True)

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    timezone: str
    summary: str
    location: str = ""
    description: str = ""
    url: str = ""
    is_cancelled: bool = False
    created_at: datetime
    changed_at: datetime


# The same entry for each of its readers, in the language of their locale.
EntryIn = Callable[[str], Entry]


@dataclass(frozen=True, slots=True)
class Feed:
    """A whole calendar, as a program that subscribes to it gets it again and again."""

    name: str
    entries: Sequence[Entry]

    def fingerprint(self) -> str:
        """The same for the same content, whatever moment it is asked for."""
        digest = hashlib.sha256(self.name.encode())
        for entry in self.entries:
            digest.update(entry.model_dump_json().encode())
        return digest.hexdigest()[:32]


class Invitation(NamedTuple):
    method: str
    content: bytes


def render_feed(feed: Feed) -> bytes:
    calendar = _calendar(feed.entries)
    for name in ("NAME", "X-WR-CALNAME"):  # the second for those who don't know RFC 7986
        calendar.add(name, _line(feed.name))
    calendar.add("REFRESH-INTERVAL", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", "PT1H")
    return _text(calendar)


def render_invitation(entry: Entry, *, organizer: str, attendee: str) -> Invitation:
    """For a mail: a request puts the entry into the calendar, a cancellation takes it out again (docs/adr/0018).

    `organizer` is the sender as in a mail's From. The attendee has accepted by booking and isn't asked to answer.
    """
    method = "CANCEL" if entry.is_cancelled else "REQUEST"
    calendar = _calendar([entry])
    calendar.add("METHOD", method)
    event = calendar.events[0]
    name, address = parseaddr(organizer)
    event["ORGANIZER"] = vCalAddress(f"mailto:{address}", params={"CN": name or address})
    invited = {"PARTSTAT": "ACCEPTED", "RSVP": "FALSE", "ROLE": "REQ-PARTICIPANT"}
    event["ATTENDEE"] = vCalAddress(f"mailto:{attendee}", params=invited)
    return Invitation(method, _text(calendar))


def _calendar(entries: Sequence[Entry]) -> Calendar:
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", PRODUCT)
    calendar.add("CALSCALE", "GREGORIAN")
    for name in sorted({entry.timezone for entry in entries}):
        inside = [entry for entry in entries if entry.timezone == name]
        first, last = min(entry.starts_at for entry in inside), max(entry.ends_at for entry in inside)
        calendar.add_component(_timezone(ZoneInfo(name), first - MARGIN, last + MARGIN))
    for entry in entries:
        calendar.add_component(_event(entry))
    return calendar


def _timezone(zone: ZoneInfo, first: datetime, last: datetime) -> Timezone:
    """The zone's offsets in that time, one rule for each. `icalendar` would make one, an hour late in spring.

    An onset is written in the local time before it (RFC 5545 section 3.6.5).
    """
    component = Timezone()
    component.add("TZID", zone.key)
    before = first.astimezone(zone).utcoffset()
    for onset in (first, *_changes(zone, first, last)):
        local = onset.astimezone(zone)
        rule = TimezoneDaylight() if local.dst() else TimezoneStandard()
        rule.add("DTSTART", onset.astimezone(timezone(before or timedelta())).replace(tzinfo=None))
        rule.add("TZOFFSETFROM", before)
        rule.add("TZOFFSETTO", local.utcoffset())
        rule.add("TZNAME", local.tzname())
        component.add_component(rule)
        before = local.utcoffset()
    return component


def _changes(zone: ZoneInfo, first: datetime, last: datetime) -> Iterator[datetime]:
    """The instants at which the offset or its name changes: found by looking every day, then by halving."""

    def rule(instant: datetime) -> tuple[timedelta | None, str | None]:
        local = instant.astimezone(zone)
        return local.utcoffset(), local.tzname()

    day = first.astimezone(UTC).replace(microsecond=0)
    while day < last:
        early, late = day, day + timedelta(days=1)
        if rule(early) != rule(late):
            while late - early > timedelta(seconds=1):
                middle = early + (late - early) // 2
                middle = middle.replace(microsecond=0)
                early, late = (middle, late) if rule(middle) == rule(early) else (early, middle)
            yield late
        day += timedelta(days=1)


def _event(entry: Entry) -> Event:
    zone = ZoneInfo(entry.timezone)
    event = Event()
    event.add("UID", entry.uid)
    event.add("SEQUENCE", entry.sequence)
    # Not the moment of rendering: what hasn't changed is the same text again, and needs no new download.
    event.add("DTSTAMP", entry.changed_at.astimezone(UTC))
    event.add("LAST-MODIFIED", entry.changed_at.astimezone(UTC))
    event.add("CREATED", entry.created_at.astimezone(UTC))
    event.add("DTSTART", entry.starts_at.astimezone(zone))
    event.add("DTEND", entry.ends_at.astimezone(zone))
    event.add("SUMMARY", _line(entry.summary))
    event.add("STATUS", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    event.add("TRANSP", "TRANSPARENT" if entry.is_cancelled else "OPAQUE")
    for name, value in (("LOCATION", entry.location), ("DESCRIPTION", entry.description)):
        if value:
            event.add(name, _line(value))
    if entry.url:
        event.add("URL", entry.url)
    return event


def _line(text: str) -> vText:
    """Without what no calendar may hold; a line that ends in the middle is escaped by the library."""
    clean = text.replace("\r\n", "\n").replace("\r", "\n")
    return vText("".join(c for c in clean if c in "\n\t" or c.isprintable()))


def _text(calendar: Calendar) -> bytes:
    content: Any = calendar.to_ical(sorted=False)
    return bytes(content)
