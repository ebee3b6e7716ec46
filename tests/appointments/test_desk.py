"""When a desk receives visitors: the grid, closures, special days, clocks that change. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from src.addresses.enums import HoursMode
from src.addresses.hours import ClosedDates, DayHours, OpeningPlan, SpecialDay, WeeklyHours
from src.appointments.desk import Desk
from src.appointments.exceptions import NotAVisitingTimeError
from src.calendars.service import Span

LONDON = ZoneInfo("Europe/London")
MONDAY, TUESDAY = date(2027, 3, 1), date(2027, 3, 2)
ONE_DAY = timedelta(days=1)
LONG_BEFORE = datetime(2027, 2, 1, tzinfo=UTC)


def desk(
    *hours: tuple[int, str, str], studio: OpeningPlan | None = None, zone: ZoneInfo = LONDON, **terms: int
) -> Desk:
    spans = hours or ((0, "10:00", "12:00"),)
    return Desk(
        resource_id=1,
        zone=zone,
        hours=tuple(
            WeeklyHours(day, HoursMode.OPEN, time.fromisoformat(opens), time.fromisoformat(closes))
            for day, opens, closes in spans
        ),
        studio=studio or OpeningPlan(),
        is_offered=True,
        is_confirmed_at_once=False,
        visit=timedelta(minutes=terms.get("visit", 30)),
        buffer=timedelta(minutes=terms.get("buffer", 0)),
        notice=timedelta(minutes=terms.get("notice", 0)),
        horizon=timedelta(days=terms.get("horizon", 365)),
    )


def on(day: date, clock: str, zone: ZoneInfo = LONDON) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=zone).astimezone(UTC)


def clocks(starts: list[datetime], zone: ZoneInfo = LONDON) -> list[str]:
    return [f"{start.astimezone(zone):%H:%M}" for start in starts]


def starts(of: Desk, day: date = MONDAY) -> list[str]:
    return clocks(of.starts(day, day + ONE_DAY), of.zone)


def test_visits_follow_one_another_from_the_opening_on():
    assert starts(desk()) == ["10:00", "10:30", "11:00", "11:30"]
    assert starts(desk(visit=50)) == ["10:00", "10:50"]
    assert starts(desk(visit=30, buffer=15)) == ["10:00", "10:45", "11:30"]
    assert starts(desk(), TUESDAY) == []


def test_a_day_may_have_several_spans_each_with_its_own_grid():
    assert starts(desk((0, "15:10", "16:00"), (0, "10:00", "10:45"))) == ["10:00", "15:10"]


def test_the_last_visit_ends_when_the_desk_does_and_its_buffer_may_lie_behind():
    assert starts(desk((0, "10:00", "11:00"), visit=60, buffer=30)) == ["10:00"]
    assert starts(desk((0, "10:00", "10:59"), visit=60)) == []


def test_a_closure_takes_times_away_without_shifting_the_others():
    closed = Span(on(MONDAY, "10:40"), on(MONDAY, "11:10"))
    assert starts(desk(studio=OpeningPlan(closures=(closed,)))) == ["10:00", "11:30"]
    whole_day = OpeningPlan(closures=(ClosedDates(MONDAY, MONDAY),))
    assert starts(desk(studio=whole_day)) == []


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ([DayHours(HoursMode.CLOSED)], []),
        ([DayHours(HoursMode.OPEN, time(11), time(22))], ["11:00", "11:30"]),
        ([DayHours(HoursMode.BY_APPOINTMENT, time(9), time(11))], ["10:00", "10:30"]),
        ([DayHours(HoursMode.BY_APPOINTMENT)], ["10:00", "10:30", "11:00", "11:30"]),
        ([DayHours(HoursMode.AROUND_THE_CLOCK)], ["10:00", "10:30", "11:00", "11:30"]),
    ],
)
def test_on_a_special_day_visitors_come_only_while_the_studio_is_there(hours, expected):
    special = OpeningPlan(special_days=(SpecialDay(MONDAY, MONDAY, "Holiday", tuple(hours)),))
    assert starts(desk(studio=special)) == expected
    assert len(starts(desk(studio=special), MONDAY + 7 * ONE_DAY)) == 4, "the week after is as ever"


def test_the_weekly_opening_hours_are_not_the_desks():
    monday_closed = OpeningPlan(weekly=(WeeklyHours(0, HoursMode.CLOSED),))
    assert len(starts(desk(studio=monday_closed))) == 4


def test_hours_are_those_of_the_wall_when_the_clocks_change():
    sunday = date(2027, 3, 28)  # 01:00 becomes 02:00
    found = desk((6, "10:00", "11:00")).starts(sunday, sunday + ONE_DAY)
    assert found == [datetime(2027, 3, 28, 9, 0, tzinfo=UTC), datetime(2027, 3, 28, 9, 30, tzinfo=UTC)]
    before = sunday - 7 * ONE_DAY
    assert desk((6, "10:00", "11:00")).starts(before, sunday)[0] == datetime(2027, 3, 21, 10, tzinfo=UTC)


def test_a_night_that_loses_an_hour_has_fewer_visits_and_one_that_gains_it_more():
    spring, autumn = date(2027, 3, 28), date(2027, 10, 31)
    night = desk((6, "00:00", "03:00"), visit=60)
    assert starts(night, spring) == ["00:00", "02:00"]
    assert starts(night, autumn) == ["00:00", "01:00", "01:00", "02:00"]
    assert starts(desk((6, "01:00", "02:00"), visit=30), spring) == [], "an hour that there is not"


def free(of: Desk, *busy: Span, now: datetime = LONG_BEFORE) -> list[str]:
    return clocks(of.free_starts(MONDAY, TUESDAY, busy=busy, now=now))


def test_what_is_taken_is_not_free_nor_is_its_buffer():
    taken = Span(on(MONDAY, "10:30"), on(MONDAY, "11:00"))
    assert free(desk(), taken) == ["10:00", "11:00", "11:30"]
    # Ten minutes are kept free behind the one at 10:00 that somebody wishes for, which then runs into the taken.
    assert free(desk(visit=30, buffer=10), Span(on(MONDAY, "10:35"), on(MONDAY, "10:39"))) == [
        "10:40",
        "11:20",
    ]
    overlapping = Span(on(MONDAY, "10:45"), on(MONDAY, "11:15"))
    assert free(desk(), overlapping, taken) == ["10:00", "11:30"]


def test_notice_and_horizon_bound_what_is_free():
    assert free(desk(), now=on(MONDAY, "10:30")) == ["11:00", "11:30"], "what begins this moment has begun"
    assert free(desk(notice=60), now=on(MONDAY, "10:00")) == ["11:00", "11:30"]
    a_week_before = on(MONDAY - 7 * ONE_DAY, "10:30")
    assert free(desk(horizon=7), now=a_week_before) == ["10:00", "10:30"]


@pytest.mark.parametrize(
    ("clock", "now", "reason"),
    [
        ("10:00", on(MONDAY, "10:00"), "past"),
        ("10:30", on(MONDAY, "09:45"), "notice"),
        ("10:00", on(MONDAY - 8 * ONE_DAY, "10:00"), "horizon"),
        ("10:10", on(MONDAY, "07:00"), "closed"),
        ("12:00", on(MONDAY, "07:00"), "closed"),
        ("10:30", on(MONDAY, "09:30"), None),
        ("10:00", on(MONDAY - 7 * ONE_DAY, "10:00"), None),
    ],
)
def test_a_wish_is_refused_with_its_reason(clock, now, reason):
    one = desk(notice=60, horizon=7)
    wish = one.visit_at(on(MONDAY, clock))
    if reason is None:
        one.check(wish, now=now)
        return
    with pytest.raises(NotAVisitingTimeError) as refused:
        one.check(wish, now=now)
    assert refused.value.members == {"reason": reason}


def test_whatever_is_free_may_be_wished_for():
    one = desk((0, "10:00", "12:00"), (3, "18:00", "23:30"), visit=20, buffer=5, notice=600, horizon=40)
    now = datetime(2027, 2, 25, 7, tzinfo=UTC)
    found = one.free_starts(date(2027, 2, 22), date(2027, 3, 25), busy=[], now=now)
    assert len(found) > 50
    for start in found:
        one.check(one.visit_at(start), now=now)
