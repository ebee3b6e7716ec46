"""Owners' connected accounts, and the platform's transfers to them."""

from collections.abc import Awaitable, Mapping
from typing import Any, Final

from src.payments.gateways.base import (
    AccountState,
    AccountStatus,
    GatewayRefusedError,
    ReversalOrder,
    TransferOrder,
    TransferRefusal,
    TransferRefusedError,
)
from src.payments.gateways.stripe.account import NO_SUCH_ACCOUNT, StripeAccount, ask, each

_REFUSALS: Final[Mapping[str | None, TransferRefusal]] = {
    "account_closed": TransferRefusal.ACCOUNT_CLOSED,
    NO_SUCH_ACCOUNT: TransferRefusal.ACCOUNT_CLOSED,
    "resource_missing": TransferRefusal.ACCOUNT_CLOSED,
    "insufficient_capabilities_for_transfer": TransferRefusal.ACCOUNT_RESTRICTED,
    "transfers_not_allowed": TransferRefusal.ACCOUNT_RESTRICTED,
}
# Of the account that the money is to come from: it fills up by itself.
TOO_LITTLE_BALANCE: Final = "balance_insufficient"


class Connect(StripeAccount):
    async def create_account(self, *, idempotency_key: str, company_id: int, country: str, email: str) -> str:
        account = await ask(
            self._api.accounts.create_async(
                {
                    "type": "express",
                    "country": country,
                    "email": email,
                    "capabilities": {"transfers": {"requested": True}},
                    "metadata": self._metadata(company_id=company_id),
                },
                {"idempotency_key": self._key(idempotency_key)},
            )
        )
        return account.id

    async def onboarding_url(self, account_ref: str, *, return_url: str) -> str:
        link = await ask(
            self._api.account_links.create_async(
                {
                    "account": account_ref,
                    "type": "account_onboarding",
                    "return_url": return_url,
                    "refresh_url": return_url,
                }
            )
        )
        return link.url

    async def find_account(self, account_ref: str) -> AccountState:
        try:
            account = await ask(self._api.accounts.retrieve_async(account_ref))
        except GatewayRefusedError as error:
            if _REFUSALS.get(error.code) is not TransferRefusal.ACCOUNT_CLOSED:
                raise
            return AccountState(ref=account_ref, status=AccountStatus.REVOKED)
        can_receive = getattr(account.capabilities, "transfers", None) == "active"
        is_ready = can_receive and bool(account.payouts_enabled)
        return AccountState(
            ref=account.id, status=AccountStatus.ACTIVE if is_ready else AccountStatus.PENDING
        )

    async def transfer(self, order: TransferOrder) -> str:
        group = f"payout-{order.payout_id}"
        if order.is_repeated:
            sent = each(self._api.transfers.list_async({"transfer_group": group, "limit": 100}))
            async for transfer in sent:
                if self._ours(transfer.metadata, "transfer_id") == order.transfer_id:
                    return transfer.id
        return await _moved(
            self._api.transfers.create_async(
                {
                    "amount": order.amount,
                    "currency": order.currency.lower(),
                    "destination": order.account_ref,
                    "transfer_group": group,
                    "metadata": self._metadata(transfer_id=order.transfer_id),
                },
                {"idempotency_key": self._key(order.idempotency_key)},
            )
        )

    async def reverse(self, order: ReversalOrder) -> str:
        reversals = self._api.transfers.reversals
        if order.is_repeated:
            async for reversal in each(reversals.list_async(order.transfer_ref, {"limit": 100})):
                if self._ours(reversal.metadata, "reversal_id") == order.reversal_id:
                    return reversal.id
        return await _moved(
            reversals.create_async(
                order.transfer_ref,
                {"amount": order.amount, "metadata": self._metadata(reversal_id=order.reversal_id)},
                {"idempotency_key": self._key(order.idempotency_key)},
            )
        )


async def _moved(order: Awaitable[Any]) -> str:
    """Stripe's name for it. Raises `TransferRefusedError`, `GatewayError`."""
    try:
        return str((await ask(order)).id)
    except GatewayRefusedError as error:
        if error.code == TOO_LITTLE_BALANCE:
            raise
        refusal = _REFUSALS.get(error.code, TransferRefusal.OTHER)
        raise TransferRefusedError(str(error), code=error.code, refusal=refusal) from error
