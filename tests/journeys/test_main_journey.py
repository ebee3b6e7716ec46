"""The main journey over a real socket against the real API, worker and beat, with its documented fields."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.support.product import Product, token_in, wait_until

PASSWORD = "a quiet place to play"

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("journeys")]


class Visitor:
    """A person at a client: keeps the token of the last log-in."""

    def __init__(self, product: Product, email: str) -> None:
        self.email = email
        self._product = product
        self._http = httpx.Client(base_url=f"{product.url}/api/v1", timeout=20)

    def ask(self, method: str, path: str, body: Any = None, *, status: int = 200) -> dict[str, Any]:
        answer = self._http.request(method, path, json=body)
        assert answer.status_code == status, answer.text
        document: dict[str, Any] = answer.json()
        return document

    def close(self) -> None:
        self._http.close()

    def sign_up(self) -> None:
        registration = {"email": self.email, "password": PASSWORD, "firstname": "Ada", "lastname": "Byron"}
        self.ask("POST", "/auth/register", registration, status=201)
        mail = self._product.wait_for_mail(self.email, "Confirm")
        self.ask("POST", "/auth/verify-email", {"token": token_in(mail)})
        tokens = self.ask("POST", "/auth/login", {"email": self.email, "password": PASSWORD})
        assert {"access_token", "refresh_token", "token_type", "expires_in", "user"} <= tokens.keys()
        self._http.headers["Authorization"] = f"Bearer {tokens['access_token']}"


@pytest.fixture
def owner(product: Product) -> Iterator[Visitor]:
    with closing(Visitor(product, "owner@abbey.example")) as visitor:
        yield visitor


@pytest.fixture
def customer(product: Product) -> Iterator[Visitor]:
    with closing(Visitor(product, "ada@customers.example")) as visitor:
        yield visitor


def open_a_studio(owner: Visitor) -> dict[str, Any]:
    """From nothing to a published studio with a room."""
    company = owner.ask("POST", "/companies", {"name": "Abbey Lane", "currency": "GBP"}, status=201)
    cities: Any = owner.ask("GET", "/cities?q=lond&country=GB")
    assert cities[0]["name"] == "London"
    address = owner.ask(
        "POST",
        "/addresses",
        {
            "company_id": company["id"],
            "name": "Abbey Lane Studios",
            "street": "3 Abbey Lane",
            "city_id": cities[0]["id"],
            "lat": 51.532,
            "lng": -0.177,
        },
        status=201,
    )
    assert address["timezone"] == "Europe/London"
    assert address["slug"] == "abbey-lane-studios"
    hours = [{"weekday": day, "mode": "open", "opens": "10:00", "closes": "02:00"} for day in range(7)]
    owner.ask("PUT", f"/addresses/{address['id']}/operating-hours", {"hours": hours})
    room = owner.ask(
        "POST",
        "/rooms",
        {
            "address_id": address["id"],
            "name": "Studio Two",
            "capacity": 8,
            "slot_minutes": 60,
            "min_minutes": 60,
            "max_minutes": 480,
        },
        status=201,
    )
    prices = [{"duration_minutes": 60, "amount": 5000}, {"duration_minutes": 240, "amount": 16000}]
    owner.ask("PUT", f"/rooms/{room['id']}/prices", {"prices": prices})
    published = owner.ask("PATCH", f"/addresses/{address['id']}", {"status": "published"})
    assert published["status"] == "published"
    return room


def starts_on(visitor: Visitor, room_id: int, day: str) -> list[str]:
    following = datetime.fromisoformat(day).date().replace(day=int(day[-2:]) + 1).isoformat()
    period = f"from={day}&to={following}&duration=120"
    answer = visitor.ask("GET", f"/rooms/{room_id}/availability?{period}")
    assert answer["timezone"] == "Europe/London"
    assert [day_["date"] for day_ in answer["days"]] == [day]
    starts: list[str] = answer["days"][0]["starts"]
    return starts


def test_a_customer_finds_holds_pays_and_cancels(product: Product, owner: Visitor, customer: Visitor) -> None:
    owner.sign_up()
    room = open_a_studio(owner)
    customer.sign_up()

    starts = starts_on(customer, room["id"], "2027-03-01")
    assert "2027-03-01T18:00:00+00:00" in starts
    wish = {
        "room_id": room["id"],
        "starts_at": "2027-03-01T18:00:00+00:00",
        "ends_at": "2027-03-01T21:00:00+00:00",
    }
    quote = customer.ask("POST", "/bookings/quote", wish)
    assert quote["total"] == {"amount": 15000, "currency": "GBP"}
    assert sum(item["amount"] for item in quote["items"]) == 15000

    booking = customer.ask("POST", "/bookings", wish, status=201)
    assert booking["status"] == "pending"
    assert booking["total"] == quote["total"]
    remaining = datetime.fromisoformat(booking["expires_at"]) - datetime.now(UTC)
    assert 29 * 60 < remaining.total_seconds() <= 30 * 60
    assert owner.ask("POST", "/bookings", wish, status=409)["code"] == "slot_taken"
    assert "2027-03-01T18:00:00+00:00" not in starts_on(customer, room["id"], "2027-03-01")

    checkout = customer.ask("POST", f"/bookings/{booking['id']}/checkout", {"gateway": "sandbox"}, status=201)
    assert checkout["expires_at"] == booking["expires_at"]
    page = httpx.get(checkout["url"])
    assert "150.00 GBP" in page.text
    paid = httpx.post(f"{checkout['url']}/pay", follow_redirects=True)
    assert "Paid" in paid.text

    confirmed = customer.ask("GET", f"/bookings/{booking['id']}")
    assert confirmed["status"] == "confirmed"
    for_customer = product.wait_for_mail(customer.email, "Your booking")
    assert booking["reference"] in for_customer["Subject"]
    assert "Monday, 01 March 2027, 18:00" in str(for_customer)
    product.wait_for_mail(owner.email, "New booking")

    cancelled = customer.ask("POST", f"/bookings/{booking['id']}/cancel", {"reason": "the singer has a cold"})
    assert cancelled["status"] == "cancelled"
    assert cancelled["refund"] == {"amount": 15000, "currency": "GBP"}
    assert "2027-03-01T18:00:00+00:00" in starts_on(customer, room["id"], "2027-03-01")

    def is_refunded() -> bool:
        refunds = customer.ask("GET", f"/bookings/{booking['id']}/payments")["refunds"]
        return [refund["status"] for refund in refunds] == ["succeeded"]

    wait_until(is_refunded, "the refund is not carried out")
    product.wait_for_mail(customer.email, f"Your booking {booking['reference']} is cancelled")
    product.wait_for_mail(owner.email, "Cancelled")
    assert len(product.mails_to(customer.email)) == 4  # confirm, welcome, booked, cancelled: each once
