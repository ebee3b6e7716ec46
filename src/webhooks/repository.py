from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Row, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.models import Address
from src.appointments.models import Appointment
from src.core.pagination import paginate_by_cursor
from src.events.models import HostedEvent
from src.rooms.models import Room
from src.webhooks.enums import DeliveryStatus, EventType
from src.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookMessage
from src.webhooks.schemas import DeliveryFilter


class Due(NamedTuple):
    delivery: WebhookDelivery
    message: WebhookMessage
    endpoint: WebhookEndpoint


async def add(session: AsyncSession, endpoint: WebhookEndpoint) -> None:
    session.add(endpoint)
    await session.flush()


async def find(session: AsyncSession, endpoint_id: int) -> WebhookEndpoint | None:
    return await session.get(WebhookEndpoint, endpoint_id)


async def find_locked(session: AsyncSession, endpoint_id: int) -> WebhookEndpoint | None:
    return await session.get(WebhookEndpoint, endpoint_id, with_for_update=True, populate_existing=True)


async def list_sealed_otherwise(session: AsyncSession, *, prefix: str) -> Sequence[WebhookEndpoint]:
    """A batch of those with a secret that another key has sealed. Locks them."""
    others = select(WebhookEndpoint).where(
        or_(
            ~func.starts_with(WebhookEndpoint.secret, prefix),
            ~func.starts_with(WebhookEndpoint.previous_secret, prefix),
        )
    )
    return (await session.scalars(others.order_by(WebhookEndpoint.id).limit(500).with_for_update())).all()


async def list_of_company(session: AsyncSession, company_id: int) -> Sequence[WebhookEndpoint]:
    of_company = select(WebhookEndpoint).where(WebhookEndpoint.company_id == company_id)
    return (await session.scalars(of_company.order_by(WebhookEndpoint.id))).all()


async def list_wanting(
    session: AsyncSession, *, company_id: int, event_type: EventType
) -> Sequence[WebhookEndpoint]:
    wanting = select(WebhookEndpoint).where(
        WebhookEndpoint.company_id == company_id,
        WebhookEndpoint.disabled_at.is_(None),
        or_(WebhookEndpoint.event_types.is_(None), WebhookEndpoint.event_types.contains([event_type.value])),
    )
    return (await session.scalars(wanting.order_by(WebhookEndpoint.id))).all()


async def add_message(
    session: AsyncSession, message: WebhookMessage, *, endpoint_ids: Sequence[int]
) -> Sequence[WebhookDelivery]:
    session.add(message)
    await session.flush()
    deliveries = insert(WebhookDelivery).returning(WebhookDelivery)
    rows = [{"message_id": message.id, "endpoint_id": endpoint_id} for endpoint_id in endpoint_ids]
    return (await session.scalars(deliveries, rows)).all()


async def list_deliveries(
    session: AsyncSession, *, endpoint_id: int, wanted: DeliveryFilter
) -> tuple[Sequence[Row[WebhookDelivery, WebhookMessage]], str | None]:
    found = (
        select(WebhookDelivery, WebhookMessage)
        .join(WebhookMessage, WebhookMessage.id == WebhookDelivery.message_id)
        .where(WebhookDelivery.endpoint_id == endpoint_id)
    )
    if wanted.status is not None:
        found = found.where(WebhookDelivery.status == wanted.status)
    return await paginate_by_cursor(session, found, wanted, key=WebhookDelivery.id)


async def find_delivery(
    session: AsyncSession, *, endpoint_id: int, delivery_id: int
) -> Row[WebhookDelivery, WebhookMessage] | None:
    found = (
        select(WebhookDelivery, WebhookMessage)
        .join(WebhookMessage, WebhookMessage.id == WebhookDelivery.message_id)
        .where(WebhookDelivery.id == delivery_id, WebhookDelivery.endpoint_id == endpoint_id)
    )
    return (await session.execute(found)).one_or_none()


async def list_attempts(session: AsyncSession, delivery_id: int) -> Sequence[WebhookAttempt]:
    attempts = select(WebhookAttempt).where(WebhookAttempt.delivery_id == delivery_id)
    return (await session.scalars(attempts.order_by(WebhookAttempt.id))).all()


async def send_again(session: AsyncSession, *, delivery_id: int) -> None:
    again = update(WebhookDelivery).where(WebhookDelivery.id == delivery_id)
    await session.execute(again.values(**_AGAIN))


