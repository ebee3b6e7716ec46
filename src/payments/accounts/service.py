"""Owners' own accounts at the gateways: opened at Stripe, connected at Square."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from src.companies import audit
from src.companies import service as companies
from src.core.config import Settings
from src.core.database import Database
from src.core.encryption import SecretBox
from src.core.errors import UnavailableError
from src.core.identity import Principal
from src.payments.accounts import repository
from src.payments.accounts.apply import apply_account
from src.payments.accounts.attempt import Attempt
from src.payments.accounts.models import PaymentAccount
from src.payments.accounts.schemas import LocationRead
from src.payments.accounts.sellers import ConnectedSellers, needs_new_seal, seal, unseal
from src.payments.exceptions import (
    GatewayNotConfiguredError,
    LocationUnknownError,
    PaymentsNotConnectedError,
)
from src.payments.gateways.base import AccountStatus, GatewayError, NotConnectedError, Seller
from src.payments.gateways.registry import get_transferring_gateway
from src.payments.gateways.square import SquareGateway
from src.payments.gateways.square.oauth import Location, SquareOAuth
from src.payments.gateways.stripe import StripeGateway
from src.teams import policies as teams
from src.teams.permissions import Permission
from src.users import service as users

log = structlog.get_logger(__name__)

REFRESH_WITHIN: Final = timedelta(days=7)
NO_ANSWER: Final = "The payment service does not answer; try again in a moment."


async def list_accounts(
    session: AsyncSession, *, principal: Principal, company_id: int
) -> Sequence[PaymentAccount]:
    """Raises `CompanyNotFoundError`, `PermissionMissingError`."""
    await _require(session, principal, company_id, Permission.READ_MONEY)
    return await repository.list_of_company(session, company_id)


async def find_receiving(
    session: AsyncSession, *, settings: Settings, company_id: int
) -> PaymentAccount | None:
    """The company's account to which a gateway can send payouts, if it has one that works."""
    if StripeGateway.name not in settings.configured_gateways:
        return None
    account = await repository.find(session, company_id=company_id, gateway=StripeGateway.name)
    return account if account is not None and account.status is AccountStatus.ACTIVE else None


async def onboard(
    database: Database, *, settings: Settings, principal: Principal, company_id: int, country: str
) -> str:
    """Opens the company's account at Stripe, once, and returns the page where the owner goes on.

    Raises `CompanyNotFoundError`, `PermissionMissingError`, `GatewayNotConfiguredError`, `UnavailableError`.
    """
    async with database.transaction() as session:
        await _require(session, principal, company_id, Permission.CONNECT_PAYMENTS)
        gateway = get_transferring_gateway(StripeGateway.name, settings=settings, database=database)
        owner = await users.get_user(session, user_id=principal.user_id)
        account = await repository.get_or_create_locked(session, company_id=company_id, gateway=gateway.name)
    try:
        ref = account.ref or await gateway.create_account(
            # Another country makes another account: the first one, if any was made, is never used.
            idempotency_key=f"account-{account.id}-{country}",
            company_id=company_id,
            country=country,
            email=owner.email,
        )
        await _remember(database, principal, company_id=company_id, gateway=gateway.name, ref=ref)
        return await gateway.onboarding_url(ref, return_url=_page(settings, company_id))
    except GatewayError as error:
        raise UnavailableError(NO_ANSWER) from error


def authorize(*, settings: Settings, principal: Principal, company_id: int) -> tuple[str, Attempt]:
    """Square's page where the owner agrees, and what has to be known again when the browser comes back."""
    attempt = Attempt(state=secrets.token_urlsafe(24), user_id=principal.user_id, company_id=company_id)
    return SquareOAuth(settings).authorization_url(attempt.state), attempt


