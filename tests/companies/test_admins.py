import pytest

from src.core.identity import Role
from src.teams.enums import TeamRole
from tests.factories.world import World, created, ok, problem


async def admins_of(person, company_id):
    return [admin["user_id"] for admin in (await ok(person.get(f"/companies/{company_id}/admins")))["items"]]


async def test_an_admin_is_added_by_email_or_id_and_may_do_everything_at_once(world: World) -> None:
    studio, by_email, by_id = await world.studio(), await world.person(), await world.person()
    path = f"/companies/{studio.company['id']}/admins"
    added = await created(studio.owner.post(path, {"email": by_email.email.upper()}))
    assert (added["user_id"], added["email"]) == (by_email.id, by_email.email)
    await created(by_email.post(path, {"user_id": by_id.id}))
    assert await admins_of(by_id, studio.company["id"]) == [studio.owner.id, by_email.id, by_id.id]
    await ok(by_id.patch(f"/rooms/{studio.room_id}", {"name": "Theirs too"}))
    assert (await ok(by_id.get("/users/me")))["role"] == "studio_owner"
    problem(await studio.owner.post(path, {"user_id": by_id.id}), 409, "already_admin")


async def test_who_has_no_confirmed_account_is_not_found_however_named(world: World) -> None:
    studio = await world.studio()
    path = f"/companies/{studio.company['id']}/admins"
    unconfirmed = await world.person(is_verified=False)
    for body in (
        {"email": "nobody@example.com"},
        {"email": unconfirmed.email},
        {"user_id": unconfirmed.id},
        {"user_id": 999_999_999},
    ):
        problem(await studio.owner.post(path, body), 404, "user_not_found")


async def test_addresses_can_not_be_tried_out_forever(world: World) -> None:
    studio = await world.studio()
    path = f"/companies/{studio.company['id']}/admins"
    for number in range(20):
        problem(
            await studio.owner.post(path, {"email": f"nobody{number}@example.com"}), 404, "user_not_found"
        )
    problem(await studio.owner.post(path, {"email": "nobody@example.com"}), 429, "too_many_requests")
    await created(studio.owner.post(path, {"user_id": (await world.person()).id}))


@pytest.mark.parametrize(
    "body", [{}, {"email": "a@example.com", "user_id": 1}, {"user_id": 0}, {"email": "a"}]
)
async def test_it_is_one_of_the_two(world: World, body: dict[str, object]) -> None:
    studio = await world.studio()
    answer = await studio.owner.post(f"/companies/{studio.company['id']}/admins", body)
    problem(answer, 422, "validation_failed")


async def test_a_removed_admin_is_refused_at_the_next_request(world: World) -> None:
    studio, second = await world.studio(), await world.person()
    path = f"/companies/{studio.company['id']}/admins"
    await created(studio.owner.post(path, {"user_id": second.id}))
    assert (await second.delete(f"{path}/{studio.owner.id}")).status_code == 204
    problem(await studio.owner.get(path), 403, "not_company_admin")
    answer = await studio.owner.patch(f"/rooms/{studio.room_id}", {"name": "Mine"})
    problem(answer, 403, "permission_missing")


async def test_the_last_admin_stays(world: World) -> None:
    studio, second = await world.studio(), await world.person()
    path = f"/companies/{studio.company['id']}/admins"
    problem(await studio.owner.delete(f"{path}/{studio.owner.id}"), 409, "last_admin")
    problem(await studio.owner.delete(f"{path}/{second.id}"), 404, "admin_not_found")
    await created(studio.owner.post(path, {"user_id": second.id}))
    admin = await world.person(role=Role.ADMIN)
    await ok(admin.patch(f"/users/{second.id}", {"is_active": False}))
    # The other one can't log in: that is as if there was none.
    problem(await studio.owner.delete(f"{path}/{studio.owner.id}"), 409, "last_admin")


async def test_a_manager_makes_nobody_an_admin(world: World) -> None:
    studio = await world.studio()
    manager, _ = await world.member(studio, TeamRole.MANAGER)
    path = f"/companies/{studio.company['id']}/admins"
    problem(await manager.post(path, {"user_id": manager.id}), 403, "not_company_admin")
