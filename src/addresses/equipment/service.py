"""What a studio has, and rents out: each piece exists once, so its time can be taken once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses import policies
from src.addresses import service as addresses
from src.addresses.equipment import repository
from src.addresses.equipment.enums import EquipmentStatus, PriceUnit
from src.addresses.equipment.exceptions import EquipmentNotFoundError, UnknownEquipmentError
from src.addresses.equipment.models import EquipmentItem, EquipmentType
from src.addresses.equipment.schemas import (
    EquipmentCreate,
    EquipmentFilter,
    EquipmentRead,
    EquipmentUpdate,
)
from src.addresses.models import Address
from src.calendars import service as calendars
from src.calendars.enums import ResourceKind
from src.companies import audit
from src.companies import service as companies
from src.core.database import Rows
from src.core.identity import Principal
from src.core.money import Money
from src.core.pagination import PageRequest, paginate
from src.teams.permissions import Permission


@dataclass(frozen=True, slots=True)
class Rentable:
    """A piece that a booking may add: its price in minor units of the company's currency, and its time."""

    id: int
    name: str
    price_amount: int
    price_unit: PriceUnit
    resource_id: int


async def list_types(session: AsyncSession) -> Sequence[EquipmentType]:
    return await repository.list_types(session)


async def list_items(
    session: AsyncSession, *, principal: Principal | None, address_id: int, wanted: EquipmentFilter
) -> tuple[Sequence[EquipmentRead], int]:
    """What is retired only the studio's own people see."""
    address = await addresses.require_visible(session, principal=principal, address_id=address_id)
    items, total = await paginate(
        session,
        repository.items_of(
            address.id,
            with_retired=await policies.may_see_drafts(session, principal=principal, address=address),
            type_slug=wanted.type,
            is_included=wanted.is_included,
        ),
        PageRequest(page=wanted.page, size=wanted.size),
    )
    currency = await _currency(session, address)
    return [_read(item, currency) for item in items], total


async def add_item(
    session: AsyncSession, *, principal: Principal, address_id: int, body: EquipmentCreate
) -> EquipmentRead:
    """Raises `UnknownEquipmentTypeError`, `EquipmentPriceError`."""
    address = await _managed(session, principal, address_id)
    resource_id = await calendars.create_resource(session, kind=ResourceKind.EQUIPMENT)
    values = _columns(body.model_dump())
    item = EquipmentItem(address_id=address.id, resource_id=resource_id, **values)
    session.add(item)
    await session.flush()
    await _record(
        session, principal, address, item, "added", {name: (None, value) for name, value in values.items()}
    )
    await session.refresh(item)
    return _read(item, await _currency(session, address))


async def update_item(
    session: AsyncSession, *, principal: Principal, address_id: int, equipment_id: int, body: EquipmentUpdate
) -> EquipmentRead:
    """Raises `EquipmentNotFoundError`, `UnknownEquipmentTypeError`, `EquipmentPriceError`."""
    address = await _managed(session, principal, address_id)
    item = await _item(session, address, equipment_id)
    changes = audit.apply(item, _columns(body.model_dump(exclude_unset=True)))
    await session.flush()
    if changes:
        await _record(session, principal, address, item, "updated", changes)
    return _read(item, await _currency(session, address))


async def retire_item(
    session: AsyncSession, *, principal: Principal, address_id: int, equipment_id: int
) -> None:
    """Nobody can add it to a booking any more; those that have it keep it. Raises `EquipmentNotFoundError`."""
    address = await _managed(session, principal, address_id)
    item = await _item(session, address, equipment_id)
    changes = audit.apply(item, {"status": EquipmentStatus.RETIRED})
    await session.flush()
    if changes:
        await _record(session, principal, address, item, "retired", changes)


async def list_rentable(
    connection: Rows, *, address_id: int, equipment_ids: Sequence[int] | None = None
) -> list[Rentable]:
    """What a booking adds, or could, in order of id, by one statement.

    Raises `UnknownEquipmentError` unless all of those that are asked for can be had.
    """
    found = await repository.list_rentable(connection, address_id=address_id, equipment_ids=equipment_ids)
    unknown = sorted(set(equipment_ids or ()) - {record["id"] for record in found})
    if unknown:
        raise UnknownEquipmentError(equipment_ids=unknown)
    return [
        Rentable(
            id=record["id"],
            name=record["name"],
            price_amount=record["price_amount"],
            price_unit=PriceUnit(record["price_unit"]),
            resource_id=record["resource_id"],
        )
        for record in found
    ]


async def _managed(session: AsyncSession, principal: Principal, address_id: int) -> Address:
    return await addresses.get_managed_address(
        session, principal=principal, address_id=address_id, permission=Permission.EDIT_STUDIO
    )


async def _item(session: AsyncSession, address: Address, equipment_id: int) -> EquipmentItem:
    item = await repository.find_item(session, address_id=address.id, equipment_id=equipment_id)
    if item is None:
        raise EquipmentNotFoundError
    return item


async def _currency(session: AsyncSession, address: Address) -> str:
    return (await companies.get_company(session, company_id=address.company_id)).currency


async def _record(
    session: AsyncSession,
    principal: Principal,
    address: Address,
    item: EquipmentItem,
    what: str,
    changes: Mapping[str, tuple[Any, Any]],
) -> None:
    await audit.record(
        session,
        principal=principal,
        company_id=address.company_id,
        action=f"equipment.{what}",
        subject_id=item.id,
        changes=changes,
    )


def _columns(values: dict[str, Any]) -> dict[str, Any]:
    return {"type_slug" if name == "type" else name: value for name, value in values.items()}


def _read(item: EquipmentItem, currency: str) -> EquipmentRead:
    return EquipmentRead(
        id=item.id,
        address_id=item.address_id,
        type=item.type_slug,
        name=item.name,
        description=item.description,
        is_included=item.is_included,
        price=Money(amount=item.price_amount, currency=currency) if item.price_amount else None,
        price_unit=item.price_unit,
        status=item.status,
    )
