"""The present state of something at a gateway, applied to ours: once, in any order, however it was learnt."""

from sqlalchemy.ext.asyncio import AsyncSession

from src.payments.accounts.apply import apply_account
from src.payments.disputes.service import apply_dispute
from src.payments.exceptions import UnknownObjectError
from src.payments.gateways.base import AccountState, CheckoutState, DisputeState, RefundState, State
from src.payments.service.refunds import apply_refund
from src.payments.service.settle import settle


async def apply_state(session: AsyncSession, *, gateway: str, state: State) -> None:
    """Raises `UnknownObjectError`."""
    match state:
        case CheckoutState():
            await settle(session, gateway=gateway, state=state)
        case RefundState():
            await apply_refund(session, gateway=gateway, state=state)
        case DisputeState():
            await apply_dispute(session, gateway=gateway, state=state)
        case AccountState():
            await apply_account(session, gateway=gateway, state=state)
        case _:
            raise UnknownObjectError("it is about nothing of this installation's")
