"""A small Square on loopback: OAuth, locations, payment links, orders, payments, refunds, signed notifications.

As strict as the real one where we could go wrong: tokens and their end, who owns what, idempotency keys, lengths.
"""

import base64
import hashlib
import hmac
import json
import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tests.support.fakes.server import FakeProvider, ProviderError, Work

APPLICATION_ID = "sandbox-sq0idb-of-the-fake"
APPLICATION_SECRET = "sandbox-sq0csb-of-the-fake"
SIGNATURE_KEY = "signature-key-of-the-fake"
REDIRECT_URI = "http://test/api/v1/payment-accounts/square/callback"
NOTIFICATION_URL = "http://test/api/v1/webhooks/square"
MERCHANT = "MLQW3EQG2ZXY5"
TOKEN_DAYS = 30

Thing = dict[str, Any]


class FakeSquare(FakeProvider):
    def reset(self) -> None:
        super().reset()
        self.locations = [
            {"id": "LCLOSED", "name": "Old Street", "status": "INACTIVE", "currency": "GBP"},
            {"id": "LLONDON", "name": "Berwick Street", "status": "ACTIVE", "currency": "GBP"},
            {"id": "LSECOND", "name": "Dean Street", "status": "ACTIVE", "currency": "GBP"},
            {"id": "LPARIS", "name": "Rue Oberkampf", "status": "ACTIVE", "currency": "EUR"},
        ]
        self.codes: dict[str, str] = {}
        self.refresh_tokens: dict[str, str] = {}
        self.access_tokens: dict[str, str] = {}
        self.links: dict[str, Thing] = {}
        self.orders: dict[str, Thing] = {}
        self.payments: dict[str, Thing] = {}
        self.refunds: dict[str, Thing] = {}
        self.events: list[Thing] = []
        self.refund_status = "COMPLETED"

    def routes(self) -> list[BaseRoute]:
        return [
            self._route("/oauth2/token", is_open=True, POST=self._token),
            self._route("/oauth2/revoke", is_open=True, POST=self._revoke),
            self._route("/v2/locations", GET=lambda *_: {"locations": self.locations}),
            self._route("/v2/online-checkout/payment-links", POST=self._create_link, GET=self._list_links),
            self._route("/v2/online-checkout/payment-links/{id}", DELETE=self._delete_link),
            self._route("/v2/orders/search", POST=self._search_orders),
            self._route("/v2/orders/{id}", GET=lambda r, _: {"order": _get(self.orders, r)}),
            self._route("/v2/payments/{id}", GET=lambda r, _: {"payment": _get(self.payments, r)}),
            self._route("/v2/refunds", POST=self._refund),
            self._route("/v2/refunds/{id}", GET=lambda r, _: {"refund": _get(self.refunds, r)}),
        ]

    # What people do there.

    def agree(self, url: str, *, merchant: str = MERCHANT) -> str:
        """The owner lets the application in; where their browser is sent next."""
        parts = urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.url}/oauth2/authorize", url
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert query["client_id"] == APPLICATION_ID
        assert query["redirect_uri"] == REDIRECT_URI
        assert "PAYMENTS_WRITE_ADDITIONAL_RECIPIENTS" in query["scope"].split()
        code = f"sq0cgp-{secrets.token_urlsafe(12)}"
        self.codes[code] = merchant
        return f"{REDIRECT_URI}?{urlencode({'code': code, 'response_type': 'code', 'state': query['state']})}"

    def pay(self, order_id: str, status: str = "COMPLETED") -> str:
        order = self.orders[order_id]
        assert order["state"] == "OPEN", f"nobody can pay an order that is {order['state']}"
        payment = {
            "id": self.new_id("PAY"),
            "status": status,
            "order_id": order_id,
            "location_id": order["location_id"],
            "amount_money": order["total_money"],
            "total_money": order["total_money"],
            "app_fee_money": order["app_fee_money"],
            "refund_ids": [],
        }
        self.payments[payment["id"]] = payment
        order["tenders"] = [{"id": payment["id"], "type": "CARD", "payment_id": payment["id"]}]
        order["state"] = "COMPLETED" if status == "COMPLETED" else "OPEN"
        self.tell("payment.created", "payment", payment)
        self.tell("payment.updated", "payment", payment)
        return str(payment["id"])

    def decide(self, payment_id: str, status: str) -> None:
        payment = self.payments[payment_id]
        payment["status"] = status
        order = self.orders[payment["order_id"]]
        order["state"] = "COMPLETED" if status == "COMPLETED" else "OPEN"
        self.tell("payment.updated", "payment", payment)

    def end_tokens(self) -> None:
        """Every access token is over; the refresh tokens still work."""
        self.access_tokens.clear()

    def withdraw(self, merchant: str = MERCHANT) -> None:
        """The owner takes the application's permission away in their own settings."""
        self._forget(merchant)
        self.tell("oauth.authorization.revoked", "revocation", {"id": self.new_id("REV")}, merchant)

    def tell(self, kind: str, noun: str, thing: Thing, merchant: str = MERCHANT) -> None:
        self.events.append(
            {
                "merchant_id": merchant,
                "type": kind,
                "event_id": self.new_id("evt-"),
                "created_at": datetime.now(UTC).isoformat(),
                "data": {"type": noun, "id": thing["id"], "object": {noun: json.loads(json.dumps(thing))}},
            }
        )

    def received(self) -> int:
        return sum(
            payment["total_money"]["amount"]
            for payment in self.payments.values()
            if payment["status"] == "COMPLETED"
        )

    def returned(self) -> int:
        return sum(
            refund["amount_money"]["amount"]
            for refund in self.refunds.values()
            if refund["status"] == "COMPLETED"
        )

    # What the API does.

    def _token(self, _: Request, body: Thing) -> Thing:
        if (body["client_id"], body.get("client_secret")) != (APPLICATION_ID, APPLICATION_SECRET):
            raise _error(401, "UNAUTHORIZED", "client_secret")
        if body["grant_type"] == "authorization_code":
            _require(body.get("redirect_uri") == REDIRECT_URI, "redirect_uri")
            merchant = self.codes.pop(body["code"], None)
        else:
            merchant = self.refresh_tokens.get(body["refresh_token"])
        if merchant is None:
            raise _error(401, "UNAUTHORIZED", "the grant is over")
        access, refresh = f"EAAA{secrets.token_urlsafe(24)}", body.get("refresh_token")
        if refresh is None:
            refresh = f"EQAA{secrets.token_urlsafe(24)}"
            self.refresh_tokens[refresh] = merchant
        self.access_tokens[access] = merchant
        return {
            "access_token": access,
            "token_type": "bearer",
            "expires_at": (datetime.now(UTC) + timedelta(days=TOKEN_DAYS)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "merchant_id": merchant,
            "refresh_token": refresh,
        }

    def _revoke(self, request: Request, body: Thing) -> Thing:
        if request.headers.get("authorization") != f"Client {APPLICATION_SECRET}":
            raise _error(401, "UNAUTHORIZED", "Authorization")
        self._forget(body["merchant_id"])
        return {"success": True}

    def _forget(self, merchant: str) -> None:
        for tokens in (self.access_tokens, self.refresh_tokens):
            for token in [token for token, owner in tokens.items() if owner == merchant]:
                del tokens[token]

    def _create_link(self, _: Request, body: Thing) -> Thing:
        wish = body["order"]
        (item,) = wish["line_items"]
        location = next((place for place in self.locations if place["id"] == wish["location_id"]), None)
        _require(location is not None and location["status"] == "ACTIVE", "location_id")
        assert location is not None
        price = item["base_price_money"]
        _require(price["currency"] == location["currency"], "currency")
        _require(price["amount"] >= 1, "amount")
        _require(len(wish["reference_id"]) <= 40, "reference_id")
        fee = body.get("checkout_options", {}).get("app_fee_money")
        _require(fee is None or 0 < fee["amount"] <= price["amount"] * 0.9, "app_fee_money")
        order = {
            "id": self.new_id("ORDER"),
            "location_id": location["id"],
            "reference_id": wish["reference_id"],
            "line_items": wish["line_items"],
            "state": "OPEN",
            "version": 1,
            "total_money": price,
            "app_fee_money": fee,
            "created_at": datetime.now(UTC).isoformat(),
        }
        self.orders[order["id"]] = order
        link = {"id": self.new_id("LINK"), "version": 1, "order_id": order["id"]}
        link["url"] = f"https://square.link.example/{order['id']}"
        self.links[link["id"]] = link
        return {"payment_link": link}

    def _list_links(self, *_: Any) -> Thing:
        return {"payment_links": list(reversed(self.links.values()))}

    def _delete_link(self, request: Request, _: Thing) -> Thing:
        link = _get(self.links, request)
        del self.links[link["id"]]
        order = self.orders[link["order_id"]]
        if order["state"] == "OPEN" and "tenders" not in order:
            order["state"] = "CANCELED"
        return {"id": link["id"], "cancelled_order_id": order["id"]}

    def _search_orders(self, _: Request, body: Thing) -> Thing:
        span = body["query"]["filter"]["date_time_filter"]["created_at"]
        found = [
            order
            for order in self.orders.values()
            if order["location_id"] in body["location_ids"]
            and datetime.fromisoformat(span["start_at"])
            <= datetime.fromisoformat(order["created_at"])
            <= datetime.fromisoformat(span["end_at"])
        ]
        return {"orders": found}

    def _refund(self, _: Request, body: Thing) -> Thing:
        _require(len(body["idempotency_key"]) <= 45, "idempotency_key")
        payment = self.payments.get(body["payment_id"])
        _require(payment is not None and payment["status"] == "COMPLETED", "payment_id")
        assert payment is not None
        sent = sum(
            refund["amount_money"]["amount"]
            for refund in self.refunds.values()
            if refund["payment_id"] == payment["id"] and refund["status"] not in {"FAILED", "REJECTED"}
        )
        amount = body["amount_money"]["amount"]
        _require(0 < amount <= payment["total_money"]["amount"] - sent, "amount", "REFUND_AMOUNT_INVALID")
        fee = body.get("app_fee_money")
        _require(fee is None or payment["app_fee_money"] is not None, "app_fee_money")
        refund = {
            "id": self.new_id("REFUND"),
            "status": self.refund_status,
            "amount_money": body["amount_money"],
            "app_fee_money": fee,
            "payment_id": payment["id"],
            "reason": body.get("reason"),
        }
        self.refunds[refund["id"]] = refund
        payment["refund_ids"].append(refund["id"])
        self.tell("refund.created", "refund", refund)
        return {"refund": refund}

    # How it speaks.

    def _route(self, path: str, *, is_open: bool = False, **works: Work) -> Route:
        async def answer(request: Request) -> Response:
            content = await request.body()
            body = json.loads(content) if content else {}
            token = re.sub("^Bearer ", "", request.headers.get("authorization", ""))
            if not is_open and token not in self.access_tokens:
                return JSONResponse(_error(401, "UNAUTHORIZED", "token").body, 401)
            return await self.handle(request, body, body.get("idempotency_key"), works[request.method])

        return Route(path, answer, methods=list(works))

    def error_body(self, kind: str, message: str) -> Thing:
        return {"errors": [{"category": "API_ERROR", "code": kind.upper(), "detail": message}]}

    def key_reused_body(self) -> Thing:
        return self.error_body("IDEMPOTENCY_KEY_REUSED", "used before with other parameters")


def sign(
    event: Thing, *, key: str = SIGNATURE_KEY, url: str = NOTIFICATION_URL
) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a delivery."""
    body = json.dumps(event).encode()
    signature = hmac.new(key.encode(), url.encode() + body, hashlib.sha256).digest()
    return body, {
        "X-Square-HmacSha256-Signature": base64.b64encode(signature).decode(),
        "Content-Type": "application/json",
    }


def _error(status: int, code: str, detail: str) -> ProviderError:
    errors = [{"category": "INVALID_REQUEST_ERROR", "code": code, "detail": detail}]
    return ProviderError(status, {"errors": errors})


def _require(is_right: bool, detail: str, code: str = "INVALID_VALUE") -> None:  # noqa: FBT001
    if not is_right:
        raise _error(400, code, detail)


def _get(things: dict[str, Thing], request: Request) -> Thing:
    ref = request.path_params["id"]
    if ref not in things:
        raise _error(404, "NOT_FOUND", ref)
    return things[ref]
