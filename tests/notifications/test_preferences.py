"""What people choose, and that it counts; the kinds that can't be switched off."""

import pytest

from src.core.config import Settings
from src.core.mail.unsubscribing import PURPOSE
from src.core.signing import sign
from src.notifications.kinds import KINDS, NotificationKind
from tests.factories.world import Person, World, ok, problem
from tests.support.worker import Mailbox, Worker

BOOKED = "studio_booking_confirmed"


async def choose(person: Person, *choices: tuple[str, bool, bool]) -> None:
    chosen = [{"kind": kind, "in_app": in_app, "email": email} for kind, in_app, email in choices]
    await ok(person.put("/notifications/preferences", {"preferences": chosen}))


async def chosen(person: Person, kind: str) -> tuple[bool, bool]:
    preferences = (await ok(person.get("/notifications/preferences")))["preferences"]
    found = next(preference for preference in preferences if preference["kind"] == kind)
    return found["in_app"], found["email"]


async def test_who_has_chosen_nothing_is_told_everything(world: World) -> None:
    preferences = (await ok((await world.person()).get("/notifications/preferences")))["preferences"]
    assert [preference["kind"] for preference in preferences] == list(NotificationKind)
    for preference in preferences:
        assert preference["in_app"]
        assert preference["email"]
        assert preference["label"] == KINDS[preference["kind"]].label


@pytest.mark.parametrize(("in_app", "email"), [(True, False), (False, True), (False, False)])
async def test_a_choice_counts_for_its_kind_and_way(
    world: World,
    worker: Worker,
    mailbox: Mailbox,
    in_app: bool,  # noqa: FBT001
    email: bool,  # noqa: FBT001
) -> None:
    studio, customer = await world.studio(), await world.person()
    await choose(studio.owner, (BOOKED, in_app, email))
    booking = await world.paid_booking(studio, customer)
    await worker.run()
    told = (await ok(studio.owner.get("/notifications")))["items"]
    assert [item["kind"] for item in told] == ([BOOKED] if in_app else [])
    assert len(mailbox.to(studio.owner.email)) == email
    # Another kind, and another person.
    assert len(mailbox.to(customer.email)) == 1
    assert (await customer.post(f"/bookings/{booking['id']}/cancel", {})).status_code == 200
    await worker.run()
    assert len(mailbox.to(studio.owner.email)) == email + 1


async def test_what_one_needs_is_mailed_whatever_one_chooses(world: World) -> None:
    person = await world.person()
    choice = {"kind": "booking_confirmed", "in_app": False, "email": False}
    answer = await person.put("/notifications/preferences", {"preferences": [choice]})
    assert problem(answer, 422, "mail_not_optional")["kinds"] == ["booking_confirmed"]
    await choose(person, ("booking_confirmed", False, True))
    assert await chosen(person, "booking_confirmed") == (False, True)


def test_mails_about_bookings_money_and_accounts_cannot_be_switched_off() -> None:
    optional = {kind for kind, about in KINDS.items() if about.is_mail_optional}
    of_studios = {kind for kind in NotificationKind if kind.startswith("studio_")}
    assert of_studios - optional == {"studio_payout_sent", "studio_payout_failed"}
    assert {"visit_reminder", "message_received"} <= optional
    assert optional.isdisjoint(
        {
            "booking_confirmed",
            "booking_cancelled",
            "booking_moved",
            "visit_confirmed",
            "visit_moved",
            "visit_cancelled",
            "visit_declined",
            "late_payment_refunded",
            "password_changed",
        }
    )


async def test_choices_are_replaced_as_a_whole(world: World) -> None:
    person, other = await world.person(), await world.person()
    await choose(other, (BOOKED, False, False))
    await choose(person, (BOOKED, False, False), ("hold_expired", True, False))
    await choose(person, ("hold_expired", False, False))
    assert await chosen(person, BOOKED) == (True, True)
    assert await chosen(person, "hold_expired") == (False, False)
    assert await chosen(other, BOOKED) == (False, False)


@pytest.mark.parametrize(
    "preferences",
    [
        [{"kind": "of_tomorrow", "in_app": True, "email": True}],
        [{"kind": BOOKED, "in_app": True}],
        [{"kind": BOOKED, "in_app": True, "email": True}] * 2,
    ],
)
async def test_what_makes_no_sense_is_refused(world: World, preferences: list[object]) -> None:
    answer = await (await world.person()).put("/notifications/preferences", {"preferences": preferences})
    problem(answer, 422, "validation_failed")


def link(settings: Settings, person: Person, kind: str) -> str:
    secret = settings.secret_key.get_secret_value()
    return f"/api/v1/notifications/unsubscribe?token={sign(secret, purpose=PURPOSE, value=f'{person.id}:{kind}')}"


async def test_a_mail_program_ends_mails_of_a_kind_by_one_click(world: World, settings: Settings) -> None:
    person, other = await world.person(), await world.person()
    await choose(person, ("hold_expired", False, True))
    for kind in (BOOKED, "hold_expired"):
        for _ in range(2):
            answer = await world.client.post(
                link(settings, person, kind), data={"List-Unsubscribe": "One-Click"}
            )
            assert (answer.status_code, answer.text) == (204, "")
    assert await chosen(person, BOOKED) == (True, False)
    assert await chosen(person, "hold_expired") == (False, False)
    assert await chosen(other, BOOKED) == (True, True)


async def test_the_address_in_the_header_of_a_mail_is_the_one_that_works(
    world: World, worker: Worker, mailbox: Mailbox
) -> None:
    studio, customer = await world.studio(), await world.person()
    await world.paid_booking(studio, customer)
    await worker.run()
    (mail,) = mailbox.to(studio.owner.email)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (await world.client.post(mail["List-Unsubscribe"].strip("<>"))).status_code == 204
    assert await chosen(studio.owner, BOOKED) == (True, False)


@pytest.mark.parametrize("kind", ["booking_confirmed", "of_yesterday"])
async def test_a_link_for_what_cannot_be_switched_off_does_nothing(
    world: World, settings: Settings, kind: str
) -> None:
    person = await world.person()
    assert (await world.client.post(link(settings, person, kind))).status_code == 204
    assert await chosen(person, "booking_confirmed") == (True, True)


async def test_a_link_that_was_altered_is_refused(world: World, settings: Settings) -> None:
    person = await world.person()
    whole = link(settings, person, BOOKED)
    of_another = sign(
        settings.secret_key.get_secret_value(), purpose="stream-ticket", value=f"{person.id}:{BOOKED}"
    )
    for broken in (whole[:-2], whole.replace("token=", "token=x"), f"{whole.partition('=')[0]}={of_another}"):
        problem(await world.client.post(broken), 400, "unsubscribe_link_invalid")
    assert await chosen(person, BOOKED) == (True, True)
