"""The document, and a scene on which every request that is generated from it is tried and taken back."""

from collections.abc import AsyncIterator, Iterator

import pytest
import schemathesis
from fastapi import FastAPI
from schemathesis.specs.openapi.schemas import OpenApiSchema
from sqlalchemy.ext.asyncio import AsyncEngine

from src.core.config import Settings
from tests.architecture import scene as scenes
from tests.contract.exchange import Audience
from tests.support.answers import ANSWERS


@pytest.fixture(scope="module")
def documented(shared_app: FastAPI) -> OpenApiSchema:
    return schemathesis.openapi.from_dict(shared_app.openapi())


@pytest.fixture(scope="module")
async def audience(shared_app: FastAPI, engine: AsyncEngine, settings: Settings) -> AsyncIterator[Audience]:
    async with scenes.staged(shared_app, engine, settings) as (connection, scene):
        yield Audience(scene, connection)


@pytest.fixture(autouse=True)
def told(audience: Audience, request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    answers = [(*what, times) for what, times in audience.answers.items()]
    request.node.user_properties.append((ANSWERS, answers))
    audience.answers.clear()
