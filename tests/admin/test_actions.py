"""What staff do: through the services, with their name in the records, once a form, and what is refused is told."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from src.admin.actions import read_amount
from src.admin.exceptions import AmountUnreadableError
from tests.admin.support import alert, hidden_fields
from tests.factories.world import created, ok, problem
from tests.messages.support import write


async def recorded(session, admin):
    done = text("SELECT subject, subject_id, action FROM admin_actions WHERE actor_id = :id ORDER BY id")
    return [tuple(row) for row in await session.execute(done, {"id": admin.id})]


async def test_deactivating_somebody_and_letting_them_in_again(staff, admin, world, session):
    person = await world.person()
    path = f"/user/details/{person.id}"
    answer = await staff.send(f"{path}/deactivate")
    assert answer.headers["location"] == f"/admin{path}"
    assert "Deactivate: done." in (page := (await staff.get(path)).text)
    assert "reactivate" in page
    assert "Deactivate: done." not in (await staff.get(path)).text
    assert (await person.get("/users/me")).status_code == 401
    await staff.send(f"{path}/reactivate")
    assert (await person.get("/users/me")).status_code == 200
    assert await recorded(session, admin) == [
        ("user", person.id, "deactivate"),
        ("user", person.id, "reactivate"),
    ]


async def test_a_refusal_is_told_where_it_was_asked_and_leaves_no_record(staff, admin, session):
    page = await staff.send(f"/user/details/{admin.id}/deactivate", status=409)
    assert "administrator" in alert(page)
    assert await recorded(session, admin) == []


async def test_verifying_an_address(staff, world, run_outbox, mailbox):
    person = await world.person(is_verified=False)
    assert (await person.get("/users/me")).status_code == 401
    await staff.send(f"/user/details/{person.id}/verify")
    assert (await person.get("/users/me")).status_code == 200
    await run_outbox()
    assert len(mailbox.to(person.email)) == 1  # the welcome, as after the link


async def test_suspending_a_studio_and_lifting_it(staff, admin, world):
    studio = await world.studio()
    path = f"/address/details/{studio.address['id']}"
    await staff.send(f"{path}/suspend")
    public = f"/addresses/{studio.address['id']}"
    publish = {"status": "published"}
    problem(await studio.owner.patch(public, publish), 403, "address_suspended")
    page = await staff.send(f"{path}/suspend", status=409)
    assert "suspended already" in alert(page)
    await staff.send(f"{path}/lift")
    assert (await ok(studio.owner.get(public)))["status"] == "draft"
    assert (await ok(studio.owner.patch(public, publish)))["status"] == "published"

    trail = (await ok(studio.owner.get(f"/companies/{studio.company['id']}/audit")))["items"]
    mine = [
        entry["action"] for entry in trail if entry["actor_id"] == admin.id and entry["is_platform_admin"]
    ]
    assert [action for action in mine if action.startswith("address.")] == [
        "address.suspension_lifted",
        "address.suspended",
    ]


async def test_refunding_part_of_a_charge(staff, admin, world, session):
    studio, customer = await world.studio(), await world.person()
    booking = await world.paid_booking(studio, customer)
    charge_id = (await ok(customer.get(f"/bookings/{booking['id']}/payments")))["charges"][0]["id"]
    path = f"/charge/details/{charge_id}/refund"
    for amount, status in (("", 422), ("-1", 422), ("1.005", 422), ("NaN", 422), ("100000", 409)):
        alert(await staff.send(path, {"amount": amount}, status))
    long_note = {"amount": "1", "note": "x" * 5000}
    assert "too long" in alert(await staff.send(path, long_note, 422))
    await staff.send(path, {"amount": "12.50", "note": "The piano was out of tune"})

    (refund,) = (await ok(customer.get(f"/bookings/{booking['id']}/payments")))["refunds"]
    assert refund["amount"] == {"amount": 1250, "currency": "GBP"}
    decided = text("SELECT decided_by_id, note FROM refunds WHERE id = :id")
    assert tuple((await session.execute(decided, {"id": refund["id"]})).one()) == (
        admin.id,
        "The piano was out of tune",
    )
    assert await recorded(session, admin) == [("charge", charge_id, "refund")]
    assert "12.50 GBP" in (await staff.get(f"/charge/details/{charge_id}")).text


async def test_a_payout_is_marked_as_paid_by_hand_once(staff, admin, world, worker, session):
    studio, customer = await world.studio(), await world.person()
    booking = await world.paid_booking(studio, customer)
    await world.let_it_end(booking, ago=timedelta(days=4))
    await worker.complete_past_bookings()
    await worker.run()
    await worker.create_payouts()
    payout_id = await session.scalar(text("SELECT id FROM payouts"))
    company = studio.company["id"]
    assert f"/payout/details/{payout_id}" in (await staff.get(f"/payout/list?company_id={company}")).text
    path = f"/payout/details/{payout_id}/mark-paid"
    alert(await staff.send(path, {"note": ""}, 422))
    await staff.send(path, {"note": "Bank transfer 344"})

    paid = await ok(studio.owner.get(f"/companies/{company}/payouts/{payout_id}"))
    assert (paid["status"], paid["note"]) == ("sent", "Bank transfer 344")
    assert await recorded(session, admin) == [("payout", payout_id, "mark-paid")]
    assert "/mark-paid" not in (await staff.get(f"/payout/details/{payout_id}")).text


async def test_a_reported_message_is_shown_with_what_led_to_it_and_decided_about_once(
    staff, admin, world, session
):
    studio, customer = await world.studio(), await world.person()
    await write(customer, studio, "Are you alone there?")
    message = await write(customer, studio, "<b>So where do you live?</b>")
    await write(customer, studio, "What came after it")
    body = {"message_id": message["id"], "reason": "harassment", "note": "He keeps asking."}
    report = await created(studio.owner.post("/messages/reports", body))
    path = f"/report/details/{report['id']}"
    for query in ("status=open", f"reporter_id={studio.owner.id}", f"search={report['id']}"):
        assert f"/admin{path}" in (await staff.get(f"/report/list?{query}")).text, query
    page = (await staff.get(path)).text
    for shown in (
        "He keeps asking.",
        "harassment",
        "Are you alone there?",
        "&lt;b&gt;So where do you live?",
        f"/admin/user/details/{customer.id}",
        f"/admin/user/details/{studio.owner.id}",
    ):
        assert shown in page, shown
    assert "What came after it" not in page

    await staff.send(f"{path}/uphold", {"resolution": "Deactivated them."})
    decided = await ok(admin.get(f"/messages/reports/{report['id']}"))
    assert (decided["status"], decided["resolution"], decided["resolved_by_id"]) == (
        "upheld",
        "Deactivated them.",
        admin.id,
    )
    assert "Somebody has decided" in alert(await staff.send(f"{path}/dismiss", status=409))
    assert "/dismiss" not in (await staff.get(path)).text
    assert f"/admin{path}" not in (await staff.get("/report/list?status=open")).text
    assert await recorded(session, admin) == [("report", report["id"], "uphold")]


async def test_a_report_of_nothing_is_dismissed(staff, admin, world):
    studio, customer = await world.studio(), await world.person()
    body = {"message_id": (await write(customer, studio))["id"], "reason": "other"}
    report = await created(studio.owner.post("/messages/reports", body))
    await staff.send(f"/report/details/{report['id']}/dismiss")
    assert (await ok(admin.get(f"/messages/reports/{report['id']}")))["status"] == "dismissed"


async def test_a_form_that_is_sent_twice_acts_once(staff, world):
    studio, customer = await world.studio(), await world.person()
    booking = await world.paid_booking(studio, customer)
    charge_id = (await ok(customer.get(f"/bookings/{booking['id']}/payments")))["charges"][0]["id"]
    path = f"/charge/details/{charge_id}/refund"
    fields = {**hidden_fields((await staff.get(path)).text), "amount": "10"}
    first = await staff.client.post(f"/admin{path}", data=fields)
    second = await staff.client.post(f"/admin{path}", data=fields)
    assert (first.status_code, second.status_code) == (303, 409)
    assert "a second time" in alert(second)
    assert len((await ok(customer.get(f"/bookings/{booking['id']}/payments")))["refunds"]) == 1
    del fields["form_key"]
    assert (await staff.client.post(f"/admin{path}", data=fields)).status_code == 403


async def test_sending_a_mail_again(staff, session, run_outbox, mailbox):
    mail_id = await session.scalar(
        text(
            "INSERT INTO mails (key, template, recipient, params, status, attempts, last_error)"
            " VALUES ('k', 'auth/password_changed', 'mira@example.com', '{}', 'failed', 10, 'refused')"
            " RETURNING id"
        )
    )
    await staff.send(f"/mail/details/{mail_id}/resend")
    await run_outbox()
    assert len(mailbox.to("mira@example.com")) == 1
    page = await staff.send(f"/mail/details/{mail_id}/resend", status=409)
    assert "given up" in alert(page)


async def test_handing_out_an_event_that_was_set_aside(staff, world, session, run_outbox, mailbox):
    person = await world.person()
    event_id = await session.scalar(
        text(
            "INSERT INTO outbox (name, payload, sent_at) VALUES ('auth.EmailVerified',"
            " jsonb_build_object('user_id', CAST(:id AS bigint)), now()) RETURNING id"
        ),
        {"id": person.id},
    )
    aside = text(
        "INSERT INTO event_handlings (event_id, handler, error)"
        " VALUES (:id, 'auth.handlers.mail_welcome', 'KeyError')"
    )
    await session.execute(aside, {"id": event_id})
    assert f"#{event_id}" in (await staff.get(f"/outbox-record/details/{event_id}")).text
    assert "KeyError" in (await staff.get(f"/outbox-record/details/{event_id}")).text
    await staff.send(f"/outbox-record/details/{event_id}/retry")
    await run_outbox()
    assert len(mailbox.to(person.email)) == 1
    page = await staff.send(f"/outbox-record/details/{event_id}/retry", status=409)
    assert "given this event up" in alert(page)


async def test_working_on_a_notice_again(staff, session):
    new = text(
        "INSERT INTO webhook_notices (gateway, event_id, subject, body, status, attempts, due_at)"
        " VALUES ('stripe', :key, 'charge.updated', 'secret body', :status, 4, 'infinity') RETURNING id"
    )
    unknown = await session.scalar(new, {"key": "evt_1", "status": "unknown"})
    done = await session.scalar(new, {"key": "evt_2", "status": "done"})
    await staff.send(f"/webhook-notice/details/{unknown}/retry")
    row = text("SELECT status, attempts, due_at <= clock_timestamp() FROM webhook_notices WHERE id = :id")
    assert tuple((await session.execute(row, {"id": unknown})).one()) == ("received", 0, True)
    assert "dealt with" in alert(await staff.send(f"/webhook-notice/details/{done}/retry", status=409))


async def test_sending_to_an_integrator_again(staff, admin, world, session):
    company_id = (await world.studio()).company["id"]
    endpoint_id = await session.scalar(
        text(
            "INSERT INTO webhook_endpoints (company_id, url, secret) VALUES (:id, 'https://x.test', 's')"
            " RETURNING id"
        ),
        {"id": company_id},
    )
    delivery_id = await session.scalar(
        text(
            "WITH message AS (INSERT INTO webhook_messages (company_id, type, data)"
            " VALUES (:id, 'ping', '{}') RETURNING id)"
            " INSERT INTO webhook_deliveries (message_id, endpoint_id, status, attempts)"
            " SELECT id, :endpoint, 'failed', 8 FROM message RETURNING id"
        ),
        {"id": company_id, "endpoint": endpoint_id},
    )
    await staff.send(f"/webhook-delivery/details/{delivery_id}/replay")
    row = text("SELECT status, attempts FROM webhook_deliveries WHERE id = :id")
    assert tuple((await session.execute(row, {"id": delivery_id})).one()) == ("pending", 0)
    assert await recorded(session, admin) == [("webhook-delivery", delivery_id, "replay")]


async def test_what_was_done_stays(staff, world, session):
    person = await world.person()
    await staff.send(f"/user/details/{person.id}/deactivate")
    for statement in ("UPDATE admin_actions SET action = 'x'", "DELETE FROM admin_actions"):
        with pytest.raises(Exception, match="append-only"):
            async with session.begin_nested():
                await session.execute(text(statement))


async def test_what_does_not_exist_is_not_found(staff, world):
    person = await world.person()
    for path in (
        "/user/details/999999999/deactivate",
        f"/user/details/{person.id}/delete",
        "/room/details/1/x",
    ):
        await staff.get(path, 404)


@pytest.mark.parametrize(
    ("written", "currency", "amount"),
    [
        ("12.50", "GBP", 1250),
        (" 12 ", "EUR", 1200),
        ("5000", "JPY", 5000),
        ("1.005", "KWD", 1005),
        ("1e2", "USD", 10000),
    ],
)
def test_amounts_are_read_in_the_units_of_their_currency(written, currency, amount):
    assert read_amount(written, currency) == amount


@pytest.mark.parametrize(
    "written", ["", "0", "-1", "12,50", "0.001", "Infinity", "NaN", "1e999999", "1" * 40]
)
def test_other_amounts_are_refused(written):
    with pytest.raises(AmountUnreadableError):
        read_amount(written, "GBP")
