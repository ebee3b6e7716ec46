"""The tour desk: when a studio receives visitors, and which of these times are free."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses import service as addresses
from src.addresses.enums import HoursMode
from src.addresses.hours import WeeklyHours, check_week
from src.addresses.localtime import days_between, local_date
from src.addresses.models import Address
from src.addresses.plan import parse_plan
from src.appointments.desk import Desk
from src.appointments.exceptions import VisitingPeriodError, VisitsNotOfferedError
from src.appointments.models import TourDesk
from src.appointments.visiting import repository
from src.appointments.visiting.schemas import (
    LONGEST_PERIOD_DAYS,
    VisitingDay,
    VisitingHoursEntry,
    VisitingHoursRead,
    VisitingTermsRead,
    VisitingTermsUpdate,
    VisitingTimesFilter,
    VisitingTimesRead,
)
from src.calendars import service as calendars
from src.calendars.enums import ResourceKind
from src.companies import audit
from src.companies import service as companies
from src.core.database import driver
from src.core.identity import Principal
from src.teams.permissions import Permission

MINUTE = timedelta(minutes=1)


async def get_terms(
    session: AsyncSession, *, principal: Principal | None, address_id: int
) -> VisitingTermsRead:
    """Of a studio that has never said anything: no visits. Raises `AddressNotFoundError`."""
    address = await addresses.require_visible(session, principal=principal, address_id=address_id)
    return _read(address, await repository.find_terms(session, address.id))


async def replace_terms(
    session: AsyncSession, *, principal: Principal, address_id: int, body: VisitingTermsUpdate
) -> VisitingTermsRead:
    """Visits that are agreed stay as they are. Locks the studio's row.

    Raises `AddressNotFoundError`, `PermissionMissingError`, `OverlappingHoursError`.
    """
    address = await addresses.get_managed_address(
        session, principal=principal, address_id=address_id, permission=Permission.EDIT_STUDIO
    )
    check_week(
        [WeeklyHours(entry.weekday, HoursMode.OPEN, entry.opens, entry.closes) for entry in body.hours]
    )
    before = await repository.find_terms(session, address.id)
    was = _read(address, before).model_dump(mode="json")
    resource_id = (
        before.resource_id
        if before
        else await calendars.create_resource(session, kind=ResourceKind.TOUR_DESK)
    )
    values: dict[str, Any] = body.model_dump(exclude={"hours"})
    await repository.save_terms(
        session,
        address_id=address.id,
        resource_id=resource_id,
        hours=_written(body.hours),
        **values,
    )
    terms = _read(address, await repository.find_terms(session, address.id))
    now = terms.model_dump(mode="json")
    await audit.record(
        session,
        principal=principal,
        company_id=address.company_id,
        action="address.visiting_hours_replaced",
        subject_id=address.id,
        changes={field: (was[field], value) for field, value in now.items() if value != was[field]},
    )
    return terms


async def list_times(
    session: AsyncSession,
    *,
    principal: Principal | None,
    address_id: int,
    wanted: VisitingTimesFilter,
    now: datetime,
) -> VisitingTimesRead:
    """Raises `AddressNotFoundError`, `VisitsNotOfferedError`, `VisitingPeriodError`."""
    if not 0 < (wanted.to - wanted.from_).days <= LONGEST_PERIOD_DAYS:
        raise VisitingPeriodError
    await addresses.require_visible(session, principal=principal, address_id=address_id)
    desk = await _get_desk(session, address_id)
    if not desk.is_offered:
        raise VisitsNotOfferedError
    busy = await calendars.list_busy(
        await driver(session),
        resource_ids=[desk.resource_id],
        span=desk.window(wanted.from_, wanted.to),
    )
    starts = desk.free_starts(wanted.from_, wanted.to, busy=busy, now=now)
    return VisitingTimesRead(
        timezone=desk.zone.key,
        visit_minutes=desk.visit // MINUTE,
        days=_by_day(days_between(wanted.from_, wanted.to), starts, desk.zone),
    )


async def get_kept_desk(session: AsyncSession, *, principal: Principal, address_id: int) -> Desk:
    """For a new visit. Until the transaction ends nobody changes the studio, its desk, or closes the company.

    Raises `AddressNotFoundError`, `CompanyClosedError`, `VisitsNotOfferedError`.
    """
    address = await addresses.require_visible(session, principal=principal, address_id=address_id)
    await companies.require_open(session, company_id=address.company_id)
    await repository.keep_studio(session, address_id)
    await addresses.require_visible(session, principal=principal, address_id=address_id)
    return await _get_desk(session, address_id)


async def get_kept_desk_of_appointment(session: AsyncSession, *, address_id: int) -> Desk:
    """The same for a visit that there is already, also of a studio that is off the market by now."""
    await repository.keep_studio(session, address_id)
    return await _get_desk(session, address_id)


async def _get_desk(session: AsyncSession, address_id: int) -> Desk:
    found = await repository.find_desk(session, address_id)
    if found is None:
        raise VisitsNotOfferedError
    terms, timezone, plan = found
    return Desk(
        resource_id=terms.resource_id,
        zone=ZoneInfo(timezone),
        hours=tuple(WeeklyHours(day, HoursMode.OPEN, *span) for day, *span in _parsed(terms.hours)),
        studio=parse_plan(plan),
        is_offered=terms.is_offered,
        is_confirmed_at_once=terms.is_confirmed_at_once,
        visit=terms.visit_minutes * MINUTE,
        buffer=terms.buffer_minutes * MINUTE,
        notice=terms.notice_minutes * MINUTE,
        horizon=timedelta(days=terms.horizon_days),
    )


def _by_day(days: Sequence[date], starts: Sequence[datetime], zone: ZoneInfo) -> list[VisitingDay]:
    found: dict[date, list[datetime]] = {day: [] for day in days}
    for start in starts:
        found[local_date(start, zone)].append(start.astimezone(zone))
    return [VisitingDay(date=day, starts=of_day) for day, of_day in found.items()]


def _written(hours: Sequence[VisitingHoursEntry]) -> list[list[Any]]:
    """As the desk's row has them, in order."""
    spans = sorted((entry.weekday, entry.opens, entry.closes) for entry in hours)
    return [[weekday, f"{opens:%H:%M}", f"{closes:%H:%M}"] for weekday, opens, closes in spans]


def _parsed(hours: Sequence[Any]) -> list[tuple[int, time, time]]:
    """The other way round."""
    return [
        (weekday, time.fromisoformat(opens), time.fromisoformat(closes)) for weekday, opens, closes in hours
    ]


def _read(address: Address, terms: TourDesk | None) -> VisitingTermsRead:
    if terms is None:
        unsaid = VisitingTermsUpdate(is_offered=False, hours=[]).model_dump()
        return VisitingTermsRead(timezone=address.timezone, **unsaid)
    return VisitingTermsRead(
        timezone=address.timezone,
        is_offered=terms.is_offered,
        is_confirmed_at_once=terms.is_confirmed_at_once,
        visit_minutes=terms.visit_minutes,
        buffer_minutes=terms.buffer_minutes,
        notice_minutes=terms.notice_minutes,
        horizon_days=terms.horizon_days,
        hours=[
            VisitingHoursRead(weekday=weekday, opens=opens, closes=closes)
            for weekday, opens, closes in _parsed(terms.hours)
        ],
    )
