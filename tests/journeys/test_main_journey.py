"""The main journey over a real socket against the real API, worker and beat, with its documented fields."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.journeys.visitor import Visitor
from tests.support.product import Product, plain_text, wait_until

LONDON = ZoneInfo("Europe/London")

pytestmark = pytest.mark.processes


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


def starts_on(visitor: Visitor, room_id: int, day: date) -> list[str]:
    period = f"from={day}&to={day + timedelta(days=1)}&duration=120"
    answer = visitor.ask("GET", f"/rooms/{room_id}/availability?{period}")
    assert answer["timezone"] == "Europe/London"
    assert [day_["date"] for day_ in answer["days"]] == [day.isoformat()]
    starts: list[str] = answer["days"][0]["starts"]
    return starts


def test_a_customer_finds_holds_pays_and_cancels(product: Product, owner: Visitor, customer: Visitor) -> None:
    owner.sign_up()
    room = open_a_studio(owner)
    customer.sign_up()

    day = datetime.now(LONDON).date() + timedelta(days=30)
    six, nine = (datetime.combine(day, time(hour), LONDON) for hour in (18, 21))
    assert six.isoformat() in starts_on(customer, room["id"], day)
    wish = {"room_id": room["id"], "starts_at": six.isoformat(), "ends_at": nine.isoformat()}
    quote = customer.ask("POST", "/bookings/quote", wish)
    assert quote["total"] == {"amount": 15000, "currency": "GBP"}
    assert sum(item["amount"] for item in quote["items"]) == 15000

    booking = customer.ask("POST", "/bookings", wish, status=201)
    assert (booking["status"], booking["starts_at"]) == ("pending", six.isoformat())
    assert booking["total"] == quote["total"]
    remaining = datetime.fromisoformat(booking["expires_at"]) - datetime.now(UTC)
    assert 29 * 60 < remaining.total_seconds() <= 30 * 60
    assert owner.ask("POST", "/bookings", wish, status=409)["code"] == "slot_taken"
    assert six.isoformat() not in starts_on(customer, room["id"], day)

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
    assert f"{six:%A, %B} {six.day}, {six:%Y}, 6:00 PM" in plain_text(for_customer)
    product.wait_for_mail(owner.email, "New booking")

    cancelled = customer.ask("POST", f"/bookings/{booking['id']}/cancel", {"reason": "the singer has a cold"})
    assert cancelled["status"] == "cancelled"
    assert cancelled["refund"] == {"amount": 15000, "currency": "GBP"}
    assert six.isoformat() in starts_on(customer, room["id"], day)

    def is_refunded() -> bool:
        refunds = customer.ask("GET", f"/bookings/{booking['id']}/payments")["refunds"]
        return [refund["status"] for refund in refunds] == ["succeeded"]

    wait_until(is_refunded, "the refund is not carried out")
    product.wait_for_mail(customer.email, f"Your booking {booking['reference']} is cancelled")
    product.wait_for_mail(owner.email, "Cancelled")
    assert len(product.mails_to(customer.email)) == 4  # confirm, welcome, booked, cancelled: each once
