from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.models import Address
from src.appointments.enums import OPEN, AppointmentStatus
from src.appointments.models import Appointment, AppointmentMove
from src.appointments.schemas import StudioAppointmentFilter
from src.bookings.enums import Actor
from src.calendars.service import Span
from src.core.identity import Principal
from src.core.pagination import PageRequest
from src.teams import policies as teams
from src.teams.permissions import Permission
from src.users.models import User

# Of the appointments that stand against something: enough to begin with.
MOST_NAMED = 100
MOST_ENTRIES = 2_000

AppointmentRow = Row[Appointment, Address, User]


def _rows() -> Select[Appointment, Address, User]:
    """With what one has to know of the studio and the customer."""
    return (
        select(Appointment, Address, User)
        .join(Address, Address.id == Appointment.address_id)
        .join(User, User.id == Appointment.customer_id)
        .execution_options(populate_existing=True)
    )


async def get(session: AsyncSession, appointment_id: int) -> AppointmentRow:
    return (await session.execute(_rows().where(Appointment.id == appointment_id))).one()


async def find_visible(
    session: AsyncSession, *, principal: Principal, appointment_id: int
) -> AppointmentRow | None:
    """One's own, those of the studios where one may read bookings, all for the platform's admins."""
    is_theirs_to_read = teams.is_allowed(
        principal, Permission.READ_BOOKINGS, company_id=Address.company_id, address_id=Address.id
    )
    found = _rows().where(
        Appointment.id == appointment_id,
        (Appointment.customer_id == principal.user_id) | is_theirs_to_read,
    )
    return (await session.execute(found)).one_or_none()


async def find_locked(session: AsyncSession, appointment_id: int) -> tuple[Appointment, int] | None:
    """Locks the row for the rest of the transaction and reads it afresh; with the id of its company."""
    found = (
        select(Appointment, Address.company_id)
        .join(Address, Address.id == Appointment.address_id)
        .where(Appointment.id == appointment_id)
        .with_for_update(of=Appointment)
        .execution_options(populate_existing=True)
    )
    row = (await session.execute(found)).one_or_none()
    return (row[0], row[1]) if row else None


async def list_of_customer(
    session: AsyncSession, user_id: int, page: PageRequest
) -> tuple[Sequence[AppointmentRow], int]:
    """The latest time first, and how many there are."""
    return await _list(session, page, of_customer(user_id))


async def list_of_address(
    session: AsyncSession, address_id: int, wanted: StudioAppointmentFilter, period: Span
) -> tuple[Sequence[AppointmentRow], int]:
    """Those that start in the period, the latest first, and how many there are."""
    conditions = [
        of_address(address_id),
        Appointment.starts_at >= period.starts_at,
        Appointment.starts_at < period.ends_at,
    ]
    if wanted.status is not None:
        conditions.append(Appointment.status == wanted.status)
    return await _list(session, wanted, *conditions)


async def _list(
    session: AsyncSession, page: PageRequest, *conditions: ColumnElement[bool]
) -> tuple[Sequence[AppointmentRow], int]:
    total = await session.scalar(select(func.count(Appointment.id)).where(*conditions))
    latest = _rows().where(*conditions).order_by(Appointment.starts_at.desc(), Appointment.id.desc())
    return (await session.execute(latest.limit(page.size).offset(page.offset))).all(), total or 0


async def list_all_of_customer(session: AsyncSession, user_id: int) -> Sequence[AppointmentRow]:
    own = _rows().where(Appointment.customer_id == user_id).order_by(Appointment.id)
    return (await session.execute(own)).all()


def of_customer(user_id: int) -> ColumnElement[bool]:
    return Appointment.customer_id == user_id


def of_address(address_id: int) -> ColumnElement[bool]:
    return Appointment.address_id == address_id


async def list_entries(
    session: AsyncSession, which: ColumnElement[bool], *, window: Span, cancelled_since: datetime
) -> Sequence[AppointmentRow]:
    """Of a calendar: what was confirmed at some time, and if it is off, not for long."""
    is_off = Appointment.status.in_((AppointmentStatus.CANCELLED, AppointmentStatus.DECLINED))
    entries = _rows().where(
        which,
        Appointment.confirmed_at.is_not(None),
        Appointment.starts_at < window.ends_at,
        Appointment.ends_at > window.starts_at,
        ~is_off | (Appointment.updated_at > cancelled_since),
    )
    return (await session.execute(entries.order_by(Appointment.starts_at.desc()).limit(MOST_ENTRIES))).all()


async def lock_customer(session: AsyncSession, customer_id: int) -> None:
    """One booking of a customer at a time, so that the count of their visits is true."""
    lock = func.pg_advisory_xact_lock(func.hashtext("appointments.visitor"), func.hashint8(customer_id))
    await session.execute(select(lock))


