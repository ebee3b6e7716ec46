"""An owner's account at Stripe, that we open for them."""

from src.core.config import Settings
from src.core.database import Database
from src.core.errors import UnavailableError
from src.core.identity import Principal
from src.payments import policies
from src.payments.accounts import repository
from src.payments.accounts.apply import change
from src.payments.accounts.models import PaymentAccount
from src.payments.exceptions import NO_ANSWER
from src.payments.gateways.base import AccountStatus, GatewayError
from src.payments.gateways.registry import get_transferring_gateway
from src.payments.gateways.stripe import StripeGateway
from src.users import service as users


async def onboard(
    database: Database, *, settings: Settings, principal: Principal, company_id: int, country: str
) -> str:
    """Opens the company's account at Stripe, unless it has one, and returns the page where the owner goes on.

    Another one if theirs is closed: what the old one was refused is then sent to the new one.

    Raises `CompanyNotFoundError`, `PermissionMissingError`, `GatewayNotConfiguredError`, `UnavailableError`.
    """
    async with database.transaction() as session:
        await policies.require_connecting(session, principal=principal, company_id=company_id)
        gateway = get_transferring_gateway(StripeGateway.name, settings=settings, database=database)
        owner = await users.get_user(session, user_id=principal.user_id)
        account = await repository.get_or_create_locked(session, company_id=company_id, gateway=gateway.name)
    try:
        ref = account.ref
        if ref is None or account.status is AccountStatus.REVOKED:
            ref = await gateway.create_account(
                idempotency_key=_key(account, country),
                company_id=company_id,
                country=country,
                email=owner.email,
            )
            await _remember(database, principal, account, ref)
        return await gateway.onboarding_url(ref, return_url=_page(settings, company_id))
    except GatewayError as error:
        raise UnavailableError(NO_ANSWER) from error


def _key(account: PaymentAccount, country: str) -> str:
    """Another country makes another account: the first one, if any was made, is never used."""
    after = f"-{account.ref}" if account.ref else ""
    return f"account-{account.id}-{country}{after}"


async def _remember(database: Database, principal: Principal, before: PaymentAccount, ref: str) -> None:
    async with database.transaction() as session:
        account = await repository.get_or_create_locked(
            session, company_id=before.company_id, gateway=before.gateway
        )
        if account.ref == before.ref:
            await change(session, account, principal=principal, ref=ref, status=AccountStatus.PENDING)


def _page(settings: Settings, company_id: int) -> str:
    return f"{settings.frontend_url}/companies/{company_id}/payments"
