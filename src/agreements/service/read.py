from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src.agreements import rendering, repository, wording
from src.agreements.enums import Side
from src.agreements.exceptions import AgreementMissingError, AgreementNotFoundError
from src.agreements.models import Acceptance, Agreement
from src.agreements.schemas import AcceptanceRead, AgreementRead, VersionRead
from src.bookings import reference
from src.bookings import service as bookings
from src.bookings.enums import BookingStatus
from src.core import lettering
from src.core.database import Database
from src.core.identity import Principal

# A hold is no agreement yet, and a cancelled booking is none any more.
IN_FORCE = frozenset({BookingStatus.CONFIRMED, BookingStatus.COMPLETED, BookingStatus.NO_SHOW})


@dataclass(frozen=True)
class Download:
    filename: str
    pdf: bytes


def is_in_force(status: BookingStatus) -> bool:
    return status in IN_FORCE


async def get_agreement(session: AsyncSession, *, principal: Principal, booking_id: int) -> AgreementRead:
    """Raises `BookingNotFoundError`."""
    await bookings.get_booking(session, principal=principal, booking_id=booking_id)
    return await read(session, booking_id)


async def read(session: AsyncSession, booking_id: int) -> AgreementRead:
    facts = await repository.find_facts(session, booking_id)
    assert facts is not None
    versions = await repository.list_versions(session, booking_id)
    acceptances = await repository.list_acceptances(session, booking_id)
    terms = wording.terms_sha256(facts.Booking) if is_in_force(facts.Booking.status) else None
    return AgreementRead(
        booking_id=booking_id,
        reference=reference.encode(booking_id),
        versions=[
            as_version(
                agreement,
                acceptances,
                is_current=agreement is versions[-1] and agreement.terms_sha256 == terms,
            )
            for agreement in versions
        ],
    )


def as_version(agreement: Agreement, acceptances: Sequence[Acceptance], *, is_current: bool) -> VersionRead:
    return VersionRead(
        version=agreement.version,
        number=agreement.number,
        sha256=agreement.sha256.hex(),
        created_at=agreement.created_at,
        is_current=is_current,
        acceptances=[
            AcceptanceRead.model_validate(acceptance)
            for acceptance in acceptances
            if acceptance.agreement_id == agreement.id
        ],
    )


async def get_pdf(
    database: Database, *, principal: Principal, booking_id: int, version: int | None, is_signed: bool
) -> Download:
    """The file whose SHA-256 is recorded; signed, with the record of who accepted behind it.

    Raises `BookingNotFoundError`, `AgreementNotFoundError`, and `AgreementMissingError` before the first one.
    """
    async with database.reading() as session:
        await bookings.get_booking(session, principal=principal, booking_id=booking_id)
        agreement = await repository.find_with_pdf(session, booking_id=booking_id, version=version)
        acceptances = await repository.list_acceptances(session, booking_id)
    if agreement is None:
        raise AgreementMissingError if version is None else AgreementNotFoundError
    if not is_signed:
        return Download(f"{agreement.number}.pdf", agreement.pdf)
    signed = await rendering.signed_pdf(
        agreement.content,
        _record(agreement, acceptances),
        pdf=agreement.pdf,
        drawn_up=agreement.created_at,
    )
    return Download(f"{agreement.number}-signed.pdf", signed)


def _record(agreement: Agreement, acceptances: Sequence[Acceptance]) -> dict[str, Any]:
    by_side = {each.side: each for each in acceptances if each.agreement_id == agreement.id}
    return {
        "sha256": agreement.sha256.hex(),
        "sides": [
            _signature("For the studio", agreement.content["company"], by_side.get(Side.STUDIO)),
            _signature("The customer", agreement.content["customer"], by_side.get(Side.CUSTOMER)),
        ],
    }


def _signature(role: str, party: str, acceptance: Acceptance | None) -> dict[str, Any]:
    if acceptance is None:
        return {"role": role, "accepted": False, "name": party}
    return {
        "role": role,
        "accepted": True,
        "name": lettering.printable(acceptance.name),
        "at": wording.moment_in_utc(acceptance.accepted_at),
        "address": acceptance.client_address or "an unknown address",
    }
