"""The database's own functions: those of the sources, and a folding of names that is Python's."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from src.core.database import driver
from src.core.money import LARGEST_AMOUNT
from src.geographic.search_key import search_key
from src.rooms import search
from tests.support.fuzzing import examples

AMOUNTS = st.none() | st.integers(0, 5) | st.integers(0, LARGEST_AMOUNT)
SOURCES = [path.read_text() for path in sorted(Path(search.__path__[0]).glob("*.sql"))]
NAMES = [
    line.split("FUNCTION ")[1].split("(")[0]
    for source in SOURCES
    for line in source.splitlines()
    if line.startswith("CREATE OR REPLACE FUNCTION")
]
FUNCTIONS = text("""
    SELECT oid::regprocedure::text, prosrc, provolatile, prolang FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND proname = ANY(:names) ORDER BY 1
""")


async def test_the_functions_of_the_database_are_those_of_the_sources(session):
    migrated = (await session.execute(FUNCTIONS, {"names": NAMES})).all()
    assert len(migrated) == len(NAMES)
    for source in SOURCES:
        await (await driver(session)).execute(source)
    assert (await session.execute(FUNCTIONS, {"names": NAMES})).all() == migrated


@given(st.text(st.characters(max_codepoint=0x17F, exclude_categories=["Cc"]), max_size=30))
@settings(max_examples=examples(200), suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_the_database_folds_names_as_python_does(session, name):
    assert await session.scalar(text("SELECT search_key(:name)"), {"name": name}) == search_key(name)


@given(st.lists(st.tuples(st.sampled_from(["EUR", "GBP", "GEL", "USD"]), AMOUNTS), min_size=2, max_size=2))
@settings(max_examples=examples(50), suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_prices_are_in_order_currency_by_currency_and_none_last(session, prices):
    one, other = [
        await session.scalar(
            text("SELECT price_order(:currency, :amount)"), {"currency": code, "amount": amount}
        )
        for code, amount in prices
    ]
    keys = [(code, LARGEST_AMOUNT + 1 if amount is None else amount) for code, amount in prices]
    assert (one < other) == (keys[0] < keys[1])
