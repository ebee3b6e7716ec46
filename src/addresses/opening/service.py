"""When a studio is open: its week, its special days, its closures. Bookings that exist stay as they are."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses import repository as addresses
from src.addresses import service
from src.addresses.exceptions import ClosureEmptyError, ClosureNotFoundError
from src.addresses.hours import (
    ClosedDates,
    DayHours,
    SpecialDay,
    WeeklyHours,
    check_day,
    check_week,
    span_of,
)
from src.addresses.localtime import requested_instant
from src.addresses.models import Address, Closure
from src.addresses.opening import repository
from src.addresses.opening.schemas import (
    LONGEST_PERIOD,
    ClosureCreate,
    ClosureRead,
    HoursUpdate,
    SpecialDaysUpdate,
)
from src.addresses.plan import parse_plan
from src.addresses.schemas import AddressRead
from src.calendars.service import Span
from src.companies import audit
from src.core.identity import Principal
from src.core.pagination import PageRequest, paginate
from src.teams.permissions import Permission


async def replace_hours(
    session: AsyncSession, *, principal: Principal, address_id: int, body: HoursUpdate
) -> AddressRead:
    """Replaces the whole weekly plan. Without any open hours a published studio becomes a draft.

    Raises `OverlappingHoursError`, `ContradictoryHoursError`.
    """
    address = await _managed(session, principal, address_id)
    hours = [WeeklyHours(**entry.model_dump()) for entry in body.hours]
    check_week(hours)
    before = parse_plan((await addresses.get_details(session, address.id)).plan).weekly
    await repository.replace_hours(session, address_id=address.id, hours=hours)
    await _changed(session, principal, address, "hours_replaced", {"operating_hours": (before, hours)})
    await service.stay_complete(session, principal=principal, address=address)
    return await service.read(session, address)


async def replace_special_days(
    session: AsyncSession, *, principal: Principal, address_id: int, body: SpecialDaysUpdate
) -> AddressRead:
    """Raises `OverlappingHoursError`, `ContradictoryHoursError`, `OverlappingSpecialDaysError`."""
    address = await _managed(session, principal, address_id)
    days = [
        SpecialDay(
            entry.first_date,
            entry.last_date,
            entry.label,
            tuple(DayHours(**span.model_dump()) for span in entry.hours),
        )
        for entry in body.special_days
    ]
    for day in days:
        check_day(day.hours)
    before = parse_plan((await addresses.get_details(session, address.id)).plan).special_days
    await repository.replace_special_days(session, address_id=address.id, days=days)
    await _changed(session, principal, address, "special_days_replaced", {"special_days": (before, days)})
    return await service.read(session, address)


async def list_closures(
    session: AsyncSession,
    *,
    principal: Principal | None,
    address_id: int,
    page: PageRequest,
    now: datetime,
) -> tuple[Sequence[ClosureRead], int]:
    """Those that aren't over, in order."""
    address = await service.require_visible(session, principal=principal, address_id=address_id)
    closures, total = await paginate(session, repository.closures_of(address.id, ending_after=now), page)
    return [_read(address, closure) for closure in closures], total


async def add_closure(
    session: AsyncSession, *, principal: Principal, address_id: int, body: ClosureCreate, now: datetime
) -> ClosureRead:
    """Raises `LocalTimeSkippedError`, `ClosureEmptyError`."""
    address = await _managed(session, principal, address_id)
    values = body.model_dump()
    zone = ZoneInfo(address.timezone)
    for field in ("starts_at", "ends_at"):
        if values[field] is not None:
            values[field] = requested_instant(values[field], zone)
    closure = Closure(address_id=address.id, **values)
    span = _span(address, closure)
    if not max(span.starts_at, now) < span.ends_at <= span.starts_at + LONGEST_PERIOD:
        raise ClosureEmptyError
    await repository.insert_closure(session, closure)
    after = {field: (None, value) for field, value in values.items()}
    await _changed(session, principal, address, "closure_added", after)
    return _read(address, closure)


async def remove_closure(
    session: AsyncSession, *, principal: Principal, address_id: int, closure_id: int
) -> None:
    """Raises `ClosureNotFoundError`."""
    address = await _managed(session, principal, address_id)
    closure = await repository.find_closure(session, address_id=address.id, closure_id=closure_id)
    if closure is None:
        raise ClosureNotFoundError
    read = _read(address, closure).model_dump(mode="json", exclude={"id"})
    await repository.delete_closure(session, closure)
    before = {field: (value, None) for field, value in read.items()}
    await _changed(session, principal, address, "closure_removed", before)


async def _managed(session: AsyncSession, principal: Principal, address_id: int) -> Address:
    return await service.get_managed_address(
        session, principal=principal, address_id=address_id, permission=Permission.EDIT_STUDIO
    )


async def _changed(
    session: AsyncSession,
    principal: Principal,
    address: Address,
    what: str,
    changes: Mapping[str, tuple[Any, Any]],
) -> None:
    """Into the audit trail, and as a new revision of the studio."""
    await addresses.begin_revision(session, address)
    await audit.record(
        session,
        principal=principal,
        company_id=address.company_id,
        action=f"address.{what}",
        subject_id=address.id,
        changes=changes,
    )


def _span(address: Address, closure: Closure) -> Span:
    if closure.first_date is not None and closure.last_date is not None:
        return span_of(ClosedDates(closure.first_date, closure.last_date), ZoneInfo(address.timezone))
    assert closure.starts_at is not None
    assert closure.ends_at is not None
    return Span(closure.starts_at, closure.ends_at)


def _read(address: Address, closure: Closure) -> ClosureRead:
    span, zone = _span(address, closure), ZoneInfo(address.timezone)
    return ClosureRead(
        id=closure.id,
        first_date=closure.first_date,
        last_date=closure.last_date,
        starts_at=span.starts_at.astimezone(zone),
        ends_at=span.ends_at.astimezone(zone),
        reason=closure.reason,
    )
