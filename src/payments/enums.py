from enum import StrEnum


class ChargeStatus(StrEnum):
    OPEN = "open"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class RefundStatus(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"


class RefundReason(StrEnum):
    CANCELLED = "cancelled"
    PAID_TOO_LATE = "paid_too_late"


class Account(StrEnum):
    """Accounts of the ledger. A positive entry is a debit, a negative one a credit."""

    GATEWAY_CLEARING = "gateway_clearing"
    """What gateways hold for us."""

    CUSTOMER_DEPOSITS = "customer_deposits"
    """What we owe to customers until their booking has taken place."""