async def count_open(session: AsyncSession, *, customer_id: int, address_id: int) -> int:
    return (
        await session.scalar(
            select(func.count(Appointment.id)).where(
                Appointment.customer_id == customer_id,
                Appointment.address_id == address_id,
                _is_coming(),
            )
        )
        or 0
    )


def _is_coming() -> ColumnElement[bool]:
    return Appointment.status.in_(OPEN) & (Appointment.ends_at > func.clock_timestamp())


async def list_coming_at_address(session: AsyncSession, address_id: int) -> Sequence[int]:
    coming = select(Appointment.id).where(Appointment.address_id == address_id, _is_coming())
    return (await session.scalars(coming.order_by(Appointment.id).limit(MOST_NAMED))).all()


async def list_coming_of_company(session: AsyncSession, company_id: int) -> Sequence[int]:
    coming = select(Appointment.id).join(Address, Address.id == Appointment.address_id)
    coming = coming.where(Address.company_id == company_id, _is_coming())
    return (await session.scalars(coming.order_by(Appointment.id).limit(MOST_NAMED))).all()


async def list_open_of_customer_locked(session: AsyncSession, user_id: int) -> Sequence[Appointment]:
    theirs = select(Appointment).where(Appointment.customer_id == user_id, Appointment.status.in_(OPEN))
    locked = theirs.order_by(Appointment.id).with_for_update()
    return (await session.scalars(locked, execution_options={"populate_existing": True})).all()


async def forget_notes(session: AsyncSession, user_id: int) -> None:
    notes = update(Appointment).where(Appointment.customer_id == user_id, Appointment.note != "")
    await session.execute(notes.values(note="", updated_at=Appointment.updated_at))


async def list_ended(session: AsyncSession, *, limit: int) -> Sequence[Appointment]:
    """Confirmed and over; locked, without what another sweep has."""
    return await _due(
        session,
        Appointment.status == AppointmentStatus.CONFIRMED,
        Appointment.ends_at <= func.clock_timestamp(),
        limit=limit,
    )


async def list_unanswered(session: AsyncSession, *, limit: int) -> Sequence[Appointment]:
    """Requested still when their time has come; locked, without what another sweep has."""
    return await _due(
        session,
        Appointment.status == AppointmentStatus.REQUESTED,
        Appointment.starts_at <= func.clock_timestamp(),
        limit=limit,
    )


async def _due(session: AsyncSession, *conditions: ColumnElement[bool], limit: int) -> Sequence[Appointment]:
    due = select(Appointment).where(*conditions).order_by(Appointment.id).limit(limit)
    locked = due.with_for_update(skip_locked=True)
    return (await session.scalars(locked, execution_options={"populate_existing": True})).all()


async def take_due_reminders(session: AsyncSession, *, limit: int) -> Sequence[int]:
    """Ids of those whose reminder is due; from now on it isn't any more."""
    due = (
        select(Appointment.id)
        .where(Appointment.remind_at <= func.clock_timestamp())
        .order_by(Appointment.remind_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    taken = update(Appointment).where(Appointment.id.in_(due))
    taken = taken.values(remind_at=None, updated_at=Appointment.updated_at)
    return (await session.scalars(taken.returning(Appointment.id))).all()


async def add(session: AsyncSession, appointment: Appointment) -> None:
    """With its first move, by its customer."""
    session.add(appointment)
    await session.flush()
    await session.execute(
        insert(AppointmentMove).values(
            appointment_id=appointment.id,
            to_status=appointment.status,
            actor=Actor.CUSTOMER,
            actor_id=appointment.customer_id,
        )
    )


async def record_move(
    session: AsyncSession,
    *,
    appointment: Appointment,
    to_status: AppointmentStatus,
    actor: Actor,
    actor_id: int | None,
    reason: str,
    changes: dict[str, Any] | None = None,
    **values: Any,
) -> None:
    """Moves a locked appointment, which is of a new version then, and writes down who did it."""
    await session.execute(
        insert(AppointmentMove).values(
            appointment_id=appointment.id,
            from_status=appointment.status,
            to_status=to_status,
            actor=actor,
            actor_id=actor_id,
            reason=reason,
            changes=changes or {},
        )
    )
    changed = update(Appointment).where(Appointment.id == appointment.id)
    changed = changed.values(status=to_status, version=appointment.version + 1, **values)
    await session.execute(changed.execution_options(synchronize_session="fetch"))


async def list_moves(session: AsyncSession, appointment_id: int) -> Sequence[AppointmentMove]:
    moves = select(AppointmentMove).where(AppointmentMove.appointment_id == appointment_id)
    return (await session.scalars(moves.order_by(AppointmentMove.id))).all()


async def get_last_reason(session: AsyncSession, appointment_id: int) -> str:
    """What somebody has said with the latest move; nothing of one that time has made."""
    moves = select(AppointmentMove).where(AppointmentMove.appointment_id == appointment_id)
    latest = (await session.scalars(moves.order_by(AppointmentMove.id.desc()).limit(1))).one()
    return "" if latest.actor is Actor.SYSTEM else latest.reason
