"""Payment links on which customers pay a seller."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final

from square import AsyncSquare
from square.types.order import Order
from square.types.payment import Payment

from src.payments.gateways.base import (
    Checkout,
    CheckoutInquiry,
    CheckoutOrder,
    CheckoutState,
    CheckoutStatus,
    GatewayError,
    NotConnectedError,
    Seller,
    checkout_key,
)
from src.payments.gateways.square.seller import SellerAccount, money_of

CLOCK_SKEW: Final = timedelta(minutes=1)
# An order that was cut off reached Square within that time, or never.
LONGEST_DELIVERY: Final = timedelta(minutes=10)


class Checkouts(SellerAccount):
    async def open_checkout(self, order: CheckoutOrder) -> Checkout:
        seller = await self._seller(order.company_id)
        if seller.location_ref is None:
            raise NotConnectedError
        options: dict[str, Any] = {"redirect_url": order.return_url, "allow_tipping": False}
        if order.fee_amount:
            options["app_fee_money"] = money_of(order.fee_amount, order.currency)
        made = await self._ask(
            seller,
            lambda client: client.checkout.payment_links.create(
                idempotency_key=self._tag(order.idempotency_key),
                order={
                    "location_id": seller.location_ref or "",
                    "reference_id": self._tag(order.idempotency_key),
                    "line_items": [
                        {
                            "name": order.description,
                            "quantity": "1",
                            "base_price_money": money_of(order.amount, order.currency),
                        }
                    ],
                },
                checkout_options=options,
            ),
        )
        link = made.payment_link
        if link is None or link.order_id is None or link.url is None:
            raise GatewayError("Square made no payment link")
        return Checkout(ref=link.order_id, url=link.url, page_ref=link.id)

    async def find_checkout(self, inquiry: CheckoutInquiry) -> CheckoutState | None:
        seller = await self._seller(inquiry.company_id)
        order = (
            await self._search(seller, inquiry)
            if inquiry.ref is None
            else await self._order(seller, inquiry.ref)
        )
        return None if order is None else await self._state(seller, order)

    async def close_checkout(self, inquiry: CheckoutInquiry) -> CheckoutState | None:
        state = await self.find_checkout(inquiry)
        if state is None or state.status is not CheckoutStatus.OPEN:
            return state
        seller = await self._seller(inquiry.company_id)
        page_ref = inquiry.page_ref or await self._page_of(seller, state.ref)
        if page_ref is not None:
            await self._ask(seller, lambda client: client.checkout.payment_links.delete(page_ref))
        return await self._state(seller, await self._order(seller, state.ref))

    async def _order(self, seller: Seller, ref: str) -> Order:
        order: Order | None = (await self._ask(seller, lambda client: client.orders.get(ref))).order
        if order is None:
            raise GatewayError(f"Square does not tell the order {ref}")
        return order

    async def _search(self, seller: Seller, inquiry: CheckoutInquiry) -> Order | None:
        wanted = self._tag(checkout_key(inquiry.charge_id))
        span: Any = {
            "start_at": (inquiry.ordered_at - CLOCK_SKEW).isoformat(),
            "end_at": (inquiry.ordered_at + LONGEST_DELIVERY).isoformat(),
        }

        async def find(client: AsyncSquare) -> Order | None:
            more: dict[str, Any] = {}
            while True:
                found = await client.orders.search(
                    location_ids=[seller.location_ref or ""],
                    query={"filter": {"date_time_filter": {"created_at": span}}},
                    limit=500,
                    **more,
                )
                orders: list[Order] = found.orders or []
                for order in orders:
                    if order.reference_id == wanted:
                        return order
                if not found.cursor:
                    return None
                more = {"cursor": found.cursor}

        return await self._ask(seller, find)

    async def _page_of(self, seller: Seller, order_ref: str) -> str | None:
        async def find(client: AsyncSquare) -> str | None:
            links: AsyncIterator[Any] = await client.checkout.payment_links.list(limit=100)
            async for link in links:
                if link.order_id == order_ref:
                    return str(link.id)
            return None

        return await self._ask(seller, find)

    async def _state(self, seller: Seller, order: Order) -> CheckoutState | None:
        charge_id = self._ours(order.reference_id, "charge")
        if charge_id is None or order.id is None:
            return None
        payments = [
            await self._payment(seller, tender.payment_id)
            for tender in order.tenders or ()
            if tender.payment_id
        ]
        paid = next((payment for payment in payments if payment.status == "COMPLETED"), None)
        total = (paid.total_money if paid else order.total_money) or None
        return CheckoutState(
            charge_id=charge_id,
            ref=order.id,
            status=_checkout_status(order, payments),
            amount=(total.amount if total else None) or 0,
            currency=str(total.currency if total else ""),
            payment_ref=paid.id if paid else None,
        )


def _checkout_status(order: Order, payments: list[Payment]) -> CheckoutStatus:
    statuses = {payment.status for payment in payments}
    if "COMPLETED" in statuses:
        return CheckoutStatus.PAID
    if statuses & {"APPROVED", "PENDING"}:
        return CheckoutStatus.PROCESSING
    return CheckoutStatus.ENDED if order.state == "CANCELED" else CheckoutStatus.OPEN
