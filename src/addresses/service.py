from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses import policies, repository
from src.addresses.enums import AddressStatus
from src.addresses.events import AddressPublished
from src.addresses.exceptions import AddressIncompleteError, AddressNotFoundError, AddressSuspendedError
from src.addresses.hours import WeeklyHours, refuse_overlaps
from src.addresses.models import Address, OperatingHours
from src.addresses.schemas import AddressCreate, AddressRead, AddressUpdate, HoursRead, HoursUpdate
from src.companies import policies as companies
from src.companies import service as company_service
from src.core import events, slugs
from src.core.identity import Principal
from src.core.schemas import is_id
from src.geographic import service as geographic


async def create_address(session: AsyncSession, *, principal: Principal, body: AddressCreate) -> AddressRead:
    """Opens a studio as a draft; its time zone is that of its city.

    Raises `CompanyNotFoundError`, `NotCompanyAdminError`, `UnknownCityError`.
    """
    company = await company_service.get_company(session, company_id=body.company_id)
    await companies.require_manager(session, principal=principal, company_id=company.id)
    city = await geographic.require_city(session, city_id=body.city_id)
    address = await _insert(session, body, timezone=city.timezone)
    return await read(session, address)


async def _insert(session: AsyncSession, body: AddressCreate, *, timezone: str) -> Address:
    values = body.model_dump(exclude={"lat", "lng"}) | {"latitude": body.lat, "longitude": body.lng}
    for slug in slugs.candidates(body.name, fallback="studio"):
        address = await repository.insert_unless_slug_taken(session, **values, slug=slug, timezone=timezone)
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
    if address is None:
        raise AddressNotFoundError
    await policies.require_visible(session, principal=principal, address=address)
    return await read(session, address)


async def get_managed_address(session: AsyncSession, *, principal: Principal, address_id: int) -> Address:
    """The studio, its row locked. Raises `AddressNotFoundError`, `NotCompanyAdminError`."""
    address = await repository.find_locked(session, address_id)
    if address is None:
        raise AddressNotFoundError
    await policies.require_manager(session, principal=principal, address=address)
    return address


async def update_address(
    session: AsyncSession, *, principal: Principal, address_id: int, body: AddressUpdate
) -> AddressRead:
    """Raises `AddressIncompleteError` when it is to be published and lacks something, `AddressSuspendedError`."""
    address = await get_managed_address(session, principal=principal, address_id=address_id)
    if body.status and address.status is AddressStatus.SUSPENDED and not principal.is_admin:
        raise AddressSuspendedError
    is_publishing = body.status is AddressStatus.PUBLISHED and address.status is not AddressStatus.PUBLISHED
    if is_publishing:
        lacking = missing(address, await repository.list_hours(session, address.id))
        if lacking:
            raise AddressIncompleteError(missing=lacking)
        await events.publish(session, AddressPublished(address_id=address.id))
    for field, value in body.model_dump(exclude_unset=True).items():
        setattr(address, field, value)
    await session.flush()
    return await read(session, address)


async def replace_hours(
    session: AsyncSession, *, principal: Principal, address_id: int, body: HoursUpdate
) -> AddressRead:
    """Replaces the whole weekly plan. Bookings that exist stay. Raises `OverlappingHoursError`."""
    address = await get_managed_address(session, principal=principal, address_id=address_id)
    hours = [WeeklyHours(**entry.model_dump()) for entry in body.hours]
    refuse_overlaps(hours)
    await repository.replace_hours(session, address_id=address.id, hours=hours)
    return await read(session, address)


async def set_bookable_rooms(session: AsyncSession, *, address: Address, count: int) -> None:
    """Told by the rooms domain: how many active rooms with a price the studio has."""
    address.bookable_rooms = count
    await session.flush()


def missing(address: Address, hours: Sequence[OperatingHours]) -> list[str]:
    """What a studio lacks to be published."""
    lacking = []
    if not any(WeeklyHours(h.weekday, h.mode, h.opens, h.closes).is_bookable for h in hours):
        lacking.append("operating_hours")
    if address.bookable_rooms == 0:
        lacking.append("room_with_price")
    return lacking


async def read(session: AsyncSession, address: Address) -> AddressRead:
    hours = await repository.list_hours(session, address.id)
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
        missing=missing(address, hours),
        operating_hours=[HoursRead.model_validate(entry) for entry in hours],
        created_at=address.created_at,
    )
