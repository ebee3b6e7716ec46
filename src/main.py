"""The application: middleware, error handlers, one include per domain. Bindings from above to below are made here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from src.addresses import favorites as addresses_data
from src.addresses.router import my_router as my_favorites
from src.addresses.router import router as addresses
from src.auth import personal_data as auth_data
from src.auth.authenticator import SessionAuthenticator
from src.auth.confirmation import check_identity
from src.auth.google.client import GoogleClient
from src.auth.google.router import router as google
from src.auth.recovery_router import router as recovery
from src.auth.router import router as auth
from src.auth.session_router import router as sessions
from src.bookings import personal_data as bookings_data
from src.bookings.router import router as bookings
from src.companies import service as companies_data
from src.companies.router import router as companies
from src.core import health
from src.core.config import Settings, get_settings
from src.core.database import Database
from src.core.encryption import SecretBox
from src.core.http import install_error_handlers
from src.core.idempotency import REPLAYED_HEADER
from src.core.limits import Limiter
from src.core.logging import configure_logging
from src.core.media import MediaAddressMiddleware, MediaFiles, PresignedMedia
from src.core.middleware import (
    ApiAliasMiddleware,
    ClientAddressMiddleware,
    RequestContextMiddleware,
)
from src.core.openapi import DocumentedApi
from src.core.personal_data import PersonalData
from src.core.routing import index_routes
from src.core.storage import MEDIA_PATH, LocalStorage, S3Storage, storage_from
from src.geographic.router import router as geographic
from src.payments import personal_data as payments_data
from src.payments.gateways.sandbox import SandboxGateway
from src.payments.router import router as payments
from src.payments.sandbox_page import router as sandbox_page
from src.rooms.router import router as rooms
from src.users import deletion as users_data
from src.users.router import router as users

DESCRIPTION = """
Find a free room, hold it for 30 minutes, pay, and it is yours.

* **Times** are ISO 8601 with an offset; without one they are the studio's local time. Spans are half-open.
* **Money** is integer minor units with a currency: `{"amount": 12000, "currency": "USD"}` is 120 dollars.
* **Errors** are problem documents (RFC 9457); branch on their stable `code`.
* **Idempotency-Key**: send one with what creates something or moves money or time, and a retry acts once.

`/api/…` without a version is the newest version. Cities and countries: GeoNames, CC BY 4.0.
"""


# What each domain contributes to the export of a person's data, and what it has against their deletion.
PERSONAL_DATA = PersonalData(
    exports={
        "profile": users_data.export_profile,
        "sessions": auth_data.export_sessions,
        "external_identities": auth_data.export_identities,
        "companies": companies_data.export_companies,
        "favorites": addresses_data.export_favorites,
        "bookings": bookings_data.export_bookings,
        "payments": payments_data.export_payments,
    },
    obstacles=(
        users_data.find_obstacles,
        addresses_data.find_obstacles,
        bookings_data.find_obstacles,
    ),
)


def create_app(settings: Settings | None = None) -> FastAPI:
    settings = settings or get_settings()
    configure_logging(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.database = Database(settings)
        yield
        await app.state.database.close()
        await app.state.limiter.close()

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
    app.state.secret_box = SecretBox.of(settings)
    app.state.google = GoogleClient(settings) if settings.is_google_configured else None
    app.state.limiter = Limiter(settings.redis_url)
    app.state.check_identity = check_identity
    app.state.personal_data = PERSONAL_DATA
    app.state.storage = storage_from(settings)
    install_error_handlers(app)
    _include_routers(app, settings)
    return app


def _middleware(settings: Settings) -> list[Middleware]:
    """Outermost first."""
    hops = settings.trusted_proxy_hops
    return [
        *([Middleware(ClientAddressMiddleware, trusted_hops=hops)] if hops else []),
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
        Middleware(MediaAddressMiddleware),
    ]


def _include_routers(app: FastAPI, settings: Settings) -> None:
    # As they are, not nested: a router in a router would be matched again at every level of every request.
    for router in (
        auth,
        sessions,
        recovery,
        google,
        users,
        geographic,
        companies,
        addresses,
        my_favorites,
        rooms,
        bookings,
        payments,
    ):
        app.router.routes.extend(router.routes)
    app.include_router(health.router)
    if SandboxGateway.name in settings.offered_gateways:
        app.include_router(sandbox_page)
    _mount_media(app, settings)
    index_routes(app.router)


def _mount_media(app: FastAPI, settings: Settings) -> None:
    """Files of the folder, or ways into a private bucket; what a bucket shows by itself needs neither."""
    storage = app.state.storage
    if isinstance(storage, LocalStorage):
        settings.media_directory.mkdir(parents=True, exist_ok=True)
        app.mount(MEDIA_PATH, MediaFiles(directory=settings.media_directory), name="media")
    elif isinstance(storage, S3Storage) and not settings.s3_public_url:
        app.mount(MEDIA_PATH, PresignedMedia(storage), name="media")
