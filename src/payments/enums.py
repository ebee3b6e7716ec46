from enum import StrEnum


class ChargeStatus(StrEnum):
    OPEN = "open"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class RefundStatus(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """The gateway could not deliver it: a person has to find another way."""

    BY_HAND = "by_hand"
    """The gateway could not deliver it, and the platform's staff has paid it back another way."""

    DISPUTED = "disputed"
    """Not sent: the customer's bank has taken the money back by itself."""


class RefundReason(StrEnum):
    CANCELLED = "cancelled"
    PAID_TOO_LATE = "paid_too_late"
    RESCHEDULED = "rescheduled"
    GRANTED = "granted"
    """By the owner or the platform, beyond what the policy says."""


class Account(StrEnum):
    """Accounts of the ledger (docs/adr/0025). A positive entry is a debit, a negative one a credit."""

    GATEWAY_CLEARING = "gateway_clearing"
    """What gateways, and the platform's bank behind them, hold for us."""

    OWNER_CLEARING = "owner_clearing"
    """What owners hold of customers' money: paid into their own account at a gateway, or in cash."""

    CUSTOMER_DEPOSITS = "customer_deposits"
    """What we owe to customers until their booking has taken place."""

    OWNER_PAYABLE = "owner_payable"
    """What we owe to owners for bookings that have taken place, without the tax in it."""

    TAX = "tax"
    """The tax in what we owe to owners: it is paid out with the rest, and theirs to hand on."""

    PLATFORM_REVENUE = "platform_revenue"
    """Our fee for bookings that have taken place."""

    REFUNDS = "refunds"
    """What is promised back to customers and not with them yet."""

    PAYOUTS = "payouts"
    """What is on its way to owners; what is on its way back from them counts against it."""

    DISPUTED = "disputed"
    """What customers' banks have taken back while it isn't decided who gets it."""

    DISPUTE_LOSSES = "dispute_losses"
    """What banks have taken back for good beyond what was left of a payment."""

    PROVIDER_FEES = "provider_fees"
    """What gateways have kept for their work."""


class PayoutStatus(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
    """Its gateway has refused it: it waits for an administrator of the platform."""
