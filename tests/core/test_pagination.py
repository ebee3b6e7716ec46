import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from src.calendars.enums import ResourceKind
from src.calendars.models import Resource
from src.core.pagination import LARGEST_PAGE_SIZE, LAST_PAGE, PageRequest, paginate
from tests.core.probe import Client
from tests.factories.world import World, problem


@pytest.mark.parametrize(
    ("page", "size", "places"), [(1, 3, [0, 1, 2]), (3, 3, [6]), (4, 3, []), (1, 100, [0, 1, 2, 3, 4, 5, 6])]
)
async def test_a_page_holds_its_part_and_the_total_of_all(
    session: AsyncSession, page: int, size: int, places: list[int]
) -> None:
    equipment = [Resource(kind=ResourceKind.EQUIPMENT) for _ in range(7)]
    session.add_all([*equipment, Resource(kind=ResourceKind.ROOM)])
    await session.flush()
    wanted = select(Resource).where(Resource.kind == ResourceKind.EQUIPMENT).order_by(Resource.id)
    items, total = await paginate(session, wanted, PageRequest(page=page, size=size))
    ordered = sorted(equipment, key=lambda resource: resource.id)
    assert list(items) == [ordered[place] for place in places]
    assert total == 7


async def test_lists_say_where_one_is(world: World) -> None:
    mira = await world.person()
    for number in range(3):
        await mira.post("/companies", {"name": f"Studio {number}", "currency": "GBP"})
    pages = [(await mira.get(f"/companies/mine?page={page}&size=2")).json() for page in (1, 2, 3)]
    assert [(page["page"], page["size"], page["total"]) for page in pages] == [
        (1, 2, 3),
        (2, 2, 3),
        (3, 2, 3),
    ]
    names = [company["name"] for page in pages for company in page["items"]]
    assert names == ["Studio 2", "Studio 1", "Studio 0"]


@pytest.mark.parametrize(
    ("query", "is_allowed"),
    [
        (f"size={LARGEST_PAGE_SIZE}", True),
        (f"size={LARGEST_PAGE_SIZE + 1}", False),
        ("size=0", False),
        ("size=-1", False),
        ("size=many", False),
        (f"page={LAST_PAGE}", True),
        (f"page={LAST_PAGE + 1}", False),
        ("page=0", False),
        ("page=1.5", False),
    ],
)
async def test_pages_are_capped(client: Client, world: World, query: str, is_allowed: object) -> None:
    mira = await world.person()
    for path in ("/companies/mine", "/bookings", "/users/me/favorites"):
        answer = await mira.get(f"{path}?{query}")
        if is_allowed:
            assert answer.status_code == 200
        else:
            problem(answer, 422, "validation_failed")
