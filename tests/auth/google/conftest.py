import uuid
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from src.core.config import Settings
from src.core.database import Database
from src.core.limits import Limiter
from src.main import create_app
from tests.auth.google.support import SITE, Visitor
from tests.support.openid_provider import CLIENT_ID, CLIENT_SECRET, OpenIdProvider


@pytest.fixture(scope="package")
def running_provider() -> Iterator[OpenIdProvider]:
    provider = OpenIdProvider().start()
    yield provider
    provider.stop()


@pytest.fixture
def provider(running_provider: OpenIdProvider) -> OpenIdProvider:
    running_provider.reset()
    return running_provider


@pytest.fixture(scope="package")
def google_settings(settings: Settings, running_provider: OpenIdProvider) -> Settings:
    return settings.model_copy(
        update={
            "google_client_id": CLIENT_ID,
            "google_client_secret": SecretStr(CLIENT_SECRET),
            "google_server_metadata_url": running_provider.metadata_url,
            "frontend_url": SITE,
        }
    )


@pytest.fixture(scope="package")
def shared_app(google_settings: Settings) -> FastAPI:
    """The whole application, put together as in `main`, with a provider that runs on this machine."""
    return create_app(google_settings)


@pytest.fixture
async def app(
    shared_app: FastAPI, provider: OpenIdProvider, database: Database, settings: Settings
) -> AsyncIterator[FastAPI]:
    shared_app.state.database = database
    shared_app.state.limiter = Limiter(settings.redis_url, prefix=f"limits:{uuid.uuid4().hex}")
    yield shared_app
    await shared_app.state.limiter.close()


@pytest.fixture
def visitor(client: httpx.AsyncClient, provider: OpenIdProvider) -> Visitor:
    return Visitor(client, provider)
