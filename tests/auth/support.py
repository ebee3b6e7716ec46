"""What the stories of `auth` have in common: a person registers, opens the mail, logs in."""

import re
from collections.abc import Iterable
from email.message import EmailMessage
from typing import Any

import httpx

from src.core.clock import utc_now
from src.core.database import Database
from src.users import service as users

API = "/api/v1"
EMAIL = "mira@example.com"
PASSWORD = "four brass rooms"


async def register(client: httpx.AsyncClient, **changes: Any) -> httpx.Response:
    body = {"email": EMAIL, "password": PASSWORD, "firstname": "Mira", "lastname": "Okafor"}
    return await client.post(f"{API}/auth/register", json=body | changes)


async def log_in(
    client: httpx.AsyncClient, *, email: str = EMAIL, password: str = PASSWORD, **options: Any
) -> httpx.Response:
    return await client.post(f"{API}/auth/login", json={"email": email, "password": password}, **options)


async def join(client: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    """Registers and confirms the address, without the way through the mailbox; the user as they are then."""
    registered = await register(client, **changes)
    assert registered.status_code == 201, registered.text
    user: dict[str, Any] = registered.json()
    database: Database = client._transport.app.state.database  # type: ignore[attr-defined]
    async with database.transaction() as session:
        assert await users.mark_verified(session, user_id=user["id"], now=utc_now())
    return user | {"is_verified": True}


async def registered_tokens(client: httpx.AsyncClient) -> dict[str, Any]:
    """The answer to the first log-in of somebody who has registered and confirmed the address."""
    await join(client)
    answer = await log_in(client)
    assert answer.status_code == 200
    tokens: dict[str, Any] = answer.json()
    return tokens


async def refresh(client: httpx.AsyncClient, refresh_token: str) -> httpx.Response:
    return await client.post(f"{API}/auth/refresh", json={"refresh_token": refresh_token})


async def who_am_i(client: httpx.AsyncClient, access_token: str) -> httpx.Response:
    return await client.get(f"{API}/auth/me", headers=bearer(access_token))


async def verify_email(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post(f"{API}/auth/verify-email", json={"token": token})


def bearer(access_token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {access_token}"}


def refused(answer: httpx.Response, status: int, code: str) -> bool:
    """Whether the answer is the problem document of this error."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return True


def plain_text(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    text: str = part.get_content()
    return text


def verification_tokens(mailbox: Iterable[EmailMessage]) -> list[str]:
    """The tokens of all links, each on a line of its own, oldest mail first."""
    link = re.compile(r"^http://\S+/verify-email\?token=(\S+)$", re.MULTILINE)
    return [token for message in mailbox for token in link.findall(plain_text(message))]


def reset_tokens(mailbox: Iterable[EmailMessage]) -> list[str]:
    """The tokens of all links to choose a new password, oldest mail first."""
    link = re.compile(r"^http://\S+/reset-password\?token=(\S+)$", re.MULTILINE)
    return [token for message in mailbox for token in link.findall(plain_text(message))]


async def forgot_password(client: httpx.AsyncClient, email: str = EMAIL) -> httpx.Response:
    return await client.post(f"{API}/auth/forgot-password", json={"email": email})


async def reset_password(client: httpx.AsyncClient, token: str, new_password: str) -> httpx.Response:
    return await client.post(
        f"{API}/auth/reset-password", json={"token": token, "new_password": new_password}
    )


async def change_password(
    client: httpx.AsyncClient, access_token: str, current: str, new: str
) -> httpx.Response:
    body = {"current_password": current, "new_password": new}
    return await client.post(f"{API}/auth/change-password", json=body, headers=bearer(access_token))
