"""Square's SDK, and its errors in our words."""

from collections.abc import Awaitable
from functools import lru_cache
from http import HTTPStatus
from typing import Final, TypeVar

import httpx
from square import AsyncSquare
from square.core.api_error import ApiError

from src.payments.gateways.base import GatewayError, GatewayRefusedError, NotConnectedError

R = TypeVar("R")

TIMEOUT_SECONDS: Final = 10.0
_PASSING: Final = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS}


@lru_cache
def _http() -> httpx.AsyncClient:
    """One for a process: its connections are kept, and its certificates read once."""
    return httpx.AsyncClient(timeout=TIMEOUT_SECONDS)


def client_of(url: str, token: str | None) -> AsyncSquare:
    return AsyncSquare(base_url=url, token=token, httpx_client=_http(), timeout=TIMEOUT_SECONDS)


async def ask(call: Awaitable[R]) -> R:
    """Raises `NotConnectedError` for a token that is over, `GatewayRefusedError`, `GatewayError`."""
    try:
        return await call
    except ApiError as error:
        status = HTTPStatus(error.status_code or HTTPStatus.INTERNAL_SERVER_ERROR)
        words = ", ".join(f"{part.code} {part.detail or ''}".strip() for part in error.errors)[:500]
        if status is HTTPStatus.UNAUTHORIZED:
            raise NotConnectedError(words) from error
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _PASSING:
            raise GatewayError(words) from error
        raise GatewayRefusedError(words) from error
    except (httpx.HTTPError, ValueError) as error:
        raise GatewayError(type(error).__name__) from error
