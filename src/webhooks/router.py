from http import HTTPStatus
from typing import Annotated

from fastapi import Query

from src.companies.exceptions import CompanyClosedError, CompanyNotFoundError
from src.core.clock import utc_now
from src.core.config import SettingsDep
from src.core.database import ReadSessionDep, SessionDep
from src.core.encryption import SecretBoxDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.identity import PrincipalDep
from src.core.outbound import Outbound
from src.core.pagination import CursorPage
from src.core.schemas import PathId
from src.teams.exceptions import PermissionMissingError
from src.webhooks import service
from src.webhooks.exceptions import (
    TooManyWebhookEndpointsError,
    WebhookAddressRefusedError,
    WebhookDeliveryNotFoundError,
    WebhookEndpointDisabledError,
    WebhookEndpointNotFoundError,
)
from src.webhooks.schemas import (
    DeliveryFilter,
    NewWebhookEndpointRead,
    ReplayRead,
    ReplayRequest,
    WebhookDeliveryDetails,
    WebhookDeliveryRead,
    WebhookEndpointCreate,
    WebhookEndpointRead,
    WebhookEndpointsRead,
    WebhookEndpointUpdate,
    WebhookSecretRead,
)

router = domain_router(tags=["webhooks"], prefix="/companies/{company_id}/webhooks")

COMPANY_ERRORS = (UnauthorizedError, CompanyNotFoundError, PermissionMissingError, ValidationFailedError)
ENDPOINT_ERRORS = (*COMPANY_ERRORS, WebhookEndpointNotFoundError)


@router.get(
    "",
    response_model=WebhookEndpointsRead,
    operation_id="list_webhook_endpoints",
    responses=errors(*COMPANY_ERRORS),
)
async def list_webhook_endpoints(
    company_id: PathId, session: ReadSessionDep, principal: PrincipalDep
) -> WebhookEndpointsRead:
    """Where the company's events are sent: ten addresses at most. For the company's admins."""
    items = await service.list_endpoints(session, principal=principal, company_id=company_id)
    return WebhookEndpointsRead(items=items)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=NewWebhookEndpointRead,
    operation_id="create_webhook_endpoint",
    responses=errors(
        *COMPANY_ERRORS, CompanyClosedError, WebhookAddressRefusedError, TooManyWebhookEndpointsError
    ),
)
async def create_webhook_endpoint(
    company_id: PathId,
    body: WebhookEndpointCreate,
    session: SessionDep,
    principal: PrincipalDep,
    settings: SettingsDep,
    box: SecretBoxDep,
) -> NewWebhookEndpointRead:
    """From now on the company's events are POSTed to `url`. Keep the `secret`: it is shown this once.

    **What arrives**: `{"type": "booking.confirmed", "timestamp": "…", "data": {…}}`, signed as Standard Webhooks
    says, with the headers `webhook-id`, `webhook-timestamp` and `webhook-signature`: its libraries verify it. `data`
    holds ids and facts, no personal data. Answer 2xx within ten seconds; do the work afterwards.

    **Twice or out of order** is possible: remember the `webhook-id`, and ask the API for the present state. What is
    not taken is sent again, nine times in three days. `410` ends it for good; so do five days without a 2xx.
    """
    endpoint, secret = await service.create_endpoint(
        session,
        principal=principal,
        company_id=company_id,
        body=body,
        outbound=Outbound.of(settings),
        box=box,
    )
    return NewWebhookEndpointRead(**endpoint.model_dump(), secret=secret)


@router.get(
    "/{endpoint_id}",
    response_model=WebhookEndpointRead,
    operation_id="get_webhook_endpoint",
    responses=errors(*ENDPOINT_ERRORS),
)
async def get_webhook_endpoint(
    company_id: PathId, endpoint_id: PathId, session: ReadSessionDep, principal: PrincipalDep
) -> WebhookEndpointRead:
    """One endpoint; `failing_since` says since when it has taken nothing."""
    return await service.get_endpoint(
        session, principal=principal, company_id=company_id, endpoint_id=endpoint_id
    )


@router.patch(
    "/{endpoint_id}",
    response_model=WebhookEndpointRead,
    operation_id="update_webhook_endpoint",
    responses=errors(*ENDPOINT_ERRORS, WebhookAddressRefusedError),
)
async def update_webhook_endpoint(
    company_id: PathId,
    endpoint_id: PathId,
    body: WebhookEndpointUpdate,
    session: SessionDep,
    principal: PrincipalDep,
    settings: SettingsDep,
) -> WebhookEndpointRead:
    """Changes what the body names. `is_enabled: true` also brings back one that we have disabled."""
    return await service.update_endpoint(
        session,
        principal=principal,
        company_id=company_id,
        endpoint_id=endpoint_id,
        body=body,
        outbound=Outbound.of(settings),
        now=utc_now(),
    )


