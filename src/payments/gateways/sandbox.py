"""A gateway of our own that takes no money: a hosted page where a person pays, fails or walks away.

The default without keys, refused in production. It keeps its state in a table, as a provider would on its side.
"""

import secrets
from dataclasses import asdict
from datetime import timedelta
from typing import ClassVar, Final

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert

from src.core.database import Database
from src.payments.gateways.base import (
    Checkout,
    CheckoutInquiry,
    CheckoutOrder,
    CheckoutState,
    CheckoutStatus,
    GatewayRefusedError,
    MoneyStatus,
    RefundOrder,
    RefundState,
    checkout_key,
)
from src.payments.models import SandboxPayment

_STATUS: Final = {
    "open": CheckoutStatus.OPEN,
    "paid": CheckoutStatus.PAID,
    "failed": CheckoutStatus.ENDED,
}


class SandboxGateway:
    name: ClassVar[str] = "sandbox"
    shortest_checkout: ClassVar[timedelta] = timedelta(0)
    is_paid_to_owner: ClassVar[bool] = False
    collects_fee: ClassVar[bool] = True

    def __init__(self, database: Database, public_url: str) -> None:
        self._database = database
        self._public_url = public_url.rstrip("/")

    async def open_checkout(self, order: CheckoutOrder) -> Checkout:
        payment = insert(SandboxPayment).values(
            ref=secrets.token_urlsafe(24),
            idempotency_key=order.idempotency_key,
            order=asdict(order) | {"expires_at": order.expires_at.isoformat()},
            expires_at=order.expires_at,
        )
        same = payment.on_conflict_do_update(
            index_elements=[SandboxPayment.idempotency_key],
            set_={"idempotency_key": order.idempotency_key},
        )
        async with self._database.transaction() as session:
            ref = (await session.execute(same.returning(SandboxPayment.ref))).scalar_one()
        return Checkout(ref=ref, url=self._url(ref))

    async def find_checkout(self, inquiry: CheckoutInquiry) -> CheckoutState | None:
        found = select(SandboxPayment).where(_is_of(inquiry))
        async with self._database.transaction() as session:
            payment = (await session.scalars(found)).one_or_none()
        return None if payment is None else state_of(payment)

    async def close_checkout(self, inquiry: CheckoutInquiry) -> CheckoutState | None:
        closed = update(SandboxPayment).where(_is_of(inquiry), SandboxPayment.status == "open")
        async with self._database.transaction() as session:
            await session.execute(closed.values(status="failed"))
        return await self.find_checkout(inquiry)

    async def refund(self, order: RefundOrder) -> RefundState:
        refunded = (
            update(SandboxPayment)
            .where(SandboxPayment.ref == order.checkout_ref, SandboxPayment.status == "paid")
            .values(refunds=SandboxPayment.refunds.concat({order.idempotency_key: order.amount}))
        )
        async with self._database.transaction() as session:
            known = await session.execute(refunded.returning(SandboxPayment.ref))
            if known.first() is None:
                raise GatewayRefusedError(f"nothing was paid on {order.checkout_ref}")
        ref = f"{order.checkout_ref}:{order.idempotency_key}"
        return RefundState(refund_id=order.refund_id, ref=ref, status=MoneyStatus.SUCCEEDED)

    def _url(self, ref: str) -> str:
        return f"{self._public_url}/sandbox/checkout/{ref}"


def _is_of(inquiry: CheckoutInquiry) -> ColumnElement[bool]:
    return SandboxPayment.idempotency_key == checkout_key(inquiry.charge_id)


def state_of(payment: SandboxPayment) -> CheckoutState:
    order = payment.order
    return CheckoutState(
        charge_id=order["charge_id"],
        ref=payment.ref,
        status=_STATUS[payment.status],
        amount=order["amount"],
        currency=order["currency"],
    )
