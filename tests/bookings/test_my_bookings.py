import pytest

from src.core.identity import Role
from tests.factories.world import ok, problem


async def test_my_bookings_are_mine_alone_newest_first_and_in_pages(world):
    studio, customer, other = await world.studio(), await world.person(), await world.person()
    hours = (10, 13, 16)
    ids = [(await world.held_booking(studio, customer, hour=hour))["id"] for hour in hours]
    await world.held_booking(studio, other, hour=19)
    first = await ok(customer.get("/bookings", params={"size": 2}))
    second = await ok(customer.get("/bookings", params={"size": 2, "page": 2}))
    assert [booking["id"] for booking in first["items"]] == ids[:0:-1]
    assert [booking["id"] for booking in second["items"]] == ids[:1]
    assert (first["total"], first["page"], first["size"]) == (3, 1, 2)
    assert (second["total"], second["page"], second["size"]) == (3, 2, 2)


async def test_what_others_book_with_me_is_not_mine(world):
    studio, customer = await world.studio(), await world.person()
    await world.held_booking(studio, customer)
    for person in (studio.owner, await world.person(role=Role.ADMIN)):
        listed = await ok(person.get("/bookings"))
        assert (listed["items"], listed["total"]) == ([], 0)


async def test_the_list_shows_each_as_it_is_alone(world):
    studio, customer = await world.studio(), await world.person()
    booking = await world.paid_booking(studio, customer)
    assert (await ok(customer.get("/bookings")))["items"] == [booking]


@pytest.mark.parametrize("query", [{"page": 0}, {"page": 10_001}, {"size": 101}, {"size": "all"}], ids=str)
async def test_a_page_that_makes_no_sense_is_refused(world, query):
    problem(await (await world.person()).get("/bookings", params=query), 422, "validation_failed")


async def test_the_list_needs_a_log_in(world):
    problem(await world.client.get("/api/v1/bookings"), 401, "not_authenticated")
