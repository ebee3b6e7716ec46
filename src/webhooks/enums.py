from enum import StrEnum


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class DisabledReason(StrEnum):
    OWNER = "owner"
    FAILING = "failing"  # nothing was taken for days
    GONE = "gone"  # it answered 410


class EventType(StrEnum):
    """What integrators are told of; the names are ours for good."""

    PING = "ping"
    BOOKING_REQUESTED = "booking.requested"
    BOOKING_APPROVED = "booking.approved"
    BOOKING_DECLINED = "booking.declined"
    BOOKING_CONFIRMED = "booking.confirmed"
    BOOKING_RESCHEDULED = "booking.rescheduled"
    BOOKING_CANCELLED = "booking.cancelled"
    BOOKING_EXPIRED = "booking.expired"
    BOOKING_COMPLETED = "booking.completed"
    BOOKING_NO_SHOW = "booking.no_show"
    BOOKING_NO_SHOW_TAKEN_BACK = "booking.no_show_taken_back"
    EVENT_MOVED = "event.moved"
    EVENT_CANCELLED = "event.cancelled"
    APPOINTMENT_REQUESTED = "appointment.requested"
    APPOINTMENT_CONFIRMED = "appointment.confirmed"
    APPOINTMENT_MOVED = "appointment.moved"
    APPOINTMENT_CANCELLED = "appointment.cancelled"
    APPOINTMENT_DECLINED = "appointment.declined"
    PAYOUT_SENT = "payout.sent"
    PAYOUT_FAILED = "payout.failed"
    STUDIO_PUBLISHED = "studio.published"
    STUDIO_UNPUBLISHED = "studio.unpublished"
