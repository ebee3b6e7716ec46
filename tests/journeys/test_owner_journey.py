"""An owner's side: a team, a room on request, an agreement, the desk, an evening called off, who did what."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.journeys.visitor import Visitor, add_room, open_studio, rent_out, span, today
from tests.support.pdf import text_of
from tests.support.product import Product, wait_until

pytestmark = pytest.mark.processes

DAY = today() + timedelta(days=30)
MONDAY = DAY - timedelta(days=DAY.weekday())


def test_a_company_is_run(product: Product, arrive: Callable[..., Visitor]) -> None:
    owner, manager, mara = arrive("Pat", "Gate"), arrive("Sol", "Desk"), arrive("Mara", "Lane")
    address = open_studio(owner, "Foundry")
    company = f"/companies/{address['company_id']}"
    add_team(owner, manager, arrive("Ines", "Horn"), address["company_id"])
    room = prepare_studio(owner, address)

    booking = sell_on_request(product, owner, manager, mara, room)
    see_it_everywhere(owner, address, booking)
    agree(manager, mara, booking["id"])
    moved = move_by_proposal(product, owner, mara, booking["id"])
    assert moved["total"] == booking["total"]
    guest = serve_at_the_desk(manager, room["id"])
    call_off_an_evening(product, owner, room["id"], [mara, arrive("Kit", "Wood")])

    listed = owner.ask("GET", f"{company}/bookings?status=confirmed")
    assert {one["id"] for one in listed["items"]} == {booking["id"], guest["id"]}
    trail = owner.ask("GET", f"{company}/audit?size=100")["items"]
    did = {(entry["action"], entry["actor_name"]) for entry in trail}
    assert {
        ("room.created", "Pat Gate"),
        ("booking.made_at_desk", "Sol Desk"),
    } <= did
    assert manager.ask("GET", f"{company}/audit", status=403)["code"]


def add_team(owner: Visitor, manager: Visitor, engineer: Visitor, company_id: int) -> None:
    owner.invite(manager, company_id=company_id, role="manager")
    owner.invite(engineer, company_id=company_id, role="professional")
    team = owner.ask("GET", f"/companies/{company_id}/team")["items"]
    assert [one["role"] for one in team] == ["manager", "professional"]


def prepare_studio(owner: Visitor, address: dict[str, Any]) -> dict[str, Any]:
    """On request, with a policy of its own, and closed for the week after."""
    rent_out(owner, address)
    week_off = {"first_date": f"{MONDAY + timedelta(days=7)}", "last_date": f"{MONDAY + timedelta(days=13)}"}
    owner.ask("POST", f"/addresses/{address['id']}/closures", week_off | {"reason": "New floor"}, status=201)
    tiers = [{"hours_before": 100, "refund_percent": 80}]
    policy = {"cancellation_policy": "custom", "cancellation_tiers": tiers}
    return add_room(owner, address, booking_mode="on_request", **policy)


def sell_on_request(
    product: Product, owner: Visitor, manager: Visitor, customer: Visitor, room: dict[str, Any]
) -> dict[str, Any]:
    closed = {"room_id": room["id"], **span(MONDAY + timedelta(days=8), 12)}
    assert customer.ask("POST", "/bookings", closed, status=422)["code"] == "outside_opening_hours"
    asked = customer.ask("POST", "/bookings", {"room_id": room["id"], **span(MONDAY, 12)}, status=201)
    assert asked["status"] == "awaiting_approval"
    assert 80 in [tier["refund_percent"] for tier in asked["cancellation_policy"]]
    product.wait_for_mail(owner.email, "Mara Lane asks for Live Room")
    assert manager.ask("POST", f"/bookings/{asked['id']}/approve")["status"] == "pending"
    customer.pay(asked["id"])
    booking = customer.ask("GET", f"/bookings/{asked['id']}")
    assert booking["status"] == "confirmed"
    return booking


def see_it_everywhere(owner: Visitor, address: dict[str, Any], booking: dict[str, Any]) -> None:
    company, week = f"/companies/{address['company_id']}", f"from={MONDAY}&to={MONDAY + timedelta(days=7)}"
    calendar = owner.ask("GET", f"/addresses/{address['id']}/calendar?{week}")
    (entry,) = calendar["rooms"][0]["entries"]
    assert (entry["booking"]["id"], entry["booking"]["customer_name"]) == (booking["id"], "Mara Lane")
    (listed,) = owner.ask("GET", f"{company}/bookings?{week}")["items"]
    assert listed["customer_name"] == "Mara Lane"
    sheet = owner.send("GET", f"{company}/bookings?{week}", Accept="text/csv").content.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(sheet, newline=""))
    assert (row["reference"], row["total"]) == (booking["reference"], "100.00")
    figures = owner.ask("GET", f"{company}/dashboard?{week}")["total"]
    assert (figures["bookings"], figures["booked_minutes"]) == (1, 120)
    assert figures["revenue"] == [{"amount": 10_000, "currency": "GBP"}]


def agree(manager: Visitor, customer: Visitor, booking_id: int) -> None:
    path = f"/bookings/{booking_id}"

    def versions() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = customer.ask("GET", f"{path}/agreement")["versions"]
        return found

    wait_until(versions, "nobody has drawn up the agreement")
    assert "Mara Lane" in text_of(customer.send("GET", f"{path}/download-agreement").content)
    read = {name: versions()[0][name] for name in ("version", "sha256")}
    for person in (customer, manager):
        person.ask("POST", f"{path}/agreement/accept", read)
    assert [one["side"] for one in versions()[0]["acceptances"]] == ["customer", "studio"]
    assert "Sol Desk" in text_of(customer.send("GET", f"{path}/download-agreement?signed=true").content)


def move_by_proposal(product: Product, owner: Visitor, customer: Visitor, booking_id: int) -> dict[str, Any]:
    """And so there is another agreement."""
    path, thursday = f"/bookings/{booking_id}", MONDAY + timedelta(days=3)
    asked = owner.ask("POST", f"{path}/reschedule", span(thursday, 16))
    assert asked["booking"]["starts_at"].startswith(f"{MONDAY}")
    product.wait_for_mail(customer.email, "Foundry Studios proposes another time")
    moved = customer.ask("POST", f"{path}/reschedule/accept")
    assert moved["proposal"] is None
    assert moved["booking"]["starts_at"].startswith(f"{thursday}T16:00")

    def versions() -> list[bool]:
        return [one["is_current"] for one in customer.ask("GET", f"{path}/agreement")["versions"]]

    wait_until(lambda: versions() == [False, True], "nobody has renewed the agreement")
    booking: dict[str, Any] = moved["booking"]
    return booking


def serve_at_the_desk(manager: Visitor, room_id: int) -> dict[str, Any]:
    guest = {"name": "Kim Okafor", "phone": "+442079460123"}
    wish = {"room_id": room_id, "guest": guest, **span(MONDAY, 9)}
    booking = manager.ask("POST", "/bookings/walk-in", wish, status=201)
    assert (booking["status"], booking["guest"]["name"]) == ("confirmed", "Kim Okafor")
    feed = manager.ask("POST", f"/rooms/{room_id}/calendar-feed", status=201)["url"]
    assert (
        f"Kim Okafor ({booking['reference']})" in manager.send("GET", feed[feed.index("/calendars/") :]).text
    )
    return booking


def call_off_an_evening(product: Product, owner: Visitor, room_id: int, fans: list[Visitor]) -> None:
    """Everybody gets their money back."""
    evening = {"room_id": room_id, "title": "Drum clinic", "capacity": 4, "seat_amount": 1500}
    event = owner.ask("POST", "/events", evening | span(MONDAY + timedelta(days=4), 18), status=201)
    seats = [fan.ask("POST", f"/events/{event['id']}/seats", {"seats": 2}, status=201) for fan in fans]
    for fan, booked in zip(fans, seats, strict=True):
        fan.pay(booked["id"])
        late = fan.ask("POST", f"/bookings/{booked['id']}/generate-agreement", status=409)
        assert late["code"] == "booking_not_confirmed"
    assert seats_of_week(owner, event) == (4, 360)
    sold_out = fans[0].ask("POST", f"/events/{event['id']}/seats", {"seats": 1}, status=409)
    assert sold_out["code"] == "sold_out"
    owner.ask("POST", f"/events/{event['id']}/cancel")
    for fan, booked in zip(fans, seats, strict=True):
        product.wait_for_mail(fan.email, "Drum clinic")
        fan.wait_for_refund(booked["id"], 3000)
        assert fan.ask("GET", f"/bookings/{booked['id']}/agreement")["versions"] == []


def seats_of_week(owner: Visitor, event: dict[str, Any]) -> tuple[int, int]:
    week = f"from={MONDAY}&to={MONDAY + timedelta(days=7)}"
    figures = owner.ask("GET", f"/companies/{event['company_id']}/dashboard?{week}")["total"]
    return figures["bookings"], figures["booked_minutes"]
