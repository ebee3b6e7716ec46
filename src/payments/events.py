from dataclasses import dataclass

from src.core.events import Event


@dataclass(frozen=True)
class LatePaymentRefunded(Event):
    refund_id: int


@dataclass(frozen=True)
class PayoutSent(Event):
    payout_id: int


@dataclass(frozen=True)
class PayoutFailed(Event):
    payout_id: int
