from http import HTTPStatus
from typing import Annotated

from fastapi import Query, Request, Response
from fastapi.responses import RedirectResponse

from src.companies.exceptions import CompanyNotFoundError
from src.core.config import SettingsDep
from src.core.database import DatabaseDep, ReadSessionDep
from src.core.encryption import SecretBoxDep
from src.core.errors import ProblemError, UnauthorizedError, UnavailableError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.identity import PrincipalDep
from src.core.schemas import PathId
from src.payments.accounts import service
from src.payments.accounts.attempt import Attempt
from src.payments.accounts.schemas import (
    LocationChoice,
    LocationsRead,
    OnboardingCreate,
    OnwardRead,
    PaymentAccountRead,
    PaymentAccountsRead,
)
from src.payments.exceptions import (
    ConnectionStateInvalidError,
    GatewayNotConfiguredError,
    LocationUnknownError,
    PaymentsNotConnectedError,
)
from src.teams.exceptions import PermissionMissingError

router = domain_router(tags=["payments"])

COMPANY_ERRORS = (UnauthorizedError, CompanyNotFoundError, PermissionMissingError, ValidationFailedError)


@router.get(
    "/companies/{company_id}/payment-accounts",
    response_model=PaymentAccountsRead,
    operation_id="list_payment_accounts",
    responses=errors(*COMPANY_ERRORS),
)
async def list_payment_accounts(
    company_id: PathId, session: ReadSessionDep, principal: PrincipalDep
) -> PaymentAccountsRead:
    """Where the company's share of payments goes. Ask again after the owner has come back from a gateway's pages."""
    accounts = await service.list_accounts(session, principal=principal, company_id=company_id)
    return PaymentAccountsRead(accounts=[PaymentAccountRead.model_validate(account) for account in accounts])


@router.post(
    "/companies/{company_id}/payment-accounts/stripe",
    status_code=HTTPStatus.CREATED,
    response_model=OnwardRead,
    operation_id="onboard_to_stripe",
    responses=errors(*COMPANY_ERRORS, GatewayNotConfiguredError, UnavailableError),
)
async def onboard_to_stripe(
    company_id: PathId,
    body: OnboardingCreate,
    database: DatabaseDep,
    principal: PrincipalDep,
    settings: SettingsDep,
) -> OnwardRead:
    """Opens the company's account at Stripe and gives the page where the owner goes on: send the browser to `url`.

    Asking again gives a fresh page for the same account: a page works once and for minutes.
    """
    url = await service.onboard(
        database, settings=settings, principal=principal, company_id=company_id, country=body.country
    )
    return OnwardRead(url=url)


@router.get(
    "/companies/{company_id}/payment-accounts/square/redirect",
    response_model=OnwardRead,
    operation_id="authorize_at_square",
    responses=errors(*COMPANY_ERRORS, GatewayNotConfiguredError),
)
async def authorize_at_square(
    company_id: PathId,
    response: Response,
    session: ReadSessionDep,
    principal: PrincipalDep,
    settings: SettingsDep,
    box: SecretBoxDep,
) -> OnwardRead:
    """Square's page where the owner lets us take payments in their account: send the browser to `url`.

    Ask with credentials (`fetch(…, {credentials: "include"})`): a cookie binds what comes back to this browser. It
    ends at `/companies/{id}/payments?square=connected` of the site, or `?square=failed`.
    """
    await service.require_connecting(session, settings=settings, principal=principal, company_id=company_id)
    url, attempt = service.authorize(settings=settings, principal=principal, company_id=company_id)
    attempt.remember(response, settings=settings, box=box)
    response.headers["Cache-Control"] = "no-store"
    return OnwardRead(url=url)


@router.get(
    "/payment-accounts/square/callback",
    status_code=HTTPStatus.FOUND,
    response_class=RedirectResponse,
    operation_id="return_from_square",
    responses=errors(ConnectionStateInvalidError, ValidationFailedError),
)
async def return_from_square(
    request: Request,
    database: DatabaseDep,
    settings: SettingsDep,
    box: SecretBoxDep,
    state: Annotated[str | None, Query(max_length=200, examples=["Zk3v0a"])] = None,
    code: Annotated[str | None, Query(max_length=500, examples=["sq0cgp-7Ux"])] = None,
) -> Response:
    """Square sends the owner's browser here; it goes on to the company's page at the site."""
    attempt = Attempt.recall(request, state=state, settings=settings, box=box)
    outcome = "failed"
    if code is not None:
        try:
            await service.connect(database, settings=settings, box=box, attempt=attempt, code=code)
            outcome = "connected"
        except ProblemError as error:
            outcome = "forbidden" if isinstance(error, PermissionMissingError) else "failed"
    page = f"{settings.frontend_url}/companies/{attempt.company_id}/payments?square={outcome}"
    answer = RedirectResponse(page, status_code=HTTPStatus.FOUND, headers={"Cache-Control": "no-store"})
    Attempt.forget(answer, settings=settings)
    return answer


@router.get(
    "/companies/{company_id}/payment-accounts/square/locations",
    response_model=LocationsRead,
    operation_id="list_square_locations",
    responses=errors(*COMPANY_ERRORS, GatewayNotConfiguredError, PaymentsNotConnectedError, UnavailableError),
)
async def list_square_locations(
    company_id: PathId, database: DatabaseDep, principal: PrincipalDep, settings: SettingsDep
) -> LocationsRead:
    """The company's places of business at Square; the one that is chosen takes the money."""
    locations = await service.list_locations(
        database, settings=settings, principal=principal, company_id=company_id
    )
    return LocationsRead(locations=locations)


@router.put(
    "/companies/{company_id}/payment-accounts/square/location",
    response_model=PaymentAccountRead,
    operation_id="choose_square_location",
    responses=errors(
        *COMPANY_ERRORS,
        GatewayNotConfiguredError,
        LocationUnknownError,
        PaymentsNotConnectedError,
        UnavailableError,
    ),
)
async def choose_square_location(
    company_id: PathId,
    body: LocationChoice,
    database: DatabaseDep,
    principal: PrincipalDep,
    settings: SettingsDep,
) -> PaymentAccountRead:
    """Chooses the place of business that takes the money: active, and in the company's currency."""
    account = await service.choose_location(
        database, settings=settings, principal=principal, company_id=company_id, ref=body.ref
    )
    return PaymentAccountRead.model_validate(account)


@router.delete(
    "/companies/{company_id}/payment-accounts/square",
    status_code=HTTPStatus.NO_CONTENT,
    response_class=Response,
    operation_id="disconnect_square",
    responses=errors(*COMPANY_ERRORS, PaymentsNotConnectedError, UnavailableError),
)
async def disconnect_square(
    company_id: PathId, database: DatabaseDep, principal: PrincipalDep, settings: SettingsDep
) -> Response:
    """Gives the permission back: no more payments by Square, and no refunds of earlier ones until it is connected."""
    await service.disconnect(database, settings=settings, principal=principal, company_id=company_id)
    return Response(status_code=HTTPStatus.NO_CONTENT)