async def require_connecting(
    session: AsyncSession, *, settings: Settings, principal: Principal, company_id: int
) -> None:
    """Raises `CompanyNotFoundError`, `PermissionMissingError`, `GatewayNotConfiguredError`."""
    await _require(session, principal, company_id, Permission.CONNECT_PAYMENTS)
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
        await _change(
            session,
            principal,
            account,
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
        await _change(session, principal, account, location_ref=ref)
    return account


async def disconnect(
    database: Database, *, settings: Settings, principal: Principal, company_id: int
) -> None:
    """Gives the owner's permission back to Square, and forgets the tokens. Safe to repeat.

    Raises `CompanyNotFoundError`, `PermissionMissingError`, `PaymentsNotConnectedError`, `UnavailableError`.
    """
    async with database.transaction() as session:
        await _require(session, principal, company_id, Permission.CONNECT_PAYMENTS)
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
            await _change(session, principal, shared, status=AccountStatus.REVOKED)


async def refresh_accounts(database: Database, *, settings: Settings) -> int:
    """New tokens for what ends within a week, new seals after a change of keys, news of accounts that wait.

    Returns how many tokens were refreshed.
    """
    box = SecretBox.of(settings)
    async with database.transaction() as session:
        await reseal(session, box=box)
        expiring = await repository.list_expiring(session, within=REFRESH_WITHIN)
        waiting = await repository.list_waiting(session, gateway=StripeGateway.name)
    refreshed = 0
    for account in expiring:
        refreshed += await _refresh(database, settings, box, account)
    for account in waiting:
        await ask_about(database, settings=settings, account=account)
    return refreshed


async def reseal(session: AsyncSession, *, box: SecretBox) -> int:
    """Seals tokens with the first key; returns of how many accounts. Raises `SecretUnreadableError`."""
    others = [account for account in await repository.list_sealed(session) if needs_new_seal(account, box)]
    for account in others:
        seal(account, unseal(account, box), box)
    await session.flush()
    return len(others)


async def _refresh(database: Database, settings: Settings, box: SecretBox, account: PaymentAccount) -> bool:
    sellers = ConnectedSellers(database, box, gateway=SquareGateway.name)
    try:
        tokens = await SquareOAuth(settings).refresh(unseal(account, box).refresh)
    except (GatewayError, NotConnectedError) as error:
        log.warning("square_token_not_refreshed", account_id=account.id, error=str(error))
        return False
    await sellers.save_tokens(account.id, tokens)
    return True


async def ask_about(database: Database, *, settings: Settings, account: PaymentAccount) -> None:
    """Whether it can receive: should its webhook never come, or when the gateway has refused a transfer to it."""
    assert account.ref is not None
    gateway = get_transferring_gateway(account.gateway, settings=settings, database=database)
    try:
        state = await gateway.find_account(account.ref)
    except GatewayError as error:
        log.warning("account_not_asked", account_id=account.id, error=str(error))
        return
    async with database.transaction() as session:
        await apply_account(session, gateway=account.gateway, state=state)


async def _require(
    session: AsyncSession, principal: Principal, company_id: int, permission: Permission
) -> None:
    await companies.get_company(session, company_id=company_id)
    await teams.require(
        session, principal=principal, permission=permission, company_id=company_id, address_id=None
    )


async def _remember(
    database: Database, principal: Principal, *, company_id: int, gateway: str, ref: str
) -> None:
    async with database.transaction() as session:
        account = await repository.get_or_create_locked(session, company_id=company_id, gateway=gateway)
        if account.ref is None:
            await _change(session, principal, account, ref=ref)


async def _change(
    session: AsyncSession,
    principal: Principal,
    account: PaymentAccount,
    **values: str | AccountStatus | None,
) -> None:
    changes = audit.apply(account, values)
    await session.flush()
    if changes:
        await audit.record(
            session,
            principal=principal,
            company_id=account.company_id,
            action="payment_account.updated",
            subject_id=account.id,
            changes=changes,
        )


async def _returned(database: Database, attempt: Attempt) -> Principal:
    """Whoever has started it, with the rights they have now."""
    async with database.transaction() as session:
        user = await users.get_user(session, user_id=attempt.user_id)
        principal = Principal(user_id=user.id, session_id=0, role=user.role)
        await _require(session, principal, attempt.company_id, Permission.CONNECT_PAYMENTS)
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


def _page(settings: Settings, company_id: int) -> str:
    return f"{settings.frontend_url}/companies/{company_id}/payments"
