"""The platform's account: Stripe's SDK, its errors in our words, and which objects are ours."""

from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final, TypeVar

import stripe
from stripe import HTTPXClient, ListObject, StripeClient, StripeObject

from src.core.config import Settings
from src.payments.gateways.base import GatewayError, GatewayRefusedError, ProviderFee

R = TypeVar("R")
T = TypeVar("T", bound=StripeObject)

TIMEOUT_SECONDS: Final = 10.0
NO_SUCH_ACCOUNT: Final = "account_invalid"  # or it has taken our access away; Stripe answers 403


@lru_cache
def _client(key: str, url: str) -> StripeClient:
    """One for a process and key: its connections are kept, and its certificates read once."""
    return StripeClient(
        key,
        http_client=HTTPXClient(timeout=TIMEOUT_SECONDS),
        max_network_retries=1,
        base_addresses={"api": url} if url else {},
    )


class StripeAccount:
    def __init__(self, settings: Settings) -> None:
        self._api = _client(settings.stripe_secret_key.get_secret_value(), settings.stripe_api_url).v1
        self._webhook_secrets = settings.stripe_webhook_secret_list
        # Several installations may share an account for tests, and each counts its charges from 1.
        self._installation = settings.public_url

    def _key(self, idempotency_key: str) -> str:
        return f"{self._installation}/{idempotency_key}"

    def _metadata(self, **ids: int) -> dict[str, str]:
        return {"installation": self._installation} | {name: str(value) for name, value in ids.items()}

    def _ours(self, metadata: Any, name: str) -> int | None:
        """The id that we gave it, unless another installation did."""
        if metadata is None or getattr(metadata, "installation", None) != self._installation:
            return None
        value = getattr(metadata, name, None)
        return int(value) if value else None


def fee_of(transactions: list[Any]) -> ProviderFee | None:
    """What Stripe has kept of balance transactions, all of which are in the currency of the platform's account."""
    if not transactions:
        return None
    return ProviderFee(
        amount=sum(transaction.fee for transaction in transactions),
        currency=transactions[0].currency.upper(),
    )


async def ask(call: Awaitable[R]) -> R:
    """Raises `GatewayRefusedError`, `GatewayError`."""
    with _in_our_words():
        return await call


async def each(call: Awaitable[ListObject[T]]) -> AsyncIterator[T]:
    """All that a list holds; its pages are asked for one by one. Raises `GatewayRefusedError`, `GatewayError`."""
    with _in_our_words():
        async for thing in (await call).auto_paging_iter():
            yield thing


@contextmanager
def _in_our_words() -> Iterator[None]:
    """Of Stripe's many errors: those that asking again can't change, and all others.

    What our key may not do is a mistake in the platform's settings, and no word about what was asked for.
    """
    try:
        yield
    except (stripe.InvalidRequestError, stripe.CardError, stripe.PermissionError) as error:
        code = _code(error)
        if isinstance(error, stripe.PermissionError) and code != NO_SUCH_ACCOUNT:
            raise GatewayError(_words(error)) from error
        raise GatewayRefusedError(_words(error), code=code) from error
    except stripe.StripeError as error:
        raise GatewayError(_words(error)) from error


def _code(error: stripe.StripeError) -> str | None:
    """As Stripe has answered it: of what is forbidden the SDK keeps it there only."""
    return getattr(error.error, "code", None)


def _words(error: stripe.StripeError) -> str:
    return f"{type(error).__name__} {_code(error) or ''} {error.user_message or ''}".strip()[:500]
