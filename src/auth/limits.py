"""How often one may log in, register, recover and ask for mails: per account and per client address.

The address of a client counts first, so that somebody who is out of tries can't use up another's account.
"""

import hashlib
import ipaddress
from enum import StrEnum
from typing import Annotated

from fastapi import Depends

from src.auth.dependencies import ClientDep
from src.core.config import Settings, SettingsDep
from src.core.limits import Budget, Limiter, LimiterDep

# A household or a server has at least this much of IPv6: single addresses of it cost nothing.
IPV6_PREFIX = 64


class Action(StrEnum):
    LOG_IN = "log_in"
    REGISTRATION = "registration"
    RECOVERY = "recovery"
    VERIFICATION = "verification"


class AuthLimits:
    """The limits of one request.

    An account is the address that the request names, whether or not it has one, or the id of who is logged in.
    """

    def __init__(self, limiter: Limiter, settings: Settings, ip: str | None) -> None:
        self._limiter = limiter
        self._settings = settings
        self._client = _network(ip)

    async def spend(self, action: Action, *, account: str | int | None = None) -> None:
        """Takes one try. Raises `TooManyRequestsError`."""
        budgets = [self._budget(action, "client", self._client)]
        if account is not None:
            budgets.append(self._of_account(action, account))
        await self._limiter.spend(*budgets)

    async def restore(self, action: Action, *, account: str) -> None:
        """Who has proven to be the owner of the account has all its tries again."""
        await self._limiter.restore(self._of_account(action, account))

    def _of_account(self, action: Action, account: str | int) -> Budget:
        return self._budget(action, "account", _digest(account) if isinstance(account, str) else str(account))

    def _budget(self, action: Action, kind: str, whose: str) -> Budget:
        limit: str = getattr(self._settings, f"{action}_limit_per_{kind}")
        return Budget.of(limit, name=f"{action}:{kind}", whose=whose)


def _digest(email: str) -> str:
    """Redis is no place for addresses of people. One digest for all that `lower()` of the database takes for one."""
    folded = email.strip().replace("\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}", "i").casefold()
    return hashlib.sha256(folded.encode("utf-8", "surrogatepass")).hexdigest()


def _network(ip: str | None) -> str:
    try:
        address = ipaddress.ip_address(ip or "")
    except ValueError:
        return "unknown"  # a Unix socket has no address: all of its clients share one budget
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, IPV6_PREFIX), strict=False))
    return str(address)


async def _get_limits(limiter: LimiterDep, settings: SettingsDep, client: ClientDep) -> AuthLimits:
    return AuthLimits(limiter, settings, client.ip)


LimitsDep = Annotated[AuthLimits, Depends(_get_limits)]
