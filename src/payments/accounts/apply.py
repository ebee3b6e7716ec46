from sqlalchemy.ext.asyncio import AsyncSession

from src.companies import audit
from src.core.identity import Principal
from src.payments.accounts import repository
from src.payments.accounts.models import PaymentAccount
from src.payments.exceptions import UnknownObjectError
from src.payments.gateways.base import AccountState, AccountStatus


async def apply_account(session: AsyncSession, *, gateway: str, state: AccountState) -> None:
    """What the gateway says of a company's account there. Locks it. Raises `UnknownObjectError`."""
    accounts = await repository.list_locked_by_ref(session, gateway=gateway, ref=state.ref)
    if not accounts:
        raise UnknownObjectError(f"no company has the account {state.ref}")
    for account in accounts:
        await change(session, account, principal=None, status=state.status)


async def change(
    session: AsyncSession,
    account: PaymentAccount,
    *,
    principal: Principal | None,
    **values: str | AccountStatus | None,
) -> None:
    """Of a locked account, with a line in the audit trail if it really changes: by nobody where a gateway says so."""
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
