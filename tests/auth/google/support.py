"""Somebody who clicks on "sign in with Google": their browser, which keeps cookies, and the site's page."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from tests.support.openid_provider import OpenIdProvider

API = "/api/v1"
SITE = "https://site.example"
PAGE = f"{SITE}/auth/google/callback"
# The example of RFC 7636, appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@dataclass
class Visitor:
    browser: httpx.AsyncClient
    provider: OpenIdProvider

    async def click(self, **parameters: str) -> httpx.Response:
        return await self.browser.get(f"{API}/auth/google/redirect", params=parameters)

    async def go_to_google(self, **parameters: str) -> str:
        """The address that Google sends the browser back to."""
        answer = await self.click(**parameters)
        assert answer.status_code == 302, answer.text
        return self.provider.visit(answer.headers["location"])

    async def come_back(self, address: str) -> dict[str, str]:
        """What the site's page is opened with."""
        answer = await self.browser.get(address)
        assert answer.status_code == 302, answer.text
        return opened_with(answer)

    async def sign_in(self, **parameters: str) -> dict[str, str]:
        return await self.come_back(await self.go_to_google(**parameters))

    async def exchange(self, code: str, **body: Any) -> httpx.Response:
        return await self.browser.post(f"{API}/auth/google/exchange", json={"code": code, **body})

    async def tokens(self) -> dict[str, Any]:
        """All the way, as it is meant to go."""
        opened = await self.sign_in()
        answer = await self.exchange(opened["code"])
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens


def opened_with(answer: httpx.Response) -> dict[str, str]:
    address = urlsplit(answer.headers["location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == PAGE
    assert answer.headers["cache-control"] == "no-store"
    return dict(parse_qsl(address.query))
