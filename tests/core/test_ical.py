"""Read back by others than who wrote it: dateutil for the zones, a check of every line for the text, and strictly."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from src.core.ical import Entry, Feed, render_feed, render_invitation
from tests.support.ics_text import checked_lines

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
ZONES = [
    "Europe/London", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Africa/Casablanca",
    "Europe/Dublin", "Asia/Kathmandu", "Pacific/Chatham", "UTC",
]  # fmt: skip


def entry(**values: Any) -> Entry:
    defaults: dict[str, Any] = {
        "uid": "booking-7@downbeat.example",
        "sequence": 1,
        "starts_at": NOON,
        "ends_at": NOON + timedelta(hours=2),
        "timezone": "Europe/London",
        "summary": "Live Room A, Berwick Street",
        "location": "12 Berwick Street",
        "created_at": NOON - timedelta(days=9),
        "changed_at": NOON - timedelta(days=8),
    }
    return Entry(**defaults | values)


def read(content: bytes) -> Any:
    calendar: Any = Calendar.from_ical(content)
    assert not any(component.errors for component in calendar.walk())
    return calendar


@pytest.mark.parametrize("name", ZONES)
def test_the_zone_of_a_calendar_is_the_zone_to_a_program_that_knows_none(name: str) -> None:
    content = render_feed(Feed("Mine", [entry(timezone=name)]))
    zone = tzical(io.StringIO(content.decode())).get()
    for quarter in range(-24 * 4 * 200, 24 * 4 * 200, 3):
        local = (NOON + quarter * timedelta(minutes=15)).astimezone(ZoneInfo(name))
        if not local.fold:
            assert local.replace(tzinfo=zone).utcoffset() == local.utcoffset(), local


def test_every_field_comes_back() -> None:
    name = "Größe; \\ L, é"
    wrote = entry(summary=name, description="DB-7\nhttps://x/7", url="https://x/7")
    event = read(render_feed(Feed(name, [wrote]))).events[0]
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == (wrote.uid, 1, "CONFIRMED")
    assert (event["SUMMARY"], event["LOCATION"]) == (name, "12 Berwick Street")
    assert (event["DESCRIPTION"], event["URL"]) == (wrote.description, wrote.url)
    assert event.decoded("DTSTART") == wrote.starts_at
    assert event.decoded("DTEND") == wrote.ends_at
    assert event.decoded("DTSTAMP") == event.decoded("LAST-MODIFIED") == wrote.changed_at
    assert event.decoded("DTSTART").utcoffset() == timedelta()


def test_a_feed_says_how_often_to_look_and_what_it_is_called() -> None:
    lines = checked_lines(render_feed(Feed("Mine", [])))
    assert {"NAME:Mine", "X-WR-CALNAME:Mine", "X-PUBLISHED-TTL:PT1H"} < set(lines)
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H" in lines
    assert not any(line.startswith("METHOD") for line in lines)


def test_each_zone_stands_there_once() -> None:
    entries = [entry(timezone=name) for name in ("Europe/London", "Asia/Tokyo", "Europe/London")]
    lines = checked_lines(render_feed(Feed("Mine", entries)))
    assert [line for line in lines if line.startswith("TZID")] == ["TZID:Asia/Tokyo", "TZID:Europe/London"]


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_text_breaks_out_of_its_line(summary: str, location: str) -> None:
    content = render_feed(Feed(summary, [entry(summary=summary, location=location)]))
    lines = checked_lines(content)
    assert lines.count("BEGIN:VEVENT") == 1
    assert len(read(content).events) == 1


def test_an_invitation_asks_nobody_and_a_cancellation_takes_the_same_entry_out() -> None:
    asked = render_invitation(entry(), organizer="Downbeat <no-reply@d.example>", attendee="mira@example.com")
    cancelled = entry(sequence=2, is_cancelled=True)
    undone = render_invitation(cancelled, organizer="no-reply@d.example", attendee="mira@example.com")
    assert (asked.method, undone.method) == ("REQUEST", "CANCEL")
    for method, content in (asked, undone):
        checked_lines(content)
        calendar = read(content)
        event = calendar.events[0]
        assert calendar["METHOD"] == method
        assert event["UID"] == "booking-7@downbeat.example"
        assert event["ORGANIZER"] == "mailto:no-reply@d.example"
        assert event["ATTENDEE"] == "mailto:mira@example.com"
        assert event["ATTENDEE"].params["RSVP"] == "FALSE"
    assert read(undone.content).events[0]["STATUS"] == "CANCELLED"
    assert read(undone.content).events[0]["SEQUENCE"] == 2


def test_the_fingerprint_changes_with_the_content_only() -> None:
    one = Feed("Mine", [entry()])
    assert one.fingerprint() == Feed("Mine", [entry()]).fingerprint()
    assert one.fingerprint() != Feed("Mine", [entry(sequence=2)]).fingerprint()
    assert one.fingerprint() != Feed("Other", [entry()]).fingerprint()
