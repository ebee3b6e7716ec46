"""Rooms that are made of others: whoever takes the whole takes each part, under the one constraint."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from src.calendars import service as calendars
from src.companies import audit
from src.core.identity import Principal
from src.rooms import policies
from src.rooms import service as rooms
from src.rooms.exceptions import PartsCycleError, PartsTooDeepError, RoomInUseError, UnknownPartError
from src.rooms.parts import repository
from src.rooms.parts.schemas import PartsUpdate
from src.rooms.repository import begin_revision
from src.teams.permissions import Permission

# A whole, its parts, and their parts: as deep as `rooms/repository.py` looks.
MOST_LEVELS = 3

Parts = Mapping[int, set[int]]  # of each whole of a studio


async def replace_parts(
    session: AsyncSession, *, principal: Principal, room_id: int, body: PartsUpdate
) -> str:
    """Returns the room as JSON. What was taken before stays as it is.

    So a part is added only while nothing that is to come takes the room: it would not have the part. Locks the
    studio, and the room's time like `calendars.claim`. Raises `UnknownPartError`, `PartsCycleError`,
    `PartsTooDeepError`, `RoomInUseError`.
    """
    room, address = await policies.get_managed(
        session, principal=principal, room_id=room_id, permission=Permission.EDIT_ROOMS
    )
    wanted = set(body.part_ids)
    if not wanted <= await repository.list_room_ids(session, address.id):
        raise UnknownPartError
    before = await repository.list_parts(session, address.id)
    after = {**before, room.id: wanted}
    _refuse_odd(after)
    wholes = sorted({room.id, *wholes_of(before, room.id)})
    await repository.replace_parts(session, room=room, part_ids=wanted)
    await begin_revision(session, wholes)
    # After the revision: a booking that is being made has its time by now, or finds that the room has changed.
    had = before.get(room.id, set())
    if not wanted <= had and await calendars.has_time_coming(session, resource_id=room.resource_id):
        raise RoomInUseError
    await audit.record(
        session,
        principal=principal,
        company_id=address.company_id,
        action="room.parts_replaced",
        subject_id=room.id,
        changes={"part_ids": (sorted(had), sorted(wanted))},
    )
    return await rooms.document(session, room.id)


def _refuse_odd(parts: Parts) -> None:
    for whole in parts:
        _levels(parts, whole, ())


def _levels(parts: Parts, room_id: int, wholes: tuple[int, ...]) -> None:
    if room_id in wholes:
        raise PartsCycleError
    if len(wholes) == MOST_LEVELS:
        raise PartsTooDeepError
    for part_id in parts.get(room_id, ()):
        _levels(parts, part_id, (*wholes, room_id))


def wholes_of(parts: Parts, room_id: int) -> set[int]:
    """Every room that takes this one's time, directly or not."""
    direct = {whole for whole, part_ids in parts.items() if room_id in part_ids}
    return direct.union(*(wholes_of(parts, whole) for whole in direct))
