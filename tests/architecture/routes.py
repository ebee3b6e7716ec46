"""Who may use which route: the one table. A new route is one line; with a body where it takes one.

`test_authorisation.py` tries every line with everybody. Ids of the path come from `scene.py`; what the scene
has nothing for gets an id that doesn't exist, and 404 is then fine for those who may.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from src.teams.permissions import Permission
from tests.architecture.rules import (
    Form,
    Rule,
    anybody,
    at_event,
    at_open_studio,
    at_studio,
    between_two,
    company_admin,
    company_wide,
    customer_only,
    customer_or,
    logged_in,
    member_only,
    member_or,
    owner_side,
    platform_admin,
    somewhere,
)
from tests.factories.world import LONDON
from tests.support import pictures

Ids = Mapping[str, Any]


def picture(_: Ids) -> Form:
    return Form(files={"file": pictures.jpeg()})


def a_company(_: Ids) -> Any:
    return {"name": "Mine", "currency": "GBP"}


def an_address(ids: Ids) -> Any:
    return {
        "company_id": ids["companies/{company_id}"],
        "name": "Mine",
        "street": "1 Dean Street",
        "city_id": LONDON,
        "lat": 51.5,
        "lng": 0,
    }


def cash(ids: Ids) -> Any:
    return {"booking_id": ids["bookings/{booking_id}"], "method": "cash", "amount": 10000}


def a_room(ids: Ids) -> Any:
    return {
        "address_id": ids["addresses/{address_id}"],
        "name": "Mine",
        "capacity": 6,
        "slot_minutes": 60,
        "min_minutes": 60,
        "max_minutes": 720,
    }


A_WEEK = {"from": "2027-03-01", "to": "2027-03-08"}


def a_booking(ids: Ids) -> Any:
    day = ids["a day to come"]
    return {"room_id": ids["rooms/{room_id}"], "starts_at": f"{day}T15:00", "ends_at": f"{day}T16:00"}


def another_time(ids: Ids) -> Any:
    day = ids["a day to come"]
    return {"starts_at": f"{day}T11:00", "ends_at": f"{day}T12:00"}


def two_bookings(ids: Ids) -> Any:
    return {"booking_id": ids["bookings/{booking_id}"], "other_booking_id": ids["another booking"]}


def a_closure(ids: Ids) -> Any:
    return {"first_date": ids["a day to come"], "last_date": ids["a day to come"], "reason": "Mine"}


def a_block(ids: Ids) -> Any:
    day = ids["a day to come"]
    return {"starts_at": f"{day}T10:00", "ends_at": f"{day}T12:00", "reason": "Mine"}


def a_calendar(_: Ids) -> Any:
    return {"name": "Mine", "url": "https://calendar.example/mine.ics"}


def an_invitation(_: Ids) -> Any:
    return {"email": "somebody.new@example.com", "role": "staff"}


def time_off(ids: Ids) -> Any:
    day = ids["a day to come"]
    return {"starts_at": f"{day}T00:00:00Z", "ends_at": f"{day}T20:00:00Z"}


def an_event(ids: Ids) -> Any:
    day = ids["a day to come"]
    return {"room_id": ids["rooms/{room_id}"], "title": "Mine", "capacity": 1, "seat_amount": 0,
            "starts_at": f"{day}T14:00", "ends_at": f"{day}T15:00", "outside_opening_hours": True}  # fmt: skip


def a_series(ids: Ids) -> Any:
    day = ids["a day to come"]
    return {"room_id": ids["rooms/{room_id}"], "rrule": "FREQ=DAILY;COUNT=2", "mode": "free",
            "starts_at": f"{day}T12:00", "ends_at": f"{day}T13:00"}  # fmt: skip


def a_message(ids: Ids) -> Any:
    return {"address_id": ids["addresses/{address_id}"], "body": "Mine"}


def a_report(ids: Ids) -> Any:
    return {"message_id": ids["a message"], "reason": "spam"}


def a_visit(ids: Ids) -> Any:
    return {"address_id": ids["addresses/{address_id}"], "starts_at": f"{ids['a day for visits']}T14:00"}


def another_visiting_time(ids: Ids) -> Any:
    return {"starts_at": f"{ids['a day for visits']}T15:00"}


ROUTES: dict[str, Rule] = {
    "POST /api/v1/auth/register": anybody(),
    "POST /api/v1/auth/verify-email": anybody(),
    "POST /api/v1/auth/resend-verification": anybody(),
    "POST /api/v1/auth/login": anybody(),
    "POST /api/v1/auth/token": anybody(),
    "POST /api/v1/auth/refresh": anybody(),
    "GET /api/v1/auth/google/redirect": anybody(),
    "GET /api/v1/auth/google/callback": anybody(),
    "POST /api/v1/auth/google/exchange": anybody(),
    "POST /api/v1/auth/logout": logged_in(),
    "POST /api/v1/auth/logout-all": logged_in(),
    "GET /api/v1/auth/sessions": logged_in(),
    "DELETE /api/v1/auth/sessions/{session_id}": logged_in(),
    "POST /api/v1/auth/forgot-password": anybody(),
    "POST /api/v1/auth/reset-password": anybody(),
    "POST /api/v1/auth/change-password": logged_in(),
    "GET /api/v1/auth/me": logged_in(),
    "GET /api/v1/users/me": logged_in(),
    "PATCH /api/v1/users/me": logged_in(lambda _: {"bio": "Brass."}),
    "DELETE /api/v1/users/me": logged_in(),
    "GET /api/v1/users/me/export": logged_in(),
    "POST /api/v1/users/me/photo": logged_in(picture),
    "DELETE /api/v1/users/me/photo": logged_in(),
    "GET /api/v1/users/me/favorites": logged_in(),
    "GET /api/v1/users": platform_admin(),
    "GET /api/v1/users/{user_id}": anybody(),
    "PATCH /api/v1/users/{user_id}": platform_admin(lambda _: {"role": "studio_owner"}),
    "GET /api/v1/countries": anybody(),
    "GET /api/v1/countries/{code}": anybody(),
    "GET /api/v1/cities": anybody(),
    "GET /api/v1/cities/{city_id}": anybody(),
    "POST /api/v1/companies": logged_in(a_company),
    "GET /api/v1/companies/mine": logged_in(),
    "GET /api/v1/companies/{id_or_slug}": anybody(),
    "PATCH /api/v1/companies/{company_id}": company_admin(lambda _: {"name": "Mine"}),
    "DELETE /api/v1/companies/{company_id}": company_admin(),
    "POST /api/v1/companies/{company_id}/logo": company_admin(picture),
    "GET /api/v1/companies/{company_id}/admins": company_admin(),
    "POST /api/v1/companies/{company_id}/admins": company_admin(
        lambda ids: {"user_id": ids["users/{user_id}"]}
    ),
    "DELETE /api/v1/companies/{company_id}/admins/{user_id}": company_admin(),
    "GET /api/v1/companies/{company_id}/audit": company_admin(),
    "GET /api/v1/companies/{company_id}/team": company_wide(Permission.READ_TEAM),
    "PATCH /api/v1/companies/{company_id}/team/{member_id}": company_wide(
        Permission.MANAGE_TEAM, lambda _: {"address_ids": None}
    ),
    "DELETE /api/v1/companies/{company_id}/team/{member_id}": member_or(Permission.MANAGE_TEAM),
    "GET /api/v1/companies/{company_id}/team/invitations": company_wide(Permission.MANAGE_TEAM),
    "POST /api/v1/companies/{company_id}/team/invitations": company_wide(
        Permission.MANAGE_TEAM, an_invitation
    ),
    "DELETE /api/v1/companies/{company_id}/team/invitations/{invitation_id}": company_wide(
        Permission.MANAGE_TEAM
    ),
    "POST /api/v1/team/invitations/{token}/accept": logged_in(),
    "GET /api/v1/team/{member_id}": anybody(),
    "PUT /api/v1/team/{member_id}/hours": member_or(Permission.MANAGE_TEAM, lambda _: {"hours": []}),
    "PUT /api/v1/team/{member_id}/services": member_or(Permission.MANAGE_TEAM, lambda _: {"services": []}),
    "GET /api/v1/team/{member_id}/time-off": member_or(Permission.MANAGE_TEAM),
    "POST /api/v1/team/{member_id}/time-off": member_or(Permission.MANAGE_TEAM, time_off),
    "DELETE /api/v1/team/{member_id}/time-off/{time_off_id}": member_or(Permission.MANAGE_TEAM),
    "POST /api/v1/addresses": company_wide(Permission.OPEN_STUDIO, an_address),
    "GET /api/v1/addresses/{id_or_slug}": anybody(),
    "PATCH /api/v1/addresses/{address_id}": at_studio(Permission.EDIT_STUDIO, lambda _: {"name": "Mine"}),
    "PUT /api/v1/addresses/{address_id}/operating-hours": at_studio(
        Permission.EDIT_STUDIO, lambda _: {"hours": []}
    ),
    "DELETE /api/v1/addresses/{address_id}": at_studio(Permission.EDIT_STUDIO),
    "PUT /api/v1/addresses/{address_id}/special-days": at_studio(
        Permission.EDIT_STUDIO, lambda _: {"special_days": []}
    ),
    "GET /api/v1/addresses/{address_id}/closures": anybody(),
    "POST /api/v1/addresses/{address_id}/closures": at_studio(Permission.EDIT_STUDIO, a_closure),
    "DELETE /api/v1/addresses/{address_id}/closures/{closure_id}": at_studio(Permission.EDIT_STUDIO),
    "GET /api/v1/equipment-types": anybody(),
    "GET /api/v1/addresses/{address_id}/equipment": anybody(),
    "POST /api/v1/addresses/{address_id}/equipment": at_studio(
        Permission.EDIT_STUDIO, lambda _: {"type": "drum_kit", "name": "Mine", "is_included": True}
    ),
    "PATCH /api/v1/addresses/{address_id}/equipment/{equipment_id}": at_studio(
        Permission.EDIT_STUDIO, lambda _: {"name": "Mine"}
    ),
    "DELETE /api/v1/addresses/{address_id}/equipment/{equipment_id}": at_studio(Permission.EDIT_STUDIO),
    "GET /api/v1/badges": anybody(),
    "PUT /api/v1/addresses/{address_id}/badges": at_studio(Permission.EDIT_STUDIO, lambda _: {"badges": []}),
    "GET /api/v1/addresses/{address_id}/updates": anybody(),
    "POST /api/v1/addresses/{address_id}/updates": at_studio(
        Permission.EDIT_STUDIO, lambda _: {"title": "Mine", "text": "Mine"}
    ),
    "PATCH /api/v1/addresses/{address_id}/updates/{update_id}": at_studio(
        Permission.EDIT_STUDIO, lambda _: {"title": "Mine"}
    ),
    "DELETE /api/v1/addresses/{address_id}/updates/{update_id}": at_studio(Permission.EDIT_STUDIO),
    "POST /api/v1/addresses/{address_id}/updates/{update_id}/photos": at_studio(
        Permission.EDIT_STUDIO, picture
    ),
    "DELETE /api/v1/addresses/{address_id}/updates/{update_id}/photos/{photo_id}": at_studio(
        Permission.EDIT_STUDIO
    ),
    "GET /api/v1/addresses/{address_id}/progress": anybody(),
    "PUT /api/v1/addresses/{address_id}/progress": at_studio(
        Permission.EDIT_STUDIO, lambda _: {"milestones": []}
    ),
    "PUT /api/v1/addresses/{address_id}/favorite": logged_in(),
    "DELETE /api/v1/addresses/{address_id}/favorite": logged_in(),
    "GET /api/v1/search": anybody(),
    "GET /api/v1/addresses": anybody(),
    "GET /api/v1/rooms": anybody(),
    "POST /api/v1/rooms": at_studio(Permission.EDIT_ROOMS, a_room),
    "GET /api/v1/rooms/{room_id}": anybody(),
    "PATCH /api/v1/rooms/{room_id}": at_studio(Permission.EDIT_ROOMS, lambda _: {"name": "Mine"}),
    "PUT /api/v1/rooms/{room_id}/prices": at_studio(
        Permission.EDIT_PRICES, lambda _: {"prices": [{"duration_minutes": 60, "amount": 1}]}
    ),
    "DELETE /api/v1/rooms/{room_id}": at_studio(Permission.EDIT_ROOMS),
    "PUT /api/v1/rooms/{room_id}/price-rules": at_studio(
        Permission.EDIT_PRICES, lambda _: {"price_rules": []}
    ),
    "PUT /api/v1/rooms/{room_id}/parts": at_studio(Permission.EDIT_ROOMS, lambda _: {"part_ids": []}),
    "POST /api/v1/rooms/{room_id}/photos": at_studio(Permission.EDIT_ROOMS, picture),
    "PATCH /api/v1/rooms/{room_id}/photos/order": at_studio(
        Permission.EDIT_ROOMS, lambda _: {"photo_ids": []}
    ),
    "DELETE /api/v1/rooms/{room_id}/photos/{photo_id}": at_studio(Permission.EDIT_ROOMS),
    "GET /api/v1/rooms/{room_id}/blocks": at_studio(Permission.BLOCK_TIME),
    "POST /api/v1/rooms/{room_id}/blocks": at_studio(Permission.BLOCK_TIME, a_block),
    "DELETE /api/v1/rooms/{room_id}/blocks/{block_id}": at_studio(Permission.BLOCK_TIME),
    "POST /api/v1/rooms/{room_id}/calendar-feed": at_studio(Permission.READ_BOOKINGS),
    "DELETE /api/v1/rooms/{room_id}/calendar-feed": at_studio(Permission.READ_BOOKINGS),
    "GET /api/v1/rooms/{room_id}/calendar-imports": at_studio(Permission.BLOCK_TIME),
    "POST /api/v1/rooms/{room_id}/calendar-imports": at_studio(Permission.BLOCK_TIME, a_calendar),
    "DELETE /api/v1/rooms/{room_id}/calendar-imports/{import_id}": at_studio(Permission.BLOCK_TIME),
    "POST /api/v1/team/{member_id}/calendar-feed": member_only(),
    "DELETE /api/v1/team/{member_id}/calendar-feed": member_only(),
    "POST /api/v1/users/me/calendar-feed": logged_in(),
    "DELETE /api/v1/users/me/calendar-feed": logged_in(),
    "GET /api/v1/calendars/{token}.ics": anybody(),
    "GET /api/v1/rooms/{room_id}/availability": anybody(),
    "GET /api/v1/rooms/{room_id}/availability/alternatives": anybody(),
    "GET /api/v1/events": anybody(),
    "POST /api/v1/events": at_studio(Permission.HOST_EVENTS, an_event),
    "GET /api/v1/events/{event_id}": anybody(),
    "PATCH /api/v1/events/{event_id}": at_event(Permission.HOST_EVENTS, lambda _: {"title": "Mine"}),
    "DELETE /api/v1/events/{event_id}": at_event(Permission.HOST_EVENTS),
    "POST /api/v1/events/{event_id}/cancel": at_event(Permission.HOST_EVENTS),
    "POST /api/v1/events/{event_id}/seats": logged_in(lambda _: {"seats": 1}),
    "GET /api/v1/events/{event_id}/attendees": at_event(Permission.READ_BOOKINGS),
    "POST /api/v1/events/{event_id}/attendees/{booking_id}/check-in": at_event(Permission.MANAGE_BOOKINGS),
    "DELETE /api/v1/events/{event_id}/attendees/{booking_id}/check-in": at_event(Permission.MANAGE_BOOKINGS),
    "GET /api/v1/rooms/{room_id}/add-ons": anybody(),
    "GET /api/v1/bookings/assigned": logged_in(),
    "POST /api/v1/bookings/series": logged_in(a_series),
    "POST /api/v1/bookings/series/{series_id}/cancel": logged_in(lambda _: {}),
    "GET /api/v1/waitlist": logged_in(),
    "POST /api/v1/waitlist": logged_in(lambda ids: {"event_id": ids["events/{event_id}"]}),
    "DELETE /api/v1/waitlist/{entry_id}": logged_in(),
    "POST /api/v1/bookings/quote": anybody(),
    "POST /api/v1/bookings": logged_in(a_booking),
    "GET /api/v1/bookings": logged_in(),
    "GET /api/v1/bookings/{booking_id}": customer_or(Permission.READ_BOOKINGS),
    "GET /api/v1/bookings/{booking_id}/cancellation": customer_or(Permission.READ_BOOKINGS),
    # Who may read it but not cancel it gets 403: see `test_who_reads_a_booking_may_not_all_cancel_it`.
    "POST /api/v1/bookings/{booking_id}/cancel": customer_or(Permission.CANCEL_BOOKINGS, lambda _: {}),
    "POST /api/v1/bookings/{booking_id}/approve": owner_side(Permission.MANAGE_BOOKINGS, lambda _: {}),
    "POST /api/v1/bookings/{booking_id}/decline": owner_side(Permission.MANAGE_BOOKINGS, lambda _: {}),
    "POST /api/v1/bookings/{booking_id}/complete": owner_side(Permission.MANAGE_BOOKINGS, lambda _: {}),
    "POST /api/v1/bookings/{booking_id}/no-show": owner_side(Permission.MANAGE_BOOKINGS, lambda _: {}),
    "POST /api/v1/bookings/{booking_id}/no-show/take-back": owner_side(
        Permission.MANAGE_BOOKINGS, lambda _: {}
    ),
    "PATCH /api/v1/bookings/{booking_id}/status": owner_side(
        Permission.MANAGE_BOOKINGS, lambda _: {"status": "completed"}
    ),
    "GET /api/v1/bookings/{booking_id}/history": customer_or(Permission.READ_BOOKINGS),
    "GET /api/v1/bookings/{booking_id}/reschedule": customer_or(Permission.READ_BOOKINGS),
    "POST /api/v1/bookings/{booking_id}/reschedule": customer_or(Permission.MANAGE_BOOKINGS, another_time),
    "POST /api/v1/bookings/{booking_id}/reschedule/accept": customer_or(
        Permission.MANAGE_BOOKINGS, lambda _: {}
    ),
    "POST /api/v1/bookings/{booking_id}/reschedule/decline": customer_or(
        Permission.MANAGE_BOOKINGS, lambda _: {}
    ),
    "POST /api/v1/bookings/swap": owner_side(Permission.MANAGE_BOOKINGS, two_bookings),
    "POST /api/v1/bookings/walk-in": at_open_studio(
        Permission.MANAGE_BOOKINGS, lambda ids: a_booking(ids) | {"guest": {"name": "Kim"}}
    ),
    "POST /api/v1/bookings/{booking_id}/checkout": customer_only(lambda _: {"gateway": "sandbox"}),
    "GET /api/v1/bookings/{booking_id}/agreement": customer_or(Permission.READ_BOOKINGS),
    "GET /api/v1/bookings/{booking_id}/download-agreement": customer_or(Permission.READ_BOOKINGS),
    "POST /api/v1/bookings/{booking_id}/generate-agreement": customer_or(Permission.READ_BOOKINGS),
    "POST /api/v1/bookings/{booking_id}/agreement/accept": customer_or(
        Permission.MANAGE_BOOKINGS, lambda _: {"version": 1, "sha256": "0" * 64}
    ),
    # And whom it is about: see `test_bookings_of_a_customer`.
    "GET /api/v1/bookings/customer/{user_id}": platform_admin(),
    "GET /api/v1/companies/{company_id}/bookings": somewhere(Permission.READ_BOOKINGS),
    "GET /api/v1/companies/{company_id}/dashboard": somewhere(Permission.READ_MONEY, A_WEEK),
    "GET /api/v1/addresses/{address_id}/calendar": replace(at_studio(Permission.SEE_STUDIO), query=A_WEEK),
    "GET /api/v1/bookings/{booking_id}/payments": customer_or(Permission.READ_BOOKINGS),
    "POST /api/v1/payments": owner_side(Permission.RECORD_PAYMENTS, cash),
    "POST /api/v1/payments/{charge_id}/refunds": owner_side(Permission.REFUND, lambda _: {}),
    "GET /api/v1/payouts": platform_admin(),
    "GET /api/v1/companies/{company_id}/payouts": company_wide(Permission.READ_MONEY),
    "GET /api/v1/companies/{company_id}/payouts/{payout_id}": company_wide(Permission.READ_MONEY),
    "GET /api/v1/companies/{company_id}/payouts/{payout_id}/items": company_wide(Permission.READ_MONEY),
    "GET /api/v1/companies/{company_id}/payouts/{payout_id}/statement": company_wide(Permission.READ_MONEY),
    "POST /api/v1/companies/{company_id}/payouts/{payout_id}/mark-paid": platform_admin(
        lambda _: {"note": "Bank transfer 344"}
    ),
    "GET /api/v1/companies/{company_id}/balance": company_wide(Permission.READ_MONEY),
    "GET /api/v1/companies/{company_id}/payments": company_wide(Permission.READ_MONEY),
    "GET /api/v1/companies/{company_id}/refunds": company_wide(Permission.READ_MONEY),
    "GET /api/v1/companies/{company_id}/ledger": company_wide(Permission.READ_MONEY),
    "GET /api/v1/companies/{company_id}/webhooks": company_wide(Permission.MANAGE_WEBHOOKS),
    "POST /api/v1/companies/{company_id}/webhooks": company_wide(
        Permission.MANAGE_WEBHOOKS, lambda _: {"url": "https://crm.example/hooks"}
    ),
    "GET /api/v1/companies/{company_id}/webhooks/{endpoint_id}": company_wide(Permission.MANAGE_WEBHOOKS),
    "PATCH /api/v1/companies/{company_id}/webhooks/{endpoint_id}": company_wide(
        Permission.MANAGE_WEBHOOKS, lambda _: {"description": "Mine"}
    ),
    "DELETE /api/v1/companies/{company_id}/webhooks/{endpoint_id}": company_wide(Permission.MANAGE_WEBHOOKS),
    "POST /api/v1/companies/{company_id}/webhooks/{endpoint_id}/rotate-secret": company_wide(
        Permission.MANAGE_WEBHOOKS
    ),
    "POST /api/v1/companies/{company_id}/webhooks/{endpoint_id}/ping": company_wide(
        Permission.MANAGE_WEBHOOKS
    ),
    "GET /api/v1/companies/{company_id}/webhooks/{endpoint_id}/deliveries": company_wide(
        Permission.MANAGE_WEBHOOKS
    ),
    "GET /api/v1/companies/{company_id}/webhooks/{endpoint_id}/deliveries/{delivery_id}": company_wide(
        Permission.MANAGE_WEBHOOKS
    ),
    "POST /api/v1/companies/{company_id}/webhooks/{endpoint_id}/deliveries/{delivery_id}/replay": company_wide(
        Permission.MANAGE_WEBHOOKS
    ),
    "POST /api/v1/companies/{company_id}/webhooks/{endpoint_id}/replay-failed": company_wide(
        Permission.MANAGE_WEBHOOKS, lambda _: {"since": "2027-03-01T00:00:00Z"}
    ),
    "GET /api/v1/companies/{company_id}/payment-accounts": company_wide(Permission.READ_MONEY),
    "POST /api/v1/companies/{company_id}/payment-accounts/stripe": company_wide(
        Permission.CONNECT_PAYMENTS, lambda _: {"country": "GB"}
    ),
    "GET /api/v1/companies/{company_id}/payment-accounts/square/redirect": company_wide(
        Permission.CONNECT_PAYMENTS
    ),
    "GET /api/v1/companies/{company_id}/payment-accounts/square/locations": company_wide(
        Permission.CONNECT_PAYMENTS
    ),
    "PUT /api/v1/companies/{company_id}/payment-accounts/square/location": company_wide(
        Permission.CONNECT_PAYMENTS, lambda _: {"ref": "L8199DBKBE5DC"}
    ),
    "DELETE /api/v1/companies/{company_id}/payment-accounts/square": company_wide(
        Permission.CONNECT_PAYMENTS
    ),
    # Whoever comes with the cookie and the state of a connection that an admin has begun.
    "GET /api/v1/payment-accounts/square/callback": anybody(),
    "POST /api/v1/appointments": logged_in(a_visit),
    "GET /api/v1/appointments": logged_in(),
    # And whom it is about: see `test_visits_of_a_customer`.
    "GET /api/v1/appointments/customer/{user_id}": platform_admin(),
    "GET /api/v1/addresses/{address_id}/appointments": at_studio(Permission.READ_BOOKINGS),
    "POST /api/v1/addresses/{address_id}/appointments/calendar-feed": at_studio(Permission.READ_BOOKINGS),
    "DELETE /api/v1/addresses/{address_id}/appointments/calendar-feed": at_studio(Permission.READ_BOOKINGS),
    "GET /api/v1/appointments/{appointment_id}": customer_or(Permission.READ_BOOKINGS),
    "GET /api/v1/appointments/{appointment_id}/history": customer_or(Permission.READ_BOOKINGS),
    "DELETE /api/v1/appointments/{appointment_id}": customer_or(Permission.MANAGE_APPOINTMENTS),
    # What is the studio's alone to say: see `test_only_the_studio_answers`.
    "PATCH /api/v1/appointments/{appointment_id}/status": customer_or(
        Permission.MANAGE_APPOINTMENTS, lambda _: {"status": "cancelled"}
    ),
    "PATCH /api/v1/appointments/{appointment_id}/reschedule": customer_or(
        Permission.MANAGE_APPOINTMENTS, another_visiting_time
    ),
    "GET /api/v1/addresses/{address_id}/visiting-hours": anybody(),
    "PUT /api/v1/addresses/{address_id}/visiting-hours": at_studio(
        Permission.EDIT_STUDIO, lambda _: {"hours": []}
    ),
    "GET /api/v1/addresses/{address_id}/visiting-times": replace(anybody(), query=A_WEEK),
    # Whoever has the gateway's secret: it is signed.
    "POST /api/v1/webhooks/{gateway}": anybody(),
    "POST /api/v1/messages": logged_in(a_message),
    "GET /api/v1/messages": logged_in(),
    "GET /api/v1/messages/unread": logged_in(),
    "GET /api/v1/messages/conversations": logged_in(),
    "GET /api/v1/messages/conversation/{customer_id}/{address_id}": between_two(Permission.READ_MESSAGES),
    "PATCH /api/v1/messages/conversation/{conversation_id}/read": between_two(
        Permission.ANSWER_MESSAGES, lambda ids: {"message_id": ids["a message"]}
    ),
    "POST /api/v1/messages/conversation/{conversation_id}/typing": between_two(Permission.ANSWER_MESSAGES),
    "PUT /api/v1/messages/conversation/{conversation_id}/block": between_two(Permission.ANSWER_MESSAGES),
    "DELETE /api/v1/messages/conversation/{conversation_id}/block": between_two(Permission.ANSWER_MESSAGES),
    "POST /api/v1/messages/attachments": logged_in(picture),
    # Whoever has the address of a message that they may read: it is signed.
    "GET /api/v1/messages/attachments/{attachment_id}/{file}": anybody(),
    "POST /api/v1/messages/reports": logged_in(a_report),
    "GET /api/v1/messages/reports": platform_admin(),
    "GET /api/v1/messages/reports/{report_id}": platform_admin(),
    "PATCH /api/v1/messages/reports/{report_id}": platform_admin(lambda _: {"status": "dismissed"}),
    "GET /api/v1/companies/{company_id}/saved-replies": somewhere(Permission.ANSWER_MESSAGES),
    "POST /api/v1/companies/{company_id}/saved-replies": company_wide(
        Permission.ANSWER_MESSAGES, lambda _: {"title": "Mine", "body": "Mine"}
    ),
    "PATCH /api/v1/companies/{company_id}/saved-replies/{reply_id}": company_wide(
        Permission.ANSWER_MESSAGES, lambda _: {"title": "Mine"}
    ),
    "DELETE /api/v1/companies/{company_id}/saved-replies/{reply_id}": company_wide(
        Permission.ANSWER_MESSAGES
    ),
    "GET /api/v1/notifications": logged_in(),
    "GET /api/v1/notifications/unread-count": logged_in(),
    "PATCH /api/v1/notifications/{notification_id}/read": logged_in(),
    "POST /api/v1/notifications/read-all": logged_in(),
    "GET /api/v1/notifications/preferences": logged_in(),
    "PUT /api/v1/notifications/preferences": logged_in(lambda _: {"preferences": []}),
    "POST /api/v1/notifications/stream-tickets": logged_in(),
    # Whoever has a ticket of somebody who is logged in.
    "GET /api/v1/notifications/stream": anybody(),
    # Whoever has the link of a mail: it is signed.
    "POST /api/v1/notifications/unsubscribe": anybody(),
    "GET /health": anybody(),
    "GET /health/ready": anybody(),
}

# Not in the OpenAPI document, and open: pages, pictures, and the gateway's page, for whoever has its
# unguessable link, as at Stripe's.
UNDOCUMENTED = {
    "GET /sandbox/checkout/{ref}",
    "POST /sandbox/checkout/{ref}/{outcome}",
    "GET /openapi.json",
    "GET /metrics",
    "GET /docs",
    "GET /redoc",
    "MOUNT /docs-assets",
    "MOUNT /admin",
    "MOUNT /media",
}
