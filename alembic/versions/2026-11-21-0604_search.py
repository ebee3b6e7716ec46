"""search

The functions of `src/rooms/search/*.sql`, which say how they work; a test compares the two.

Revision ID: 5ea2c4000001
Revises: 200a50000001
"""

import re

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "5ea2c4000001"
down_revision = "200a50000001"
branch_labels = None
depends_on = None

WORDS = r"""
-- How names and queries are folded: as `src/geographic/search_key.py` does it, which a test compares.
CREATE OR REPLACE FUNCTION search_key(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT btrim(regexp_replace(
        translate(
            replace(replace(replace(replace(
                regexp_replace(normalize(lower(name), NFKD), '[\u0300-\u036f]', '', 'g'),
                'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'),
            'đðəħıĸłŋøŧ''`´‘’ʻʼ', 'ddehiklnot'
        ),
        '[^[:alnum:]]+', ' ', 'g'
    ))
$$;

-- What is asked for, in words that listings have; all have to be found. The last one may be unfinished, and so may another
-- that no listing has. One that none starts with is taken for a mistyped one and stands for its nearest neighbours.
CREATE OR REPLACE FUNCTION search_query(asked text) RETURNS tsquery LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT string_agg('(' || coalesce(known.words, near.words, quote_literal(word)) || ')', ' & ')::tsquery
    FROM (SELECT word, number = max(number) OVER () AS is_last
          FROM regexp_split_to_table(search_key(asked), ' ') WITH ORDINALITY AS split (word, number)
          WHERE word <> '' LIMIT 8) AS asked
    LEFT JOIN LATERAL (
        SELECT quote_literal(word) || CASE WHEN NOT is_last AND EXISTS (
            SELECT FROM search_words WHERE search_words.word = asked.word) THEN '' ELSE ':*' END AS words
        WHERE EXISTS (SELECT FROM search_words WHERE search_words.word >= asked.word
                      AND search_words.word < asked.word || chr(1114111))
    ) AS known ON true
    LEFT JOIN LATERAL (
        SELECT string_agg(quote_literal(neighbour), ' | ') AS words
        FROM (SELECT search_words.word AS neighbour FROM search_words WHERE search_words.word % asked.word
              ORDER BY similarity(search_words.word, asked.word) DESC, search_words.word LIMIT 5) AS neighbours
        WHERE known.words IS NULL
    ) AS near ON true
$$;
"""

