"""The usual way, honestly: FastAPI and ORM objects as most teams write them. Nothing is slow on purpose.

Relationships with eager loading where they are needed, a pool that pings, `refresh` after the commit, two
`BaseHTTPMiddleware`s (a request id, a timing header), the token decoded and its user loaded for each request,
answers validated by `response_model`. It applies the product's own rules and prices, which are pure functions.
"""

import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI, Request, Response
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint

from bench.rows.availability import usual as availability
from bench.rows.bookings import usual as bookings
from bench.rows.rooms import usual as rooms
from bench.usual_dependencies import signing_key
from src.core.config import Settings


class RequestIdMiddleware(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        request.state.request_id = request.headers.get("X-Request-ID") or uuid.uuid4().hex
        response = await call_next(request)
        response.headers["X-Request-ID"] = request.state.request_id
        return response


class ProcessTimeMiddleware(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        started = time.perf_counter()
        response = await call_next(request)
        response.headers["X-Process-Time"] = str(time.perf_counter() - started)
        return response


def create_app() -> FastAPI:
    settings = Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        engine = create_async_engine(
            settings.database_url, pool_size=settings.database_pool_size, pool_pre_ping=True
        )
        app.state.sessions = async_sessionmaker(engine, expire_on_commit=False)
        yield
        await engine.dispose()

    app = FastAPI(lifespan=lifespan)
    app.state.key = signing_key(settings)
    app.add_middleware(RequestIdMiddleware)
    app.add_middleware(ProcessTimeMiddleware)
    api = APIRouter(prefix="/api/v1")
    api.include_router(bookings.router)
    api.include_router(availability.router)
    api.include_router(rooms.router)
    app.include_router(api)
    return app
