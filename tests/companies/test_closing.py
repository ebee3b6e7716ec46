"""A company that is closed is off the market at once, everywhere, and still there for its admins."""

from src.core.identity import Role
from src.teams.enums import TeamRole
from tests.factories.world import World, ok, problem, wish


async def close(world: World, studio):
    assert (await studio.owner.delete(f"/companies/{studio.company['id']}")).status_code == 204


async def test_its_studios_leave_the_market_at_once(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    await customer.put(f"/addresses/{studio.address['id']}/favorite", None)
    await close(world, studio)
    for path in (
        f"/companies/{studio.company['id']}",
        f"/companies/{studio.company['slug']}",
        f"/addresses/{studio.address['id']}",
        f"/rooms/{studio.room_id}",
        f"/rooms/{studio.room_id}/availability?from=2027-03-01&to=2027-03-02",
    ):
        assert (await customer.get(path)).status_code == 404, path
    assert (await ok(customer.get(f"/rooms?address_id={studio.address['id']}")))["total"] == 0
    assert (await ok(customer.get("/users/me/favorites")))["total"] == 0
    problem(await customer.post("/bookings", wish(studio)), 404, "room_not_found")
    problem(await customer.post("/bookings/quote", wish(studio)), 404, "room_not_found")


async def test_its_admins_read_and_change_nothing(world: World) -> None:
    studio = await world.studio()
    await close(world, studio)
    owner, company_path = studio.owner, f"/companies/{studio.company['id']}"
    assert (await ok(owner.get(company_path)))["is_active"] is False
    for path in (f"/addresses/{studio.address['id']}", f"/rooms/{studio.room_id}", f"{company_path}/audit",
                 f"{company_path}/team", f"{company_path}/admins"):  # fmt: skip
        assert (await owner.get(path)).status_code == 200, path
    for path, body, code in (
        (company_path, {"name": "Again"}, (409, "company_closed")),
        (f"/addresses/{studio.address['id']}", {"status": "published"}, (403, "permission_missing")),
        (f"/rooms/{studio.room_id}", {"name": "Again"}, (403, "permission_missing")),
    ):
        problem(await owner.patch(path, body), *code)
    problem(await owner.delete(company_path), 409, "company_closed")
    # Administrators of the platform pass permissions, but not the database.
    admin = await world.person(role=Role.ADMIN)
    answer = await admin.patch(f"/addresses/{studio.address['id']}", {"status": "published"})
    problem(answer, 409, "company_closed")


async def test_its_members_have_no_rights_any_more(world: World) -> None:
    studio = await world.studio()
    manager, _ = await world.member(studio, TeamRole.MANAGER)
    professional, member_id = await world.member(studio, TeamRole.PROFESSIONAL)
    await ok(manager.get(f"/companies/{studio.company['id']}/team"))
    await close(world, studio)
    problem(await manager.get(f"/companies/{studio.company['id']}/team"), 404, "company_not_found")
    problem(await manager.get(f"/addresses/{studio.address['id']}"), 404, "address_not_found")
    problem(await world.client.get(f"/api/v1/team/{member_id}"), 404, "professional_not_found")
    answer = await professional.put(f"/team/{member_id}/hours", {"hours": []})
    problem(answer, 409, "company_closed")


async def test_bookings_to_come_stand_against_it(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    booking = await world.paid_booking(studio, customer)
    path = f"/companies/{studio.company['id']}"
    refused = problem(await studio.owner.delete(path), 409, "company_in_use")
    assert [(reason["code"], reason["ids"]) for reason in refused["reasons"]] == [
        ("upcoming_bookings", [booking["id"]])
    ]
    assert (await world.client.get(f"/api/v1/rooms/{studio.room_id}")).status_code == 200
    await ok(studio.owner.post(f"/bookings/{booking['id']}/cancel", {}))
    await close(world, studio)
    assert (await ok(customer.get(f"/bookings/{booking['id']}")))["status"] == "cancelled"


async def test_a_payment_for_an_expired_hold_revives_nothing(world: World, run_outbox) -> None:
    studio, customer = await world.studio(), await world.person()
    booking = await world.held_booking(studio, customer)
    checkout = (await customer.post(f"/bookings/{booking['id']}/checkout", {"gateway": "sandbox"})).json()
    await world.let_hold_end(booking)
    await close(world, studio)
    assert (await world.client.post(f"{checkout['url']}/pay")).status_code == 303
    await run_outbox()
    assert (await ok(customer.get(f"/bookings/{booking['id']}")))["status"] == "expired"
    payments = await ok(customer.get(f"/bookings/{booking['id']}/payments"))
    assert [refund["amount"]["amount"] for refund in payments["refunds"]] == [10_000]
