"""A studio: opened, read, changed, put on the market and taken off it."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses import policies, repository
from src.addresses.enums import AddressStatus
from src.addresses.events import AddressPublished, AddressUnpublished
from src.addresses.exceptions import (
    AddressIncompleteError,
    AddressNotFoundError,
    AddressSuspendedError,
    FarFromCityError,
)
from src.addresses.hours import OpeningPlan, open_state
from src.addresses.models import Address
from src.addresses.plan import parse_plan
from src.addresses.schemas import (
    AddressCreate,
    AddressRead,
    AddressUpdate,
    HoursRead,
    OpenStateRead,
    SpecialDayRead,
)
from src.companies import audit
from src.companies import service as company_service
from src.core import events, slugs
from src.core.clock import utc_now
from src.core.identity import Principal
from src.core.schemas import is_id
from src.geographic import service as geographic
from src.geographic.distance import distance_km
from src.geographic.models import City
from src.teams import policies as teams
from src.teams.permissions import Permission

# Metropolises are wide, and their position is that of their middle.
FARTHEST_FROM_CITY_KM = 100


async def create_address(session: AsyncSession, *, principal: Principal, body: AddressCreate) -> AddressRead:
    """Opens a studio as a draft; unless the body says another, its time zone is that of its city.

    Raises `CompanyNotFoundError`, `PermissionMissingError`, `UnknownCityError`, `FarFromCityError`.
    """
    company = await company_service.get_company(session, company_id=body.company_id)
    await teams.require(
        session,
        principal=principal,
        permission=Permission.OPEN_STUDIO,
        company_id=company.id,
        address_id=None,
    )
    city = await geographic.require_city(session, city_id=body.city_id)
    _require_near(city, body.lat, body.lng)
    values = _columns(body.model_dump(exclude={"timezone"})) | {"timezone": body.timezone or city.timezone}
    address = await _insert(session, values)
    await audit.record(
        session,
        principal=principal,
        company_id=company.id,
        action="address.opened",
        subject_id=address.id,
        changes={field: (None, value) for field, value in values.items()},
    )
    return await read(session, address)


async def _insert(session: AsyncSession, values: Mapping[str, Any]) -> Address:
    for slug in slugs.candidates(values["name"], fallback="studio"):
        address = await repository.insert_unless_slug_taken(session, **values, slug=slug)
        if address is not None:
            return address
    raise AssertionError("slug candidates never end")


async def get_visible_address(
    session: AsyncSession, *, principal: Principal | None, id_or_slug: str
) -> AddressRead:
    """Raises `AddressNotFoundError`, also for a draft that is not the principal's."""
    if is_id(id_or_slug):
        address = await repository.find(session, int(id_or_slug))
    else:
        address = await repository.find_by_slug(session, id_or_slug)
    return await read(session, await _visible(session, principal, address))


async def require_visible(session: AsyncSession, *, principal: Principal | None, address_id: int) -> Address:
    """The studio. Raises `AddressNotFoundError`, also for a draft that is not the principal's."""
    return await _visible(session, principal, await repository.find(session, address_id))


async def _visible(session: AsyncSession, principal: Principal | None, address: Address | None) -> Address:
    if address is None:
        raise AddressNotFoundError
    await policies.require_visible(session, principal=principal, address=address)
    return address


async def get_managed_address(
    session: AsyncSession, *, principal: Principal, address_id: int, permission: Permission
) -> Address:
    """The studio, its row locked.

    Raises `AddressNotFoundError`, `PermissionMissingError`.
    """
    address = await repository.find_locked(session, address_id)
    if address is None:
        raise AddressNotFoundError
    await policies.require(session, principal=principal, address=address, permission=permission)
    return address


async def update_address(
    session: AsyncSession, *, principal: Principal, address_id: int, body: AddressUpdate
) -> AddressRead:
    """Changes what the body names; another city brings its time zone along, unless the body names one.

    Raises `AddressIncompleteError` when it is to be published and lacks something, `AddressSuspendedError`,
    `UnknownCityError`, `FarFromCityError`.
    """
    address = await get_managed_address(
        session, principal=principal, address_id=address_id, permission=Permission.EDIT_STUDIO
    )
    if body.status and address.status is AddressStatus.SUSPENDED and not principal.is_admin:
        raise AddressSuspendedError
    values = await _with_place(session, address, _columns(body.model_dump(exclude_unset=True)))
    was = address.status
    changes = audit.apply(address, values)
    if changes:
        await repository.begin_revision(session, address)
        await _record(session, principal, address, "address.updated", changes)
        await _tell_market(session, address, was)
    if body.status is AddressStatus.PUBLISHED and was is not AddressStatus.PUBLISHED:
        lacking = missing(address, await _plan(session, address))
        if lacking:
            raise AddressIncompleteError(missing=lacking)
    await stay_complete(session, principal=principal, address=address)
    return await read(session, address)


