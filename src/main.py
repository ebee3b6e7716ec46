"""The application: middleware, error handlers, one include per domain. Bindings from above to below are made here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.staticfiles import StaticFiles

from src.addresses.router import router as addresses
from src.auth.authenticator import SessionAuthenticator
from src.auth.router import router as auth
from src.bookings.router import router as bookings
from src.companies.router import router as companies
from src.core import health
from src.core.config import Settings, get_settings
from src.core.database import Database
from src.core.http import install_error_handlers
from src.core.idempotency import REPLAYED_HEADER
from src.core.logging import configure_logging
from src.core.middleware import ApiAliasMiddleware, RequestContextMiddleware
from src.core.openapi import DocumentedApi
from src.geographic.router import router as geographic
from src.payments.gateways.sandbox import SandboxGateway
from src.payments.router import router as payments
from src.payments.sandbox_page import router as sandbox_page
from src.rooms.router import router as rooms
from src.users.router import router as users

DESCRIPTION = """
Find a free room, hold it for 30 minutes, pay, and it is yours.

* **Times** are ISO 8601 with an offset; without one they are the studio's local time. Spans are half-open.
* **Money** is integer minor units with a currency: `{"amount": 12000, "currency": "USD"}` is 120 dollars.
* **Errors** are problem documents (RFC 9457); branch on their stable `code`.
* **Idempotency-Key**: send one with what creates something or moves money or time, and a retry acts once.

`/api/…` without a version is the newest version. Cities and countries: GeoNames, CC BY 4.0.
"""


def create_app(settings: Settings | None = None) -> FastAPI:
    settings = settings or get_settings()
    configure_logging(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.database = Database(settings)
        yield
        await app.state.database.close()

    app = DocumentedApi(
        title="Downbeat",
        summary="The backend for marketplaces of bookable studios.",
        description=DESCRIPTION,
        version="1.0.0",
        debug=settings.debug,
        lifespan=lifespan,
        max_body_size=settings.max_body_bytes,
        middleware=_middleware(settings),
        swagger_ui_parameters={"persistAuthorization": True, "displayRequestDuration": True},
    )
    app.state.settings = settings
    app.state.authenticate = SessionAuthenticator(settings)
    install_error_handlers(app)
    _include_routers(app, settings)
    return app


def _middleware(settings: Settings) -> list[Middleware]:
    """Outermost first."""
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_credentials=True,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-Request-ID"],
            expose_headers=["X-Request-ID", "Retry-After", REPLAYED_HEADER],
        ),
        Middleware(RequestContextMiddleware),
        Middleware(ApiAliasMiddleware),
    ]


def _include_routers(app: FastAPI, settings: Settings) -> None:
    api = APIRouter(prefix="/api/v1")
    for router in (auth, users, geographic, companies, addresses, rooms, bookings, payments):
        api.include_router(router)
    app.include_router(api)
    app.include_router(health.router)
    if SandboxGateway.name in settings.offered_gateways:
        app.include_router(sandbox_page)
    settings.media_directory.mkdir(parents=True, exist_ok=True)
    app.mount("/media", StaticFiles(directory=settings.media_directory), name="media")
