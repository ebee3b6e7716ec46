"""What Stripe tells us by itself: signed, and only a reason to ask for what it is about."""

from collections.abc import Mapping
from typing import Final

import orjson
import stripe
from stripe import WebhookSignature

from src.payments.gateways.base import ForgedNoticeError, Notice, State
from src.payments.gateways.stripe.account import ask
from src.payments.gateways.stripe.checkout import Checkouts
from src.payments.gateways.stripe.connect import Connect
from src.payments.gateways.stripe.disputes import Disputes
from src.payments.gateways.stripe.refunds import Refunds

OLDEST_NOTICE_SECONDS: Final = 300

_CHECKOUT, _PAYMENT, _REFUND, _DISPUTE, _ACCOUNT = "checkout", "payment", "refund", "dispute", "account"

# Events by what they are about; whichever way they are told, it is fetched.
EVENTS: Final[Mapping[str, str]] = {
    "checkout.session.completed": _CHECKOUT,
    "checkout.session.async_payment_succeeded": _CHECKOUT,
    "checkout.session.async_payment_failed": _CHECKOUT,
    "checkout.session.expired": _CHECKOUT,
    "charge.updated": _PAYMENT,
    "refund.created": _REFUND,
    "refund.updated": _REFUND,
    "refund.failed": _REFUND,
    "charge.refund.updated": _REFUND,
    "charge.dispute.created": _DISPUTE,
    "charge.dispute.updated": _DISPUTE,
    "charge.dispute.funds_withdrawn": _DISPUTE,
    "charge.dispute.funds_reinstated": _DISPUTE,
    "charge.dispute.closed": _DISPUTE,
    "account.updated": _ACCOUNT,
    "account.application.deauthorized": _ACCOUNT,
}


class Notices(Checkouts, Refunds, Disputes, Connect):
    def verify_notice(self, body: bytes, headers: Mapping[str, str]) -> Notice:
        signature = headers.get("stripe-signature", "")
        if not any(_is_signed(body, signature, secret) for secret in self._webhook_secrets):
            raise ForgedNoticeError
        try:
            event = orjson.loads(body)
            return Notice(event_id=str(event["id"]), subject=str(event["type"]))
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise ForgedNoticeError from error

    def knows(self, subject: str) -> bool:
        return subject in EVENTS

    async def fetch(self, body: bytes) -> State:
        event = orjson.loads(body)
        thing = event["data"]["object"]
        ref = thing["id"]
        match EVENTS[event["type"]]:
            case "checkout":
                return await self._state_of_session(ref)
            case "payment":
                return await self._state_of_payment(thing["payment_intent"])
            case "refund":
                return self._refund_state(await ask(self._api.refunds.retrieve_async(ref)))
            case "dispute":
                return await self.find_dispute(ref)
            case _:
                # Of an account itself: a deauthorisation's object is the application.
                return await self.find_account(event.get("account") or ref)


def _is_signed(body: bytes, signature: str, secret: str) -> bool:
    try:
        # A tolerance of 0 would mean none at all: replays of any age.
        WebhookSignature.verify_header(body.decode(), signature, secret, tolerance=OLDEST_NOTICE_SECONDS)
    except (stripe.SignatureVerificationError, UnicodeDecodeError, ValueError):
        return False
    return True
