"""A professional's side: hours and services, work that customers book, and the calendar that shows it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from icalendar import Calendar

from tests.journeys.visitor import Visitor, add_room, open_studio, rent_out, span, today
from tests.support.ics_text import checked_lines

pytestmark = pytest.mark.processes

DAY = today() + timedelta(days=30)


def titles(professional: Visitor, feed: str) -> dict[str, str]:
    """What a program that subscribes shows: the status of each entry by its title."""
    answer = professional.send("GET", feed[feed.index("/calendars/") :])
    checked_lines(answer.content)
    calendar: Any = Calendar.from_ical(answer.content)
    return {str(event["SUMMARY"]): str(event["STATUS"]) for event in calendar.events}


def test_work_is_booked_shown_and_cancelled(arrive: Callable[..., Visitor]) -> None:
    owner, engineer, customer = arrive("Grace", "Hall"), arrive("Noor", "Brass"), arrive("Tom", "Reed")
    address = open_studio(owner, "Brick Lane Sound")
    room, microphone = add_room(owner, address), rent_out(owner, address)
    joined = owner.invite(engineer, company_id=address["company_id"], role="professional")
    member = f"/team/{joined['id']}"

    hours = [{"weekday": day, "opens": "10:00", "closes": "20:00"} for day in range(7)]
    engineer.ask("PUT", f"{member}/hours", {"hours": hours})
    services = {"services": [{"name": "Recording", "minutes": 60, "amount": 4000}]}
    shown = engineer.ask("PUT", f"{member}/services", services)
    feed = engineer.ask("POST", f"{member}/calendar-feed", status=201)["url"]
    assert titles(engineer, feed) == {}

    named = {"member_id": shown["id"], "service_id": shown["services"][0]["id"]}
    wish = {"room_id": room["id"], "professional": named, "equipment_ids": [microphone]}
    late = customer.ask("POST", "/bookings", wish | span(DAY, 19), status=422)
    assert late["code"] == "professional_not_working"
    booking = customer.ask("POST", "/bookings", wish | span(DAY, 12), status=201)
    assert [(item["kind"], item["amount"]) for item in booking["items"]] == [
        ("room", 10_000), ("equipment", 1000), ("service", 8000)]  # fmt: skip
    customer.pay(booking["id"])

    (work,) = engineer.ask("GET", "/bookings/assigned")["items"]
    assert (work["id"], work["status"]) == (booking["id"], "confirmed")
    title = f"Live Room, Brick Lane Sound Studios ({booking['reference']})"
    assert titles(engineer, feed) == {title: "CONFIRMED"}

    time_off = {moment: f"{local}+00:00" for moment, local in span(DAY, 0, hours=23).items()}
    assert engineer.ask("POST", f"{member}/time-off", time_off, status=409)["code"] == "slot_taken"
    cancelled = customer.ask("POST", f"/bookings/{booking['id']}/cancel")
    assert cancelled["refund"] == cancelled["total"]
    assert engineer.ask("GET", "/bookings/assigned")["total"] == 0
    assert titles(engineer, feed) == {title: "CANCELLED"}

    engineer.ask("POST", f"{member}/time-off", time_off, status=201)
    assert titles(engineer, feed) == {title: "CANCELLED", "Time off": "CONFIRMED"}
    taken = customer.ask("POST", "/bookings", wish | span(DAY, 12), status=409)
    assert (taken["code"], taken["add_ons"]) == ("add_on_taken", [{"member_id": shown["id"]}])
    customer.wait_for_refund(booking["id"], 19_000)
