from sqlalchemy.ext.asyncio import AsyncSession

from src.agreements import policies, repository, wording
from src.agreements.exceptions import (
    AgreementMissingError,
    AgreementNotFoundError,
    AgreementOutdatedError,
    BookingNotAgreeableError,
)
from src.agreements.models import LONGEST_IP, Agreement
from src.agreements.schemas import AcceptanceCreate, AgreementRead
from src.agreements.service.read import is_in_force, read
from src.bookings import service as bookings
from src.core.identity import Principal
from src.users import service as users


async def accept_agreement(
    session: AsyncSession,
    *,
    principal: Principal,
    booking_id: int,
    body: AcceptanceCreate,
    client_address: str | None,
) -> AgreementRead:
    """For the side on which the principal stands; the first acceptance of a side stays as it is.

    Locks the booking: what is accepted says what the booking is at that moment. Raises `BookingNotFoundError`,
    `PermissionMissingError`, `BookingNotAgreeableError`, `AgreementMissingError`,
    `AgreementNotFoundError`, `AgreementOutdatedError`.
    """
    booking = await bookings.get_booking(session, principal=principal, booking_id=booking_id)
    side = await policies.require_side(session, principal=principal, booking=booking)
    agreement = await _current(session, booking_id=booking_id, body=body)
    user = await users.get_user(session, user_id=principal.user_id)
    await repository.insert_acceptance(
        session,
        agreement_id=agreement.id,
        side=side,
        user_id=user.id,
        name=f"{user.firstname} {user.lastname}".strip(),
        client_address=client_address[:LONGEST_IP] if client_address else None,
    )
    return await read(session, booking_id)


async def _current(session: AsyncSession, *, booking_id: int, body: AcceptanceCreate) -> Agreement:
    facts = await repository.find_facts(session, booking_id, is_locked=True)
    if facts is None or not is_in_force(facts.Booking.status):
        raise BookingNotAgreeableError
    latest = await repository.find_latest(session, booking_id)
    if latest is None:
        raise AgreementMissingError
    if body.version > latest.version:
        raise AgreementNotFoundError
    is_latest = body.version == latest.version and body.sha256 == latest.sha256.hex()
    if not is_latest or latest.terms_sha256 != wording.terms_sha256(facts.Booking):
        raise AgreementOutdatedError(version=latest.version, sha256=latest.sha256.hex())
    return latest
