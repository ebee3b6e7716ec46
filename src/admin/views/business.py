from typing import Any

from slugify import slugify
from sqlalchemy import ColumnElement, false, or_

from src.addresses.enums import AddressStatus
from src.addresses.models import Address
from src.admin.actions import Action, lift_suspension, suspend_studio
from src.admin.views.base import ReadOnlyView, choice_of, link_to
from src.bookings import reference
from src.bookings.enums import BookingStatus
from src.bookings.models import Booking
from src.companies.models import Company
from src.core.money import display


class CompanyView(ReadOnlyView, model=Company):
    name, name_plural, icon = "Company", "Companies", "ti ti-building"
    listed = ("id", "name", "slug", "currency", "platform_fee_bp", "deactivated_at", "created_at")
    detailed = (*listed, "tax_rate_bp", "prices_include_tax", "cancellation_policy", "updated_at")
    labels = {
        "platform_fee_bp": "Fee (basis points)",
        "tax_rate_bp": "Tax (basis points)",
        "deactivated_at": "Closed",
    }
    search_hint = "id or the beginning of the name"
    ways = {"Studios": "address/list?company_id={id}", "Payouts": "payout/list?company_id={id}"}
    shown_as = {"cancellation_policy": lambda company: company.cancellation_policy.value}

    def find(self, term: str) -> ColumnElement[bool]:
        return or_(super().find(term), _slug_begins(Company.slug, term))


class AddressView(ReadOnlyView, model=Address):
    name, name_plural, icon = "Studio", "Studios", "ti ti-music"
    listed = ("id", "name", "company_id", "street", "status", "bookable_rooms", "created_at")
    detailed = (*listed, "slug", "timezone", "city_id", "deactivated_at", "revision", "updated_at")
    search_hint = "id or the beginning of the name"
    choices = (choice_of(Address.status, AddressStatus),)
    scopes = ("company_id",)
    ways = {"Bookings": "booking/list?address_id={id}"}
    shown_as = {"company_id": link_to("company", "company_id")}
    actions = (
        Action(
            name="suspend",
            label="Suspend",
            question="It leaves the market at once, and its owner can't put it back. Bookings that were made stay.",
            run=suspend_studio,
            is_for=lambda studio: studio.status is not AddressStatus.SUSPENDED and not studio.deactivated_at,
            is_dangerous=True,
        ),
        Action(
            name="lift",
            label="Lift the suspension",
            question="It becomes a draft; its owner may publish it again.",
            run=lift_suspension,
            is_for=lambda studio: studio.status is AddressStatus.SUSPENDED,
        ),
    )

    def find(self, term: str) -> ColumnElement[bool]:
        return or_(super().find(term), _slug_begins(Address.slug, term))


def _slug_begins(slug: Any, term: str) -> ColumnElement[bool]:
    """A slug comes from the name: it begins as the name does, and has an index for that."""
    beginning = slugify(term)
    return slug.like(f"{beginning}%") if beginning else false()


def amount_of(name: str) -> Any:
    return lambda row: display(getattr(row, name), row.currency)


class BookingView(ReadOnlyView, model=Booking):
    name, name_plural, icon = "Booking", "Bookings", "ti ti-calendar"
    listed = (
        "id",
        "status",
        "starts_at",
        "ends_at",
        "customer_id",
        "address_id",
        "total_amount",
        "created_at",
    )
    read_along = ("currency",)
    detailed = (
        *listed,
        "room_id",
        "company_id",
        "event_id",
        "seats",
        "expires_at",
        "paid_amount",
        "refund_amount",
        "tax_amount",
        "platform_fee_amount",
        "checked_in_at",
        "version",
        "updated_at",
    )
    labels = {
        "address_id": "Studio",
        "id": "Reference",
        "starts_at": "From (UTC)",
        "ends_at": "Until (UTC)",
        "total_amount": "Price",
    }
    search_hint = "id, reference as K7Q2-M4XD"
    choices = (choice_of(Booking.status, BookingStatus),)
    scopes = ("customer_id", "address_id", "company_id")
    ways = {"Charges": "charge/list?booking_id={id}"}
    shown_as = {
        "id": lambda booking: f"{reference.encode(booking.id)} (#{booking.id})",
        "customer_id": link_to("user", "customer_id"),
        "address_id": link_to("address", "address_id"),
        "company_id": link_to("company", "company_id"),
        **{
            name: amount_of(name)
            for name in ("total_amount", "paid_amount", "refund_amount", "tax_amount", "platform_fee_amount")
        },
    }

    def find(self, term: str) -> ColumnElement[bool]:
        try:
            return or_(super().find(term), Booking.id == reference.decode(term.strip()))
        except ValueError:
            return super().find(term)
