from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from src.core.config import Settings
from src.core.identity import Principal
from src.payments import policies
from src.payments.accounts import repository
from src.payments.accounts.models import PaymentAccount
from src.payments.gateways.base import AccountStatus
from src.payments.gateways.stripe import StripeGateway


async def list_accounts(
    session: AsyncSession, *, principal: Principal, company_id: int
) -> Sequence[PaymentAccount]:
    """Raises `CompanyNotFoundError`, `PermissionMissingError`."""
    await policies.require_money(session, principal=principal, company_id=company_id)
    return await repository.list_of_company(session, company_id)


async def find_receiving(
    session: AsyncSession, *, settings: Settings, company_id: int
) -> PaymentAccount | None:
    """The company's account to which a gateway can send payouts, if it has one that works."""
    if StripeGateway.name not in settings.configured_gateways:
        return None
    account = await repository.find(session, company_id=company_id, gateway=StripeGateway.name)
    return account if account is not None and account.status is AccountStatus.ACTIVE else None
