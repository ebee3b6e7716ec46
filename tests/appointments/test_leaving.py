"""What becomes of visits when a person, a studio or a company goes."""

from sqlalchemy import text

from tests.appointments.support import book, free_starts, let_it_begin, receive, set_status, visit
from tests.factories.world import created, ok, problem


async def test_ones_visits_are_in_ones_export(world):
    studio, customer, other = await world.studio(), await world.person(), await world.person()
    await receive(studio)
    booked = await created(customer.post("/appointments", visit(studio) | {"note": "Five of us"}))
    await book(studio, other, hour=14)
    assert (await ok(customer.get("/users/me/export")))["appointments"] == [booked]


async def test_who_deletes_their_account_comes_no_more(world, worker, session, database):
    studio, customer, rival = await world.studio(), await world.person(), await world.person()
    await receive(studio)
    over = await created(customer.post("/appointments", visit(studio, hour=10) | {"note": "Five of us"}))
    booked = await created(customer.post("/appointments", visit(studio) | {"note": "Five again"}))
    await ok(set_status(studio.owner, over, "confirmed"))
    await let_it_begin(database, over)
    await worker.run()
    answer = await customer.delete("/users/me")
    assert answer.status_code == 204, answer.text
    await worker.run()
    assert (await ok(studio.owner.get(f"/appointments/{booked['id']}")))["status"] == "cancelled"
    assert (await ok(studio.owner.get(f"/appointments/{over['id']}")))["status"] == "confirmed"
    assert set(await session.scalars(text("SELECT note FROM appointments"))) == {""}
    assert any("Cancelled" in subject for subject in worker.mailbox.subjects(studio.owner.email))
    assert "12:00" in await free_starts(rival, studio, booked["starts_at"][:10])
    assert (
        customer.email not in (await studio.owner.get(f"/addresses/{studio.address['id']}/appointments")).text
    )


async def test_a_studio_with_visitors_to_come_is_not_closed_down(world):
    studio, customer = await world.studio(), await world.person()
    await receive(studio)
    booked = await book(studio, customer)
    refused = problem(await studio.owner.delete(f"/addresses/{studio.address['id']}"), 409, "address_in_use")
    [reason] = refused["reasons"]
    assert (reason["code"], reason["ids"]) == ("upcoming_appointments", [booked["id"]])
    of_company = await studio.owner.delete(f"/companies/{studio.company['id']}")
    assert of_company.status_code == 409
    assert [reason["code"] for reason in of_company.json()["reasons"]] == ["upcoming_appointments"]
    await ok(set_status(studio.owner, booked, "cancelled"))
    assert (await studio.owner.delete(f"/addresses/{studio.address['id']}")).status_code == 204
    problem(await customer.post("/appointments", visit(studio)), 404, "address_not_found")
