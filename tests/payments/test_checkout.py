from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import text

from src.payments import service
from src.payments.gateways.base import CheckoutStatus
from src.payments.gateways.sandbox import state_of
from src.payments.models import SandboxPayment
from tests.factories.world import created, ok, problem

SANDBOX = {"gateway": "sandbox"}
TOTAL = {"amount": 10000, "currency": "GBP"}


async def checkout(customer, booking):
    return await created(customer.post(f"/bookings/{booking['id']}/checkout", SANDBOX))


async def payments(customer, booking):
    return await ok(customer.get(f"/bookings/{booking['id']}/payments"))


async def status(customer, booking):
    return (await ok(customer.get(f"/bookings/{booking['id']}")))["status"]


async def charges(customer, booking):
    return [charge["status"] for charge in (await payments(customer, booking))["charges"]]


async def test_a_checkout_is_a_page_that_ends_with_the_hold(world, customer, booking):
    opened = await checkout(customer, booking)
    assert set(opened) == {"url", "expires_at"}
    assert opened["url"].startswith("http://test/sandbox/checkout/")
    assert datetime.fromisoformat(opened["expires_at"]) == datetime.fromisoformat(booking["expires_at"])
    page = await world.client.get(opened["url"])
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "100.00 GBP" in page.text
    assert booking["reference"] in page.text


async def test_asking_again_gives_the_same_page(customer, booking):
    assert await checkout(customer, booking) == await checkout(customer, booking)
    assert await charges(customer, booking) == ["open"]


async def test_a_checkout_that_was_cut_off_is_taken_up_again(session, customer, booking):
    """As if we had died between the gateway's answer and our writing it down."""
    first = await checkout(customer, booking)
    await session.execute(text("UPDATE charges SET gateway_ref = NULL, checkout_url = NULL"))
    assert await checkout(customer, booking) == first
    assert await charges(customer, booking) == ["open"]


async def test_the_booking_of_somebody_else_can_not_be_paid(world, studio, customer, booking):
    for person in (await world.person(), studio.owner):
        answer = await person.post(f"/bookings/{booking['id']}/checkout", SANDBOX)
        problem(answer, 404, "booking_not_found")
    answer = await world.client.post(f"/api/v1/bookings/{booking['id']}/checkout", json=SANDBOX)
    problem(answer, 401, "not_authenticated")
    problem(await customer.post("/bookings/999999999/checkout", SANDBOX), 404, "booking_not_found")
    assert await charges(customer, booking) == []


@pytest.mark.parametrize("gateway", ["stripe", "square", "nosuch"])
async def test_a_gateway_that_is_not_offered_is_refused(customer, booking, gateway):
    answer = await customer.post(f"/bookings/{booking['id']}/checkout", {"gateway": gateway})
    assert problem(answer, 422, "gateway_not_offered")["offered"] == ["sandbox"]


@pytest.mark.parametrize(
    "body", [{}, {"gateway": ""}, {"gateway": "Sandbox"}, {"gateway": "a\0"}, {"gateway": 1}]
)
async def test_a_body_that_names_no_gateway_is_refused(customer, booking, body):
    answer = await customer.post(f"/bookings/{booking['id']}/checkout", body)
    problem(answer, 422, "validation_failed")


async def test_paying_confirms_the_booking(world, session, customer, booking):
    opened = await checkout(customer, booking)
    answer = await world.client.post(f"{opened['url']}/pay", follow_redirects=True)
    assert "Paid" in answer.text
    assert "<form" not in answer.text
    assert await status(customer, booking) == "confirmed"
    (charge,) = (await payments(customer, booking))["charges"]
    assert (charge["gateway"], charge["status"], charge["amount"]) == ("sandbox", "succeeded", TOTAL)
    assert charge["paid_at"]
    assert await session.scalar(text("SELECT expires_at FROM occupancies")) is None


