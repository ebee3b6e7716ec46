"""Offers for pure tests, and whether a document is what its declared model says."""

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, TypeAdapter

from src.addresses.enums import HoursMode
from src.addresses.hours import OpeningPlan, WeeklyHours
from src.companies.enums import CancellationPolicy
from src.rooms.enums import BookingMode
from src.rooms.offers import Offer
from src.rooms.pricing.quotes import Terms
from src.rooms.pricing.tiers import Tier

AROUND_THE_CLOCK = OpeningPlan(tuple(WeeklyHours(day, HoursMode.AROUND_THE_CLOCK) for day in range(7)))


def daily(opens: str, closes: str) -> OpeningPlan:
    opening, closing = time.fromisoformat(opens), time.fromisoformat(closes)
    return OpeningPlan(tuple(WeeklyHours(day, HoursMode.OPEN, opening, closing) for day in range(7)))


def offer(zone: str = "Europe/London", **changes: Any) -> Offer:
    """Open daily from 10 to 22, in hours, one to twelve at a time, for 50.00 each."""
    values: dict[str, Any] = {
        "room_id": 31,
        "revision": 1,
        "address_revision": 1,
        "company_revision": 1,
        "room_name": "Live Room A",
        "address_id": 12,
        "company_id": 7,
        "currency": "GBP",
        "booking_mode": BookingMode.INSTANT,
        "cancellation_policy": CancellationPolicy.MODERATE,
        "cancellation_tiers": (),
        "resource_ids": (5,),
        "zone": ZoneInfo(zone),
        "hours": daily("10:00", "22:00"),
        "tiers": (Tier(60, 5000),),
        "price_rules": (),
        "terms": Terms(tax_rate_bp=0, prices_include_tax=True, platform_fee_bp=1000),
        "slot_minutes": 60,
        "min_minutes": 60,
        "max_minutes": 720,
        "buffer_before_minutes": 0,
        "buffer_after_minutes": 0,
        "notice_minutes": 0,
        "horizon_days": 365,
    }
    return Offer(**values | changes)


def assert_is(model: type[BaseModel], document: Any) -> None:
    """The document has every field of the model, no other, and values that the model would write the same way.

    For answers that are built by hand, past the response model.
    """
    read = TypeAdapter(model).validate_python(document)
    _assert_same(document, read.model_dump(mode="json"), "document")


def _assert_same(given: Any, written: Any, where: str) -> None:
    assert type(given) is type(written), where
    if isinstance(given, dict):
        assert set(given) == set(written), where
        for field, value in given.items():
            _assert_same(value, written[field], f"{where}.{field}")
    elif isinstance(given, list):
        assert len(given) == len(written), where
        for number, (one, other) in enumerate(zip(given, written, strict=True)):
            _assert_same(one, other, f"{where}[{number}]")
    elif given != written:  # the same instant may be written with another offset
        assert _instant(given) == _instant(written), where


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    assert instant.tzinfo is not None, text
    return instant
