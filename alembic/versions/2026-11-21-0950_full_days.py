"""full days of a city's rooms, for searches of a city that is booked out; the new name of a city in search

The functions of `src/rooms/search/full_days.sql`, which says how they work; a test compares the two.

Revision ID: 5ea2c4000002
Revises: a99000000001
"""

import re

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "5ea2c4000002"
down_revision = "a99000000001"
branch_labels = None
depends_on = None

FULL_DAYS = r"""
-- A city's rooms fall into a fixed number of blocks: of few rooms each, whatever the city's size.
CREATE OR REPLACE FUNCTION block_of(resource bigint) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (resource % 64)::smallint
$$;

-- A bit that is set promises that every room of the block is taken then; one that isn't promises nothing. So whoever frees
-- a room waits for whoever is setting bits and clears its own; who would have to wait to set them leaves it, for the next one.
CREATE OR REPLACE FUNCTION full_days_lock(city bigint, block smallint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT hashtextextended('full_days:' || city || ':' || block, 0)
$$;

CREATE OR REPLACE FUNCTION fill_day(city bigint, filled date, rooms smallint) RETURNS void LANGUAGE sql VOLATILE AS $$
    INSERT INTO full_days (city_id, day, block, touched)
    SELECT city, filled, rooms, bit_and(coalesce(taken.touched, 0::bit(96)))
    FROM room_listings AS listing
    LEFT JOIN taken_days AS taken ON taken.resource_id = listing.resource_id AND taken.day = filled
    WHERE listing.city_id = city AND block_of(listing.resource_id) = rooms
      AND listing.is_listed AND listing.hourly_amount IS NOT NULL
    HAVING bit_and(coalesce(taken.touched, 0::bit(96))) <> 0::bit(96)
    ON CONFLICT (city_id, day, block) DO UPDATE SET touched = excluded.touched
    WHERE full_days.touched <> excluded.touched
$$;

-- Mostly some room of the block is free then, and the first one that is looked at says so.
CREATE OR REPLACE FUNCTION fill_day_of_room() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    rooms smallint := block_of(NEW.resource_id);
    added bit(96) := NEW.touched & ~coalesce(OLD.touched, 0::bit(96));
BEGIN
    IF NOT EXISTS (
        SELECT FROM room_listings AS listing
        WHERE listing.city_id = NEW.city_id AND block_of(listing.resource_id) = rooms
          AND listing.is_listed AND listing.hourly_amount IS NOT NULL
          AND added & coalesce(
              (SELECT taken.touched FROM taken_days AS taken
               WHERE taken.resource_id = listing.resource_id AND taken.day = NEW.day), 0::bit(96)) = 0::bit(96)
    ) AND pg_try_advisory_xact_lock(full_days_lock(NEW.city_id, rooms)) THEN
        PERFORM fill_day(NEW.city_id, NEW.day, rooms);
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION reopen_day_of_room() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(full_days_lock(NEW.city_id, block_of(NEW.resource_id)));
    UPDATE full_days SET touched = touched & NEW.touched
    WHERE city_id = NEW.city_id AND day = NEW.day AND block = block_of(NEW.resource_id) AND touched & ~NEW.touched <> 0::bit(96);
    RETURN NULL;
END
$$;

-- Of a room that comes onto the market or into the city: only when it is taken as well a day is still full.
CREATE OR REPLACE FUNCTION reopen_days_of_listing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(full_days_lock(NEW.city_id, block_of(NEW.resource_id)));
    UPDATE full_days SET touched = touched & coalesce(
        (SELECT taken.touched FROM taken_days AS taken
         WHERE taken.resource_id = NEW.resource_id AND taken.day = full_days.day), 0::bit(96))
    WHERE city_id = NEW.city_id AND block = block_of(NEW.resource_id);
    RETURN NULL;
END
$$;
"""

# Of `listings.sql`.
RENAMED_CITY = r"""
CREATE OR REPLACE FUNCTION refresh_listings_of_city() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refresh_listings(id) FROM addresses WHERE city_id = NEW.id ORDER BY id;
    RETURN NULL;
END
$$;
"""

FUNCTIONS = (
    "refresh_listings_of_city()",
    "reopen_days_of_listing()",
    "reopen_day_of_room()",
    "fill_day_of_room()",
    "fill_day(bigint, date, smallint)",
    "full_days_lock(bigint, smallint)",
    "block_of(bigint)",
)

IS_SHOWN = "NEW.is_listed AND NEW.hourly_amount IS NOT NULL"
# By table: when, and what has to be done then.
TRIGGERS = {
    "cities": (("listed", "UPDATE", "OLD.name <> NEW.name", "refresh_listings_of_city"),),
    "taken_days": (
        ("begun", "INSERT", "true", "fill_day_of_room"),
        ("filled", "UPDATE", "NEW.touched & ~OLD.touched <> 0::bit(96)", "fill_day_of_room"),
        ("reopened", "UPDATE", "OLD.touched & ~NEW.touched <> 0::bit(96)", "reopen_day_of_room"),
    ),
    "room_listings": (
        ("added", "INSERT", IS_SHOWN, "reopen_days_of_listing"),
        (
            "shown",
            "UPDATE",
            f"{IS_SHOWN} AND NOT (OLD.is_listed AND OLD.hourly_amount IS NOT NULL AND OLD.city_id = NEW.city_id)",
            "reopen_days_of_listing",
        ),
    ),
}


def upgrade() -> None:
    op.create_table(
        "full_days",
        sa.Column("city_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("block", sa.SmallInteger(), nullable=False),
        sa.Column("touched", postgresql.BIT(96), nullable=False),
        sa.CheckConstraint("block BETWEEN 0 AND 63", name=op.f("ck_full_days_block")),
        sa.ForeignKeyConstraint(["city_id"], ["cities.id"], name=op.f("fk_full_days_city_id")),
        sa.PrimaryKeyConstraint("city_id", "day", "block", name=op.f("pk_full_days")),
    )
    for script in (FULL_DAYS, RENAMED_CITY):
        for function in re.findall(r"CREATE OR REPLACE.*?^\$\$;$", script, re.DOTALL | re.MULTILINE):
            op.execute(function)
    op.create_index(
        "ix_room_listings_city_id_block",
        "room_listings",
        ["city_id", sa.literal_column("block_of(resource_id)")],
        postgresql_where="is_listed AND hourly_amount IS NOT NULL",
    )
    for table, triggers in TRIGGERS.items():
        for name, event, condition, function in triggers:
            op.execute(
                f"CREATE TRIGGER {table}_{name} AFTER {event} ON {table} FOR EACH ROW"
                f" WHEN ({condition}) EXECUTE FUNCTION {function}()"
            )
    op.execute(
        "SELECT fill_day(city_id, day, block_of(resource_id)) FROM taken_days"
        " GROUP BY city_id, day, block_of(resource_id)"
    )


def downgrade() -> None:
    for table, triggers in TRIGGERS.items():
        for name, *_ in triggers:
            op.execute(f"DROP TRIGGER {table}_{name} ON {table}")
    op.drop_index("ix_room_listings_city_id_block", table_name="room_listings")
    op.drop_table("full_days")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
