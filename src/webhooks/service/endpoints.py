"""The addresses that integrators are told at."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from src.companies import audit
from src.companies import service as companies
from src.core.encryption import SecretBox
from src.core.identity import Principal
from src.core.outbound import AddressRefusedError, Outbound
from src.webhooks import repository, signing
from src.webhooks.enums import DisabledReason
from src.webhooks.exceptions import TooManyWebhookEndpointsError, WebhookAddressRefusedError
from src.webhooks.models import WebhookEndpoint
from src.webhooks.schemas import WebhookEndpointCreate, WebhookEndpointRead, WebhookEndpointUpdate
from src.webhooks.service import access

MOST_ENDPOINTS: Final = 10
OLD_SECRET_SIGNS_FOR: Final = timedelta(hours=24)


async def create_endpoint(
    session: AsyncSession,
    *,
    principal: Principal,
    company_id: int,
    body: WebhookEndpointCreate,
    outbound: Outbound,
    box: SecretBox,
) -> tuple[WebhookEndpointRead, str]:
    """The endpoint and its secret, which can't be read again. Locks the company, so that two don't count at once.

    Raises `CompanyNotFoundError`, `PermissionMissingError`, `CompanyClosedError`, `WebhookAddressRefusedError`,
    `TooManyWebhookEndpointsError`.
    """
    await access.require(session, principal, company_id)
    await companies.require_open(session, company_id=company_id)
    endpoint = WebhookEndpoint(
        company_id=company_id,
        url=_checked(outbound, body.url),
        description=body.description,
        event_types=body.event_types,
        secret="",  # nosec B106
    )
    if len(await repository.list_of_company(session, company_id)) >= MOST_ENDPOINTS:
        raise TooManyWebhookEndpointsError
    await repository.add(session, endpoint)
    secret = _give_secret(endpoint, box)
    await _record(session, principal, endpoint, "created", {"url": (None, endpoint.url)})
    await session.flush()
    return read(endpoint), secret


async def list_endpoints(
    session: AsyncSession, *, principal: Principal, company_id: int
) -> list[WebhookEndpointRead]:
    """Raises `CompanyNotFoundError`, `PermissionMissingError`."""
    await access.require(session, principal, company_id)
    return [read(endpoint) for endpoint in await repository.list_of_company(session, company_id)]


async def get_endpoint(
    session: AsyncSession, *, principal: Principal, company_id: int, endpoint_id: int
) -> WebhookEndpointRead:
    """Raises `CompanyNotFoundError`, `PermissionMissingError`, `WebhookEndpointNotFoundError`."""
    return read(await access.get(session, principal, company_id, endpoint_id))


async def update_endpoint(
    session: AsyncSession,
    *,
    principal: Principal,
    company_id: int,
    endpoint_id: int,
    body: WebhookEndpointUpdate,
    outbound: Outbound,
    now: datetime,
) -> WebhookEndpointRead:
    """Disabled, what it still had to get is given up; it can be replayed.

    Raises `CompanyNotFoundError`, `PermissionMissingError`, `WebhookEndpointNotFoundError`,
    `WebhookAddressRefusedError`.
    """
    endpoint = await access.get_locked(session, principal, company_id, endpoint_id)
    values = body.model_dump(exclude_unset=True)
    is_enabled = values.pop("is_enabled", endpoint.disabled_at is None)
    if "url" in values:
        values["url"] = _checked(outbound, values["url"])
    if is_enabled and endpoint.disabled_at is not None:
        values |= {"disabled_at": None, "disabled_reason": None, "failing_since": None}
    if not is_enabled and endpoint.disabled_at is None:
        values |= {"disabled_at": now, "disabled_reason": DisabledReason.OWNER}
        await repository.give_up_pending(session, endpoint_id=endpoint.id)
    await _record(session, principal, endpoint, "updated", audit.apply(endpoint, values))
    await session.flush()
    return read(endpoint)


async def delete_endpoint(
    session: AsyncSession, *, principal: Principal, company_id: int, endpoint_id: int
) -> None:
    """With its log. Raises `CompanyNotFoundError`, `PermissionMissingError`, `WebhookEndpointNotFoundError`."""
    endpoint = await access.get_locked(session, principal, company_id, endpoint_id)
    await _record(session, principal, endpoint, "deleted", {"url": (endpoint.url, None)})
    await repository.delete_endpoint(session, endpoint)


async def rotate_secret(
    session: AsyncSession,
    *,
    principal: Principal,
    company_id: int,
    endpoint_id: int,
    box: SecretBox,
    now: datetime,
) -> str:
    """A new secret; the old one signs along for a day.

    Raises `CompanyNotFoundError`, `PermissionMissingError`, `WebhookEndpointNotFoundError`.
    """
    endpoint = await access.get_locked(session, principal, company_id, endpoint_id)
    endpoint.previous_secret, endpoint.previous_secret_until = endpoint.secret, now + OLD_SECRET_SIGNS_FOR
    secret = _give_secret(endpoint, box)
    await _record(session, principal, endpoint, "secret_rotated", {})
    await session.flush()
    return secret


async def find_disabled(session: AsyncSession, *, endpoint_id: int) -> WebhookEndpoint | None:
    """None when somebody has enabled or deleted it since."""
    endpoint = await repository.find(session, endpoint_id)
    return endpoint if endpoint is not None and endpoint.disabled_at is not None else None


def read(endpoint: WebhookEndpoint) -> WebhookEndpointRead:
    shown = {
        name: getattr(endpoint, name) for name in WebhookEndpointRead.model_fields.keys() - {"is_enabled"}
    }
    return WebhookEndpointRead(**shown, is_enabled=endpoint.disabled_at is None)


def _checked(outbound: Outbound, url: str) -> str:
    try:
        checked = outbound.check(url)
    except AddressRefusedError as error:
        raise WebhookAddressRefusedError from error
    if not checked.startswith("https://") and not outbound.allows_loopback:
        raise WebhookAddressRefusedError
    return checked


def _give_secret(endpoint: WebhookEndpoint, box: SecretBox) -> str:
    secret = signing.make_secret()
    endpoint.secret = box.seal(secret, context=signing.context_of(endpoint))
    return secret


async def _record(
    session: AsyncSession,
    principal: Principal,
    endpoint: WebhookEndpoint,
    what: str,
    changes: Mapping[str, tuple[Any, Any]],
) -> None:
    await audit.record(
        session,
        principal=principal,
        company_id=endpoint.company_id,
        action=f"webhook.{what}",
        subject_id=endpoint.id,
        changes=changes,
    )
