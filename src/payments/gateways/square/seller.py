"""The account of a seller: asked with their token, and which objects in it are ours."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from square import AsyncSquare
from square.types.payment import Payment

from src.core.config import Settings
from src.payments.gateways.base import GatewayError, NotConnectedError, Seller
from src.payments.gateways.protocols import Sellers
from src.payments.gateways.square.client import ask, client_of
from src.payments.gateways.square.oauth import Location, SquareOAuth, locations_of

R = TypeVar("R")


class SellerAccount:
    def __init__(self, settings: Settings, sellers: Sellers) -> None:
        self._url = settings.square_api_url
        self._signature_keys = settings.square_webhook_signature_key_list
        self._notification_url = f"{settings.public_url}/api/v1/webhooks/square"
        self._sellers = sellers
        self._oauth = SquareOAuth(settings)
        # Several installations may share a seller for tests, and each counts its charges from 1.
        self._installation = hashlib.sha256(settings.public_url.encode()).hexdigest()[:8]

    async def list_locations(self, company_id: int) -> tuple[Seller, list[Location]]:
        """Raises `GatewayError`, `NotConnectedError`."""
        seller = await self._seller(company_id)
        return seller, await self._ask(seller, locations_of)

    async def _seller(self, company_id: int) -> Seller:
        seller = await self._sellers.find(company_id)
        if seller is None:
            raise NotConnectedError
        return seller

    async def _ask(self, seller: Seller, call: Callable[[AsyncSquare], Awaitable[R]]) -> R:
        """With the seller's token; once more with a new one when Square takes this for over."""
        try:
            return await ask(call(client_of(self._url, seller.tokens.access)))
        except NotConnectedError:
            tokens = await self._oauth.refresh(seller.tokens.refresh)
            await self._sellers.save_tokens(seller.account_id, tokens)
            return await ask(call(client_of(self._url, tokens.access)))

    async def _payment(self, seller: Seller, ref: str) -> Payment:
        answer = await self._ask(seller, lambda client: client.payments.get(ref))
        payment: Payment | None = answer.payment
        if payment is None:
            raise GatewayError(f"Square does not tell the payment {ref}")
        return payment

    def _tag(self, name: str) -> str:
        """Square takes 40 characters for a reference and 45 for a key."""
        return f"{self._installation}-{name}"

    def _ours(self, tag: str | None, kind: str) -> int | None:
        number = (tag or "").removeprefix(self._tag(f"{kind}-"))
        return int(number) if number != tag and number.isascii() and number.isdigit() else None


def money_of(amount: int, currency: str) -> Any:
    return {"amount": amount, "currency": currency}
