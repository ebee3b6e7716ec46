"""Who may write to whom, and what each of the two sides sees of the other."""

import json

import pytest

from src.core.identity import Role
from src.messages.contacts import HIDDEN
from src.teams.enums import TeamRole
from tests.factories.world import World, created, ok, problem
from tests.messages.support import answer, conversation, write


async def test_a_customer_asks_before_booking_and_the_studio_answers(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    asked = await write(customer, studio)
    answered = await answer(studio.owner, studio, customer)
    assert asked["conversation_id"] == answered["conversation_id"]
    assert (asked["side"], answered["side"]) == ("customer", "studio")
    assert (asked["sender"]["id"], answered["sender"]["id"]) == (customer.id, studio.owner.id)
    seen = await conversation(customer, studio, customer)
    assert [message["body"] for message in seen["items"]] == ["There is.", "Is there a piano?"]
    assert [message["is_mine"] for message in seen["items"]] == [False, True]
    assert seen["conversation"]["studio"] == {
        "address_id": studio.address["id"],
        "company_id": studio.company["id"],
        "name": "Berwick Street",
        "slug": studio.address["slug"],
    }


async def test_a_draft_has_no_letter_box_for_strangers(world: World) -> None:
    studio, customer = await world.studio(is_published=False), await world.person()
    wanted = {"address_id": studio.address["id"], "body": "Hello"}
    problem(await customer.post("/messages", wanted), 404, "address_not_found")
    problem(await customer.post("/messages", wanted | {"address_id": 999_999}), 404, "address_not_found")
    problem(await customer.post("/messages", wanted | {"customer_id": 1}), 404, "address_not_found")


async def test_who_wrote_goes_on_when_the_studio_leaves_the_market(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    await write(customer, studio)
    await ok(studio.owner.patch(f"/addresses/{studio.address['id']}", {"status": "draft"}))
    await write(customer, studio, "Still there?")
    await answer(studio.owner, studio, customer)


async def test_a_studio_writes_to_nobody_whom_it_does_not_know(world: World) -> None:
    studio, stranger, guest = await world.studio(), await world.person(), await world.person()
    body = {"address_id": studio.address["id"], "body": "Come and book!"}
    for nobody in (stranger.id, 999_999):
        problem(await studio.owner.post("/messages", body | {"customer_id": nobody}), 403, "not_a_customer")
    await world.held_booking(studio, guest)
    await answer(studio.owner, studio, guest, "You have left the price to us.")
    elsewhere = await world.studio()
    their = body | {"address_id": elsewhere.address["id"], "customer_id": guest.id}
    problem(await elsewhere.owner.post("/messages", their), 403, "not_a_customer")


async def test_whoever_answers_for_the_studio_has_the_right_to(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    await write(customer, studio)
    here = studio.address["id"]
    staff, _ = await world.member(studio, TeamRole.STAFF)
    limited, _ = await world.member(studio, TeamRole.STAFF, address_ids=[here])
    for colleague in (staff, limited):
        assert (await answer(colleague, studio, customer))["sender"]["id"] == colleague.id
    professional, _ = await world.member(studio, TeamRole.PROFESSIONAL)
    elsewhere, _ = await world.member(studio, TeamRole.MANAGER, address_ids=[here + 1])
    admin = await world.person(role=Role.ADMIN)
    for other in (professional, elsewhere, admin, await world.person()):
        body = {"address_id": here, "customer_id": customer.id, "body": "In their name"}
        problem(await other.post("/messages", body), 403, "permission_missing")
        unseen = await other.get(f"/messages/conversation/{customer.id}/{here}")
        problem(unseen, 404, "conversation_not_found")
        assert (await ok(other.get("/messages/conversations")))["items"] == []
        assert (await ok(other.get("/messages")))["items"] == []


async def test_who_changes_sides_stays_the_customer_of_their_own_conversation(world: World) -> None:
    studio = await world.studio()
    customer, _ = await world.member(studio, TeamRole.STAFF)
    await write(customer, studio)
    await answer(studio.owner, studio, customer)
    seen = await conversation(customer, studio, customer)
    assert (seen["conversation"]["side"], seen["conversation"]["unread_count"]) == ("customer", 1)
    as_studio = await ok(customer.get("/messages/conversations", params={"side": "studio"}))
    assert as_studio["items"] == []


async def test_before_a_booking_is_confirmed_neither_side_learns_how_to_reach_the_other(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    await ok(customer.patch("/users/me", {"phone": "+442079460123"}))
    await write(customer, studio, "Call 07911 123456 or mail mira@example.com!")
    await answer(studio.owner, studio, customer, "Rather you us: +44 20 7946 0999")
    theirs = await conversation(studio.owner, studio, customer)
    asked = theirs["items"][1]
    assert (asked["body"], asked["is_masked"]) == (f"Call {HIDDEN} or mail {HIDDEN}!", True)
    lastname = (await ok(customer.get("/users/me")))["lastname"]
    assert theirs["conversation"]["customer"]["name"] == asked["sender"]["name"] == "Mira N."
    listed = await ok(studio.owner.get("/messages/conversations"))
    found = await ok(studio.owner.get("/messages", params={"q": "call"}))
    for payload in (theirs, listed, found):
        written = json.dumps(payload)
        for secret in (customer.email, "+442079460123", "07911", "mira@example.com", lastname):
            assert secret not in written
    ours = await conversation(customer, studio, customer)
    assert ours["items"][0]["body"] == f"Rather you us: {HIDDEN}"
    assert ours["items"][1]["body"] == "Call 07911 123456 or mail mira@example.com!"

    booking = await world.paid_booking(studio, customer)
    await ok(customer.post(f"/bookings/{booking['id']}/cancel", {}))  # what was shown is no secret any more
    theirs = await conversation(studio.owner, studio, customer)
    assert theirs["items"][1]["body"] == "Call 07911 123456 or mail mira@example.com!"
    assert not theirs["items"][1]["is_masked"]
    assert theirs["conversation"]["customer"]["name"] == f"Mira {lastname}"
    assert theirs["conversation"]["shares_contacts"]


@pytest.mark.parametrize("status", ["held", "elsewhere"])
async def test_only_a_confirmed_booking_there_opens_what_is_hidden(world: World, status: str) -> None:
    studio, customer = await world.studio(), await world.person()
    await write(customer, studio, "mira@example.com")
    if status == "held":
        await world.held_booking(studio, customer)
    else:
        await world.paid_booking(await world.studio(), customer)
    seen = await conversation(studio.owner, studio, customer)
    assert (seen["items"][0]["body"], seen["conversation"]["shares_contacts"]) == (HIDDEN, False)


async def test_a_booking_is_what_a_message_is_about_if_it_is_theirs_there(world: World) -> None:
    studio, customer, other = await world.studio(), await world.person(), await world.person()
    booking = await world.held_booking(studio, customer)
    message = await write(customer, studio, "About that", booking_id=booking["id"])
    assert message["booking_id"] == booking["id"]
    body = {"address_id": studio.address["id"], "body": "Mine?", "booking_id": booking["id"]}
    problem(await other.post("/messages", body), 404, "booking_not_found")
    await write(customer, studio, "And another thing")
    about = await ok(studio.owner.get("/messages", params={"booking_id": booking["id"]}))
    assert [found["id"] for found in about["items"]] == [message["id"]]


async def test_the_latest_conversation_comes_first_and_pages_follow(world: World) -> None:
    studio = await world.studio()
    customers = [await world.person() for _ in range(3)]
    for customer in customers:
        await write(customer, studio)
    await write(customers[0], studio, "Hello again")
    first = await ok(studio.owner.get("/messages/conversations", params={"size": 2}))
    order = [customers[0].id, customers[2].id]
    assert [item["customer"]["id"] for item in first["items"]] == order
    assert first["items"][0]["last_message"]["body"] == "Hello again"
    rest = await ok(studio.owner.get("/messages/conversations", params={"cursor": first["next_cursor"]}))
    assert [item["customer"]["id"] for item in rest["items"]] == [customers[1].id]
    assert rest["next_cursor"] is None


async def test_messages_are_read_in_pages_that_stay_while_more_come(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    for number in range(5):
        await write(customer, studio, f"number {number}")
    first = await conversation(customer, studio, customer, size=2)
    await write(customer, studio, "number 5")
    second = await conversation(customer, studio, customer, size=2, cursor=first["next_cursor"])
    bodies = [message["body"] for page in (first, second) for message in page["items"]]
    assert bodies == ["number 4", "number 3", "number 2", "number 1"]


async def test_a_repeated_request_says_it_once(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    body, key = {"address_id": studio.address["id"], "body": "Hello"}, {"Idempotency-Key": "once"}
    first = await created(customer.post("/messages", body, headers=key))
    assert await created(customer.post("/messages", body, headers=key)) == first
    assert len((await conversation(customer, studio, customer))["items"]) == 1


@pytest.mark.parametrize("body", [{"body": ""}, {"body": "  \n"}, {"body": "x" * 5001}, {"side": "studio"}])
async def test_what_says_nothing_or_too_much_is_refused(world: World, body: dict[str, str]) -> None:
    customer = await world.person()
    problem(await customer.post("/messages", {"address_id": 1, **body}), 422, "validation_failed")


async def test_a_closed_company_is_written_to_no_more_and_its_admins_still_read(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    staff, _ = await world.member(studio, TeamRole.STAFF)
    message = await write(customer, studio)
    answered = await studio.owner.delete(f"/companies/{studio.company['id']}")
    assert answered.status_code == 204, answered.text
    body = {"address_id": studio.address["id"], "body": "Hello?"}
    problem(await customer.post("/messages", body), 409, "studio_closed")
    assert (await conversation(studio.owner, studio, customer))["items"][0]["id"] == message["id"]
    gone = await staff.get(f"/messages/conversation/{customer.id}/{studio.address['id']}")
    problem(gone, 404, "conversation_not_found")
    marked = await studio.owner.patch(
        f"/messages/conversation/{message['conversation_id']}/read", {"message_id": message["id"]}
    )
    problem(marked, 403, "permission_missing")


async def test_limits_on_messages_and_on_conversations_that_are_begun(world: World, app) -> None:
    customer, first, second = await world.person(), await world.studio(), await world.studio()
    limits = {"message_limit_per_user": "3/hour", "conversation_limit_per_user": "1/hour"}
    was, app.state.settings = app.state.settings, app.state.settings.model_copy(update=limits)
    try:
        await write(customer, first)
        other = {"address_id": second.address["id"], "body": "You too?"}
        problem(await customer.post("/messages", other), 429, "too_many_requests")
        await write(customer, first, "Hello?")
        refused = await customer.post("/messages", {"address_id": first.address["id"], "body": "Hello!"})
        problem(refused, 429, "too_many_requests")
        assert int(refused.headers["Retry-After"]) > 0
    finally:
        app.state.settings = was
