"""Stripe: Checkout Sessions on the platform's account, transfers to the owners' connected accounts.

https://docs.stripe.com/api. Idempotency keys are remembered for a day at least, so what may be older is looked for by
its metadata first. An answer of 500 is repeated for its key, too: then only looking helps.
"""

from datetime import timedelta
from typing import ClassVar

from src.payments.gateways.stripe.notices import Notices

__all__ = ["StripeGateway"]


class StripeGateway(Notices):
    name: ClassVar[str] = "stripe"
    shortest_checkout: ClassVar[timedelta] = timedelta(minutes=30)
    is_paid_to_owner: ClassVar[bool] = False
    collects_fee: ClassVar[bool] = True
