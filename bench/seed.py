"""Fills a migrated database: studios, rooms with prices and hours, customers with sessions, bookings.

By SQL and not through the API, which would take minutes; what the rows mean is the same.
"""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
from sqlalchemy.engine import make_url

from bench.options import Options
from bench.world import CITIES, ROOMS_PER_STUDIO, SEEDED_HOURS, ZONE, World
from src.auth.access_tokens import AccessTokens
from src.core.config import Settings

CUSTOMERS = 50
PHOTOS_PER_ROOM = 3
# Of the seeded bookings some lie ahead, and the more there are the farther back they reach.
DAYS_AHEAD = 50

PLACES = f"""
INSERT INTO countries (code, alpha3, name, currency, continent) VALUES ('GB', 'GBR', 'Britain', 'GBP', 'EU');
INSERT INTO cities (id, name, country_code, latitude, longitude, population, timezone)
SELECT n, 'City ' || n, 'GB', 51.5, -0.1, 1000000, '{ZONE}' FROM generate_series(1, %(cities)s) AS n;
"""

_PEOPLE = f"""
INSERT INTO users (email, firstname, lastname, email_verified_at)
SELECT 'customer' || n || '@example.com', 'Mira', 'Number ' || n, now() FROM generate_series(1, {CUSTOMERS}) AS n;
INSERT INTO auth_sessions (user_id, expires_at) SELECT id, now() + interval '30 days' FROM users ORDER BY id;
"""

STUDIOS = f"""
INSERT INTO companies (name, slug, currency)
SELECT 'Company ' || n, 'company-' || n, 'GBP' FROM generate_series(1, %(studios)s) AS n;
INSERT INTO addresses (company_id, name, slug, street, city_id, latitude, longitude, timezone, status, bookable_rooms)
SELECT n, 'Studio ' || n, 'studio-' || n, n || ' Berwick Street', 1 + n %% {CITIES}, 51.5, -0.1, '{ZONE}',
       'published', {ROOMS_PER_STUDIO}
FROM generate_series(1, %(studios)s) AS n;
INSERT INTO operating_hours (address_id, weekday, mode, opens, closes)
SELECT studio, weekday, 'open', '10:00', '22:00'
FROM generate_series(1, %(studios)s) AS studio, generate_series(0, 6) AS weekday;
"""

ROOMS = f"""
INSERT INTO resources (kind) SELECT 'room' FROM generate_series(1, %(rooms)s);
INSERT INTO rooms (address_id, resource_id, name, description, capacity, slot_minutes, min_minutes, max_minutes)
SELECT 1 + (n - 1) / {ROOMS_PER_STUDIO}, n, 'Live Room ' || n, repeat('A room with a view. ', 10), 6, 60, 60, 720
FROM generate_series(1, %(rooms)s) AS n;
INSERT INTO room_prices (room_id, duration_minutes, amount)
SELECT room, minutes, minutes * 80 + 200
FROM generate_series(1, %(rooms)s) AS room, unnest(ARRAY[60, 240, 720]) AS minutes;
INSERT INTO room_photos (room_id, position, key)
SELECT room, position, 'rooms/' || room || '/' || md5(room || '.' || position)
FROM generate_series(1, %(rooms)s) AS room, generate_series(0, {PHOTOS_PER_ROOM} - 1) AS position;
"""

_TIME = f"""
CREATE TEMPORARY TABLE past AS
SELECT n AS id, 1 + n %% %(rooms)s AS room_id, 1 + n %% {CUSTOMERS} AS customer_id,
       (current_date + {DAYS_AHEAD} - (n / %(rooms)s / {len(SEEDED_HOURS)})::int
        + make_interval(hours => {SEEDED_HOURS[0]} + (n / %(rooms)s %% {len(SEEDED_HOURS)})::int)
       ) AT TIME ZONE '{ZONE}' AS starts_at
FROM generate_series(0, %(bookings)s - 1) AS n;
INSERT INTO occupancies (resource_id, claim_id, kind, starts_at, ends_at)
SELECT room_id, id + 1, 'booking', starts_at, starts_at + interval '1 hour' FROM past;
SELECT setval('occupancies_claim_id_seq', %(bookings)s + 1);
INSERT INTO bookings (customer_id, room_id, address_id, company_id, claim_id, status, starts_at, ends_at, currency,
                      total_amount, paid_amount, items, cancellation_policy)
SELECT customer_id, room_id, address_id, address_id, past.id + 1, 'confirmed', starts_at,
       starts_at + interval '1 hour', 'GBP', 5000, 5000,
       '[{{"kind": "room", "amount": 5000, "quantity": 1, "description": "Live Room, 1 h", "unit_amount": 5000}}]',
       '[{{"hours_before": 72, "refund_percent": 100}}, {{"hours_before": 24, "refund_percent": 50}}]'
FROM past JOIN rooms ON rooms.id = past.room_id;
"""


def seed(url: str, options: Options, settings: Settings) -> World:
    asyncio.run(_fill(url, options))
    tokens, now = AccessTokens.of(settings), datetime.now(UTC)
    return World(
        rooms=options.rooms,
        tokens=[tokens.issue(user_id=n, session_id=n, now=now) for n in range(1, CUSTOMERS + 1)],
        tomorrow=now.date() + timedelta(days=1),
    )


# What triggers keep up and replica mode leaves out; of days that are over nothing is kept.
_DERIVED = """
SELECT refresh_listings(id) FROM addresses;
INSERT INTO taken_days (resource_id, day, city_id, taken)
SELECT resource_id, utc_day(starts_at) + number, min(city_id), range_agg(tstzrange(starts_at, ends_at))
FROM occupancies JOIN room_listings USING (resource_id),
     generate_series(0, utc_last_day(ends_at) - utc_day(starts_at)) AS number
WHERE expires_at IS NULL AND ends_at > current_date GROUP BY 1, 2;
INSERT INTO city_extents (city_id, south, west, north, east)
SELECT city_id, min(latitude), min(longitude), max(latitude), max(longitude)
FROM room_listings WHERE is_listed GROUP BY city_id;
ANALYZE taken_days, room_listings;
SELECT fill_day(city_id, day, block_of(resource_id)) FROM taken_days GROUP BY city_id, day, block_of(resource_id);
"""


async def derive(connection: asyncpg.Connection) -> None:
    """Fills what searches read from what is there."""
    await connection.execute(_DERIVED)


async def _fill(url: str, options: Options) -> None:
    numbers = {
        "studios": -(-options.rooms // ROOMS_PER_STUDIO),
        "rooms": options.rooms,
        "bookings": options.bookings,
        "cities": CITIES,
    }
    plain_url = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(plain_url)
    try:
        # Foreign keys hold by construction: not checking 2 million of them halves the time.
        await connection.execute("SET session_replication_role = replica")
        for script in (PLACES % numbers, _PEOPLE, STUDIOS % numbers, ROOMS % numbers, _TIME % numbers):
            await connection.execute(script)
        await derive(connection)
        # What autovacuum would do at a moment of its own choosing, in the middle of a measurement.
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("ALTER SYSTEM SET autovacuum = off")
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()
