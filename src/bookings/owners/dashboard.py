from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from src.bookings.exceptions import FiguresPeriodError
from src.bookings.figures import Tally, minutes_by_week, name_of, weeks_of
from src.bookings.owners import repository
from src.bookings.owners.schemas import DashboardRead, Figures, PeriodFilter, RoomFigures, WeekFigures
from src.companies import service as companies
from src.core.database import Database, FastReader
from src.core.identity import Principal
from src.core.money import Money
from src.rooms import service as rooms
from src.teams import policies as teams
from src.teams.permissions import Permission

LONGEST_PERIOD_DAYS = 371  # a year, and the weeks that it begins and ends with

Tallies = dict[tuple[int, date], Tally]


async def get_dashboard(
    database: Database, *, principal: Principal, company_id: int, wanted: PeriodFilter
) -> DashboardRead:
    """By five statements, whatever the number of rooms. Members limited to some studios see those.

    Raises `FiguresPeriodError`, `CompanyNotFoundError`, `PermissionMissingError`.
    """
    if not 0 < (wanted.to - wanted.from_).days <= LONGEST_PERIOD_DAYS:
        raise FiguresPeriodError
    async with database.reading() as session:
        await companies.get_company(session, company_id=company_id)
        await teams.require_somewhere(
            session, principal=principal, permission=Permission.READ_MONEY, company_id=company_id
        )
        shown = await repository.list_rooms_for_figures(session, principal=principal, company_id=company_id)
    tallies = await _tallies(database, [room.id for room in shown], wanted.from_, wanted.to)
    weeks = weeks_of(wanted.from_, wanted.to)
    return _dashboard(shown, tallies, weeks)


async def _tallies(database: Database, room_ids: Sequence[int], first: date, last: date) -> Tallies:
    """By room and Monday."""
    connection = FastReader(database)
    tallies: Tallies = defaultdict(Tally)
    for row in await repository.list_figures(connection, room_ids=room_ids, first=first, last=last):
        tallies[row["room_id"], row["week"]].add(
            Tally(
                bookings=row["bookings"],
                cancellations=row["cancellations"],
                booked_minutes=row["booked_minutes"],
                revenue=Counter({row["currency"]: row["revenue"]} if row["revenue"] else {}),
            )
        )
    opened: dict[int, Counter[date]] = {}
    for offer in await rooms.list_offers(connection, room_ids=room_ids):
        if offer.address_id not in opened:  # the hours are the studio's
            opened[offer.address_id] = minutes_by_week(offer.open_spans(first, last), offer.zone, first, last)
        for monday, minutes in opened[offer.address_id].items():
            tallies[offer.room_id, monday].open_minutes += minutes
    return tallies


def _dashboard(shown: Sequence[Any], tallies: Tallies, weeks: Sequence[date]) -> DashboardRead:
    by_week = {monday: _sum([tallies[room.id, monday] for room in shown]) for monday in weeks}
    return DashboardRead(
        total=Figures(**_figures(_sum(by_week.values()))),
        weeks=_weeks(by_week),
        rooms=[
            RoomFigures(
                room_id=room.id,
                room_name=room.name,
                address_id=room.address_id,
                address_name=room.address_name,
                **_figures(_sum(tallies[room.id, monday] for monday in weeks)),
                weeks=_weeks({monday: tallies[room.id, monday] for monday in weeks}),
            )
            for room in shown
        ],
    )


def _weeks(tallies: Mapping[date, Tally]) -> list[WeekFigures]:
    return [
        WeekFigures(week=name_of(monday), starts_on=monday, **_figures(tally))
        for monday, tally in tallies.items()
    ]


def _sum(tallies: Any) -> Tally:
    total = Tally()
    for tally in tallies:
        total.add(tally)
    return total


def _figures(tally: Tally) -> dict[str, Any]:
    return {
        "bookings": tally.bookings,
        "cancellations": tally.cancellations,
        "booked_minutes": tally.booked_minutes,
        "open_minutes": tally.open_minutes,
        "occupancy_rate": tally.occupancy_rate,
        "revenue": [
            Money(amount=amount, currency=currency) for currency, amount in sorted(tally.revenue.items())
        ],
    }
