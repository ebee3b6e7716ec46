from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from src.teams.enums import TeamRole
from tests.factories.world import World, created, ok, problem
from tests.support.worker import Worker
from tests.teams.support import newest_token


async def test_a_removed_member_is_refused_at_the_next_request(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    booking = await world.held_booking(studio, customer)
    manager, member_id = await world.member(studio, TeamRole.MANAGER)
    await ok(manager.get(f"/bookings/{booking['id']}"))
    path = f"/companies/{studio.company['id']}/team"
    assert (await studio.owner.delete(f"{path}/{member_id}")).status_code == 204
    problem(await manager.get(f"/bookings/{booking['id']}"), 404, "booking_not_found")
    problem(await manager.get(path), 403, "permission_missing")
    problem(await manager.patch(f"/rooms/{studio.room_id}", {"name": "x"}), 403, "permission_missing")
    problem(await studio.owner.delete(f"{path}/{member_id}"), 404, "member_not_found")
    assert (await ok(studio.owner.get(path)))["total"] == 0
    await ok(manager.get("/users/me"))  # their own things are still theirs


async def test_another_role_and_other_studios_count_at_the_next_request(world: World) -> None:
    studio = await world.studio()
    staff, member_id = await world.member(studio, TeamRole.STAFF)
    path = f"/companies/{studio.company['id']}/team/{member_id}"
    problem(await staff.patch(f"/rooms/{studio.room_id}", {"name": "x"}), 403, "permission_missing")
    changed = await ok(studio.owner.patch(path, {"role": "manager", "address_ids": [studio.address["id"]]}))
    assert (changed["role"], changed["address_ids"]) == ("manager", [studio.address["id"]])
    await ok(staff.patch(f"/rooms/{studio.room_id}", {"name": "x"}))
    assert (await ok(studio.owner.patch(path, {"address_ids": None})))["role"] == "manager"
    await ok(staff.get(f"/companies/{studio.company['id']}/team"))


async def test_managers_handle_staff_and_professionals_and_nobody_their_equals(world: World) -> None:
    studio = await world.studio()
    manager, own_id = await world.member(studio, TeamRole.MANAGER)
    _, equal_id = await world.member(studio, TeamRole.MANAGER)
    _, staff_id = await world.member(studio, TeamRole.STAFF)
    path = f"/companies/{studio.company['id']}/team"
    await ok(manager.patch(f"{path}/{staff_id}", {"role": "professional"}))
    for member_id, body in ((staff_id, {"role": "manager"}), (equal_id, {"role": "staff"}),
                            (own_id, {"address_ids": None})):  # fmt: skip
        problem(await manager.patch(f"{path}/{member_id}", body), 403, "permission_missing")
    problem(await manager.delete(f"{path}/{equal_id}"), 403, "permission_missing")
    assert (await manager.delete(f"{path}/{staff_id}")).status_code == 204
    assert (await manager.delete(f"{path}/{own_id}")).status_code == 204  # anybody may leave


async def test_a_member_of_another_company_is_none_of_this_one(world: World) -> None:
    studio, other = await world.studio(), await world.studio()
    _, member_id = await world.member(studio, TeamRole.STAFF)
    path = f"/companies/{other.company['id']}/team/{member_id}"
    problem(await other.owner.patch(path, {"role": "manager"}), 404, "member_not_found")
    problem(await other.owner.delete(path), 404, "member_not_found")


async def test_strangers_learn_of_professionals_alone(world: World) -> None:
    """Anybody may see a professional, and not change them; of others there is nothing to see."""
    studio, stranger = await world.studio(), await world.person()
    colleague, _ = await world.member(studio, TeamRole.STAFF)
    _, manager_id = await world.member(studio, TeamRole.MANAGER)
    _, professional_id = await world.member(studio, TeamRole.PROFESSIONAL)
    for person, member_id, refusal in (
        (stranger, professional_id, (403, "permission_missing")),
        (stranger, manager_id, (404, "member_not_found")),
        (colleague, manager_id, (403, "permission_missing")),
        (studio.owner, manager_id, (409, "not_a_professional")),
    ):
        problem(await person.put(f"/team/{member_id}/hours", {"hours": []}), *refusal)
        problem(await person.put(f"/team/{member_id}/services", {"services": []}), *refusal)
    problem(await stranger.get(f"/team/{manager_id}/time-off"), 404, "member_not_found")
    problem(await stranger.post(f"/team/{manager_id}/calendar-feed"), 404, "member_not_found")
    problem(await colleague.post(f"/team/{manager_id}/calendar-feed"), 403, "permission_missing")


async def test_who_comes_back_is_the_same_member(world: World, worker: Worker) -> None:
    studio = await world.studio()
    person, member_id = await world.member(studio, TeamRole.PROFESSIONAL)
    path = f"/companies/{studio.company['id']}/team"
    assert (await person.delete(f"{path}/{member_id}")).status_code == 204
    await created(studio.owner.post(f"{path}/invitations", {"email": person.email, "role": "staff"}))
    token = await newest_token(worker, person.email)
    back = await created(person.post(f"/team/invitations/{token}/accept"))
    assert (back["id"], back["role"]) == (member_id, "staff")


async def test_an_export_tells_of_memberships_and_leaving_ends_them(
    world: World, session: AsyncSession
) -> None:
    studio = await world.studio()
    person, member_id = await world.member(studio, TeamRole.PROFESSIONAL)
    times = {"starts_at": "2027-03-01T00:00:00Z", "ends_at": "2027-03-02T00:00:00Z"}
    await created(person.post(f"/team/{member_id}/time-off", times))
    path = f"/companies/{studio.company['id']}/team/invitations"
    other = await world.studio()
    elsewhere = f"/companies/{other.company['id']}/team/invitations"
    await created(other.owner.post(elsewhere, {"email": person.email.upper(), "role": "staff"}))
    (membership,) = (await ok(person.get("/users/me/export")))["team_memberships"]
    assert (membership["id"], membership["role"], membership["removed_at"]) == (
        member_id,
        "professional",
        None,
    )
    assert (await person.delete("/users/me")).status_code == 204
    assert (await ok(studio.owner.get(path.removesuffix("/invitations"))))["total"] == 0
    assert (await session.scalar(text("SELECT count(*) FROM team_invitations"))) == 0
    assert (await session.scalar(text("SELECT count(*) FROM member_time_off"))) == 0
    problem(await world.client.get(f"/api/v1/team/{member_id}"), 404, "professional_not_found")


async def test_the_team_is_listed_in_pages(world: World) -> None:
    studio = await world.studio()
    ids = [(await world.member(studio, TeamRole.STAFF))[1] for _ in range(3)]
    await world.member(studio, TeamRole.STAFF, is_removed=True)
    path = f"/companies/{studio.company['id']}/team"
    pages = [await ok(studio.owner.get(path, params={"size": 2, "page": page})) for page in (1, 2)]
    assert [member["id"] for page in pages for member in page["items"]] == ids
    assert [page["total"] for page in pages] == [3, 3]
