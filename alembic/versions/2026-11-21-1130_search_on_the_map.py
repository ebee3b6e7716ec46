"""what a circle reaches: where the listed rooms of each city lie, and rooms by price within a degree of the map

The functions of `src/rooms/search/map.sql`, which says how they work; a test compares the two.

Revision ID: 5ea2c4000003
Revises: ad3100000001
"""

import sqlalchemy as sa

from alembic import op

revision = "5ea2c4000003"
down_revision = "ad3100000001"
branch_labels = None
depends_on = None

MAP_CELL = """
CREATE OR REPLACE FUNCTION map_cell(latitude float8, longitude float8) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT floor(latitude)::integer * 360 + floor(longitude)::integer
$$;
"""
EXTEND = """
CREATE OR REPLACE FUNCTION extend_city_of_listing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM city_extents WHERE city_id = NEW.city_id
        AND NEW.latitude BETWEEN south AND north AND NEW.longitude BETWEEN west AND east
    ) THEN
        INSERT INTO city_extents AS known (city_id, south, west, north, east)
        VALUES (NEW.city_id, NEW.latitude, NEW.longitude, NEW.latitude, NEW.longitude)
        ON CONFLICT (city_id) DO UPDATE SET
            south = least(known.south, excluded.south), west = least(known.west, excluded.west),
            north = greatest(known.north, excluded.north), east = greatest(known.east, excluded.east);
    END IF;
    RETURN NULL;
END
$$;
"""
MOVES = """OLD.city_id <> NEW.city_id OR NOT OLD.is_listed
    OR (OLD.latitude, OLD.longitude) IS DISTINCT FROM (NEW.latitude, NEW.longitude)"""
# When a room comes onto the market or to another place.
TRIGGERS = {
    "placed": ("INSERT", "NEW.is_listed"),
    "moved": ("UPDATE", f"NEW.is_listed AND ({MOVES})"),
}


def upgrade() -> None:
    op.create_table(
        "city_extents",
        sa.Column("city_id", sa.BigInteger(), autoincrement=False, nullable=False),
        *(sa.Column(side, sa.Float(), nullable=False) for side in ("south", "west", "north", "east")),
        sa.CheckConstraint("south <= north AND west <= east", name=op.f("ck_city_extents_box")),
        sa.ForeignKeyConstraint(["city_id"], ["cities.id"], name=op.f("fk_city_extents_city_id")),
        sa.PrimaryKeyConstraint("city_id", name=op.f("pk_city_extents")),
    )
    op.create_index(
        "ix_city_extents_box",
        "city_extents",
        [sa.literal_column("box(point(west, south), point(east, north))")],
        postgresql_using="gist",
    )
    op.execute(MAP_CELL)
    op.create_index(
        "ix_room_listings_cell_price",
        "room_listings",
        [sa.literal_column("map_cell(latitude, longitude)"), "price_order", "room_id"],
        postgresql_include=["resource_id", "city_id", "currency", "hourly_amount", "latitude", "longitude"],
        postgresql_where="is_listed AND hourly_amount IS NOT NULL",
    )
    op.execute(EXTEND)
    for name, (event, condition) in TRIGGERS.items():
        op.execute(
            f"CREATE TRIGGER room_listings_{name} AFTER {event} ON room_listings FOR EACH ROW"
            f" WHEN ({condition}) EXECUTE FUNCTION extend_city_of_listing()"
        )
    op.execute(
        "INSERT INTO city_extents (city_id, south, west, north, east)"
        " SELECT city_id, min(latitude), min(longitude), max(latitude), max(longitude)"
        " FROM room_listings WHERE is_listed GROUP BY city_id"
    )


def downgrade() -> None:
    for name in TRIGGERS:
        op.execute(f"DROP TRIGGER room_listings_{name} ON room_listings")
    op.drop_table("city_extents")
    op.execute("DROP FUNCTION extend_city_of_listing()")
    op.drop_index("ix_room_listings_cell_price", table_name="room_listings")
    op.execute("DROP FUNCTION map_cell(double precision, double precision)")