async def send_failed_again(session: AsyncSession, *, endpoint_id: int, since: datetime) -> int:
    made_since = select(WebhookMessage.id).where(WebhookMessage.created_at >= since)
    again = update(WebhookDelivery).where(
        WebhookDelivery.endpoint_id == endpoint_id,
        WebhookDelivery.status == DeliveryStatus.FAILED,
        WebhookDelivery.message_id.in_(made_since),
    )
    replayed = await session.scalars(again.values(**_AGAIN).returning(WebhookDelivery.id))
    return len(replayed.all())


async def lease(
    session: AsyncSession, *, limit: int, most_of_endpoint: int, lease: timedelta
) -> Sequence[Due]:
    """Deliveries to make, put off by `lease` so that nobody else makes them meanwhile.

    Few of each endpoint: one that hangs must not keep the others waiting.
    """
    is_due = (WebhookDelivery.status == DeliveryStatus.PENDING) & (
        WebhookDelivery.due_at <= func.clock_timestamp()
    )
    in_line = func.row_number().over(
        partition_by=WebhookDelivery.endpoint_id, order_by=(WebhookDelivery.due_at, WebhookDelivery.id)
    )
    lined_up = select(WebhookDelivery.id, in_line.label("place")).where(is_due).subquery()
    first = select(lined_up.c.id).where(lined_up.c.place <= most_of_endpoint)
    chosen = (
        select(WebhookDelivery.id)
        .where(WebhookDelivery.id.in_(first), is_due)
        .order_by(WebhookDelivery.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    leased = (
        update(WebhookDelivery)
        .where(WebhookDelivery.id.in_(chosen.scalar_subquery()))
        .values(due_at=func.clock_timestamp() + lease)
        .returning(WebhookDelivery.id)
    )
    ids = (await session.scalars(leased)).all()
    whole = (
        select(WebhookDelivery, WebhookMessage, WebhookEndpoint)
        .join(WebhookMessage, WebhookMessage.id == WebhookDelivery.message_id)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
        .where(WebhookDelivery.id.in_(ids))
    )
    return [Due(*row) for row in await session.execute(whole.order_by(WebhookDelivery.id))]


async def find_pending_locked(session: AsyncSession, delivery_id: int) -> WebhookDelivery | None:
    """None when it was made, given up or deleted with its endpoint meanwhile."""
    found = await session.get(WebhookDelivery, delivery_id, with_for_update=True, populate_existing=True)
    return found if found is not None and found.status is DeliveryStatus.PENDING else None


async def add_attempt(session: AsyncSession, attempt: WebhookAttempt) -> None:
    session.add(attempt)
    await session.flush()


async def give_up_pending(session: AsyncSession, *, endpoint_id: int) -> None:
    pending = update(WebhookDelivery).where(
        WebhookDelivery.endpoint_id == endpoint_id, WebhookDelivery.status == DeliveryStatus.PENDING
    )
    await session.execute(pending.values(status=DeliveryStatus.FAILED))


async def delete_endpoint(session: AsyncSession, endpoint: WebhookEndpoint) -> None:
    await session.delete(endpoint)
    await session.flush()


async def forget_messages(session: AsyncSession, *, older_than: timedelta) -> int:
    """With their deliveries and attempts; what still waits to be delivered stays."""
    is_waiting = select(WebhookDelivery.message_id).where(WebhookDelivery.status == DeliveryStatus.PENDING)
    old = delete(WebhookMessage).where(
        WebhookMessage.created_at < func.clock_timestamp() - older_than,
        WebhookMessage.id.not_in(is_waiting),
    )
    return len((await session.scalars(old.returning(WebhookMessage.id))).all())


async def find_hosted_event(session: AsyncSession, event_id: int) -> Row[HostedEvent, Address] | None:
    found = (
        select(HostedEvent, Address)
        .join(Room, Room.id == HostedEvent.room_id)
        .join(Address, Address.id == Room.address_id)
        .where(HostedEvent.id == event_id)
    )
    return (await session.execute(found)).one_or_none()


async def find_appointment(session: AsyncSession, appointment_id: int) -> Row[Appointment, Address] | None:
    found = (
        select(Appointment, Address)
        .join(Address, Address.id == Appointment.address_id)
        .where(Appointment.id == appointment_id)
    )
    return (await session.execute(found)).one_or_none()


async def find_address(session: AsyncSession, address_id: int) -> Address | None:
    return await session.get(Address, address_id)


_AGAIN = {"status": DeliveryStatus.PENDING, "attempts": 0, "due_at": func.clock_timestamp()}
