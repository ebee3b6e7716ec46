"""Square: payment links in the owner's own account, of which the platform takes its share as an app fee.

https://developer.squareup.com/reference/square. Everything is asked for with the seller's token, which is refreshed
when Square says that it is over, once.
"""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, ClassVar, Final, TypeVar

import orjson
from square import AsyncSquare
from square.types.order import Order
from square.types.payment import Payment
from square.types.payment_refund import PaymentRefund
from square.utils.webhooks_helper import verify_signature

from src.core.config import Settings
from src.payments.gateways.base import (
    AccountState,
    AccountStatus,
    Checkout,
    CheckoutInquiry,
    CheckoutOrder,
    CheckoutState,
    CheckoutStatus,
    ForgedNoticeError,
    GatewayError,
    GatewayRefusedError,
    MoneyStatus,
    NotConnectedError,
    Notice,
    RefundOrder,
    RefundState,
    Seller,
    Sellers,
    State,
    checkout_key,
)
from src.payments.gateways.square_client import ask, client_of
from src.payments.gateways.square_oauth import Location, SquareOAuth, locations_of

R = TypeVar("R")

CLOCK_SKEW: Final = timedelta(minutes=1)
LONGEST_DELIVERY: Final = timedelta(minutes=10)

_PAYMENT, _REFUND, _REVOCATION = "payment", "refund", "revocation"

EVENTS: Final[Mapping[str, str]] = {
    "payment.created": _PAYMENT,
    "payment.updated": _PAYMENT,
    "refund.created": _REFUND,
    "refund.updated": _REFUND,
    "oauth.authorization.revoked": _REVOCATION,
}

_REFUND_STATUS: Final = {
    "COMPLETED": MoneyStatus.SUCCEEDED,
    "REJECTED": MoneyStatus.FAILED,
    "FAILED": MoneyStatus.FAILED,
}


