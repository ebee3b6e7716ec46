"""Time that an owner keeps: a claim like any other, so it never lies over a booking."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.localtime import midnight, requested_instant
from src.addresses.models import Address
from src.calendars import service as calendars
from src.calendars.enums import OccupancyKind
from src.calendars.service import Span, Wish
from src.calendars.spans import pieces
from src.companies import audit
from src.core import events
from src.core.database import driver
from src.core.identity import Principal
from src.core.pagination import PageRequest
from src.rooms import policies
from src.rooms import service as rooms
from src.rooms.blocks import repository
from src.rooms.blocks.schemas import BlockCreate, BlockFilter, BlockRead
from src.rooms.events import BlockRemoved
from src.rooms.exceptions import BlockNotFoundError, BlockTooLongError, EndsBeforeStartError, InThePastError
from src.rooms.models import LONGEST_BLOCK_DAYS, RoomBlock
from src.teams.permissions import Permission


async def block_time(
    session: AsyncSession, *, principal: Principal, room_id: int, body: BlockCreate, now: datetime
) -> BlockRead:
    """Takes the room's time, and that of its parts, without buffers.

    Raises `SlotTakenError` where anything of it is taken, `EndsBeforeStartError`, `InThePastError`,
    `BlockTooLongError`. Locks: the studio, then like `calendars.claim`.
    """
    room, address = await policies.get_managed(
        session, principal=principal, room_id=room_id, permission=Permission.BLOCK_TIME
    )
    zone = ZoneInfo(address.timezone)
    span = Span(requested_instant(body.starts_at, zone), requested_instant(body.ends_at, zone))
    _check(span, now)
    resource_ids = await rooms.list_resources(await driver(session), room_id=room.id)
    wishes = [Wish(resource_id, piece) for resource_id in resource_ids for piece in pieces(span)]
    claim = await calendars.claim(session, wishes=wishes, kind=OccupancyKind.BLOCK, hold=None)
    block = await repository.insert_block(
        session,
        room_id=room.id,
        claim_id=claim.id,
        starts_at=span.starts_at,
        ends_at=span.ends_at,
        reason=body.reason,
        created_by=principal.user_id,
    )
    await _record(session, principal, address, "room.blocked", block)
    return _read(block, zone)


async def free_time(session: AsyncSession, *, principal: Principal, room_id: int, block_id: int) -> None:
    """The block's time is free at once. Raises `BlockNotFoundError`."""
    _, address = await policies.get_managed(
        session, principal=principal, room_id=room_id, permission=Permission.BLOCK_TIME
    )
    block = await repository.find_block(session, room_id=room_id, block_id=block_id)
    if block is None:
        raise BlockNotFoundError
    await calendars.release(session, claim_id=block.claim_id)
    await repository.delete_block(session, block)
    await _record(session, principal, address, "room.unblocked", block)
    await events.publish(session, BlockRemoved(room_id=room_id))


async def list_blocks(
    session: AsyncSession, *, principal: Principal, room_id: int, wanted: BlockFilter
) -> tuple[Sequence[BlockRead], int]:
    """In order of start, and how many there are. Raises `RoomNotFoundError`, `PermissionMissingError`."""
    address = await policies.require(
        session, principal=principal, room_id=room_id, permission=Permission.BLOCK_TIME
    )
    zone = ZoneInfo(address.timezone)
    blocks, total = await repository.list_blocks(
        session,
        room_id=room_id,
        ends_after=midnight(wanted.from_, zone) if wanted.from_ else None,
        starts_before=midnight(wanted.to, zone) if wanted.to else None,
        page=PageRequest(page=wanted.page, size=wanted.size),
    )
    return [_read(block, zone) for block in blocks], total


def _check(span: Span, now: datetime) -> None:
    if span.ends_at <= span.starts_at:
        raise EndsBeforeStartError
    if span.ends_at <= now:
        raise InThePastError
    if span.ends_at - span.starts_at > timedelta(days=LONGEST_BLOCK_DAYS):
        raise BlockTooLongError


async def _record(
    session: AsyncSession, principal: Principal, address: Address, action: str, block: RoomBlock
) -> None:
    is_new = action == "room.blocked"
    values = {"starts_at": block.starts_at, "ends_at": block.ends_at, "reason": block.reason}
    await audit.record(
        session,
        principal=principal,
        company_id=address.company_id,
        action=action,
        subject_id=block.room_id,
        changes={field: (None, value) if is_new else (value, None) for field, value in values.items()},
    )


def _read(block: RoomBlock, zone: ZoneInfo) -> BlockRead:
    return BlockRead(
        id=block.id,
        room_id=block.room_id,
        timezone=zone.key,
        starts_at=block.starts_at.astimezone(zone),
        ends_at=block.ends_at.astimezone(zone),
        reason=block.reason,
        created_by=block.created_by,
        created_at=block.created_at,
    )
