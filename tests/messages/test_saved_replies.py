"""Texts that a company's people often answer with."""

from src.teams.enums import TeamRole
from tests.factories.world import World, created, ok, problem


async def test_they_are_kept_changed_removed_and_recorded(world: World) -> None:
    studio = await world.studio()
    path = f"/companies/{studio.company['id']}/saved-replies"
    parking = await created(studio.owner.post(path, {"title": "Parking", "body": "In the yard."}))
    await created(studio.owner.post(path, {"title": "Coffee", "body": "Always."}))
    listed = await ok(studio.owner.get(path))
    assert [(reply["title"], reply["body"]) for reply in listed["items"]] == [
        ("Coffee", "Always."),
        ("Parking", "In the yard."),
    ]
    changed = await ok(studio.owner.patch(f"{path}/{parking['id']}", {"body": "On the roof."}))
    assert (changed["title"], changed["body"]) == ("Parking", "On the roof.")
    assert (await studio.owner.delete(f"{path}/{parking['id']}")).status_code == 204
    problem(await studio.owner.delete(f"{path}/{parking['id']}"), 404, "saved_reply_not_found")
    assert (await ok(studio.owner.get(path)))["total"] == 1
    trail = f"/companies/{studio.company['id']}/audit"
    entries = (await ok(studio.owner.get(trail, params={"subject": "saved_reply"})))["items"]
    assert [entry["action"] for entry in entries] == [
        "saved_reply.removed", "saved_reply.updated", "saved_reply.added", "saved_reply.added",
    ]  # fmt: skip
    assert entries[1]["changes"] == {"body": {"before": "In the yard.", "after": "On the roof."}}


async def test_titles_are_unique_in_a_company_whatever_their_case(world: World) -> None:
    studio, other = await world.studio(), await world.studio()
    path = f"/companies/{studio.company['id']}/saved-replies"
    await created(studio.owner.post(path, {"title": "Parking", "body": "In the yard."}))
    second = await created(studio.owner.post(path, {"title": "Coffee", "body": "Always."}))
    taken = {"title": "parking"}
    problem(await studio.owner.post(path, taken | {"body": "No."}), 409, "saved_reply_title_taken")
    problem(await studio.owner.patch(f"{path}/{second['id']}", taken), 409, "saved_reply_title_taken")
    theirs = f"/companies/{other.company['id']}/saved-replies"
    await created(other.owner.post(theirs, {"title": "Parking", "body": "No."}))


async def test_who_answers_reads_them_and_who_answers_everywhere_changes_them(world: World) -> None:
    studio = await world.studio()
    path = f"/companies/{studio.company['id']}/saved-replies"
    reply = await created(studio.owner.post(path, {"title": "Parking", "body": "In the yard."}))
    limited, _ = await world.member(studio, TeamRole.MANAGER, address_ids=[studio.address["id"]])
    assert (await ok(limited.get(path)))["total"] == 1
    problem(await limited.patch(f"{path}/{reply['id']}", {"title": "Mine"}), 403, "permission_missing")
    professional, _ = await world.member(studio, TeamRole.PROFESSIONAL)
    problem(await professional.get(path), 403, "permission_missing")


async def test_one_company_does_not_reach_another_s(world: World) -> None:
    studio, other = await world.studio(), await world.studio()
    path = f"/companies/{studio.company['id']}/saved-replies"
    reply = await created(studio.owner.post(path, {"title": "Parking", "body": "In the yard."}))
    theirs = f"/companies/{other.company['id']}/saved-replies/{reply['id']}"
    problem(await other.owner.patch(theirs, {"title": "Mine"}), 404, "saved_reply_not_found")
    problem(await other.owner.delete(theirs), 404, "saved_reply_not_found")


async def test_nothing_can_be_kept_without_a_text(world: World) -> None:
    studio = await world.studio()
    path = f"/companies/{studio.company['id']}/saved-replies"
    for body in ({"title": "Parking"}, {"title": "Parking", "body": " "}, {"title": "", "body": "Yes."}):
        problem(await studio.owner.post(path, body), 422, "validation_failed")
    reply = await created(studio.owner.post(path, {"title": "Parking", "body": "In the yard."}))
    problem(await studio.owner.patch(f"{path}/{reply['id']}", {"body": None}), 422, "validation_failed")