class SquareGateway:
    name: ClassVar[str] = "square"
    shortest_checkout: ClassVar[timedelta] = timedelta(0)
    is_paid_to_owner: ClassVar[bool] = True
    collects_fee: ClassVar[bool] = True

    def __init__(self, settings: Settings, sellers: Sellers) -> None:
        self._url = settings.square_api_url
        self._signature_keys = settings.square_webhook_signature_key_list
        self._notification_url = f"{settings.public_url}/api/v1/webhooks/square"
        self._sellers = sellers
        self._oauth = SquareOAuth(settings)
        # Several installations may share a seller for tests, and each counts its charges from 1.
        self._installation = hashlib.sha256(settings.public_url.encode()).hexdigest()[:8]

    async def open_checkout(self, order: CheckoutOrder) -> Checkout:
        seller = await self._seller(order.company_id)
        if seller.location_ref is None:
            raise NotConnectedError
        options: dict[str, Any] = {"redirect_url": order.return_url, "allow_tipping": False}
        if order.fee_amount:
            options["app_fee_money"] = _money(order.fee_amount, order.currency)
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
                            "base_price_money": _money(order.amount, order.currency),
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

    async def refund(self, order: RefundOrder) -> RefundState:
        seller = await self._seller(order.company_id)
        if order.payment_ref is None:
            raise GatewayRefusedError("nothing was paid that could go back")
        if order.is_repeated and (sent := await self._sent_refund(seller, order)):
            return sent
        fee: dict[str, Any] = (
            {"app_fee_money": _money(order.fee_amount, order.currency)} if order.fee_amount else {}
        )
        made = await self._ask(
            seller,
            lambda client: client.refunds.refund_payment(
                idempotency_key=self._tag(order.idempotency_key),
                payment_id=order.payment_ref,
                amount_money=_money(order.amount, order.currency),
                reason=self._tag(f"refund-{order.refund_id}"),
                **fee,
            ),
        )
        assert made.refund is not None
        return self._refund_state(made.refund)

    async def list_locations(self, company_id: int) -> tuple[Seller, list[Location]]:
        """Raises `GatewayError`, `NotConnectedError`."""
        seller = await self._seller(company_id)
        return seller, await self._ask(seller, locations_of)

    def verify_notice(self, body: bytes, headers: Mapping[str, str]) -> Notice:
        """The signature has no time in it: a replay is recognised by its event, and finds today's state."""
        signature = headers.get("x-square-hmacsha256-signature", "")
        try:
            is_signed = any(
                verify_signature(
                    request_body=body.decode(),
                    signature_header=signature,
                    signature_key=key,
                    notification_url=self._notification_url,
                )
                for key in self._signature_keys
            )
            if not is_signed:
                raise ForgedNoticeError
            event = orjson.loads(body)
            return Notice(event_id=str(event["event_id"]), subject=str(event["type"]))
        except (ValueError, KeyError, TypeError) as error:
            raise ForgedNoticeError from error

    def knows(self, subject: str) -> bool:
        return subject in EVENTS

    async def fetch(self, body: bytes) -> State:
        event = orjson.loads(body)
        merchant = event["merchant_id"]
        kind = EVENTS[event["type"]]
        seller = await self._sellers.find_by_ref(merchant)
        if kind == _REVOCATION:
            return AccountState(ref=merchant, status=await self._account_status(seller))
        if seller is None:
            return None
        ref = event["data"]["id"]
        if kind == _REFUND:
            refund = (await self._ask(seller, lambda client: client.refunds.get(ref))).refund
            return None if refund is None else self._refund_state(refund)
        payment = await self._payment(seller, ref)
        if payment.order_id is None:
            return None
        return await self._state(seller, await self._order(seller, payment.order_id))

    async def _account_status(self, seller: Seller | None) -> AccountStatus:
        """A notice of an old revocation may arrive after the owner has connected again."""
        if seller is None:
            return AccountStatus.REVOKED
        try:
            await self._ask(seller, lambda client: client.locations.list())
        except (GatewayRefusedError, NotConnectedError):
            return AccountStatus.REVOKED
        return AccountStatus.ACTIVE

    async def _seller(self, company_id: int) -> Seller:
        seller = await self._sellers.find(company_id)
        if seller is None:
            raise NotConnectedError
        return seller

    async def _ask(self, seller: Seller, call: Callable[[AsyncSquare], Awaitable[R]]) -> R:
        """With the seller's token; once more with a new one when Square takes this for over."""
        try:
            return await ask(call(client_of(self._url, seller.tokens.access)))
        except NotConnectedError:
            tokens = await self._oauth.refresh(seller.tokens.refresh)
            await self._sellers.save_tokens(seller.account_id, tokens)
            return await ask(call(client_of(self._url, tokens.access)))

    async def _order(self, seller: Seller, ref: str) -> Order:
        order: Order | None = (await self._ask(seller, lambda client: client.orders.get(ref))).order
        if order is None:
            raise GatewayError(f"Square does not tell the order {ref}")
        return order

    async def _payment(self, seller: Seller, ref: str) -> Payment:
        answer = await self._ask(seller, lambda client: client.payments.get(ref))
        payment: Payment | None = answer.payment
        if payment is None:
            raise GatewayError(f"Square does not tell the payment {ref}")
        return payment

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

    async def _sent_refund(self, seller: Seller, order: RefundOrder) -> RefundState | None:
        assert order.payment_ref is not None
        payment = await self._payment(seller, order.payment_ref)
        for ref in payment.refund_ids or ():
            refund = (await self._ask(seller, lambda client, ref=ref: client.refunds.get(ref))).refund  # type: ignore[misc]
            if refund is not None and self._refund_state(refund).refund_id == order.refund_id:
                return self._refund_state(refund)
        return None

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

    def _refund_state(self, refund: PaymentRefund) -> RefundState:
        return RefundState(
            refund_id=self._ours(refund.reason, "refund"),
            ref=refund.id,
            status=_REFUND_STATUS.get(refund.status or "", MoneyStatus.PENDING),
        )

    def _tag(self, name: str) -> str:
        """Square takes 40 characters for a reference and 45 for a key."""
        return f"{self._installation}-{name}"

    def _ours(self, tag: str | None, kind: str) -> int | None:
        number = (tag or "").removeprefix(self._tag(f"{kind}-"))
        return int(number) if number != tag and number.isascii() and number.isdigit() else None


def _checkout_status(order: Order, payments: list[Payment]) -> CheckoutStatus:
    statuses = {payment.status for payment in payments}
    if "COMPLETED" in statuses:
        return CheckoutStatus.PAID
    if statuses & {"APPROVED", "PENDING"}:
        return CheckoutStatus.PROCESSING
    return CheckoutStatus.ENDED if order.state == "CANCELED" else CheckoutStatus.OPEN


def _money(amount: int, currency: str) -> Any:
    return {"amount": amount, "currency": currency}
