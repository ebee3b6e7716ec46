"""Blocked time of rooms, under the same path as the rooms."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Query

from src.addresses.exceptions import LocalTimeSkippedError
from src.calendars.exceptions import SlotTakenError
from src.core.clock import utc_now
from src.core.database import ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.idempotency import IDEMPOTENCY_ERRORS, Idempotent
from src.core.identity import PrincipalDep
from src.core.pagination import Page
from src.core.schemas import PathId
from src.rooms.blocks import service
from src.rooms.blocks.schemas import BlockCreate, BlockFilter, BlockRead
from src.rooms.exceptions import (
    BlockNotFoundError,
    BlockTooLongError,
    EndsBeforeStartError,
    InThePastError,
    RoomNotFoundError,
)
from src.teams.exceptions import PermissionMissingError

router = domain_router(tags=["rooms"], prefix="/rooms/{room_id}/blocks")


@router.get(
    "",
    response_model=Page[BlockRead],
    operation_id="list_room_blocks",
    responses=errors(UnauthorizedError, PermissionMissingError, RoomNotFoundError, ValidationFailedError),
)
async def list_room_blocks(
    room_id: PathId,
    wanted: Annotated[BlockFilter, Query()],
    session: ReadSessionDep,
    principal: PrincipalDep,
) -> Page[BlockRead]:
    """What you have blocked of the room, in order of start; of a period with `?from=2027-03-01&to=2027-04-01`."""
    found, total = await service.list_blocks(session, principal=principal, room_id=room_id, wanted=wanted)
    return Page(items=found, total=total, page=wanted.page, size=wanted.size)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=BlockRead,
    operation_id="create_room_block",
    dependencies=[Idempotent],
    responses=errors(
        UnauthorizedError,
        PermissionMissingError,
        RoomNotFoundError,
        SlotTakenError,
        EndsBeforeStartError,
        InThePastError,
        BlockTooLongError,
        LocalTimeSkippedError,
        ValidationFailedError,
        *IDEMPOTENCY_ERRORS,
    ),
)
async def create_room_block(
    room_id: PathId, body: BlockCreate, session: SessionDep, principal: PrincipalDep
) -> BlockRead:
    """Keeps the room, and its parts, from being booked: for repairs, for yourself. To the minute, at any hour.

    409 `slot_taken` where a booking, a hold or another block lies: cancel that first, or block around it.
    """
    return await service.block_time(session, principal=principal, room_id=room_id, body=body, now=utc_now())


@router.delete(
    "/{block_id}",
    status_code=HTTPStatus.NO_CONTENT,
    operation_id="delete_room_block",
    responses=errors(
        UnauthorizedError,
        PermissionMissingError,
        RoomNotFoundError,
        BlockNotFoundError,
        ValidationFailedError,
    ),
)
async def delete_room_block(
    room_id: PathId, block_id: PathId, session: SessionDep, principal: PrincipalDep
) -> None:
    """Takes the block away; its time is free at once."""
    await service.free_time(session, principal=principal, room_id=room_id, block_id=block_id)
