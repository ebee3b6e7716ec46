"""A booking, locked, for somebody who is about to move it."""

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import policies, repository
from src.bookings.enums import Actor
from src.bookings.exceptions import BookingChangedError, BookingNotFoundError
from src.bookings.models import Booking
from src.core.identity import Principal
from src.teams.permissions import Permission


async def lock(
    session: AsyncSession,
    *,
    principal: Principal,
    booking_id: int,
    permission: Permission,
    version: int | None = None,
) -> tuple[Booking, Actor]:
    """For its customer, or for who has the permission on the owner's side.

    Raises `BookingNotFoundError`, `PermissionMissingError`, and `BookingChangedError` when it isn't of the
    version, where one is given.
    """
    booking = await _find_locked(session, booking_id)
    actor = await policies.actor_of(session, principal=principal, booking=booking)
    if actor is Actor.OWNER:
        await policies.require(session, principal=principal, booking=booking, permission=permission)
    check_version(booking, version)
    return booking, actor


async def lock_for_owner(
    session: AsyncSession,
    *,
    principal: Principal,
    booking_id: int,
    permission: Permission,
    version: int | None = None,
) -> Booking:
    """For who has the permission on the owner's side, even if they are its customer too. Raises like `lock`."""
    booking = await _find_locked(session, booking_id)
    await policies.require(session, principal=principal, booking=booking, permission=permission)
    check_version(booking, version)
    return booking


def check_version(booking: Booking, version: int | None) -> None:
    """Raises `BookingChangedError`."""
    if version is not None and booking.version != version:
        raise BookingChangedError(version_now=booking.version)


async def _find_locked(session: AsyncSession, booking_id: int) -> Booking:
    booking = await repository.find_locked(session, booking_id)
    if booking is None:
        raise BookingNotFoundError
    return booking