LISTINGS = r"""
-- What a studio has and is: the one place that joins what other tables say of it.
CREATE OR REPLACE FUNCTION studio_equipment(studio bigint) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT ARRAY(SELECT DISTINCT type_slug::text FROM address_equipment
                 WHERE address_id = studio AND status = 'active' ORDER BY 1)
$$;

CREATE OR REPLACE FUNCTION studio_badges(studio bigint) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT ARRAY(SELECT badge_slug::text FROM address_badges WHERE address_id = studio ORDER BY 1)
$$;

-- Both dates included.
CREATE OR REPLACE FUNCTION local_days(first date, last date, zone text) RETURNS tstzrange LANGUAGE sql IMMUTABLE AS $$
    SELECT tstzrange(first::timestamp AT TIME ZONE zone, (last + 1)::timestamp AT TIME ZONE zone)
$$;

-- When a studio is closed whatever else is said; what is over is left out.
CREATE OR REPLACE FUNCTION studio_closed(studio bigint, zone text) RETURNS tstzmultirange LANGUAGE sql STABLE AS $$
    SELECT coalesce(range_agg(closed), '{}') FROM (
        SELECT CASE WHEN starts_at IS NOT NULL THEN tstzrange(starts_at, ends_at)
                    ELSE local_days(first_date, last_date, zone) END AS closed
        FROM address_closures WHERE address_id = studio
    ) AS closure WHERE upper(closed) > now()
$$;

-- Around special days the weekly minutes don't hold: `changed` says where, to the end of the night after; `open` says
-- what holds there and two days to either side, which is `known`.
CREATE OR REPLACE FUNCTION studio_special(
    studio bigint, zone text, OUT changed tstzmultirange, OUT known tstzmultirange, OUT open tstzmultirange
) LANGUAGE sql STABLE AS $$
    WITH special AS (
        SELECT first_date, last_date, hours FROM special_days WHERE address_id = studio AND last_date >= current_date - 2
    ), spans AS (
        SELECT (day + coalesce(opens, '00:00'))::timestamp AT TIME ZONE zone AS opening,
               (CASE WHEN closes > opens THEN day ELSE day + 1 END + coalesce(closes, '00:00'))::timestamp
               AT TIME ZONE zone AS closing
        FROM (SELECT DISTINCT first_date + number AS day
              FROM special, generate_series(-3, last_date - first_date + 2) AS number) AS days
        CROSS JOIN LATERAL (
            SELECT mode, opens, closes FROM operating_hours
            WHERE address_id = studio AND weekday = extract(isodow FROM day) - 1
              AND NOT EXISTS (SELECT FROM special WHERE day BETWEEN first_date AND last_date)
            UNION ALL
            SELECT span ->> 0, (span ->> 1)::time, (span ->> 2)::time
            FROM special, jsonb_array_elements(hours) AS span WHERE day BETWEEN first_date AND last_date
        ) AS entry WHERE mode IN ('open', 'around_the_clock')
    )
    SELECT (SELECT coalesce(range_agg(local_days(first_date, last_date + 1, zone)), '{}') FROM special),
           (SELECT coalesce(range_agg(local_days(first_date - 2, last_date + 2, zone)), '{}') FROM special),
           (SELECT coalesce(range_agg(tstzrange(opening, closing)), '{}') FROM spans WHERE opening < closing)
$$;

-- A whole is taken with its parts and theirs; no room is deeper.
CREATE OR REPLACE FUNCTION part_resources(room bigint) RETURNS bigint[] LANGUAGE sql STABLE AS $$
    SELECT ARRAY(
        SELECT resource_id FROM rooms WHERE id IN (
            SELECT part_id FROM room_parts WHERE whole_id = room
            UNION
            SELECT deeper.part_id FROM room_parts AS direct JOIN room_parts AS deeper
            ON deeper.whole_id = direct.part_id WHERE direct.whole_id = room
        ) ORDER BY 1)
$$;

CREATE OR REPLACE FUNCTION minute_of_day(clock time) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT (extract(epoch FROM clock) / 60)::integer
$$;

-- Minutes of the local week, Monday 00:00 first, from there on for the longest booking (two weeks) and a week more.
CREATE OR REPLACE FUNCTION studio_open_minutes(studio bigint) RETURNS int4multirange LANGUAGE sql STABLE AS $$
    SELECT coalesce(range_agg(int4range(opening + week * 10080, closing + week * 10080)), '{}')
    FROM (
        SELECT weekday * 1440 + coalesce(minute_of_day(opens), 0) AS opening,
               CASE WHEN closes > opens THEN weekday * 1440 + minute_of_day(closes)
                    ELSE (weekday + 1) * 1440 + coalesce(minute_of_day(closes), 0) END AS closing
        FROM operating_hours WHERE address_id = studio AND mode IN ('open', 'around_the_clock')
    ) AS span, generate_series(-1, 3) AS week
$$;

-- Prices in the order of search, currency by currency and what has none last, as a number: rows sort several times faster
-- by it than by the text.
CREATE OR REPLACE FUNCTION price_order(currency text, amount bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ((ascii(currency) * 128 + ascii(substr(currency, 2))) * 128 + ascii(substr(currency, 3)))::bigint << 42
           | least(amount, (1::bigint << 42) - 1)
$$;

-- Writes the rows of a studio and its rooms anew. Locks the studio: of two changes at once the later sees the earlier.
CREATE OR REPLACE FUNCTION refresh_listings(studio bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM addresses WHERE id = studio FOR NO KEY UPDATE;

    INSERT INTO studio_listings AS listing (
        address_id, city_id, is_listed, latitude, longitude, timezone, words, equipment, badges, open_minutes, closed,
        special_days, special_known, special_open)
    SELECT address.id, address.city_id, address.status = 'published', address.latitude, address.longitude,
           address.timezone,
           setweight(to_tsvector('simple', search_key(address.name)), 'A')
           || setweight(to_tsvector('simple', search_key(city.name)), 'B'),
           studio_equipment(studio), studio_badges(studio), studio_open_minutes(studio),
           studio_closed(studio, address.timezone), special.changed, special.known, special.open
    FROM addresses AS address
    JOIN cities AS city ON city.id = address.city_id
    CROSS JOIN LATERAL studio_special(studio, address.timezone) AS special
    WHERE address.id = studio
    ON CONFLICT (address_id) DO UPDATE SET (
        city_id, is_listed, latitude, longitude, timezone, words, equipment, badges, open_minutes, closed,
        special_days, special_known, special_open
    ) = (
        excluded.city_id, excluded.is_listed, excluded.latitude, excluded.longitude, excluded.timezone,
        excluded.words, excluded.equipment, excluded.badges, excluded.open_minutes, excluded.closed,
        excluded.special_days, excluded.special_known, excluded.special_open
    );

    INSERT INTO room_listings AS listing (
        room_id, address_id, resource_id, part_resource_ids, city_id, is_listed, latitude, longitude, timezone, words,
        equipment, badges, open_minutes, closed, special_days, special_known, special_open, currency, hourly_amount,
        capacity, slot_minutes, min_minutes, max_minutes, buffer_before_minutes, buffer_after_minutes, notice_minutes, horizon_days)
    SELECT room.id, studio, room.resource_id, part_resources(room.id), place.city_id, place.is_listed AND room.status = 'active',
           place.latitude, place.longitude, place.timezone,
           setweight(to_tsvector('simple', search_key(room.name)), 'A') || place.words,
           place.equipment, place.badges, place.open_minutes, place.closed,
           place.special_days, place.special_known, place.special_open, company.currency,
           (SELECT min((amount * 60 + duration_minutes - 1) / duration_minutes) FROM room_prices WHERE room_id = room.id),
           room.capacity, room.slot_minutes, room.min_minutes, room.max_minutes, room.buffer_before_minutes,
           room.buffer_after_minutes, room.notice_minutes, room.horizon_days
    FROM rooms AS room
    JOIN studio_listings AS place ON place.address_id = room.address_id
    JOIN addresses AS address ON address.id = studio
    JOIN companies AS company ON company.id = address.company_id
    WHERE room.address_id = studio
    ON CONFLICT (room_id) DO UPDATE SET (
        city_id, is_listed, latitude, longitude, timezone, words, equipment, badges, open_minutes, closed, currency,
        hourly_amount, capacity, slot_minutes, min_minutes, max_minutes, buffer_before_minutes, buffer_after_minutes,
        notice_minutes, horizon_days, part_resource_ids, special_days, special_known, special_open
    ) = (
        excluded.city_id, excluded.is_listed, excluded.latitude, excluded.longitude, excluded.timezone,
        excluded.words, excluded.equipment, excluded.badges, excluded.open_minutes, excluded.closed,
        excluded.currency, excluded.hourly_amount, excluded.capacity, excluded.slot_minutes, excluded.min_minutes,
        excluded.max_minutes, excluded.buffer_before_minutes, excluded.buffer_after_minutes,
        excluded.notice_minutes, excluded.horizon_days, excluded.part_resource_ids, excluded.special_days,
        excluded.special_known, excluded.special_open
    );

    UPDATE taken_days SET city_id = listing.city_id
    FROM room_listings AS listing
    WHERE listing.address_id = studio AND taken_days.resource_id = listing.resource_id
      AND taken_days.city_id <> listing.city_id;

    INSERT INTO search_words (word)
    SELECT DISTINCT unnest(tsvector_to_array(words)) FROM (
        SELECT words FROM studio_listings WHERE address_id = studio
        UNION ALL SELECT words FROM room_listings WHERE address_id = studio
    ) AS listed ORDER BY 1
    ON CONFLICT DO NOTHING;
END
$$;

-- Each finds the studios of a changed row. What is deleted takes its listing along by its foreign key.
CREATE OR REPLACE FUNCTION refresh_listings_of_address() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refresh_listings(NEW.id);
    RETURN NULL;
END
$$;

-- Of any table with an address_id.
CREATE OR REPLACE FUNCTION refresh_listings_of_part() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM refresh_listings(OLD.address_id);
    END IF;
    IF TG_OP = 'INSERT' OR TG_OP = 'UPDATE' AND NEW.address_id <> OLD.address_id THEN
        PERFORM refresh_listings(NEW.address_id);
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION refresh_listings_of_price() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refresh_listings(address_id) FROM rooms
    WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.room_id ELSE NEW.room_id END;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION refresh_listings_of_company() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refresh_listings(id) FROM addresses WHERE company_id = NEW.id ORDER BY id;
    RETURN NULL;
END
$$;
"""

