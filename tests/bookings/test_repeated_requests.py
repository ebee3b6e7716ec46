"""The Idempotency-Key of a booking, over HTTP."""

from src.companies.models import CompanyAdmin
from tests.factories.world import created, problem, wish


async def test_the_same_key_twice_makes_one_booking(world):
    studio, customer = await world.studio(), await world.person()
    key = {"Idempotency-Key": "one-of-mine"}
    first = await created(customer.post("/bookings", wish(studio), headers=key))
    answer = await customer.post("/bookings", wish(studio), headers=key)
    assert answer.json() == first
    assert answer.headers["Idempotency-Replayed"] == "true"
    bookings = await customer.get("/bookings")
    assert bookings.json()["total"] == 1


async def test_the_same_key_with_another_body_is_refused(world):
    studio, customer = await world.studio(), await world.person()
    key = {"Idempotency-Key": "one-of-mine"}
    await created(customer.post("/bookings", wish(studio), headers=key))
    answer = await customer.post("/bookings", wish(studio, hour=16), headers=key)
    problem(answer, 422, "idempotency_key_reused")


async def test_a_refusal_for_want_of_rights_is_not_kept_for_the_key(world, database):
    studio, newcomer = await world.studio(), await world.person()
    key = {"Idempotency-Key": "one-of-mine"}
    room = {"address_id": studio.address["id"], "name": "B", "capacity": 2}
    room |= {"slot_minutes": 60, "min_minutes": 60, "max_minutes": 120}
    problem(await newcomer.post("/rooms", room, headers=key), 403, "permission_missing")
    async with database.transaction() as session:
        session.add(CompanyAdmin(company_id=studio.company["id"], user_id=newcomer.id))
    await created(newcomer.post("/rooms", room, headers=key))
