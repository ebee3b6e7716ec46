"""People at a client, and the studios that they open: nothing but the API, as anybody has it."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import httpx

from tests.support.product import Product, plain_text, token_in, wait_until

PASSWORD = "a quiet place to play"


class Visitor:
    """A person at a client: keeps the token of the last log-in."""

    def __init__(self, product: Product, email: str, firstname: str = "Ada", lastname: str = "Byron") -> None:
        self.email = email
        self._name = {"firstname": firstname, "lastname": lastname}
        self._product = product
        self._http = httpx.Client(base_url=f"{product.url}/api/v1", timeout=20)

    def ask(self, method: str, path: str, body: Any = None, *, status: int = 200) -> dict[str, Any]:
        document: dict[str, Any] = self.send(method, path, body, status=status).json()
        return document

    def send(
        self, method: str, path: str, body: Any = None, *, status: int = 200, **headers: str
    ) -> httpx.Response:
        content = {} if method == "POST" and body is None else body
        answer = self._http.request(method, path, json=content, headers=headers)
        assert answer.status_code == status, answer.text
        return answer

    def close(self) -> None:
        self._http.close()

    def sign_up(self) -> None:
        registration = {"email": self.email, "password": PASSWORD, **self._name}
        self.ask("POST", "/auth/register", registration, status=201)
        mail = self._product.wait_for_mail(self.email, "Confirm")
        self.ask("POST", "/auth/verify-email", {"token": token_in(mail)})
        tokens = self.ask("POST", "/auth/login", {"email": self.email, "password": PASSWORD})
        assert {"access_token", "refresh_token", "token_type", "expires_in", "user"} <= tokens.keys()
        self._http.headers["Authorization"] = f"Bearer {tokens['access_token']}"

    def invite(self, newcomer: "Visitor", *, company_id: int, role: str) -> dict[str, Any]:
        """They join by the link of the mail."""
        invitation = {"email": newcomer.email, "role": role}
        self.ask("POST", f"/companies/{company_id}/team/invitations", invitation, status=201)
        mail = self._product.wait_for_mail(newcomer.email, f"{' '.join(self._name.values())} invites you")
        link = re.search(r"/team/invitations/(\S+)$", plain_text(mail), re.MULTILINE)
        assert link is not None
        return newcomer.ask("POST", f"/team/invitations/{link[1]}/accept", status=201)

    def pay(self, booking_id: int) -> None:
        """On the sandbox's page."""
        checkout = self.ask("POST", f"/bookings/{booking_id}/checkout", {"gateway": "sandbox"}, status=201)
        assert "Paid" in httpx.post(f"{checkout['url']}/pay", follow_redirects=True).text

    def wait_for_refund(self, booking_id: int, amount: int) -> None:
        def is_refunded() -> bool:
            refunds = self.ask("GET", f"/bookings/{booking_id}/payments")["refunds"]
            return [(one["amount"]["amount"], one["status"]) for one in refunds] == [(amount, "succeeded")]

        wait_until(is_refunded, "the refund is not carried out")


def open_studio(owner: Visitor, name: str) -> dict[str, Any]:
    """A draft in London, open day and night."""
    company = owner.ask("POST", "/companies", {"name": name, "currency": "GBP"}, status=201)
    place = {"street": "12 Berwick Street", "city_id": 2643743, "lat": 51.5, "lng": -0.13}
    body = {"company_id": company["id"], "name": f"{name} Studios", **place}
    address = owner.ask("POST", "/addresses", body, status=201)
    hours = [{"weekday": day, "mode": "around_the_clock"} for day in range(7)]
    return owner.ask("PUT", f"/addresses/{address['id']}/operating-hours", {"hours": hours})


def add_room(owner: Visitor, address: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """An hour for 50.00; with it the studio is open to everybody."""
    body = {"name": "Live Room", "capacity": 6, "slot_minutes": 60, "min_minutes": 60, "max_minutes": 480}
    room = owner.ask("POST", "/rooms", {"address_id": address["id"], **body, **fields}, status=201)
    prices = {"prices": [{"duration_minutes": 60, "amount": 5000}]}
    room = owner.ask("PUT", f"/rooms/{room['id']}/prices", prices)
    owner.ask("PATCH", f"/addresses/{address['id']}", {"status": "published"})
    return room


def rent_out(owner: Visitor, address: dict[str, Any]) -> int:
    """A microphone for 5.00 an hour."""
    types: Any = owner.ask("GET", "/equipment-types")
    item = {"type": types[0]["slug"], "name": "U 87", "is_included": False}
    price = {"price_amount": 500, "price_unit": "per_hour"}
    rented = owner.ask("POST", f"/addresses/{address['id']}/equipment", item | price, status=201)
    return int(rented["id"])


def today() -> date:
    return datetime.now(UTC).date()


def span(day: date, hour: int, hours: int = 2) -> dict[str, str]:
    """Of a request's body, in studio time."""
    start = datetime.combine(day, time(hour))
    return {"starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=hours)).isoformat()}