def _columns(values: dict[str, Any]) -> dict[str, Any]:
    names = {"lat": "latitude", "lng": "longitude"}
    return {names.get(field, field): value for field, value in values.items()}


async def _with_place(session: AsyncSession, address: Address, values: dict[str, Any]) -> dict[str, Any]:
    if not {"city_id", "latitude", "longitude"} & values.keys():
        return values
    city = await geographic.require_city(session, city_id=values.get("city_id", address.city_id))
    _require_near(city, values.get("latitude", address.latitude), values.get("longitude", address.longitude))
    has_moved = city.id != address.city_id
    return ({"timezone": city.timezone} if has_moved else {}) | values


def _require_near(city: City, latitude: float, longitude: float) -> None:
    distance = distance_km(latitude, longitude, city.latitude, city.longitude)
    if distance > FARTHEST_FROM_CITY_KM:
        raise FarFromCityError(distance_km=round(distance), most_km=FARTHEST_FROM_CITY_KM)


async def set_bookable_rooms(session: AsyncSession, *, address: Address, count: int) -> None:
    """Told by the rooms domain: how many active rooms with a price the studio has. Its row has to be locked."""
    address.bookable_rooms = count
    await session.flush()
    await stay_complete(session, principal=None, address=address)


async def stay_complete(session: AsyncSession, *, principal: Principal | None, address: Address) -> None:
    """Takes a published studio that by now lacks something back to a draft; its row has to be locked."""
    if address.status is not AddressStatus.PUBLISHED:
        return
    lacking = missing(address, await _plan(session, address))
    if lacking:
        await take_off_market(
            session, principal=principal, address=address, changes={"missing": ([], lacking)}
        )


async def take_off_market(
    session: AsyncSession,
    *,
    principal: Principal | None,
    address: Address,
    changes: Mapping[str, tuple[Any, Any]],
) -> None:
    """Makes a published studio a draft. `changes` says why, for the audit trail."""
    await move(
        session,
        principal=principal,
        address=address,
        status=AddressStatus.DRAFT,
        action="address.unpublished",
        changes=changes,
    )


async def move(
    session: AsyncSession,
    *,
    principal: Principal | None,
    address: Address,
    status: AddressStatus,
    action: str,
    changes: Mapping[str, tuple[Any, Any]],
) -> None:
    """Gives a studio, whose row is locked, another status; `changes` says why, for the audit trail."""
    was, address.status = address.status, status
    await repository.begin_revision(session, address)
    await _tell_market(session, address, was)
    await _record(session, principal, address, action, {"status": (was, status), **changes})


async def _tell_market(session: AsyncSession, address: Address, was: AddressStatus) -> None:
    if address.status is was:
        return
    if address.status is AddressStatus.PUBLISHED:
        await events.publish(session, AddressPublished(address_id=address.id))
    elif was is AddressStatus.PUBLISHED:
        await events.publish(session, AddressUnpublished(address_id=address.id))


async def _record(
    session: AsyncSession,
    principal: Principal | None,
    address: Address,
    action: str,
    changes: Mapping[str, tuple[Any, Any]],
) -> None:
    await audit.record(
        session,
        principal=principal,
        company_id=address.company_id,
        action=action,
        subject_id=address.id,
        changes=changes,
    )


async def _plan(session: AsyncSession, address: Address) -> OpeningPlan:
    return parse_plan((await repository.get_details(session, address.id)).plan)


def missing(address: Address, plan: OpeningPlan) -> list[str]:
    """What a studio lacks to be published; clients branch on these."""
    lacking = {
        "place": not address.street,
        "operating_hours": not any(entry.mode.is_bookable for entry in plan.weekly),
        "room_with_price": address.bookable_rooms == 0,
    }
    return [name for name, is_lacking in lacking.items() if is_lacking]


async def read(session: AsyncSession, address: Address) -> AddressRead:
    details = await repository.get_details(session, address.id)
    plan = parse_plan(details.plan)
    return AddressRead(
        id=address.id,
        company_id=address.company_id,
        name=address.name,
        slug=address.slug,
        description=address.description,
        street=address.street,
        city_id=address.city_id,
        lat=address.latitude,
        lng=address.longitude,
        timezone=address.timezone,
        status=address.status,
        missing=missing(address, plan),
        operating_hours=[HoursRead.model_validate(entry) for entry in plan.weekly],
        special_days=[SpecialDayRead.of(day) for day in plan.special_days],
        open_state=_state(plan, ZoneInfo(address.timezone)),
        badges=list(details.badges),
        created_at=address.created_at,
    )


def _state(plan: OpeningPlan, zone: ZoneInfo) -> OpenStateRead:
    state = open_state(plan, zone, utc_now())
    changes_at = state.changes_at.astimezone(zone) if state.changes_at else None
    return OpenStateRead(is_open=state.is_open, changes_at=changes_at)
