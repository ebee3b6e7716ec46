"""Which endpoint it is, for those who may manage the company's webhooks."""

from sqlalchemy.ext.asyncio import AsyncSession

from src.companies import service as companies
from src.core.identity import Principal
from src.teams import policies as teams
from src.teams.permissions import Permission
from src.webhooks import repository
from src.webhooks.exceptions import WebhookEndpointDisabledError, WebhookEndpointNotFoundError
from src.webhooks.models import WebhookEndpoint


async def require(session: AsyncSession, principal: Principal, company_id: int) -> None:
    company = await companies.get_company(session, company_id=company_id)
    await teams.require(
        session,
        principal=principal,
        permission=Permission.MANAGE_WEBHOOKS,
        company_id=company.id,
        address_id=None,
    )


async def get(
    session: AsyncSession, principal: Principal, company_id: int, endpoint_id: int
) -> WebhookEndpoint:
    await require(session, principal, company_id)
    return _of_company(await repository.find(session, endpoint_id), company_id)


async def get_locked(
    session: AsyncSession, principal: Principal, company_id: int, endpoint_id: int
) -> WebhookEndpoint:
    await require(session, principal, company_id)
    return _of_company(await repository.find_locked(session, endpoint_id), company_id)


async def get_enabled(
    session: AsyncSession, principal: Principal, company_id: int, endpoint_id: int
) -> WebhookEndpoint:
    endpoint = await get_locked(session, principal, company_id, endpoint_id)
    if endpoint.disabled_at is not None:
        raise WebhookEndpointDisabledError
    return endpoint


def _of_company(endpoint: WebhookEndpoint | None, company_id: int) -> WebhookEndpoint:
    if endpoint is None or endpoint.company_id != company_id:
        raise WebhookEndpointNotFoundError
    return endpoint
