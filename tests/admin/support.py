"""Somebody of the staff in front of a browser without one."""

import re
from collections.abc import Mapping
from typing import Any

import httpx
from fastapi import FastAPI
from itsdangerous import URLSafeTimedSerializer
from starlette.responses import Response

from src.admin.session import PATH, StaffSession
from src.auth.access_tokens import AccessTokens
from src.core.clock import utc_now
from src.core.config import Settings
from tests.factories.world import Person

COOKIE = "downbeat_admin"


class Staff:
    """Keeps the cookie from page to page, and sends forms with what stands in them."""

    def __init__(self, app: FastAPI) -> None:
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")

    def take(self, cookie: str) -> None:
        self.client.cookies.set(COOKIE, cookie, domain="test.local", path=PATH)

    async def get(self, path: str, status: int = 200) -> httpx.Response:
        page = await self.client.get(f"{PATH}{path}")
        assert page.status_code == status, page.text
        return page

    async def send(
        self,
        path: str,
        fields: Mapping[str, str] | None = None,
        status: int = 303,
        *,
        form: str | None = None,
    ) -> httpx.Response:
        """The form of that page (or of another), with its hidden fields."""
        hidden = hidden_fields((await self.get(form or path)).text)
        answer = await self.client.post(f"{PATH}{path}", data={**hidden, **(fields or {})})
        assert answer.status_code == status, answer.text
        return answer

    @property
    def session(self) -> StaffSession:
        """What the cookie says; whoever reads it needs no key for that."""
        signed = self.client.cookies[COOKIE]
        return StaffSession.model_validate(URLSafeTimedSerializer("any").loads_unsafe(signed)[1])


def hidden_fields(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


def session_of(person: Person, settings: Settings) -> StaffSession:
    """A genuine session of the admin pages: as if they had logged in there."""
    claims = AccessTokens.of(settings).read(person.token, now=utc_now())
    return StaffSession.begin(user_id=claims.user_id, session_id=claims.session_id)


def cookie_of(session: StaffSession, settings: Settings) -> str:
    response = Response()
    session.remember(response, settings)
    return response.headers["set-cookie"].partition("=")[2].partition(";")[0]


def logged_in(app: FastAPI, person: Person, settings: Settings) -> Staff:
    staff = Staff(app)
    staff.take(cookie_of(session_of(person, settings), settings))
    return staff


def alert(page: Any) -> str:
    found = re.search(r'role="alert">([^<]*)<', page.text)
    assert found, page.text
    return found[1]
