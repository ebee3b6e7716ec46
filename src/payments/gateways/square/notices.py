"""What Square tells us by itself: signed, and only a reason to ask for what it is about."""

from collections.abc import Mapping
from typing import Final

import orjson
from square.utils.webhooks_helper import verify_signature

from src.payments.gateways.base import (
    AccountState,
    AccountStatus,
    ForgedNoticeError,
    GatewayRefusedError,
    NotConnectedError,
    Notice,
    Seller,
    State,
)
from src.payments.gateways.square.checkout import Checkouts
from src.payments.gateways.square.refunds import Refunds

_PAYMENT, _REFUND, _REVOCATION = "payment", "refund", "revocation"

EVENTS: Final[Mapping[str, str]] = {
    "payment.created": _PAYMENT,
    "payment.updated": _PAYMENT,
    "refund.created": _REFUND,
    "refund.updated": _REFUND,
    "oauth.authorization.revoked": _REVOCATION,
}


class Notices(Checkouts, Refunds):
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