TAKEN_DAYS = r"""
CREATE OR REPLACE FUNCTION utc_day(instant timestamptz) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (instant AT TIME ZONE 'UTC')::date
$$;

-- The day in which a half-open span that ends then has its last moment.
CREATE OR REPLACE FUNCTION utc_last_day(ends timestamptz) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (ends AT TIME ZONE 'UTC' - interval '1 microsecond')::date
$$;

-- The quarters of an hour of a day in UTC of which any moment is taken, the first one leftmost.
CREATE OR REPLACE FUNCTION touched_quarters(taken tstzmultirange, day date) RETURNS bit(96)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(bit_or((~0::bit(96) >> first) & (~0::bit(96) << 96 - last)), 0::bit(96))
    FROM (
        SELECT greatest(0, floor(date_part('epoch', lower(span) - midnight) / 900))::integer AS first,
               least(96, ceil(date_part('epoch', upper(span) - midnight) / 900))::integer AS last
        FROM unnest(taken) AS span, (SELECT day::timestamp AT TIME ZONE 'UTC') AS start (midnight)
    ) AS touched
$$;

-- Adds time that is taken for good to the days of a room's resource, and takes it off again.
--
-- Spans of one resource never overlap while they count (the constraint of `occupancies`), so adding and subtracting
-- commute: two transactions on one day meet at its row and nothing is lost. Resources that no room has are left out.
CREATE OR REPLACE FUNCTION add_taken(resource bigint, starts timestamptz, ends timestamptz) RETURNS void
LANGUAGE sql VOLATILE AS $$
    INSERT INTO taken_days AS day (resource_id, day, city_id, taken)
    SELECT resource, utc_day(starts) + number, listing.city_id, tstzmultirange(tstzrange(starts, ends))
    FROM room_listings AS listing, generate_series(0, utc_last_day(ends) - utc_day(starts)) AS number
    WHERE listing.resource_id = resource
    ON CONFLICT (resource_id, day) DO UPDATE SET taken = day.taken + excluded.taken
$$;

CREATE OR REPLACE FUNCTION subtract_taken(resource bigint, starts timestamptz, ends timestamptz) RETURNS void
LANGUAGE sql VOLATILE AS $$
    UPDATE taken_days SET taken = taken - tstzmultirange(tstzrange(starts, ends))
    WHERE resource_id = resource AND day BETWEEN utc_day(starts) AND utc_last_day(ends)
$$;

-- The triggers' WHEN keeps holds away from here: making one costs nothing. The lock is the one that a studio which moves
-- needs first: its days are taken along, whole and parts, and nobody waits for anybody in a circle.
CREATE OR REPLACE FUNCTION keep_taken_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM studio_listings AS studio JOIN room_listings USING (address_id)
    WHERE resource_id = coalesce(NEW.resource_id, OLD.resource_id) FOR SHARE OF studio;
    IF TG_OP <> 'INSERT' AND OLD.expires_at IS NULL THEN
        PERFORM subtract_taken(OLD.resource_id, OLD.starts_at, OLD.ends_at);
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.expires_at IS NULL THEN
        PERFORM add_taken(NEW.resource_id, NEW.starts_at, NEW.ends_at);
    END IF;
    RETURN NULL;
END
$$;
"""

