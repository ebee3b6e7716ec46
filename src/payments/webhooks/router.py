from http import HTTPStatus
from typing import Annotated

from fastapi import Path, Request, Response

from src.core.config import SettingsDep
from src.core.database import DatabaseDep
from src.core.errors import ContentTooLargeError, ValidationFailedError, errors
from src.core.http import domain_router
from src.payments.exceptions import SignatureInvalidError, WebhookNotFoundError
from src.payments.webhooks import service

router = domain_router(tags=["payments"])

GatewayName = Annotated[str, Path(pattern="^[a-z]{1,20}$", examples=["stripe"])]


@router.post(
    "/webhooks/{gateway}",
    status_code=HTTPStatus.NO_CONTENT,
    response_class=Response,
    operation_id="receive_webhook",
    responses=errors(
        SignatureInvalidError, WebhookNotFoundError, ContentTooLargeError, ValidationFailedError
    ),
)
async def receive_webhook(
    gateway: GatewayName, request: Request, database: DatabaseDep, settings: SettingsDep
) -> Response:
    """For the payment gateways: what they tell us about payments, signed over the raw body.

    It is stored and answered; a worker then asks the gateway for the present state of what it is about, so order and
    repetition don't matter.
    """
    await service.receive(
        database,
        settings=settings,
        gateway_name=gateway,
        body=await request.body(),
        headers=request.headers,
    )
    return Response(status_code=HTTPStatus.NO_CONTENT)
