"""What the migrated database itself has to say about its tables."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from src import model_registry
from src.core.models import Base

UNINDEXED_FOREIGN_KEYS = text("""
SELECT conrelid::regclass::text || '(' || string_agg(attname, ', ' ORDER BY place) || ')'
FROM pg_constraint AS key
CROSS JOIN LATERAL unnest(key.conkey) WITH ORDINALITY AS part (number, place)
JOIN pg_attribute AS attribute ON attribute.attrelid = key.conrelid AND attribute.attnum = part.number
WHERE key.contype = 'f' AND key.connamespace = 'public'::regnamespace
  AND NOT EXISTS (
      SELECT FROM pg_index AS index
      WHERE index.indrelid = key.conrelid AND index.indpred IS NULL
        AND (index.indkey::int2[])[0:cardinality(key.conkey) - 1] @> key.conkey
  )
GROUP BY key.oid, conrelid ORDER BY 1
""")

UNNAMED_CONSTRAINTS = text("""
SELECT conrelid::regclass || '.' || conname FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'f', 'p', 'u', 'x')
  AND conrelid <> 0 AND conrelid::regclass::text <> 'alembic_version'
  AND conname !~ '^(ck|fk|pk|uq|ex)_'
""")

COLUMNS_OF_TYPE = text("""
SELECT table_name || '.' || column_name FROM information_schema.columns
WHERE table_schema = 'public' AND data_type = ANY(:types)
""")


async def test_every_foreign_key_has_an_index_that_starts_with_it(session: AsyncSession) -> None:
    """Without one, deleting or changing the other side reads the whole table."""
    assert (await session.scalars(UNINDEXED_FOREIGN_KEYS)).all() == []


async def test_the_question_for_unindexed_foreign_keys_finds_one(session: AsyncSession) -> None:
    await session.execute(
        text("CREATE TABLE probe_keys (room_id bigint REFERENCES rooms, user_id bigint REFERENCES users)")
    )
    await session.execute(text("CREATE INDEX ON probe_keys (user_id, room_id)"))
    found = (await session.scalars(UNINDEXED_FOREIGN_KEYS)).all()
    assert "probe_keys(room_id)" in found
    assert "probe_keys(user_id)" not in found


async def test_every_constraint_has_a_name_of_ours(session: AsyncSession) -> None:
    assert (await session.scalars(UNNAMED_CONSTRAINTS)).all() == []


async def test_instants_have_a_zone_and_money_is_never_a_float(session: AsyncSession) -> None:
    without_zone = await session.scalars(COLUMNS_OF_TYPE, {"types": ["timestamp without time zone", "money"]})
    assert without_zone.all() == []
    floats = await session.scalars(COLUMNS_OF_TYPE, {"types": ["real", "double precision", "numeric"]})
    assert {column.partition(".")[2] for column in floats} <= {
        "latitude",
        "longitude",
        "lat",
        "lng",
        "south",
        "west",
        "north",
        "east",
    }


async def test_every_model_is_in_the_registry_and_has_its_table(session: AsyncSession) -> None:
    assert model_registry
    tables = await session.scalars(
        text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'")
    )
    assert set(tables) == set(Base.metadata.tables)
