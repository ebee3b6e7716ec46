"""Square: payment links in the owner's own account, of which the platform takes its share as an app fee.

https://developer.squareup.com/reference/square. Everything is asked for with the seller's token, which is refreshed
when Square says that it is over, once.
"""

from datetime import timedelta
from typing import ClassVar

from src.payments.gateways.square.notices import Notices

__all__ = ["SquareGateway"]


class SquareGateway(Notices):
    name: ClassVar[str] = "square"
    shortest_checkout: ClassVar[timedelta] = timedelta(0)
    is_paid_to_owner: ClassVar[bool] = True
    collects_fee: ClassVar[bool] = True
