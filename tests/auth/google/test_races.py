"""The same person, the same code, many times at once: on a real database, with commits."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import delete, func, select

from src.auth.models import ExternalIdentity
from src.core.events import OutboxRecord
from src.core.limits import Limiter
from src.main import create_app
from src.users.models import User
from tests.auth.google.support import CHALLENGE, VERIFIER, Visitor
from tests.support.services import create_extra_database

MANY = 20


@pytest.fixture(scope="module")
async def real_app(google_settings):
    url = create_extra_database("google_races")
    app = create_app(google_settings.model_copy(update={"database_url": url}))
    app.state.limiter = Limiter(google_settings.redis_url, prefix="limits:google_races")
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def visitors(real_app, provider) -> AsyncIterator[list[Visitor]]:
    """So many browsers of one person."""
    async with real_app.state.database.transaction() as session:
        for table in (User, OutboxRecord):
            await session.execute(delete(table))
    transport = httpx.ASGITransport(real_app)
    browsers = [httpx.AsyncClient(transport=transport, base_url="http://test") for _ in range(MANY)]
    yield [Visitor(browser, provider) for browser in browsers]
    for browser in browsers:
        await browser.aclose()


async def test_of_twenty_parallel_uses_of_a_code_one_gets_tokens(visitors):
    code = (await visitors[0].sign_in(code_challenge=CHALLENGE))["code"]
    answers = await asyncio.gather(*(visitor.exchange(code, code_verifier=VERIFIER) for visitor in visitors))
    outcomes = Counter("ok" if answer.is_success else answer.json()["code"] for answer in answers)
    assert outcomes == {"ok": 1, "google_code_invalid": MANY - 1}


async def test_a_newcomer_in_twenty_tabs_is_one_user(visitors, real_app):
    opened = await asyncio.gather(*(visitor.sign_in() for visitor in visitors))
    assert [list(page) for page in opened] == [["code"]] * MANY
    async with real_app.state.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(User)) == 1
        assert await session.scalar(select(func.count()).select_from(ExternalIdentity)) == 1
        names = (await session.scalars(select(OutboxRecord.name).order_by(OutboxRecord.id))).all()
    assert names == ["auth.UserRegistered", "auth.EmailVerified"]
