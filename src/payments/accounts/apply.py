from sqlalchemy.ext.asyncio import AsyncSession

from src.companies import audit
from src.payments.accounts import repository
from src.payments.exceptions import UnknownObjectError
from src.payments.gateways.base import AccountState


async def apply_account(session: AsyncSession, *, gateway: str, state: AccountState) -> None:
    """What the gateway says of a company's account there. Locks it. Raises `UnknownObjectError`."""
    accounts = await repository.list_locked_by_ref(session, gateway=gateway, ref=state.ref)
    if not accounts:
        raise UnknownObjectError(f"no company has the account {state.ref}")
    for account in accounts:
        changes = audit.apply(account, {"status": state.status})
        if changes:
            await audit.record(
                session,
                principal=None,
                company_id=account.company_id,
                action="payment_account.updated",
                subject_id=account.id,
                changes=changes,
            )
