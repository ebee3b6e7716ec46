"""How an owner lets us work with their Square account: OAuth's code flow."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from square import AsyncSquare
from square.types.obtain_token_response import ObtainTokenResponse

from src.core.config import Settings
from src.payments.gateways.base import GatewayError, Tokens
from src.payments.gateways.square.client import ask, client_of

SCOPES: Final = (
    "MERCHANT_PROFILE_READ",
    "ORDERS_READ",
    "ORDERS_WRITE",
    "PAYMENTS_READ",
    "PAYMENTS_WRITE",
    "PAYMENTS_WRITE_ADDITIONAL_RECIPIENTS",  # for the app fee
)
CALLBACK: Final = "/api/v1/payment-accounts/square/callback"


@dataclass(frozen=True, slots=True)
class Location:
    """A place of business of a seller; only one that is active can take money."""

    ref: str
    name: str
    currency: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class Grant:
    """What an owner has given us."""

    merchant_ref: str
    tokens: Tokens


class SquareOAuth:
    def __init__(self, settings: Settings) -> None:
        self._url = settings.square_api_url
        self._id = settings.square_application_id
        self._secret = settings.square_application_secret.get_secret_value()
        self._redirect_uri = f"{settings.public_url}{CALLBACK}"

    def authorization_url(self, state: str) -> str:
        """The page where the owner agrees."""
        query = {
            "client_id": self._id,
            "scope": " ".join(SCOPES),
            "session": "false",
            "state": state,
            "redirect_uri": self._redirect_uri,
        }
        return f"{self._url}/oauth2/authorize?{urlencode(query)}"

    async def obtain(self, code: str) -> Grant:
        """Raises `GatewayError`, `NotConnectedError`."""
        made = await ask(
            client_of(self._url, None).o_auth.obtain_token(
                client_id=self._id,
                client_secret=self._secret,
                grant_type="authorization_code",
                code=code,
                redirect_uri=self._redirect_uri,
            )
        )
        if made.merchant_id is None:
            raise GatewayError("Square tells no merchant")
        return Grant(merchant_ref=made.merchant_id, tokens=_tokens(made, None))

    async def refresh(self, refresh_token: str) -> Tokens:
        """Raises `GatewayError`, `NotConnectedError`."""
        made = await ask(
            client_of(self._url, None).o_auth.obtain_token(
                client_id=self._id,
                client_secret=self._secret,
                grant_type="refresh_token",
                refresh_token=refresh_token,
            )
        )
        return _tokens(made, refresh_token)

    async def revoke(self, merchant_ref: str) -> None:
        """Raises `GatewayError`, `NotConnectedError`."""
        await ask(
            client_of(self._url, None).o_auth.revoke_token(
                client_id=self._id,
                merchant_id=merchant_ref,
                request_options={"additional_headers": {"Authorization": f"Client {self._secret}"}},
            )
        )

    async def locations(self, tokens: Tokens) -> list[Location]:
        """Raises `GatewayError`, `NotConnectedError`."""
        return await ask(locations_of(client_of(self._url, tokens.access)))


async def locations_of(client: AsyncSquare) -> list[Location]:
    found = await client.locations.list()
    return [
        Location(
            ref=location.id or "",
            name=location.name or "",
            currency=str(location.currency or ""),
            is_active=location.status == "ACTIVE",
        )
        for location in found.locations or ()
    ]


def _tokens(made: ObtainTokenResponse, refresh_token: str | None) -> Tokens:
    refresh_token = made.refresh_token or refresh_token
    if made.access_token is None or made.expires_at is None or refresh_token is None:
        raise GatewayError("Square's answer lacks a token")
    return Tokens(
        access=made.access_token,
        refresh=refresh_token,
        expires_at=datetime.fromisoformat(made.expires_at),
    )
