"""The limit: Starlette, asyncpg and nothing else, issuing the product's statements.

No rules, no validation, no routing but by path; answers are bytes made by hand or by the database. What is
cheap to tune is tuned: its own stack of connections, a frozen heap.
"""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy.engine import make_url
from starlette.applications import Starlette

from bench.rows.availability import bare as availability
from bench.rows.bookings import bare as bookings
from bench.rows.rooms import bare as rooms
from src.auth.access_tokens import AccessTokens
from src.core.config import Settings


def create_app() -> Starlette:
    settings = Settings()
    url = make_url(settings.database_url).set(drivername="postgresql").render_as_string(hide_password=False)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        opened = [await asyncpg.connect(url) for _ in range(settings.database_pool_size)]
        # Never empty: the bench has fewer clients than the pool has connections.
        app.state.connections = list(opened)
        gc.collect()
        gc.freeze()
        yield
        for connection in opened:
            await connection.close()

    app = Starlette(routes=[*bookings.ROUTES, *availability.ROUTES, *rooms.ROUTES], lifespan=lifespan)
    app.state.tokens = AccessTokens.of(settings)
    return app
