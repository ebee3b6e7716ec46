"""A gateway of our own that takes no money: a hosted page where a person pays, fails or walks away.

The default without keys, refused in production. It keeps its state in a table, as a provider would on its side.
"""

import secrets
from dataclasses import asdict

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from src.core.database import Database
from src.payments.gateways.base import Checkout, CheckoutOrder, GatewayError, RefundOrder
from src.payments.models import SandboxPayment


class SandboxGateway:
    name = "sandbox"

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
        return Checkout(ref=ref, url=f"{self._public_url}/sandbox/checkout/{ref}")

    async def refund(self, order: RefundOrder) -> str:
        refunded = (
            update(SandboxPayment)
            .where(SandboxPayment.ref == order.checkout_ref, SandboxPayment.status == "paid")
            .values(refunds=SandboxPayment.refunds.concat({order.idempotency_key: order.amount}))
        )
        async with self._database.transaction() as session:
            known = await session.execute(refunded.returning(SandboxPayment.ref))
            if known.first() is None:
                raise GatewayError(f"nothing was paid on {order.checkout_ref}")
        return f"{order.checkout_ref}:{order.idempotency_key}"
