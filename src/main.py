"""The application: middleware, error handlers, one include per domain. Bindings from above to below are made here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from src import gauges
from src.addresses import favorites as addresses_data
from src.addresses import of_company as company_addresses
from src.addresses.badges.router import router as badges
from src.addresses.equipment.router import router as equipment
from src.addresses.opening.router import router as opening
from src.addresses.progress.router import router as progress
from src.addresses.router import my_router as my_favorites
from src.addresses.router import router as addresses
from src.addresses.updates.router import router as updates
from src.admin import personal_data as admin_data
from src.admin.site import mount_admin
from src.agreements import personal_data as agreements_data
from src.agreements.router import router as agreements
from src.appointments import calendar as appointments_calendar
from src.appointments import obstacles as appointments_obstacles
from src.appointments import personal_data as appointments_data
from src.appointments.calendar_router import router as appointments_calendars
from src.appointments.moves_router import router as appointment_moves
from src.appointments.router import address_router as address_appointments
from src.appointments.router import router as appointments
from src.appointments.visiting.router import router as visiting
from src.auth import personal_data as auth_data
from src.auth.authenticator import SessionAuthenticator
from src.auth.confirmation import check_identity
from src.auth.google.client import GoogleClient
from src.auth.google.router import router as google
from src.auth.recovery_router import router as recovery
from src.auth.router import router as auth
from src.auth.session_router import router as sessions
from src.bookings import obstacles as bookings_obstacles
from src.bookings import of_company as company_bookings
from src.bookings import personal_data as bookings_data
from src.bookings.add_ons.router import router as add_ons
from src.bookings.calendar.feeds import FEEDS
from src.bookings.moves_router import router as booking_moves
from src.bookings.owners.router import router as owners_views
from src.bookings.rescheduling.router import router as rescheduling
from src.bookings.router import router as bookings
from src.bookings.seats.router import router as seats
from src.bookings.series.router import router as series
from src.bookings.waitlist import service as waitlist_data
from src.bookings.waitlist.router import router as waitlist
from src.bookings.walk_ins.router import router as walk_ins
from src.calendars.enums import FeedKind
from src.calendars.feeds.sources import FeedSources
from src.calendars.router import my_router as my_calendar
from src.calendars.router import router as calendars
from src.companies import service as companies_data
from src.companies.admins.router import router as company_admins
from src.companies.closing import CompanyClosing
from src.companies.router import router as companies
from src.core import health
from src.core.config import Settings, get_settings
from src.core.database import Database
from src.core.encryption import SecretBox
from src.core.http import install_error_handlers
from src.core.idempotency import REPLAYED_HEADER
from src.core.limits import Limiter
from src.core.live import Signals
from src.core.logging import configure_logging
from src.core.mail import dev_page as mails_page
from src.core.media import MediaAddressMiddleware, MediaFiles, PresignedMedia
from src.core.middleware import (
    ApiAliasMiddleware,
    ClientAddressMiddleware,
    RequestContextMiddleware,
)
from src.core.observability import router as observability
from src.core.observability.reporting import configure_reporting
from src.core.openapi import DocumentedApi
from src.core.personal_data import PersonalData
from src.core.routing import index_routes
from src.core.shutdown import Shutdown
from src.core.storage import MEDIA_PATH, LocalStorage, S3Storage, storage_from
from src.events.router import router as events
from src.geographic.router import router as geographic
from src.messages import personal_data as messages_data
from src.messages.attachments.router import router as message_attachments
from src.messages.blocks.router import router as message_blocks
from src.messages.reports.router import router as message_reports
from src.messages.router import router as messages
from src.messages.saved_replies.router import router as saved_replies
from src.notifications import service as notifications_data
from src.notifications.router import router as notifications
from src.notifications.stream.hub import Hub
from src.notifications.stream.router import router as stream
from src.payments import personal_data as payments_data
from src.payments.accounts.router import router as payment_accounts
from src.payments.books.router import router as books
from src.payments.gateways.sandbox import SandboxGateway
from src.payments.payouts.router import router as payouts
from src.payments.router import router as payments
from src.payments.sandbox_page import router as sandbox_page
from src.payments.webhooks.router import router as gateway_webhooks
from src.rooms.availability.router import router as room_availability
from src.rooms.blocks.router import router as room_blocks
from src.rooms.calendars.router import router as room_calendars
from src.rooms.parts.router import router as room_parts
from src.rooms.photos.router import router as room_photos
from src.rooms.pricing.router import router as room_pricing
from src.rooms.router import router as rooms
from src.rooms.search.router import router as search
from src.teams import personal_data as teams_data
from src.teams.calendars_router import router as member_calendars
from src.teams.invitations.router import router as invitations
from src.teams.professionals.router import router as professionals
from src.teams.router import router as teams
from src.users import deletion as users_data
from src.users.router import router as users
from src.webhooks.router import router as webhooks

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
        "team_memberships": teams_data.export_memberships,
        "favorites": addresses_data.export_favorites,
        "bookings": bookings_data.export_bookings,
        "waitlist": waitlist_data.export_entries,
        "agreements": agreements_data.export_acceptances,
        "payments": payments_data.export_payments,
        "messages": messages_data.export_messages,
        "message_reports": messages_data.export_reports,
        "appointments": appointments_data.export_appointments,
        "notifications": notifications_data.export_notifications,
        "admin_actions": admin_data.export_actions,
    },
    obstacles=(
        users_data.find_obstacles,
        addresses_data.find_obstacles,
        bookings_data.find_obstacles,
    ),
    forgets=(teams_data.forget,),
)

# What each domain has against the closing of a company, and what ends with it.
COMPANY_CLOSING = CompanyClosing(
    obstacles=(company_bookings.find_obstacles_to_closing, appointments_obstacles.find_in_company),
    ends=(company_addresses.take_off_market,),
)

# What the domains above have against closing down a studio.
ADDRESS_OBSTACLES = (bookings_obstacles.find_at_address, appointments_obstacles.find_at_address)

# What private calendars show, by their kind.
CALENDAR_FEEDS: FeedSources = {
    **{kind: (source,) for kind, source in FEEDS.items()},
    FeedKind.CUSTOMER: (FEEDS[FeedKind.CUSTOMER], appointments_calendar.customer_feed),
    FeedKind.DESK: (appointments_calendar.desk_feed,),
}


def create_app(settings: Settings | None = None) -> FastAPI:
    settings = settings or get_settings()
    configure_logging(settings)
    configure_reporting(settings, "api")

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.shutdown.watch()
        app.state.shutdown.before_the_end(app.state.hub.end_streams)
        app.state.database = Database(settings, on_news=app.state.signals.wake)
        app.state.hub.start(app.state.database)
        yield
        await app.state.hub.stop()
        await app.state.database.close()
        await app.state.signals.close()
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
    app.state.shutdown = Shutdown(settings.drain_seconds)
    app.state.read_gauges = gauges.read
    app.state.authenticate = SessionAuthenticator(settings)
    app.state.secret_box = SecretBox.of(settings)
    app.state.google = GoogleClient(settings) if settings.is_google_configured else None
    app.state.limiter = Limiter(settings.redis_url)
    app.state.signals = Signals(settings.redis_url)
    app.state.hub = Hub(app.state.signals, settings)
    app.state.check_identity = check_identity
    app.state.personal_data = PERSONAL_DATA
    app.state.calendar_feeds = CALENDAR_FEEDS
    app.state.address_obstacles = ADDRESS_OBSTACLES
    app.state.company_closing = COMPANY_CLOSING
    app.state.find_foreign_studios = company_addresses.find_foreign
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
        company_admins,
        teams,
        invitations,
        professionals,
        addresses,
        opening,
        equipment,
        badges,
        updates,
        progress,
        my_favorites,
        my_calendar,
        member_calendars,
        calendars,
        rooms,
        room_pricing,
        room_parts,
        room_availability,
        room_photos,
        room_blocks,
        room_calendars,
        search,
        events,
        seats,
        add_ons,
        series,
        bookings,
        owners_views,
        agreements,
        booking_moves,
        rescheduling,
        walk_ins,
        waitlist,
        payments,
        payment_accounts,
        payouts,
        books,
        gateway_webhooks,
        webhooks,
        messages,
        message_attachments,
        message_blocks,
        message_reports,
        saved_replies,
        appointments,
        appointment_moves,
        address_appointments,
        appointments_calendars,
        visiting,
        notifications,
        stream,
    ):
        app.router.routes.extend(router.routes)
    app.include_router(health.router)
    app.include_router(observability.router)
    if SandboxGateway.name in settings.offered_gateways:
        app.include_router(sandbox_page)
    if mails_page.is_wanted(settings):
        app.include_router(mails_page.router)
    _mount_media(app, settings)
    mount_admin(app)
    index_routes(app.router)


def _mount_media(app: FastAPI, settings: Settings) -> None:
    """Files of the folder, or ways into a private bucket; what a bucket shows by itself needs neither."""
    storage = app.state.storage
    if isinstance(storage, LocalStorage):
        settings.media_directory.mkdir(parents=True, exist_ok=True)
        app.mount(MEDIA_PATH, MediaFiles(directory=settings.media_directory), name="media")
    elif isinstance(storage, S3Storage) and not settings.s3_public_url:
        app.mount(MEDIA_PATH, PresignedMedia(storage), name="media")
