"""What endpoints are told, and the log of it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.identity import Principal
from src.webhooks import delivery as deliveries
from src.webhooks import repository
from src.webhooks.enums import DeliveryStatus, EventType
from src.webhooks.exceptions import WebhookDeliveryNotFoundError
from src.webhooks.models import WebhookDelivery, WebhookMessage
from src.webhooks.schemas import (
    DeliveryFilter,
    WebhookAttemptRead,
    WebhookDeliveryDetails,
    WebhookDeliveryRead,
)
from src.webhooks.service import access


async def send(
    session: AsyncSession, *, company_id: int, event_type: EventType, data: Mapping[str, Any]
) -> None:
    """Puts a message on its way to each of the company's endpoints that want it, with this transaction."""
    endpoints = await repository.list_wanting(session, company_id=company_id, event_type=event_type)
    if endpoints:
        message = WebhookMessage(company_id=company_id, type=event_type, data=dict(data))
        ids = [endpoint.id for endpoint in endpoints]
        await repository.add_message(session, message, endpoint_ids=ids)


async def send_ping(
    session: AsyncSession, *, principal: Principal, company_id: int, endpoint_id: int
) -> WebhookDeliveryRead:
    """To this one endpoint, whatever it wants.

    Raises `CompanyNotFoundError`, `PermissionMissingError`, `WebhookEndpointNotFoundError`,
    `WebhookEndpointDisabledError`.
    """
    endpoint = await access.get_enabled(session, principal, company_id, endpoint_id)
    message = WebhookMessage(company_id=company_id, type=EventType.PING, data={"endpoint_id": endpoint.id})
    (delivery,) = await repository.add_message(session, message, endpoint_ids=[endpoint.id])
    return _read_delivery(delivery, message)


async def list_deliveries(
    session: AsyncSession, *, principal: Principal, company_id: int, endpoint_id: int, wanted: DeliveryFilter
) -> tuple[Sequence[WebhookDeliveryRead], str | None]:
    """Newest first. Raises `CompanyNotFoundError`, `PermissionMissingError`, `WebhookEndpointNotFoundError`."""
    await access.get(session, principal, company_id, endpoint_id)
    rows, cursor = await repository.list_deliveries(session, endpoint_id=endpoint_id, wanted=wanted)
    return [_read_delivery(row.WebhookDelivery, row.WebhookMessage) for row in rows], cursor


async def get_delivery(
    session: AsyncSession, *, principal: Principal, company_id: int, endpoint_id: int, delivery_id: int
) -> WebhookDeliveryDetails:
    """Raises like `list_deliveries`, and `WebhookDeliveryNotFoundError`."""
    await access.get(session, principal, company_id, endpoint_id)
    found = await repository.find_delivery(session, endpoint_id=endpoint_id, delivery_id=delivery_id)
    if found is None:
        raise WebhookDeliveryNotFoundError
    delivery, message = found
    log = await repository.list_attempts(session, delivery.id)
    return WebhookDeliveryDetails(
        **_read_delivery(delivery, message).model_dump(),
        payload=orjson.loads(deliveries.render(message)),
        log=[WebhookAttemptRead.model_validate(attempt) for attempt in log],
    )


async def replay(
    session: AsyncSession, *, principal: Principal, company_id: int, endpoint_id: int, delivery_id: int
) -> WebhookDeliveryRead:
    """Sends it again, whether it was taken or not, with all its tries before it.

    Raises like `get_delivery`, and `WebhookEndpointDisabledError`.
    """
    endpoint = await access.get_enabled(session, principal, company_id, endpoint_id)
    found = await repository.find_delivery(session, endpoint_id=endpoint.id, delivery_id=delivery_id)
    if found is None:
        raise WebhookDeliveryNotFoundError
    delivery, message = found
    await repository.send_again(session, delivery_id=delivery.id)
    await session.refresh(delivery)
    return _read_delivery(delivery, message)


async def replay_failed(
    session: AsyncSession, *, principal: Principal, company_id: int, endpoint_id: int, since: datetime
) -> int:
    """All that was given up of what happened since then; returns how many.

    Raises `CompanyNotFoundError`, `PermissionMissingError`, `WebhookEndpointNotFoundError`,
    `WebhookEndpointDisabledError`.
    """
    endpoint = await access.get_enabled(session, principal, company_id, endpoint_id)
    since = since.replace(tzinfo=since.tzinfo or UTC)
    return await repository.send_failed_again(session, endpoint_id=endpoint.id, since=since)


async def forget_old(session: AsyncSession, *, older_than: timedelta) -> int:
    """Ends the log of what was sent so long ago; returns how many messages."""
    return await repository.forget_messages(session, older_than=older_than)


def _read_delivery(delivery: WebhookDelivery, message: WebhookMessage) -> WebhookDeliveryRead:
    return WebhookDeliveryRead(
        id=delivery.id,
        message_id=f"msg_{message.id}",
        event_type=EventType(message.type),
        status=delivery.status,
        attempts=delivery.attempts,
        due_at=delivery.due_at if delivery.status is DeliveryStatus.PENDING else None,
        delivered_at=delivery.delivered_at,
        created_at=message.created_at,
    )