@router.delete(
    "/{endpoint_id}",
    status_code=HTTPStatus.NO_CONTENT,
    operation_id="delete_webhook_endpoint",
    responses=errors(*ENDPOINT_ERRORS),
)
async def delete_webhook_endpoint(
    company_id: PathId, endpoint_id: PathId, session: SessionDep, principal: PrincipalDep
) -> None:
    """Nothing more is sent there, not even what waits; its log goes too."""
    await service.delete_endpoint(
        session, principal=principal, company_id=company_id, endpoint_id=endpoint_id
    )


@router.post(
    "/{endpoint_id}/rotate-secret",
    response_model=WebhookSecretRead,
    operation_id="rotate_webhook_secret",
    responses=errors(*ENDPOINT_ERRORS),
)
async def rotate_webhook_secret(
    company_id: PathId, endpoint_id: PathId, session: SessionDep, principal: PrincipalDep, box: SecretBoxDep
) -> WebhookSecretRead:
    """A new secret, shown this once. For 24 hours requests carry two signatures, by the new and by the old one."""
    secret = await service.rotate_secret(
        session,
        principal=principal,
        company_id=company_id,
        endpoint_id=endpoint_id,
        box=box,
        now=utc_now(),
    )
    return WebhookSecretRead(secret=secret)


@router.post(
    "/{endpoint_id}/ping",
    status_code=HTTPStatus.CREATED,
    response_model=WebhookDeliveryRead,
    operation_id="ping_webhook_endpoint",
    responses=errors(*ENDPOINT_ERRORS, WebhookEndpointDisabledError),
)
async def ping_webhook_endpoint(
    company_id: PathId, endpoint_id: PathId, session: SessionDep, principal: PrincipalDep
) -> WebhookDeliveryRead:
    """Sends a `ping`, to try the receiver out: `data` is `{"endpoint_id": …}`. Look for its delivery's outcome."""
    return await service.send_ping(
        session, principal=principal, company_id=company_id, endpoint_id=endpoint_id
    )


@router.get(
    "/{endpoint_id}/deliveries",
    response_model=CursorPage[WebhookDeliveryRead],
    operation_id="list_webhook_deliveries",
    responses=errors(*ENDPOINT_ERRORS),
)
async def list_webhook_deliveries(
    company_id: PathId,
    endpoint_id: PathId,
    session: ReadSessionDep,
    principal: PrincipalDep,
    wanted: Annotated[DeliveryFilter, Query()],
) -> CursorPage[WebhookDeliveryRead]:
    """What was sent there or still is, newest first; `?status=failed` for what was given up. Kept for 30 days."""
    items, cursor = await service.list_deliveries(
        session, principal=principal, company_id=company_id, endpoint_id=endpoint_id, wanted=wanted
    )
    return CursorPage(items=items, next_cursor=cursor)


@router.get(
    "/{endpoint_id}/deliveries/{delivery_id}",
    response_model=WebhookDeliveryDetails,
    operation_id="get_webhook_delivery",
    responses=errors(*ENDPOINT_ERRORS, WebhookDeliveryNotFoundError),
)
async def get_webhook_delivery(
    company_id: PathId,
    endpoint_id: PathId,
    delivery_id: PathId,
    session: ReadSessionDep,
    principal: PrincipalDep,
) -> WebhookDeliveryDetails:
    """One delivery: what is sent, and each try with what came back."""
    return await service.get_delivery(
        session,
        principal=principal,
        company_id=company_id,
        endpoint_id=endpoint_id,
        delivery_id=delivery_id,
    )


@router.post(
    "/{endpoint_id}/deliveries/{delivery_id}/replay",
    response_model=WebhookDeliveryRead,
    operation_id="replay_webhook_delivery",
    responses=errors(*ENDPOINT_ERRORS, WebhookDeliveryNotFoundError, WebhookEndpointDisabledError),
)
async def replay_webhook_delivery(
    company_id: PathId,
    endpoint_id: PathId,
    delivery_id: PathId,
    session: SessionDep,
    principal: PrincipalDep,
) -> WebhookDeliveryRead:
    """Sends it once more, with the same `webhook-id` and body, also when it was taken before."""
    return await service.replay(
        session,
        principal=principal,
        company_id=company_id,
        endpoint_id=endpoint_id,
        delivery_id=delivery_id,
    )


@router.post(
    "/{endpoint_id}/replay-failed",
    response_model=ReplayRead,
    operation_id="replay_failed_webhooks",
    responses=errors(*ENDPOINT_ERRORS, WebhookEndpointDisabledError),
)
async def replay_failed_webhooks(
    company_id: PathId,
    endpoint_id: PathId,
    body: ReplayRequest,
    session: SessionDep,
    principal: PrincipalDep,
) -> ReplayRead:
    """After a failure on your side: sends again all that was given up of what happened since then."""
    replayed = await service.replay_failed(
        session, principal=principal, company_id=company_id, endpoint_id=endpoint_id, since=body.since
    )
    return ReplayRead(replayed=replayed)
