"""A small Stripe on loopback: sessions, payments, refunds, disputes, accounts, transfers, signed events.

As strict as the real one where we could go wrong: it checks the key, the parameters, the idempotency keys, that a
session lasts half an hour, that no more goes back than was paid and nothing of a disputed charge.
"""

import hashlib
import hmac
import json
import re
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tests.support.fakes.server import FakeProvider, ProviderError, Work
from tests.support.fakes.stripe_wire import Thing, get, nested, page, require

SECRET_KEY = "sk_test_of_the_fake"
WEBHOOK_SECRET = "whsec_of_the_fake"
HALF_AN_HOUR = 1800
A_DAY = 24 * 3600
# What a real session would have to be told in the clock's own seconds is allowed to be so much off.
NETWORK_SECONDS = 1


ALLOWED = {
    "sessions": {
        "mode", "client_reference_id", "line_items", "expires_at", "success_url", "cancel_url", "metadata",
        "payment_intent_data",
    },
    "refunds": {"payment_intent", "amount", "metadata"},
    "accounts": {"type", "country", "email", "capabilities", "metadata"},
    "account_links": {"account", "type", "return_url", "refresh_url"},
    "transfers": {"amount", "currency", "destination", "transfer_group", "metadata"},
    "reversals": {"amount", "metadata"},
    "expire": set(),
}  # fmt: skip


