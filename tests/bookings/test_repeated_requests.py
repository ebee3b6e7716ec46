"""The Idempotency-Key of a booking, over HTTP."""

from sqlalchemy import text

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
    studio, newcomer = await world.studio(), await world.person(is_verified=False)
    key = {"Idempotency-Key": "one-of-mine"}
    problem(await newcomer.post("/bookings", wish(studio), headers=key), 403, "email_not_verified")
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE users SET email_verified_at = now() WHERE id = :id"), {"id": newcomer.id}
        )
    await created(newcomer.post("/bookings", wish(studio), headers=key))
