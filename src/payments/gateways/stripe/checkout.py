"""Pages on which customers pay the platform."""

from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

from stripe.checkout import Session

from src.payments.gateways.base import (
    Checkout,
    CheckoutInquiry,
    CheckoutOrder,
    CheckoutState,
    CheckoutStatus,
    GatewayRefusedError,
    ProviderFee,
)
from src.payments.gateways.stripe.account import StripeAccount, ask, each, fee_of

CLOCK_SKEW: Final = timedelta(minutes=1)
# An order that was cut off reached Stripe within that time, or never.
LONGEST_DELIVERY: Final = timedelta(minutes=10)
# Of a session: its payment, and what that has cost us.
PAYMENT: Final = "payment_intent.latest_charge.balance_transaction"


class Checkouts(StripeAccount):
    async def open_checkout(self, order: CheckoutOrder) -> Checkout:
        metadata = self._metadata(charge_id=order.charge_id)
        session = await ask(
            self._api.checkout.sessions.create_async(
                {
                    "mode": "payment",
                    "client_reference_id": str(order.charge_id),
                    "line_items": [
                        {
                            "quantity": 1,
                            "price_data": {
                                "currency": order.currency.lower(),
                                "unit_amount": order.amount,
                                "product_data": {"name": order.description},
                            },
                        }
                    ],
                    "expires_at": int(order.expires_at.timestamp()),
                    "success_url": order.return_url,
                    "cancel_url": order.return_url,
                    "metadata": metadata,
                    "payment_intent_data": {"description": order.description, "metadata": metadata},
                },
                {"idempotency_key": self._key(order.idempotency_key)},
            )
        )
        if session.url is None:
            raise GatewayRefusedError("the session is over already")
        return Checkout(ref=session.id, url=session.url)

    async def find_checkout(self, inquiry: CheckoutInquiry) -> CheckoutState | None:
        if inquiry.ref is not None:
            return await self._state_of_session(inquiry.ref)
        found = each(
            self._api.checkout.sessions.list_async(
                {
                    "created": {
                        "gte": int((inquiry.ordered_at - CLOCK_SKEW).timestamp()),
                        "lte": int((inquiry.ordered_at + LONGEST_DELIVERY).timestamp()),
                    },
                    "limit": 100,
                    "expand": [f"data.{PAYMENT}"],
                }
            )
        )
        async for session in found:
            state = self._checkout_state(session)
            if state is not None and state.charge_id == inquiry.charge_id:
                return state
        return None

    async def close_checkout(self, inquiry: CheckoutInquiry) -> CheckoutState | None:
        state = await self.find_checkout(inquiry)
        if state is None or state.status is not CheckoutStatus.OPEN:
            return state
        with suppress(GatewayRefusedError):  # it ended by itself at this moment, or was paid
            await ask(self._api.checkout.sessions.expire_async(state.ref))
        return await self._state_of_session(state.ref)

    async def _state_of_session(self, ref: str) -> CheckoutState | None:
        session = await ask(self._api.checkout.sessions.retrieve_async(ref, {"expand": [PAYMENT]}))
        return self._checkout_state(session)

    async def _state_of_payment(self, payment_ref: str) -> CheckoutState | None:
        """None when it was paid on no page."""
        found = await ask(
            self._api.checkout.sessions.list_async(
                {"payment_intent": payment_ref, "limit": 1, "expand": [f"data.{PAYMENT}"]}
            )
        )
        return next((self._checkout_state(session) for session in found.data), None)

    def _checkout_state(self, session: Session) -> CheckoutState | None:
        charge_id = self._ours(session.metadata, "charge_id")
        if charge_id is None:
            return None
        intent: Any = session.payment_intent
        return CheckoutState(
            charge_id=charge_id,
            ref=session.id,
            url=session.url,
            status=_status(session, intent),
            amount=session.amount_total or 0,
            currency=(session.currency or "").upper(),
            payment_ref=intent.id if intent is not None else None,
            provider_fee=_fee(intent),
        )


def _status(session: Session, intent: Any) -> CheckoutStatus:
    if session.payment_status == "paid":
        return CheckoutStatus.PAID
    if session.status == "open":
        return CheckoutStatus.OPEN
    if session.status == "complete" and intent is not None and intent.status == "processing":
        return CheckoutStatus.PROCESSING
    return CheckoutStatus.ENDED


def _fee(intent: Any) -> ProviderFee | None:
    """Stripe may book it seconds after the payment, and then tells us by `charge.updated`."""
    charge = getattr(intent, "latest_charge", None)
    transaction = getattr(charge, "balance_transaction", None)
    return fee_of([transaction]) if transaction is not None else None
