from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from src.addresses.models import Address
from src.agreements.models import Acceptance, Agreement, DueAgreement
from src.bookings.models import Booking
from src.companies.models import Company
from src.geographic.models import City, Country
from src.rooms.models import Room
from src.users.models import User

Facts = Row[Booking, Room, Address, Company, User | None, str, str]


async def find_facts(session: AsyncSession, booking_id: int, *, is_locked: bool = False) -> Facts | None:
    """All that an agreement says. Locked, the booking can't change until the transaction ends."""
    facts = (
        select(Booking, Room, Address, Company, User, City.name.label("city"), Country.name.label("country"))
        .join(Room, Room.id == Booking.room_id)
        .join(Address, Address.id == Booking.address_id)
        .join(Company, Company.id == Booking.company_id)
        .outerjoin(User, User.id == Booking.customer_id)
        .join(City, City.id == Address.city_id)
        .join(Country, Country.code == City.country_code)
        .where(Booking.id == booking_id)
        .execution_options(populate_existing=True)
    )
    if is_locked:
        facts = facts.with_for_update(read=True, of=Booking)
    return (await session.execute(facts)).one_or_none()


async def find_latest(session: AsyncSession, booking_id: int) -> Agreement | None:
    latest = select(Agreement).where(Agreement.booking_id == booking_id).order_by(Agreement.version.desc())
    return (await session.scalars(latest.limit(1))).one_or_none()


async def find_with_pdf(session: AsyncSession, *, booking_id: int, version: int | None) -> Agreement | None:
    """That version, or the latest."""
    found = select(Agreement).where(Agreement.booking_id == booking_id).options(undefer(Agreement.pdf))
    if version is not None:
        found = found.where(Agreement.version == version)
    return (await session.scalars(found.order_by(Agreement.version.desc()).limit(1))).one_or_none()


async def list_versions(session: AsyncSession, booking_id: int) -> Sequence[Agreement]:
    versions = select(Agreement).where(Agreement.booking_id == booking_id).order_by(Agreement.version)
    return (await session.scalars(versions)).all()


async def insert_unless_version_taken(session: AsyncSession, **values: Any) -> Agreement | None:
    new = insert(Agreement).values(**values)
    new = new.on_conflict_do_nothing(index_elements=[Agreement.booking_id, Agreement.version])
    return (await session.scalars(new.returning(Agreement))).one_or_none()


async def insert_acceptance(session: AsyncSession, **values: Any) -> None:
    """The first one of a side stays."""
    new = insert(Acceptance).values(**values)
    await session.execute(
        new.on_conflict_do_nothing(index_elements=[Acceptance.agreement_id, Acceptance.side])
    )


async def list_acceptances(session: AsyncSession, booking_id: int) -> Sequence[Acceptance]:
    acceptances = select(Acceptance).join(Agreement, Agreement.id == Acceptance.agreement_id)
    acceptances = acceptances.where(Agreement.booking_id == booking_id)
    return (await session.scalars(acceptances.order_by(Acceptance.id))).all()


async def list_acceptances_of(session: AsyncSession, user_id: int) -> Sequence[Row[Acceptance, Agreement]]:
    acceptances = select(Acceptance, Agreement).join(Agreement, Agreement.id == Acceptance.agreement_id)
    return (
        await session.execute(acceptances.where(Acceptance.user_id == user_id).order_by(Acceptance.id))
    ).all()


async def mark_due(session: AsyncSession, booking_id: int) -> None:
    """Only of a room: seats need no agreement."""
    of_room = select(Booking.id).where(Booking.id == booking_id, Booking.event_id.is_(None))
    new = insert(DueAgreement).from_select(["booking_id"], of_room)
    again = {"due_at": func.clock_timestamp(), "attempts": 0}
    await session.execute(new.on_conflict_do_update(index_elements=[DueAgreement.booking_id], set_=again))


async def lease_due(session: AsyncSession, *, limit: int, lease: timedelta) -> Sequence[DueAgreement]:
    """Put off by `lease`, so that nobody else takes them meanwhile."""
    due = (
        select(DueAgreement.booking_id)
        .where(DueAgreement.due_at <= func.clock_timestamp())
        .order_by(DueAgreement.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    leased = (
        update(DueAgreement)
        .where(DueAgreement.booking_id.in_(due))
        .values(attempts=DueAgreement.attempts + 1, due_at=func.clock_timestamp() + lease)
        .returning(DueAgreement)
    )
    return (await session.scalars(leased)).all()


async def forget_due(session: AsyncSession, due: DueAgreement) -> None:
    """Unless the booking has changed again since it was leased."""
    await session.execute(
        delete(DueAgreement).where(
            DueAgreement.booking_id == due.booking_id, DueAgreement.due_at == due.due_at
        )
    )


async def postpone_due(session: AsyncSession, due: DueAgreement, *, by: timedelta, error: str) -> None:
    await session.execute(
        update(DueAgreement)
        .where(DueAgreement.booking_id == due.booking_id, DueAgreement.due_at == due.due_at)
        .values(due_at=func.clock_timestamp() + by, last_error=error)
    )
