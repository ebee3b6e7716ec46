"""A customer's side: what is found, booked again and again, waited for, moved, cancelled, and taken along."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from tests.journeys.visitor import Visitor, add_room, open_studio, rent_out, span, today
from tests.support.product import Product, wait_until

pytestmark = pytest.mark.processes

LONDON = ZoneInfo("Europe/London")
DAY = today() + timedelta(days=20)
SOON = datetime.now(LONDON) + timedelta(hours=30)  # half is paid back, and it is too near for the grace


def next_clock_change() -> date:
    """The first day with another offset at noon than a week before, so that a weekly series crosses it."""
    day = today() + timedelta(days=30)
    while _offset(day) == _offset(day - timedelta(days=7)):
        day += timedelta(days=1)
    return day


def _offset(day: date) -> timedelta | None:
    return datetime.combine(day, time(12), LONDON).utcoffset()


@pytest.fixture
def studio(arrive: Callable[..., Visitor]) -> dict[str, Any]:
    """With a room and a microphone to rent."""
    owner = arrive("Olive", "Mill")
    address = open_studio(owner, "Tidewater")
    return {"room": add_room(owner, address)["id"], "microphone": rent_out(owner, address)}


def test_a_band_rehearses(product: Product, arrive: Callable[..., Visitor], studio: dict[str, Any]) -> None:
    ada, ben = arrive("Ada", "King"), arrive("Ben", "Oak")
    room = {"room_id": studio["room"]}
    find_and_book_with_a_microphone(ada, studio)
    rehearse_across_the_clock_change(ada, room)
    booking = get_what_somebody_else_gives_back(ada, ben, room | span(DAY, 14))
    move_to_a_longer_time(ada, booking["id"])
    cancel_late(ada, booking["id"])
    take_it_along(ada, booking)
    assert product.wait_for_mail(ada.email, f"Your booking {booking['reference']} is cancelled")


def find_and_book_with_a_microphone(ada: Visitor, studio: dict[str, Any]) -> None:
    wish = span(DAY, 10)
    window = f"free_from={wish['starts_at']}&free_to={wish['ends_at']}"
    search = f"/search?q=tidewater&city_id=2643743&{window}"
    found = ada.ask("GET", search)
    assert [[room["id"] for room in card["rooms"]] for card in found["items"]] == [[studio["room"]]]
    starts = ada.ask("GET", f"/rooms/{studio['room']}/availability?from={DAY}&to={DAY + timedelta(days=1)}")
    assert f"{wish['starts_at']}{offset_at(DAY)}" in starts["days"][0]["starts"]
    body = wish | {"room_id": studio["room"], "equipment_ids": [studio["microphone"]]}
    quote = ada.ask("POST", "/bookings/quote", body)
    assert (quote["is_free"], quote["total"]) == (True, {"amount": 11_000, "currency": "GBP"})
    booking = ada.ask("POST", "/bookings", body, status=201)
    assert booking["total"] == quote["total"]
    ada.pay(booking["id"])
    assert ada.ask("GET", search)["items"] == []


def offset_at(day: date) -> str:
    return datetime.combine(day, time(12), LONDON).isoformat()[-6:]


def rehearse_across_the_clock_change(ada: Visitor, room: dict[str, Any]) -> None:
    first = next_clock_change() - timedelta(days=7)
    weekly = room | span(first, 18) | {"rrule": "FREQ=WEEKLY;COUNT=2", "mode": "all"}
    series = ada.ask("POST", "/bookings/series", weekly, status=201)
    starts = [one["starts_at"] for one in series["occurrences"]]
    assert [start[11:19] for start in starts] == ["18:00:00", "18:00:00"]
    assert len({start[19:] for start in starts}) == 2, "the clock on the wall stays, the offset doesn't"
    for one in series["occurrences"]:
        ada.pay(one["booking_id"])
    mine = ada.ask("GET", f"/bookings?series_id={series['id']}")
    assert [one["status"] for one in mine["items"]] == ["confirmed", "confirmed"]


def get_what_somebody_else_gives_back(ada: Visitor, ben: Visitor, wish: dict[str, Any]) -> dict[str, Any]:
    taken = ben.ask("POST", "/bookings", wish, status=201)
    ben.pay(taken["id"])
    assert ada.ask("POST", "/bookings", wish, status=409)["code"] == "slot_taken"
    ada.ask("POST", "/waitlist", wish, status=201)
    ben.ask("POST", f"/bookings/{taken['id']}/cancel")

    def entry() -> dict[str, Any]:
        found: dict[str, Any] = ada.ask("GET", "/waitlist")["items"][0]
        return found

    wait_until(lambda: entry()["status"] == "offered", "the time is not offered")
    offered = entry()["booking_id"]
    assert ben.ask("POST", "/bookings", wish, status=409)["code"] == "slot_taken"
    ada.pay(offered)
    wait_until(lambda: entry()["status"] == "taken", "the offer is still open")
    return ada.ask("GET", f"/bookings/{offered}")


def move_to_a_longer_time(ada: Visitor, booking_id: int) -> None:
    """Nearer, too: half of the price is what a cancellation then pays back."""
    proposed = ada.ask("POST", f"/bookings/{booking_id}/reschedule", span(SOON.date(), SOON.hour, hours=3))
    assert proposed["proposal"]["due"] == {"amount": 5000, "currency": "GBP"}
    assert proposed["booking"]["starts_at"].startswith(DAY.isoformat())
    ada.pay(booking_id)
    moved = ada.ask("GET", f"/bookings/{booking_id}")
    assert moved["starts_at"].startswith(f"{SOON:%Y-%m-%dT%H}:00")
    assert (moved["paid"]["amount"], moved["total"]["amount"]) == (15_000, 15_000)


def cancel_late(ada: Visitor, booking_id: int) -> None:
    preview = ada.ask("GET", f"/bookings/{booking_id}/cancellation")
    assert (preview["refund_percent"], preview["refund"]["amount"]) == (50, 7500)
    cancelled = ada.ask("POST", f"/bookings/{booking_id}/cancel", {"reason": "the drummer has left"})
    assert cancelled["refund"] == preview["refund"]

    def paid_back() -> int:
        refunds = ada.ask("GET", f"/bookings/{booking_id}/payments")["refunds"]
        return sum(one["amount"]["amount"] for one in refunds if one["status"] == "succeeded")

    wait_until(lambda: paid_back() == 7500, "the refund is not carried out")


def take_it_along(ada: Visitor, cancelled: dict[str, Any]) -> None:
    feed = ada.ask("POST", "/users/me/calendar-feed", status=201)["url"]
    calendar: Any = Calendar.from_ical(ada.send("GET", feed[feed.index("/calendars/") :]).content)
    by_status = sorted(str(event["STATUS"]) for event in calendar.events)
    assert by_status == ["CANCELLED", "CONFIRMED", "CONFIRMED", "CONFIRMED"]
    export = ada.ask("GET", "/users/me/export")
    mine = {one["id"]: one["status"] for one in export["bookings"]}
    assert mine[cancelled["id"]] == "cancelled"
    assert sorted(mine.values()) == ["cancelled", "confirmed", "confirmed", "confirmed"]