FUNCTIONS = (
    "refresh_listings_of_company()",
    "refresh_listings_of_price()",
    "refresh_listings_of_part()",
    "refresh_listings_of_address()",
    "refresh_listings(bigint)",
    "price_order(text, bigint)",
    "studio_open_minutes(bigint)",
    "minute_of_day(time)",
    "part_resources(bigint)",
    "studio_special(bigint, text)",
    "studio_closed(bigint, text)",
    "local_days(date, date, text)",
    "studio_badges(bigint)",
    "studio_equipment(bigint)",
    "keep_taken_days()",
    "subtract_taken(bigint, timestamptz, timestamptz)",
    "add_taken(bigint, timestamptz, timestamptz)",
    "touched_quarters(tstzmultirange, date)",
    "utc_last_day(timestamptz)",
    "utc_day(timestamptz)",
    "search_query(text)",
    "search_key(text)",
)

# By table: when, and what has to be done then.
TRIGGERS = {
    "occupancies": (
        ("taken", "INSERT", "NEW.expires_at IS NULL", "keep_taken_days"),
        ("moved", "UPDATE", "OLD.expires_at IS NULL OR NEW.expires_at IS NULL", "keep_taken_days"),
        ("freed", "DELETE", "OLD.expires_at IS NULL", "keep_taken_days"),
    ),
    "addresses": (("listed", "INSERT OR UPDATE", None, "refresh_listings_of_address"),),
    **{
        table: (("listed", "INSERT OR UPDATE OR DELETE", None, "refresh_listings_of_part"),)
        for table in (
            "operating_hours",
            "special_days",
            "address_closures",
            "address_equipment",
            "address_badges",
            "room_parts",
        )
    },
    "rooms": (("listed", "INSERT OR UPDATE", None, "refresh_listings_of_part"),),
    "room_prices": (("listed", "INSERT OR UPDATE OR DELETE", None, "refresh_listings_of_price"),),
    "companies": (
        ("listed", "UPDATE", "OLD.currency <> NEW.currency", "refresh_listings_of_company"),
    ),
}


