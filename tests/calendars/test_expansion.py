"""Which time a calendar's text means: zones, series and their exceptions, clocks that change, and nonsense."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.calendars.enums import ImportProblem
from src.calendars.imports import reading
from src.calendars.imports.expansion import NotACalendarError, busy_time
from src.calendars.imports.reading import ReadingFailedError
from src.calendars.service import Span
from tests.support.ics_server import calendar_of

FIRST = datetime(2027, 3, 1, tzinfo=UTC)
LAST = FIRST + timedelta(days=400)
LONDON = ZoneInfo("Europe/London")


def busy(*events: str, content: bytes | None = None) -> tuple[list[str], bool]:
    found, has_unreadable = busy_time(
        calendar_of(*events) if content is None else content,
        zone=LONDON,
        first=FIRST,
        last=LAST,
        own_host="downbeat.example",
    )
    return [f"{starts:%m-%d %H:%M} {ends - starts} {summary}".strip() for starts, ends, summary in found], (
        has_unreadable
    )


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("DTSTART:20270601T100000Z\nDTEND:20270601T120000Z\nSUMMARY:Band", "06-01 10:00 2:00:00 Band"),
        ("DTSTART:20270601T100000\nDURATION:PT2H", "06-01 09:00 2:00:00"),
        ("DTSTART;VALUE=DATE:20270601", "05-31 23:00 1 day, 0:00:00"),
        ("DTSTART;VALUE=DATE:20270328\nDTEND;VALUE=DATE:20270329", "03-28 00:00 23:00:00"),
        ("DTSTART;VALUE=DATE:20271031\nDTEND;VALUE=DATE:20271101", "10-30 23:00 1 day, 1:00:00"),
        ("DTSTART;TZID=America/New_York:20270601T100000\nDURATION:PT1H", "06-01 14:00 1:00:00"),
        ("DTSTART;TZID=W. Europe Standard Time:20270601T100000\nDURATION:PT1H", "06-01 08:00 1:00:00"),
        ("DTSTART;TZID=Nowhere/Land:20270601T100000\nDURATION:PT1H", "06-01 09:00 1:00:00"),
        ("DTSTART:20270601T100000Z\nDURATION:PT1H\nSTATUS:TENTATIVE", "06-01 10:00 1:00:00"),
        ("DTSTART:20270228T230000Z\nDTEND:20270301T020000Z", "03-01 00:00 2:00:00"),
    ],
)
def test_an_event_takes_the_time_that_it_means(event: str, expected: str) -> None:
    assert busy(f"UID:1\n{event}") == ([expected], False)


@pytest.mark.parametrize(
    "event",
    [
        "TRANSP:TRANSPARENT",
        "STATUS:CANCELLED",
        "UID:booking-7@downbeat.example",
        "DTSTART:20270201T100000Z\nDTEND:20270201T120000Z",
        "DTSTART:20290201T100000Z\nDTEND:20290201T120000Z",
        "DTSTART:20270601T100000Z\nDTEND:20270601T100000Z",
    ],
)
def test_what_is_free_ours_or_out_of_the_window_takes_none(event: str) -> None:
    times = "" if "DTSTART" in event else "\nDTSTART:20270601T100000Z\nDTEND:20270601T120000Z"
    uid = "" if "UID" in event else "\nUID:1"
    assert busy(event + times + uid) == ([], False)


def test_a_series_keeps_its_local_time_over_the_change_of_clocks_and_knows_its_exceptions() -> None:
    series = """
        UID:1
        DTSTART;TZID=Europe/London:20270320T100000
        DTEND;TZID=Europe/London:20270320T110000
        RRULE:FREQ=WEEKLY;COUNT=5
        EXDATE;TZID=Europe/London:20270327T100000
        RDATE;TZID=Europe/London:20270402T090000
    """
    moved = """
        UID:1
        RECURRENCE-ID;TZID=Europe/London:20270403T100000
        DTSTART;TZID=Europe/London:20270403T150000
        DTEND;TZID=Europe/London:20270403T170000
    """
    cancelled = """
        UID:1
        RECURRENCE-ID;TZID=Europe/London:20270410T100000
        DTSTART;TZID=Europe/London:20270410T100000
        DTEND;TZID=Europe/London:20270410T110000
        STATUS:CANCELLED
    """
    expected = ["03-20 10:00 1:00:00", "04-02 08:00 1:00:00", "04-03 14:00 2:00:00", "04-17 09:00 1:00:00"]
    assert busy(series, moved, cancelled) == (expected, False)


def test_an_event_that_makes_no_sense_does_not_take_the_others_with_it() -> None:
    good = "UID:2\nDTSTART:20270601T100000Z\nDURATION:PT1H"
    for bad in ("DTSTART:garbage", "SUMMARY:no time", "DTSTART:20270601T100000Z\nRRULE:FREQ=NONSENSE"):
        assert busy(f"UID:1\n{bad}", good) == (["06-01 10:00 1:00:00"], True)


def test_two_events_at_one_time_are_one() -> None:
    times = "DTSTART:20270601T100000Z\nDURATION:PT1H"
    assert busy(f"UID:1\n{times}\nSUMMARY:A", f"UID:2\n{times}\nSUMMARY:B") == (
        ["06-01 10:00 1:00:00 A"],
        False,
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html></html>",
        b"\x00\xff" * 50,
        b"BEGIN:VEVENT\r\nEND:VEVENT\r\n",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n",
    ],
)
def test_what_is_no_calendar_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(NotACalendarError):
        busy(content=content)


@given(st.binary(max_size=300), st.text(max_size=100))
def test_no_bytes_break_it(content: bytes, text: str) -> None:
    for tried in (content, calendar_of(f"UID:1\n{text}")):
        with suppress(NotACalendarError):
            busy(content=tried)


def test_other_encodings_and_marks_are_read_as_well_as_they_can_be() -> None:
    event = calendar_of("UID:1\nDTSTART:20270601T100000Z\nDURATION:PT1H\nSUMMARY:Größe")
    assert busy(content=b"\xef\xbb\xbf" + event)[0] == ["06-01 10:00 1:00:00 Größe"]
    assert busy(content=event.decode().encode("latin-1"))[0] == ["06-01 10:00 1:00:00 Gr\ufffd\ufffde"]


async def understand(content: bytes, cpu_seconds: int = 10) -> reading.Reading:
    return await reading.understand(
        content, zone=LONDON, window=Span(FIRST, LAST), own_host="downbeat.example", cpu_seconds=cpu_seconds
    )


async def test_the_process_brings_back_what_it_found() -> None:
    found = await understand(calendar_of("UID:1\nDTSTART:20270601T100000Z\nDURATION:PT1H\nSUMMARY:Band"))
    starts_at = datetime(2027, 6, 1, 10, tzinfo=UTC)
    assert found.events == [reading.BusyEvent(Span(starts_at, starts_at + timedelta(hours=1)), "Band")]


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ("FREQ=SECONDLY", ImportProblem.TOO_COMPLEX),
        ("FREQ=HOURLY", ImportProblem.TOO_MANY_EVENTS),
    ],
)
async def test_a_series_without_measure_ends_the_process_and_not_the_worker(
    rule: str, problem: ImportProblem
) -> None:
    event = f"UID:1\nDTSTART:20260601T100000Z\nDURATION:PT1M\nRRULE:{rule}"
    with pytest.raises(ReadingFailedError) as failed:
        await understand(calendar_of(event), cpu_seconds=2)
    assert failed.value.problem is problem


def test_the_process_imports_nothing_of_the_product() -> None:
    assert "from src" not in Path(reading.__file__).with_name("expansion.py").read_text()
