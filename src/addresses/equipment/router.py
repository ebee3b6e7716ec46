from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import Query

from src.addresses.equipment import service
from src.addresses.equipment.exceptions import (
    EquipmentNotFoundError,
    EquipmentPriceError,
    UnknownEquipmentTypeError,
)
from src.addresses.equipment.models import EquipmentType
from src.addresses.equipment.schemas import (
    EquipmentCreate,
    EquipmentFilter,
    EquipmentRead,
    EquipmentTypeRead,
    EquipmentUpdate,
)
from src.addresses.exceptions import AddressNotFoundError
from src.core.database import ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.idempotency import IDEMPOTENCY_ERRORS, Idempotent
from src.core.identity import OptionalPrincipalDep, PrincipalDep
from src.core.pagination import Page
from src.core.schemas import PathId
from src.teams.exceptions import PermissionMissingError

router = domain_router(tags=["equipment"])

_EDIT_ERRORS = (
    UnauthorizedError,
    PermissionMissingError,
    AddressNotFoundError,
    UnknownEquipmentTypeError,
    EquipmentPriceError,
    ValidationFailedError,
)


@router.get("/equipment-types", response_model=list[EquipmentTypeRead], operation_id="list_equipment_types")
async def list_equipment_types(session: ReadSessionDep) -> Sequence[EquipmentType]:
    """The words in which studios say what they have, by category. About 90; fetch once and keep. Slugs are stable."""
    return await service.list_types(session)


@router.get(
    "/addresses/{address_id}/equipment",
    response_model=Page[EquipmentRead],
    operation_id="list_equipment",
    responses=errors(AddressNotFoundError, ValidationFailedError),
)
async def list_equipment(
    address_id: PathId,
    wanted: Annotated[EquipmentFilter, Query()],
    session: ReadSessionDep,
    principal: OptionalPrincipalDep,
) -> Page[EquipmentRead]:
    """What a studio has: included with its rooms, or to be rented along. The studio's team sees retired items too."""
    items, total = await service.list_items(
        session, principal=principal, address_id=address_id, wanted=wanted
    )
    return Page(items=items, total=total, page=wanted.page, size=wanted.size)


@router.post(
    "/addresses/{address_id}/equipment",
    status_code=HTTPStatus.CREATED,
    response_model=EquipmentRead,
    operation_id="add_equipment",
    dependencies=[Idempotent],
    responses=errors(*_EDIT_ERRORS, *IDEMPOTENCY_ERRORS),
)
async def add_equipment(
    address_id: PathId, body: EquipmentCreate, session: SessionDep, principal: PrincipalDep
) -> EquipmentRead:
    """Adds one piece. Of two equal pianos each is a piece of its own: each can be rented by one booking at a time."""
    return await service.add_item(session, principal=principal, address_id=address_id, body=body)


@router.patch(
    "/addresses/{address_id}/equipment/{equipment_id}",
    response_model=EquipmentRead,
    operation_id="update_equipment",
    responses=errors(*_EDIT_ERRORS, EquipmentNotFoundError),
)
async def update_equipment(
    address_id: PathId,
    equipment_id: PathId,
    body: EquipmentUpdate,
    session: SessionDep,
    principal: PrincipalDep,
) -> EquipmentRead:
    """Changes what the body names; `{"status": "active"}` brings a retired piece back.

    `{"is_included": true, "price_amount": null, "price_unit": null}` makes it free.
    """
    return await service.update_item(
        session, principal=principal, address_id=address_id, equipment_id=equipment_id, body=body
    )


@router.delete(
    "/addresses/{address_id}/equipment/{equipment_id}",
    status_code=HTTPStatus.NO_CONTENT,
    operation_id="retire_equipment",
    responses=errors(*_EDIT_ERRORS, EquipmentNotFoundError),
)
async def retire_equipment(
    address_id: PathId, equipment_id: PathId, session: SessionDep, principal: PrincipalDep
) -> None:
    """Retires a piece: it can't be rented any more. Bookings that have it keep it."""
    await service.retire_item(session, principal=principal, address_id=address_id, equipment_id=equipment_id)
