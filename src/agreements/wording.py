"""What an agreement says about a booking, in words, and what of it was agreed. Pure."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from src.agreements.models import numbered
from src.bookings import cancellation, reference
from src.bookings.cancellation import Step
from src.bookings.models import Booking
from src.core import money
from src.core.lettering import needs_other_letters, printable

MINUTES_OF_HOUR = 60
PEOPLE = {1: "1 person"}


def terms_sha256(booking: Booking) -> bytes:
    """Of what was agreed. A new name of the room or the studio, or of a person, makes no other agreement."""
    terms = {
        "customer_id": booking.customer_id,
        "guest": booking.guest_name,
        "room_id": booking.room_id,
        "starts_at": booking.starts_at.astimezone(UTC),
        "ends_at": booking.ends_at.astimezone(UTC),
        "currency": booking.currency,
        "total_amount": booking.total_amount,
        "items": booking.items,
        "cancellation_policy": booking.cancellation_policy,
    }
    return hashlib.sha256(orjson.dumps(terms, option=orjson.OPT_SORT_KEYS)).digest()


def content_of(facts: Any) -> dict[str, Any]:
    """What the template is filled with, from a row of `repository.find_facts`: texts that are printed as they are."""
    booking, address, company, customer = facts.Booking, facts.Address, facts.Company, facts.User
    zone = ZoneInfo(address.timezone)
    typed = {
        "company": company.name,
        "studio": address.name,
        "place": ", ".join(part for part in (address.street, facts.city, facts.country) if part),
        "customer": f"{customer.firstname} {customer.lastname}" if customer else booking.guest_name,
        "email": (customer.email if customer else booking.guest_email) or "",
        "room": facts.Room.name,
    }
    return {
        **{name: printable(text) for name, text in typed.items()},
        "is_romanised": any(needs_other_letters(text) for text in typed.values()),
        "reference": reference.encode(booking.id),
        "when": period(booking.starts_at, booking.ends_at, zone),
        "zone": zone_name(booking.starts_at, booking.ends_at, zone),
        "length": length(booking.ends_at - booking.starts_at),
        "capacity": PEOPLE.get(facts.Room.capacity, f"{facts.Room.capacity} people"),
        "items": [_line(item, booking.currency) for item in booking.items],
        "total": money.display(booking.total_amount, booking.currency),
        "tax": _tax(booking),
        "refunds": refunds(_steps(booking), zone),
    }


def of_version(
    content: dict[str, Any], *, booking_id: int, version: int, drawn_up: datetime
) -> dict[str, Any]:
    """The same with what only this version has."""
    number = numbered(booking_id, version)
    return {**content, "number": number, "title": f"Agreement {number}", "drawn_up": moment_in_utc(drawn_up)}


def moment_in_utc(instant: datetime) -> str:
    return f"{_day(instant.astimezone(UTC))}, {instant.astimezone(UTC):%H:%M} UTC"


def period(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    starts, ends = starts_at.astimezone(zone), ends_at.astimezone(zone)
    end = f"{ends:%H:%M}" if starts.date() == ends.date() else _moment(ends)
    return f"{_moment(starts)} to {end}"


def zone_name(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    """With its offset, and both where the clocks change in between."""
    first, last = (instant.astimezone(zone).isoformat()[-6:] for instant in (starts_at, ends_at))
    offsets = f"UTC{first}" if first == last else f"UTC{first} at the start, UTC{last} at the end"
    return f"{zone.key} ({offsets})"


def length(duration: timedelta) -> str:
    hours, minutes = divmod(int(duration / timedelta(minutes=1)), MINUTES_OF_HOUR)
    return " ".join([f"{hours} h"] * (hours > 0) + [f"{minutes} min"] * (minutes > 0))


def refunds(steps: Iterable[Step], zone: ZoneInfo) -> list[dict[str, str]]:
    """The policy with its real dates."""
    rows: list[dict[str, str]] = []
    for step in steps:
        deadline = _moment(step.until.astimezone(zone))
        until = f"after that, until {deadline}" if rows else f"until {deadline}"
        rows.append({"when": until, "refund": f"{step.percent} %"})
    return [*rows, {"when": "later than that" if rows else "at any time", "refund": "nothing"}]


def _steps(booking: Booking) -> list[Step]:
    """As they were when the booking was made."""
    policy, made_at = cancellation.thaw(booking.cancellation_policy), booking.created_at
    return cancellation.steps(policy, starts_at=booking.starts_at, made_at=made_at, now=made_at)


def _line(item: dict[str, Any], currency: str) -> dict[str, str]:
    return {
        "description": printable(item["description"]),
        "quantity": str(item["quantity"]),
        "unit_amount": money.display(item["unit_amount"], currency),
        "amount": money.display(item["amount"], currency),
    }


def _tax(booking: Booking) -> dict[str, str] | None:
    """What of the total is tax, unless it has a line of its own."""
    has_line = any(item["kind"] == "tax" for item in booking.items)
    if has_line or not booking.tax_amount:
        return None
    return {"name": "of which tax", "amount": money.display(booking.tax_amount, booking.currency)}


def _moment(wall: datetime) -> str:
    return f"{wall:%A}, {_day(wall)}, {wall:%H:%M}"


def _day(wall: datetime) -> str:
    return f"{wall.day} {wall:%B %Y}"
