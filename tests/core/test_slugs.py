import asyncio
import re
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.core.schemas import IdOrSlug
from src.core.slugs import LONGEST_SLUG, candidates
from tests.factories.world import World

PATTERN = IdOrSlug.__metadata__[0].metadata[0].pattern  # type: ignore[attr-defined]


def first(name: str, number: int = 1) -> list[str]:
    return list(islice(candidates(name, fallback="company"), number))


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Abbey Road Studios", "abbey-road-studios"),
        ("  Größe & Klang  ", "grosse-klang"),
        ("Łódź", "lodz"),
        ("李氏錄音室", "li-shi-lu-yin-shi"),
        ("!!!", "company"),
        ("🎸", "company"),
        ("1984", "company-1984"),
        ("<script>", "script"),
    ],
)
def test_a_slug_can_be_read_and_typed(name: str, slug: str) -> None:
    assert first(name) == [slug]


def test_the_next_of_a_name_are_numbered_and_then_random() -> None:
    found = first("Soho", 12)
    assert found[:3] == ["soho", "soho-2", "soho-3"]
    assert len(set(found)) == 12
    assert all(re.fullmatch("soho-[0-9a-f]{8}", slug) for slug in found[9:])


@given(st.text(max_size=300))
def test_every_name_has_slugs_that_an_address_takes_and_that_are_no_ids(name: str) -> None:
    for slug in first(name, 11):
        assert re.fullmatch(PATTERN, slug)
        assert not slug.isdigit()
        assert len(slug) <= LONGEST_SLUG


async def test_companies_of_one_name_that_are_made_at_once_all_get_a_slug(committed_world: World) -> None:
    people = [await committed_world.person() for _ in range(10)]
    body = {"name": "Soho Sound", "currency": "GBP"}
    answers = await asyncio.gather(*(person.post("/companies", body) for person in people))
    assert [answer.status_code for answer in answers] == [201] * 10
    slugs = {answer.json()["slug"] for answer in answers}
    assert len(slugs) == 10
    assert "soho-sound" in slugs
    for slug in slugs:
        assert (await people[0].get(f"/companies/{slug}")).json()["slug"] == slug
