"""Wanting no more messages from somebody, and telling the platform about them."""

from typing import Any

from sqlalchemy import text

from src.core.identity import Role
from src.teams.enums import TeamRole
from tests.factories.world import Person, World, created, ok, problem
from tests.messages.support import answer, conversation, upload, write
from tests.support import pictures


async def block(person: Person, message: dict[str, Any]) -> None:
    answered = await person.put(f"/messages/conversation/{message['conversation_id']}/block", None)
    assert answered.status_code == 204, answered.text


async def unblock(person: Person, message: dict[str, Any]) -> None:
    answered = await person.delete(f"/messages/conversation/{message['conversation_id']}/block")
    assert answered.status_code == 204, answered.text


async def test_a_customer_who_was_blocked_is_told_so_and_the_blocker_unblocks_first(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    message = await write(customer, studio)
    for _ in range(2):
        await block(studio.owner, message)
    body = {"address_id": studio.address["id"], "body": "Hello?"}
    problem(await customer.post("/messages", body), 403, "blocked")
    reply = body | {"customer_id": customer.id}
    problem(await studio.owner.post("/messages", reply), 409, "unblock_first")
    seen = await conversation(studio.owner, studio, customer)
    assert (seen["conversation"]["is_blocked"], len(seen["items"])) == (True, 1)
    assert not (await conversation(customer, studio, customer))["conversation"]["is_blocked"]
    await unblock(customer, message)  # that would be too easy
    problem(await customer.post("/messages", body), 403, "blocked")
    await unblock(studio.owner, message)
    await created(customer.post("/messages", body))


async def test_a_customer_blocks_a_company_with_all_its_people_and_studios(world: World, session) -> None:
    studio, customer = await world.studio(), await world.person()
    staff, _ = await world.member(studio, TeamRole.STAFF)
    await block(customer, await write(customer, studio))
    body = {"address_id": studio.address["id"], "customer_id": customer.id, "body": "But"}
    for person in (studio.owner, staff):
        problem(await person.post("/messages", body), 403, "blocked")
    second = await created(
        studio.owner.post(
            "/addresses",
            {"company_id": studio.company["id"], "name": "Dean Street", "street": "1 Dean Street",
             "city_id": studio.address["city_id"], "lat": 51.5, "lng": -0.13},
        )
    )  # fmt: skip
    await session.execute(
        text("UPDATE addresses SET status = 'published' WHERE id = :id"), {"id": second["id"]}
    )
    await session.commit()
    problem(await customer.post("/messages", {"address_id": second["id"], "body": "?"}), 409, "unblock_first")
    other = await world.studio()
    await write(customer, other)
    await answer(other.owner, other, customer)


async def test_a_block_of_the_studio_s_stands_in_the_audit_trail_once(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    message = await write(customer, studio)
    await block(customer, message)
    await unblock(customer, message)
    for _ in range(2):
        await block(studio.owner, message)
    await unblock(studio.owner, message)
    trail = await ok(
        studio.owner.get(f"/companies/{studio.company['id']}/audit", params={"subject": "customer"})
    )
    assert [(entry["action"], entry["subject_id"]) for entry in trail["items"]] == [
        ("customer.unblocked", customer.id),
        ("customer.blocked", customer.id),
    ]


async def test_strangers_block_nobody(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    message = await write(customer, studio)
    path = f"/messages/conversation/{message['conversation_id']}/block"
    for other in (await world.person(), (await world.studio()).owner, await world.person(role=Role.ADMIN)):
        problem(await other.put(path, None), 404, "conversation_not_found")
        problem(await other.delete(path), 404, "conversation_not_found")


async def test_a_report_reaches_the_administrators_with_what_led_to_it(world: World) -> None:
    studio, customer, admin = await world.studio(), await world.person(), await world.person(role=Role.ADMIN)
    picture = (await upload(customer, pictures.jpeg()))["upload"]
    first = await write(customer, studio, "Call 07911 123456", uploads=[picture])
    second = await write(customer, studio, "Or else!")
    await write(customer, studio, "What came after it")
    body = {"message_id": second["id"], "reason": "harassment", "note": "He threatens us."}
    report = await created(studio.owner.post("/messages/reports", body))
    listed = await ok(admin.get("/messages/reports", params={"status": "open"}))
    assert [item["id"] for item in listed["items"]] == [report["id"]]
    details = await ok(admin.get(f"/messages/reports/{report['id']}"))
    assert listed["items"][0].items() <= details.items()
    assert (details["reporter_id"], details["sender"]["id"], details["body"]) == (
        studio.owner.id, customer.id, "Or else!",
    )  # fmt: skip
    assert [(item["id"], item["body"], item["attachments"]) for item in details["context"]] == [
        (second["id"], "Or else!", 0),
        (first["id"], "Call 07911 123456", 1),
    ]
    problem(await customer.get("/messages/reports"), 403, "admin_only")


async def test_one_reports_the_other_side_once_and_nothing_that_one_can_not_see(world: World) -> None:
    studio, customer, other = await world.studio(), await world.person(), await world.person()
    theirs, ours = await write(customer, studio), await answer(studio.owner, studio, customer)
    body = {"message_id": theirs["id"], "reason": "spam"}
    problem(await other.post("/messages/reports", body), 404, "message_not_found")
    problem(await other.post("/messages/reports", body | {"message_id": 999_999}), 404, "message_not_found")
    problem(await customer.post("/messages/reports", body), 409, "own_message")
    staff, _ = await world.member(studio, TeamRole.STAFF)
    problem(await staff.post("/messages/reports", body | {"message_id": ours["id"]}), 409, "own_message")
    await created(studio.owner.post("/messages/reports", body))
    problem(await studio.owner.post("/messages/reports", body), 409, "already_reported")
    await created(staff.post("/messages/reports", body))
    await created(customer.post("/messages/reports", body | {"message_id": ours["id"]}))


async def test_a_report_is_decided_once(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    admins = [await world.person(role=Role.ADMIN) for _ in range(2)]
    body = {"message_id": (await write(customer, studio))["id"], "reason": "spam"}
    report = await created(studio.owner.post("/messages/reports", body))
    path = f"/messages/reports/{report['id']}"
    decided = await ok(admins[0].patch(path, {"status": "upheld", "resolution": "Warned."}))
    assert (decided["status"], decided["resolution"], decided["resolved_by_id"]) == (
        "upheld", "Warned.", admins[0].id,
    )  # fmt: skip
    assert decided["resolved_at"] is not None
    problem(await admins[1].patch(path, {"status": "dismissed"}), 409, "report_resolved")
    problem(await admins[1].patch(path, {"status": "open"}), 422, "validation_failed")
    problem(await admins[1].patch("/messages/reports/999999", {"status": "upheld"}), 404, "report_not_found")
    assert (await ok(admins[1].get("/messages/reports", params={"status": "open"})))["items"] == []