def listing_columns() -> list[sa.Column]:
    return [
        sa.Column("city_id", sa.BigInteger(), nullable=False),
        sa.Column("is_listed", sa.Boolean(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("timezone", sa.String(length=40), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.Column("equipment", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("badges", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("open_minutes", postgresql.INT4MULTIRANGE(), nullable=False),
        sa.Column("closed", postgresql.TSTZMULTIRANGE(), nullable=False),
        sa.Column("special_days", postgresql.TSTZMULTIRANGE(), nullable=False),
        sa.Column("special_known", postgresql.TSTZMULTIRANGE(), nullable=False),
        sa.Column("special_open", postgresql.TSTZMULTIRANGE(), nullable=False),
    ]


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    # Bodies are looked at when they run: what they read may come later.
    op.execute("SET LOCAL check_function_bodies = off")
    for script in (WORDS, LISTINGS, TAKEN_DAYS):
        for function in re.findall(r"CREATE OR REPLACE.*?^\$\$;$", script, re.DOTALL | re.MULTILINE):
            op.execute(function)
    op.execute("SET LOCAL check_function_bodies = on")
    op.create_table(
        "studio_listings",
        sa.Column("address_id", sa.BigInteger(), nullable=False),
        *listing_columns(),
        sa.ForeignKeyConstraint(
            ["address_id"], ["addresses.id"], name=op.f("fk_studio_listings_address_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["city_id"], ["cities.id"], name=op.f("fk_studio_listings_city_id")),
        sa.PrimaryKeyConstraint("address_id", name=op.f("pk_studio_listings")),
    )
    op.create_table(
        "room_listings",
        sa.Column("room_id", sa.BigInteger(), nullable=False),
        sa.Column("address_id", sa.BigInteger(), nullable=False),
        sa.Column("resource_id", sa.BigInteger(), nullable=False),
        sa.Column("part_resource_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        *listing_columns(),
        sa.Column("currency", sa.String(length=3, collation="C"), nullable=False),
        sa.Column("hourly_amount", sa.BigInteger(), nullable=True),
        sa.Column(
            "price_order",
            sa.BigInteger(),
            sa.Computed("price_order(currency, hourly_amount)", persisted=True),
            nullable=False,
        ),
        sa.Column("capacity", sa.SmallInteger(), nullable=False),
        sa.Column("slot_minutes", sa.Integer(), nullable=False),
        sa.Column("min_minutes", sa.Integer(), nullable=False),
        sa.Column("max_minutes", sa.Integer(), nullable=False),
        sa.Column("buffer_before_minutes", sa.Integer(), nullable=False),
        sa.Column("buffer_after_minutes", sa.Integer(), nullable=False),
        sa.Column("notice_minutes", sa.Integer(), nullable=False),
        sa.Column("horizon_days", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["room_id"], ["rooms.id"], name=op.f("fk_room_listings_room_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["address_id"], ["addresses.id"], name=op.f("fk_room_listings_address_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resources.id"], name=op.f("fk_room_listings_resource_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["city_id"], ["cities.id"], name=op.f("fk_room_listings_city_id")),
        sa.PrimaryKeyConstraint("room_id", name=op.f("pk_room_listings")),
        sa.UniqueConstraint("resource_id", name=op.f("uq_room_listings_resource_id")),
    )
    op.create_table(
        "taken_days",
        sa.Column("resource_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("city_id", sa.BigInteger(), nullable=False),
        sa.Column("taken", postgresql.TSTZMULTIRANGE(), nullable=False),
        sa.Column(
            "touched",
            postgresql.BIT(96),
            sa.Computed("touched_quarters(taken, day)", persisted=True),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resources.id"], name=op.f("fk_taken_days_resource_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["city_id"], ["cities.id"], name=op.f("fk_taken_days_city_id")),
        sa.PrimaryKeyConstraint("resource_id", "day", name=op.f("pk_taken_days")),
    )
    op.create_table(
        "search_words",
        sa.Column("word", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_search_words")),
    )
    # Searches read the index alone, as long as vacuum keeps up with the table.
    op.execute(
        "ALTER TABLE taken_days SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02)"
    )
    create_indexes()
    for table, triggers in TRIGGERS.items():
        for name, event, condition, function in triggers:
            op.execute(
                f"CREATE TRIGGER {table}_{name} AFTER {event} ON {table} FOR EACH ROW"
                f" {f'WHEN ({condition})' if condition else ''} EXECUTE FUNCTION {function}()"
            )
    op.execute("SELECT refresh_listings(id) FROM addresses ORDER BY id")
    op.execute(
        "SELECT add_taken(resource_id, starts_at, ends_at) FROM occupancies"
        " WHERE expires_at IS NULL AND ends_at > now()"
    )


def create_indexes() -> None:
    op.create_index(
        "ix_studio_listings_city_id_address_id", "studio_listings", ["city_id", "address_id"]
    )
    op.create_index(
        "ix_room_listings_city_id_price",
        "room_listings",
        ["city_id", "price_order", "room_id"],
        postgresql_include=["resource_id", "currency", "hourly_amount"],
        postgresql_where="is_listed",
    )
    op.create_index("ix_room_listings_city_id_room_id", "room_listings", ["city_id", "room_id"])
    op.create_index("ix_room_listings_price", "room_listings", ["price_order", "room_id"])
    op.create_index("ix_room_listings_address_id", "room_listings", ["address_id"])
    op.create_index(
        "ix_taken_days_city_id_day",
        "taken_days",
        ["city_id", "day"],
        postgresql_include=["resource_id", "touched"],
    )
    op.create_index(
        "ix_search_words_similar",
        "search_words",
        ["word"],
        postgresql_using="gin",
        postgresql_ops={"word": "gin_trgm_ops"},
    )
    # Those that wait for the clock only: few at any moment, and looked at for every room that seems free.
    op.create_index(
        "ix_occupancies_held",
        "occupancies",
        ["resource_id", "starts_at"],
        postgresql_where="expires_at IS NOT NULL",
    )
    for table in ("studio_listings", "room_listings"):
        op.create_index(f"ix_{table}_words", table, ["words"], postgresql_using="gin")
    position = [sa.literal_column("point(longitude, latitude)")]
    op.create_index(
        "ix_studio_listings_position", "studio_listings", position, postgresql_using="gist"
    )
    op.create_index(
        "ix_room_listings_position",
        "room_listings",
        position,
        postgresql_using="gist",
        postgresql_include=[
            *("room_id", "resource_id", "city_id", "currency", "hourly_amount", "price_order", "latitude", "longitude")
        ],
        postgresql_where="is_listed",
    )


def downgrade() -> None:
    for table, triggers in TRIGGERS.items():
        for name, *_ in triggers:
            op.execute(f"DROP TRIGGER {table}_{name} ON {table}")
    op.drop_index("ix_occupancies_held", table_name="occupancies")
    for table in ("search_words", "taken_days", "room_listings", "studio_listings"):
        op.drop_table(table)
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DROP EXTENSION pg_trgm")