async def test_paying_twice_charges_once(world, worker, studio, customer, booking):
    opened = await checkout(customer, booking)
    for _ in range(3):
        assert (await world.client.post(f"{opened['url']}/pay")).status_code == 303
    found = await payments(customer, booking)
    assert [charge["status"] for charge in found["charges"]] == ["succeeded"]
    assert found["refunds"] == []
    await worker.run()
    assert len(worker.mailbox.to(customer.email)) == len(worker.mailbox.to(studio.owner.email)) == 1


@pytest.mark.parametrize("events", [("paid", "paid"), ("paid", "ended", "paid"), ("ended", "paid", "ended")])
async def test_whatever_the_gateway_repeats_in_any_order_acts_once(
    world, database, session, worker, studio, customer, booking, events
):
    """Past the page, which would not ask twice: what a real provider's webhooks do."""
    opened = await checkout(customer, booking)
    await session.execute(text("UPDATE sandbox_payments SET status = 'paid'"))
    payment = await session.get_one(SandboxPayment, opened["url"].rpartition("/")[2])
    state = state_of(payment)
    for event in events:
        async with database.transaction() as own:
            await service.apply_state(
                own, gateway="sandbox", state=replace(state, status=CheckoutStatus(event))
            )
    assert await status(customer, booking) == "confirmed"
    found = await payments(customer, booking)
    assert [charge["status"] for charge in found["charges"]] == ["succeeded"]
    assert found["refunds"] == []
    await worker.run()
    assert len(worker.mailbox.to(customer.email)) == len(worker.mailbox.to(studio.owner.email)) == 1


async def test_a_paid_page_can_not_fail_any_more(world, customer, booking):
    opened = await checkout(customer, booking)
    await world.client.post(f"{opened['url']}/pay")
    await world.client.post(f"{opened['url']}/fail")
    assert await charges(customer, booking) == ["succeeded"]


async def test_leaving_the_page_changes_nothing(world, customer, booking):
    opened = await checkout(customer, booking)
    answer = await world.client.post(f"{opened['url']}/abandon", follow_redirects=True)
    assert "You left without paying" in answer.text
    assert await status(customer, booking) == "pending"
    assert await charges(customer, booking) == ["open"]
    assert await checkout(customer, booking) == opened
    await world.pay(customer, booking)
    assert await status(customer, booking) == "confirmed"


async def test_after_a_failure_another_checkout_can_be_paid(world, customer, booking):
    first = await checkout(customer, booking)
    answer = await world.client.post(f"{first['url']}/fail", follow_redirects=True)
    assert "The payment failed" in answer.text
    assert await status(customer, booking) == "pending"
    assert await charges(customer, booking) == ["failed"]
    await world.client.post(f"{first['url']}/pay")
    assert await status(customer, booking) == "pending"

    second = await checkout(customer, booking)
    assert second["url"] != first["url"]
    await world.client.post(f"{second['url']}/pay")
    assert await status(customer, booking) == "confirmed"
    assert await charges(customer, booking) == ["failed", "succeeded"]


async def test_a_confirmed_or_cancelled_booking_can_not_be_paid_again(world, customer, booking):
    await world.pay(customer, booking)
    path = f"/bookings/{booking['id']}"
    problem(await customer.post(f"{path}/checkout", SANDBOX), 409, "illegal_move")
    await ok(customer.post(f"{path}/cancel"))
    problem(await customer.post(f"{path}/checkout", SANDBOX), 409, "illegal_move")


@pytest.mark.parametrize("path", ["nosuchref", "nosuchref/pay"])
async def test_a_page_that_does_not_exist_is_not_found(world, path):
    method = "POST" if path.endswith("/pay") else "GET"
    answer = await world.client.request(method, f"/sandbox/checkout/{path}")
    problem(answer, 404, "sandbox_payment_not_found")


async def test_an_outcome_that_does_not_exist_is_refused(world, customer, booking):
    opened = await checkout(customer, booking)
    problem(await world.client.post(f"{opened['url']}/steal"), 422, "validation_failed")
    assert await charges(customer, booking) == ["open"]


async def test_the_owner_sees_what_was_paid(world, studio, customer, booking):
    await world.pay(customer, booking)
    assert await payments(studio.owner, booking) == await payments(customer, booking)
