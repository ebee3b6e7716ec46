"""How long time is held for somebody to do something; each of them begins anew by the database's clock."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Self

from src.core.config import Settings

UNLIMITED = 2**31 - 1


@dataclass(frozen=True, slots=True)
class HoldTerms:
    """What a new hold is subject to."""

    hold: timedelta
    approval: timedelta
    most_holds: int
    most_expired: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(
            hold=timedelta(seconds=settings.hold_seconds),
            approval=timedelta(seconds=settings.approval_seconds),
            most_holds=settings.most_holds_per_user,
            most_expired=settings.most_expired_holds_per_room,
        )

    def until(self, most: timedelta) -> Self:
        """Never past that."""
        return replace(self, hold=min(self.hold, most))

    def without_limits(self) -> Self:
        """For what belongs to a hold that was admitted, or that we offer ourselves."""
        return replace(self, most_holds=UNLIMITED, most_expired=UNLIMITED)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """For what follows: paying after the owner's approval, or for a dearer time; answering a proposal; saying that
    nobody came, and as long again taking that back.
    """

    payment: timedelta
    answer: timedelta
    no_show: timedelta

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(
            payment=timedelta(seconds=settings.payment_seconds),
            answer=timedelta(seconds=settings.proposal_seconds),
            no_show=timedelta(days=settings.no_show_days),
        )