class FakeStripe(FakeProvider):
    def reset(self) -> None:
        super().reset()
        self.sessions: dict[str, Thing] = {}
        self.intents: dict[str, Thing] = {}
        self.refunds: dict[str, Thing] = {}
        self.disputes: dict[str, Thing] = {}
        self.accounts: dict[str, Thing] = {}
        self.transfers: dict[str, Thing] = {}
        self.reversals: dict[str, Thing] = {}
        self.events: list[Thing] = []
        # What Stripe keeps of a payment and of a lost dispute, and whether it says so only later.
        self.fee = self.dispute_fee = 0
        self.books_fees_late = False
        self.refund_status = "succeeded"
        self.is_short_of_money = False
        # What the key may not do: the last words of addresses.
        self.forbidden: set[str] = set()

    def routes(self) -> list[BaseRoute]:
        return [
            self._route("/v1/checkout/sessions", POST=self._create_session, GET=self._list_sessions),
            self._route("/v1/checkout/sessions/{id}", GET=self._get_session),
            self._route("/v1/checkout/sessions/{id}/expire", POST=self._expire_session),
            self._route("/v1/refunds", POST=self._create_refund, GET=self._list_refunds),
            self._route("/v1/refunds/{id}", GET=lambda r, _: get(self.refunds, r)),
            self._route("/v1/disputes", GET=self._list_disputes),
            self._route("/v1/disputes/{id}", GET=lambda r, _: get(self.disputes, r)),
            self._route("/v1/accounts", POST=self._create_account),
            self._route("/v1/accounts/{id}", GET=self._get_account),
            self._route("/v1/account_links", POST=self._create_link),
            self._route("/v1/transfers", POST=self._create_transfer, GET=self._list_transfers),
            self._route("/v1/transfers/{id}/reversals", POST=self._create_reversal, GET=self._list_reversals),
        ]

    # What people and banks do there.

    def pay(self, ref: str) -> None:
        """The customer pays on the page with a card."""
        self._complete(ref, "paid", "succeeded")

    def pay_slowly(self, ref: str) -> None:
        """With a bank debit: it will be known later whether the money comes."""
        self._complete(ref, "unpaid", "processing")

    def decide(self, ref: str, *, is_paid: bool) -> None:
        session = self.sessions[ref]
        intent = self.intents[session["payment_intent"]]
        assert intent["status"] == "processing"
        intent["status"] = "succeeded" if is_paid else "requires_payment_method"
        if is_paid:
            self._paid(intent)
        session["payment_status"] = "paid" if is_paid else "unpaid"
        outcome = "succeeded" if is_paid else "failed"
        self.tell(f"checkout.session.async_payment_{outcome}", session)

    def time_out(self, ref: str) -> None:
        self.sessions[ref].update(status="expired", url=None)
        self.tell("checkout.session.expired", self.sessions[ref])

    def dispute(
        self,
        payment_ref: str,
        *,
        amount: int | None = None,
        status: str = "needs_response",
        days_ago: int = 0,
    ) -> str:
        intent = self.intents[payment_ref]
        intent["disputed"] = True
        dispute = {
            "id": self.new_id("dp_"),
            "object": "dispute",
            "created": int(time.time()) - days_ago * A_DAY,
            "amount": amount or intent["amount"],
            "currency": intent["currency"],
            "payment_intent": payment_ref,
            "reason": "fraudulent",
            "status": status,
            "evidence_details": {"due_by": int(time.time()) + 7 * A_DAY},
            "balance_transactions": [],
            "metadata": {},
        }
        self.disputes[dispute["id"]] = dispute
        self.tell("charge.dispute.created", dispute)
        if not status.startswith("warning_"):
            dispute["balance_transactions"] = [self._transaction(-dispute["amount"], self.dispute_fee)]
            self.tell("charge.dispute.funds_withdrawn", dispute)
        return str(dispute["id"])

    def decide_dispute(self, ref: str, status: str) -> None:
        dispute = self.disputes[ref]
        dispute["status"] = status
        self.intents[dispute["payment_intent"]]["disputed"] = status == "lost"
        if status == "won":
            self.tell("charge.dispute.funds_reinstated", dispute)
        self.tell("charge.dispute.closed", dispute)

    def onboard(self, ref: str) -> None:
        """The owner has answered everything that Stripe wanted to know."""
        account = self.accounts[ref]
        account.update(details_submitted=True, payouts_enabled=True)
        account["capabilities"]["transfers"] = "active"
        self.tell("account.updated", account, account=ref)

    def restrict(self, ref: str) -> None:
        """The account can't receive any more until its owner has answered something."""
        account = self.accounts[ref]
        account.update(payouts_enabled=False)
        account["capabilities"]["transfers"] = "inactive"
        self.tell("account.updated", account, account=ref)

    def book_fees(self) -> None:
        """What a payment has cost is known seconds after it."""
        for intent in self.intents.values():
            charge = intent["latest_charge"]
            if charge is not None and charge["balance_transaction"] is None:
                charge["balance_transaction"] = self._transaction(intent["amount"], self.fee)
                self.tell("charge.updated", charge)

    def _transaction(self, amount: int, fee: int) -> Thing:
        return {"id": self.new_id("txn_"), "object": "balance_transaction", "amount": amount, "fee": fee,
                "currency": "gbp"}  # fmt: skip

    def _paid(self, intent: Thing) -> None:
        intent["latest_charge"] = {
            "id": self.new_id("ch_"),
            "object": "charge",
            "payment_intent": intent["id"],
            "balance_transaction": None
            if self.books_fees_late
            else self._transaction(intent["amount"], self.fee),
        }

    def fail_refund(self, ref: str) -> None:
        refund = self.refunds[ref]
        refund.update(status="failed", failure_reason="expired_or_canceled_card")
        self.tell("refund.failed", refund)

    def succeed_refund(self, ref: str) -> None:
        self.refunds[ref]["status"] = "succeeded"
        self.tell("refund.updated", self.refunds[ref])

    def tell(self, kind: str, thing: Thing, **more: Any) -> None:
        self.events.append(
            {
                "id": self.new_id("evt_"),
                "object": "event",
                "type": kind,
                "created": int(time.time()),
                "livemode": False,
                "data": {"object": json.loads(json.dumps(thing))},
                **more,
            }
        )

    def received(self) -> int:
        return sum(intent["amount"] for intent in self.intents.values() if intent["status"] == "succeeded")

    def returned(self) -> int:
        return sum(refund["amount"] for refund in self.refunds.values() if refund["status"] == "succeeded")

    # What the API does.

    def _create_session(self, _: Request, params: Thing) -> Thing:
        now = time.time()
        (line,) = params["line_items"].values()
        price = line["price_data"]
        require(params.get("mode") == "payment", "mode")
        require(price["currency"].islower() and len(price["currency"]) == 3, "currency")
        require(int(price["unit_amount"]) >= 50, "unit_amount", "amount_too_small")
        expires_at = int(params["expires_at"])
        require(expires_at >= now + HALF_AN_HOUR - NETWORK_SECONDS, "expires_at")
        require(expires_at <= now + A_DAY, "expires_at")
        ref = self.new_id("cs_test_")
        session = {
            "id": ref,
            "object": "checkout.session",
            "created": int(now),
            "expires_at": expires_at,
            "mode": "payment",
            "status": "open",
            "payment_status": "unpaid",
            "payment_intent": None,
            "client_reference_id": params.get("client_reference_id"),
            "amount_total": int(price["unit_amount"]) * int(line["quantity"]),
            "currency": price["currency"],
            "metadata": params.get("metadata", {}),
            "url": f"https://checkout.stripe.example/{ref}",
        }
        self.sessions[ref] = session
        return session

    def _get_session(self, request: Request, params: Thing) -> Thing:
        return self._expanded(get(self.sessions, request), params)

    def _list_sessions(self, _: Request, params: Thing) -> Thing:
        created = params.get("created", {})
        found = [
            self._expanded(session, {"expand": {"0": "payment_intent.latest_charge.balance_transaction"}})
            for session in reversed(self.sessions.values())
            if int(created.get("gte", 0)) <= session["created"] <= int(created.get("lte", 2**40))
            and params.get("payment_intent") in {None, session["payment_intent"]}
        ]
        return page(found, params, "/v1/checkout/sessions")

    def _expanded(self, session: Thing, params: Thing) -> Thing:
        """As far as we ask for it: the payment, its charge, and what that has cost."""
        is_wanted = "payment_intent.latest_charge.balance_transaction" in params.get("expand", {}).values()
        intent = self.intents.get(session["payment_intent"] or "")
        return session | {"payment_intent": intent} if is_wanted and intent else session

    def _expire_session(self, request: Request, _: Thing) -> Thing:
        session = get(self.sessions, request)
        require(session["status"] == "open", "status", "checkout_session_not_open")
        self.time_out(session["id"])
        return session

    def _complete(self, ref: str, payment_status: str, intent_status: str) -> None:
        session = self.sessions[ref]
        assert session["status"] == "open", f"nobody can pay on a page that is {session['status']}"
        intent = {
            "id": self.new_id("pi_"),
            "object": "payment_intent",
            "amount": session["amount_total"],
            "currency": session["currency"],
            "status": intent_status,
            "metadata": session["metadata"],
            "disputed": False,
            "latest_charge": None,
        }
        if intent_status == "succeeded":
            self._paid(intent)
        self.intents[intent["id"]] = intent
        session.update(
            status="complete", payment_status=payment_status, payment_intent=intent["id"], url=None
        )
        self.tell("checkout.session.completed", session)

    def _create_refund(self, _: Request, params: Thing) -> Thing:
        intent = self.intents.get(params["payment_intent"])
        require(intent is not None and intent["status"] == "succeeded", "payment_intent", "resource_missing")
        assert intent is not None
        require(not intent["disputed"], "payment_intent", "charge_disputed")
        sent = sum(
            refund["amount"]
            for refund in self.refunds.values()
            if refund["payment_intent"] == intent["id"] and refund["status"] != "failed"
        )
        amount = int(params["amount"])
        require(0 < amount <= intent["amount"] - sent, "amount", "charge_already_refunded")
        refund = {
            "id": self.new_id("re_"),
            "object": "refund",
            "amount": amount,
            "currency": intent["currency"],
            "payment_intent": intent["id"],
            "status": self.refund_status,
            "metadata": params.get("metadata", {}),
        }
        self.refunds[refund["id"]] = refund
        self.tell("refund.created", refund)
        return refund

    def _list_refunds(self, _: Request, params: Thing) -> Thing:
        found = [
            refund
            for refund in reversed(self.refunds.values())
            if refund["payment_intent"] == params["payment_intent"]
        ]
        return page(found, params, "/v1/refunds")

    def _list_disputes(self, _: Request, params: Thing) -> Thing:
        found = [
            dispute
            for dispute in reversed(self.disputes.values())
            if dispute["created"] >= int(params["created"]["gte"])
        ]
        return page(found, params, "/v1/disputes")

    def _create_account(self, _: Request, params: Thing) -> Thing:
        require(params.get("type") == "express", "type")
        require(re.fullmatch("[A-Z]{2}", params.get("country", "")) is not None, "country")
        account = {
            "id": self.new_id("acct_"),
            "object": "account",
            "country": params["country"],
            "email": params["email"],
            "details_submitted": False,
            "payouts_enabled": False,
            "capabilities": {"transfers": "inactive"},
            "metadata": params.get("metadata", {}),
        }
        self.accounts[account["id"]] = account
        return account

    def _get_account(self, request: Request, _: Thing) -> Thing:
        """What is no account of the platform's, or not any more, is forbidden rather than missing."""
        ref = request.path_params["id"]
        if ref not in self.accounts:
            raise ProviderError(
                403,
                self.error_body(
                    "invalid_request_error", f"no access to account {ref}", code="account_invalid"
                ),
            )
        return self.accounts[ref]

    def _create_link(self, _: Request, params: Thing) -> Thing:
        require(params["account"] in self.accounts, "account", "resource_missing")
        url = f"https://connect.stripe.example/setup/{params['account']}"
        return {"object": "account_link", "url": url, "expires_at": int(time.time()) + 300}

    def _create_transfer(self, _: Request, params: Thing) -> Thing:
        account = self.accounts.get(params["destination"])
        require(account is not None, "destination", "resource_missing")
        assert account is not None
        is_active = account["capabilities"]["transfers"] == "active"
        require(is_active, "destination", "insufficient_capabilities_for_transfer")
        require(not self.is_short_of_money, "amount", "balance_insufficient")
        transfer = {
            "id": self.new_id("tr_"),
            "object": "transfer",
            "amount": int(params["amount"]),
            "amount_reversed": 0,
            "currency": params["currency"],
            "destination": params["destination"],
            "transfer_group": params.get("transfer_group"),
            "metadata": params.get("metadata", {}),
        }
        self.transfers[transfer["id"]] = transfer
        return transfer

    def _list_transfers(self, _: Request, params: Thing) -> Thing:
        found = [
            transfer
            for transfer in reversed(self.transfers.values())
            if transfer["transfer_group"] == params["transfer_group"]
        ]
        return page(found, params, "/v1/transfers")

    def _create_reversal(self, request: Request, params: Thing) -> Thing:
        transfer = get(self.transfers, request)
        amount = int(params["amount"])
        require(transfer["destination"] in self.accounts, "destination", "account_closed")
        require(0 < amount <= transfer["amount"] - transfer["amount_reversed"], "amount")
        transfer["amount_reversed"] += amount
        reversal = {
            "id": self.new_id("trr_"),
            "object": "transfer_reversal",
            "amount": amount,
            "transfer": transfer["id"],
            "metadata": params.get("metadata", {}),
        }
        self.reversals[reversal["id"]] = reversal
        return reversal

    def _list_reversals(self, request: Request, params: Thing) -> Thing:
        ref = request.path_params["id"]
        found = [reversal for reversal in reversed(self.reversals.values()) if reversal["transfer"] == ref]
        return page(found, params, f"/v1/transfers/{ref}/reversals")

    # How it speaks.

    def _route(self, path: str, **works: Work) -> Route:
        async def answer(request: Request) -> Response:
            params = nested(await self._pairs(request))
            if request.headers.get("authorization") != f"Bearer {SECRET_KEY}":
                return JSONResponse(self.error_body("invalid_request_error", "Invalid API Key"), 401)
            kind = path.rsplit("/", 1)[-1]
            if kind in self.forbidden:
                message = "The provided key does not have the required permissions"
                return JSONResponse(self.error_body("invalid_request_error", message), 403)
            unknown = set(params) - ALLOWED.get(kind, set()) - {"expand"}
            if request.method == "POST" and unknown:
                body = self.error_body("invalid_request_error", f"Received unknown parameter: {unknown}")
                return JSONResponse(body, 400)
            key = request.headers.get("idempotency-key") if request.method == "POST" else None
            return await self.handle(request, params, key, works[request.method])

        return Route(path, answer, methods=list(works))

    @staticmethod
    async def _pairs(request: Request) -> list[tuple[str, str]]:
        if request.method == "GET":
            return list(request.query_params.multi_items())
        return [(name, str(value)) for name, value in (await request.form()).multi_items()]

    def error_body(self, kind: str, message: str, **more: str) -> Thing:
        return {"error": {"type": kind, "message": message, **more}}

    def key_reused_body(self) -> Thing:
        return self.error_body(
            "idempotency_error", "Keys can only be used with the parameters they were first"
        )


def sign(event: Thing, *, secret: str = WEBHOOK_SECRET, age: int = 0) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a delivery, `age` seconds old."""
    body = json.dumps(event, indent=2).encode()
    timestamp = int(time.time()) - age
    signature = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return body, {
        "Stripe-Signature": f"t={timestamp},v1={signature}",
        "Content-Type": "application/json; charset=utf-8",
    }
