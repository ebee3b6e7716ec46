"""An owner's account at Square, in which they let us work: OAuth, and which of their places takes the money."""

import secrets

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from src.companies import service as companies
from src.core.config import Settings
from src.core.database import Database
from src.core.encryption import SecretBox
from src.core.errors import UnavailableError
from src.core.identity import Principal
from src.payments import policies
from src.payments.accounts import repository
from src.payments.accounts.apply import change
from src.payments.accounts.attempt import Attempt
from src.payments.accounts.models import PaymentAccount
from src.payments.accounts.schemas import LocationRead
from src.payments.accounts.sellers import ConnectedSellers, seal
from src.payments.exceptions import (
    NO_ANSWER,
    GatewayNotConfiguredError,
    LocationUnknownError,
    PaymentsNotConnectedError,
)
from src.payments.gateways.base import AccountStatus, GatewayError, NotConnectedError, Seller
from src.payments.gateways.square import SquareGateway
from src.payments.gateways.square.oauth import Location, SquareOAuth
from src.users import service as users

log = structlog.get_logger(__name__)


def authorize(*, settings: Settings, principal: Principal, company_id: int) -> tuple[str, Attempt]:
    """Square's page where the owner agrees, and what has to be known again when the browser comes back."""
    attempt = Attempt(state=secrets.token_urlsafe(24), user_id=principal.user_id, company_id=company_id)
    return SquareOAuth(settings).authorization_url(attempt.state), attempt


async def require_connecting(
    session: AsyncSession, *, settings: Settings, principal: Principal, company_id: int
) -> None:
    """Raises `CompanyNotFoundError`, `PermissionMissingError`, `GatewayNotConfiguredError`."""
    await policies.require_connecting(session, principal=principal, company_id=company_id)
    if SquareGateway.name not in settings.configured_gateways:
        raise GatewayNotConfiguredError


async def connect(
    database: Database, *, settings: Settings, box: SecretBox, attempt: Attempt, code: str
) -> None:
    """Trades the code for tokens and keeps them sealed. The person must still be allowed to.

    Raises `PermissionMissingError`, `UnavailableError`.
    """
    oauth = SquareOAuth(settings)
    principal = await _returned(database, attempt)
    try:
        grant = await oauth.obtain(code)
        locations = await oauth.locations(grant.tokens)
    except (GatewayError, NotConnectedError) as error:
        log.warning("square_not_connected", company_id=attempt.company_id, error=str(error))
        raise UnavailableError(NO_ANSWER) from error
    async with database.transaction() as session:
        company = await companies.get_company(session, company_id=attempt.company_id)
        account = await repository.get_or_create_locked(
            session, company_id=company.id, gateway=SquareGateway.name
        )
        await change(
            session,
            account,
            principal=principal,
            ref=grant.merchant_ref,
            status=AccountStatus.ACTIVE,
            location_ref=_first_usable(locations, company.currency, account.location_ref),
        )
        seal(account, grant.tokens, box)


async def list_locations(
    database: Database, *, settings: Settings, principal: Principal, company_id: int
) -> list[LocationRead]:
    """Raises `PaymentsNotConnectedError`, `CompanyNotFoundError`, `PermissionMissingError`, `UnavailableError`."""
    seller, locations = await _locations(database, settings, principal, company_id)
    return [
        LocationRead(
            ref=location.ref,
            name=location.name,
            currency=location.currency,
            is_active=location.is_active,
            is_chosen=location.ref == seller.location_ref,
        )
        for location in locations
    ]


async def choose_location(
    database: Database, *, settings: Settings, principal: Principal, company_id: int, ref: str
) -> PaymentAccount:
    """Raises `LocationUnknownError` and what `list_locations` raises."""
    _, locations = await _locations(database, settings, principal, company_id)
    async with database.transaction() as session:
        company = await companies.get_company(session, company_id=company_id)
        if not any(_is_usable(location, company.currency) for location in locations if location.ref == ref):
            raise LocationUnknownError
        account = await repository.get_or_create_locked(
            session, company_id=company_id, gateway=SquareGateway.name
        )
        await change(session, account, principal=principal, location_ref=ref)
    return account


async def disconnect(
    database: Database, *, settings: Settings, principal: Principal, company_id: int
) -> None:
    """Gives the owner's permission back to Square, and forgets the tokens. Safe to repeat.

    Raises `CompanyNotFoundError`, `PermissionMissingError`, `PaymentsNotConnectedError`, `UnavailableError`.
    """
    async with database.transaction() as session:
        await policies.require_connecting(session, principal=principal, company_id=company_id)
        account = await repository.find(session, company_id=company_id, gateway=SquareGateway.name)
    if account is None or account.ref is None:
        raise PaymentsNotConnectedError
    if account.status is AccountStatus.REVOKED:
        return
    try:
        await SquareOAuth(settings).revoke(account.ref)
    except GatewayError as error:
        raise UnavailableError(NO_ANSWER) from error
    except NotConnectedError:
        log.info("square_was_revoked_before", company_id=company_id)
    async with database.transaction() as session:
        for shared in await repository.list_locked_by_ref(
            session, gateway=SquareGateway.name, ref=account.ref
        ):
            shared.access_token = shared.refresh_token = shared.token_expires_at = None
            await change(session, shared, principal=principal, status=AccountStatus.REVOKED)


async def _returned(database: Database, attempt: Attempt) -> Principal:
    """Whoever has started it, with the rights they have now."""
    async with database.transaction() as session:
        user = await users.get_user(session, user_id=attempt.user_id)
        principal = Principal(user_id=user.id, session_id=0, role=user.role)
        await policies.require_connecting(session, principal=principal, company_id=attempt.company_id)
    return principal


async def _locations(
    database: Database, settings: Settings, principal: Principal, company_id: int
) -> tuple[Seller, list[Location]]:
    async with database.transaction() as session:
        await require_connecting(session, settings=settings, principal=principal, company_id=company_id)
    sellers = ConnectedSellers(database, SecretBox.of(settings), gateway=SquareGateway.name)
    try:
        seller, locations = await SquareGateway(settings, sellers).list_locations(company_id)
    except NotConnectedError as error:
        raise PaymentsNotConnectedError from error
    except GatewayError as error:
        raise UnavailableError(NO_ANSWER) from error
    return seller, locations


def _is_usable(location: Location, currency: str) -> bool:
    return location.is_active and location.currency == currency


def _first_usable(locations: list[Location], currency: str, chosen: str | None) -> str | None:
    usable = [location.ref for location in locations if _is_usable(location, currency)]
    return chosen if chosen in usable else next(iter(usable), None)
