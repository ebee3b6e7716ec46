"""The last 90 days of the whole market, by days and ISO weeks in UTC."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from src.admin.dashboard import repository
from src.admin.dashboard.plots import Bar, Plot
from src.core.money import display

DAYS: Final = 90
MOST_COUNTED: Final = 1000
PERCENT: Final = 100


@dataclass(frozen=True)
class Tile:
    """How many of something wait for a person, and where they are."""

    title: str
    count: int
    way: str

    @property
    def text(self) -> str:
        return f"{self.count}+" if self.count >= MOST_COUNTED else str(self.count)


@dataclass(frozen=True)
class Board:
    tiles: Sequence[Tile]
    plots: Sequence[Plot]


async def draw_up(session: AsyncSession, *, today: date) -> Board:
    """Whole weeks, this one included; the first is that of the day 90 days ago."""
    first = today - timedelta(days=DAYS - 1)
    monday = first - timedelta(days=first.weekday())
    tomorrow = _midnight(today + timedelta(days=1))
    weeks = [monday + timedelta(days=7 * n) for n in range((today - monday).days // 7 + 1)]
    return Board(
        tiles=await _waiting(session),
        plots=[
            await _bookings(session, first, tomorrow),
            await _occupancy(session, weeks),
            *await _revenue(session, weeks, tomorrow),
        ],
    )


async def _waiting(session: AsyncSession) -> list[Tile]:
    waiting = await repository.count_waiting(session, most=MOST_COUNTED)
    return [
        Tile("Mails given up", waiting.mails, "mail/list?status=failed"),
        Tile("Events set aside", waiting.events, "outbox-record/list?state=set+aside"),
        Tile("Unknown gateway notices", waiting.notices, "webhook-notice/list?status=unknown"),
        Tile("Integrators not reached", waiting.deliveries, "webhook-delivery/list?status=failed"),
        Tile("Messages reported", waiting.reports, "report/list?status=open"),
    ]


async def _bookings(session: AsyncSession, first: date, until: datetime) -> Plot:
    counts = {
        row.day: row.bookings for row in await repository.confirmed_by_day(session, _midnight(first), until)
    }
    days = [first + timedelta(days=n) for n in range(DAYS)]
    bars = [Bar(f"{day:%d %b}", counts.get(day, 0), str(counts.get(day, 0))) for day in days]
    total = sum(counts.values())
    return Plot("Bookings confirmed per day", "Day", "Bookings", f"{total} in {DAYS} days", bars)


async def _occupancy(session: AsyncSession, weeks: Sequence[date]) -> Plot:
    """Booked time of rooms in percent of what the weekly plans of studios on the market have open today."""
    until = _midnight(weeks[-1] + timedelta(days=7))
    rows = await repository.occupancy_by_week(session, _midnight(weeks[0]), until)
    rates = {
        row.week: PERCENT * row.booked_minutes / row.open_minutes if row.open_minutes else 0.0 for row in rows
    }
    bars = [Bar(f"{week:%d %b}", rates.get(week, 0.0), f"{rates.get(week, 0.0):.1f}%") for week in weeks]
    return Plot("Occupancy by week", "Week of", "Occupancy", f"{bars[-1].text} this week, to its end", bars)


async def _revenue(session: AsyncSession, weeks: Sequence[date], until: datetime) -> list[Plot]:
    """One of each currency: amounts of two can't be added."""
    amounts = {
        (row.currency, row.week): row.amount
        for row in await repository.revenue_by_week(session, _midnight(weeks[0]), until)
    }
    plots = []
    for currency in sorted({currency for currency, _ in amounts}):
        of_weeks = [(week, amounts.get((currency, week), 0)) for week in weeks]
        bars = [Bar(f"{week:%d %b}", amount, display(amount, currency)) for week, amount in of_weeks]
        total = display(sum(amount for _, amount in of_weeks), currency)
        plots.append(Plot(f"Paid by week, {currency}", "Week of", "Paid", f"{total} less refunds", bars))
    return plots


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
