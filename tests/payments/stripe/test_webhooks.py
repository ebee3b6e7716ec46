"""Forged or old notices change nothing; a true one is kept and worked on once."""

import hashlib
import hmac
import json
import time

import pytest

from tests.factories.world import problem
from tests.payments.stripe.support import WEBHOOK
from tests.support.fakes.server import Fault
from tests.support.fakes.stripe import sign


@pytest.fixture
async def event(till):
    till.stripe.pay(await till.open())
    return till.stripe.events.pop()


async def refuse(till, body, headers):
    problem(await till.client.post(WEBHOOK, content=body, headers=headers), 400, "signature_invalid")
    await till.worker.run()
    assert await till.notices() == []
    assert await till.status() == "pending"


async def test_without_a_signature(till, event):
    body, _ = sign(event)
    await refuse(till, body, {})
    await refuse(till, body, {"Stripe-Signature": ""})
    await refuse(till, body, {"Stripe-Signature": "t=now,v1=ä".encode()})


@pytest.mark.parametrize("secret", ["whsec_of_another_endpoint", ""])
async def test_with_the_secret_of_another(till, event, secret):
    await refuse(till, *sign(event, secret=secret))


async def test_a_changed_bit(till, event):
    body, headers = sign(event)
    for position in (0, len(body) // 2, len(body) - 1):
        changed = bytearray(body)
        changed[position] ^= 1
        await refuse(till, bytes(changed), headers)


async def test_serialised_anew(till, event):
    body, headers = sign(event)
    await refuse(till, json.dumps(json.loads(body)).encode(), headers)


async def test_five_minutes_old(till, event):
    await refuse(till, *sign(event, age=301))
    assert (await till.deliver(event, age=290)).status_code == 204


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'"id"', b"{", b"\xff"])
async def test_signed_nonsense(till, body, event):
    now = int(time.time())
    signature = hmac.new(b"whsec_of_the_fake", f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    await refuse(till, body, {"Stripe-Signature": f"t={now},v1={signature}"})


async def test_either_of_two_secrets_is_right(till, event):
    assert (await till.deliver(event, secret="whsec_of_last_year")).status_code == 204
    await till.worker.run()
    assert await till.status() == "confirmed"


async def test_what_is_told_again_is_stored_once(till, event):
    for _ in range(3):
        assert (await till.deliver(event)).status_code == 204
    await till.worker.run()
    assert await till.notices() == [("checkout.session.completed", "done")]


async def test_what_we_do_nothing_about_is_kept(till):
    till.stripe.tell("customer.created", {"id": "cus_1", "object": "customer"})
    await till.hear()
    assert await till.notices() == [("customer.created", "ignored")]


async def test_what_should_be_ours_and_is_not_is_kept_for_a_person(till):
    ref = await till.open()
    till.stripe.sessions[ref]["metadata"]["installation"] = "https://staging.example"
    till.stripe.pay(ref)
    await till.hear()
    assert await till.notices() == [("checkout.session.completed", "unknown")]
    assert await till.status() == "pending"


async def test_when_stripe_does_not_answer_it_is_asked_later(till, event):
    till.stripe.next_fault = lambda request: Fault.LOST_REQUEST if request.method == "GET" else None
    assert (await till.deliver(event)).status_code == 204
    await till.worker.run()
    assert await till.notices() == [("checkout.session.completed", "received")]
    till.stripe.next_fault = lambda _: None
    await till.execute("UPDATE webhook_notices SET due_at = clock_timestamp()")
    await till.worker.run()
    assert await till.status() == "confirmed"


@pytest.mark.parametrize("gateway", ["sandbox", "manual", "square", "nosuch"])
async def test_who_sends_none_has_no_address(till, gateway):
    answer = await till.client.post(f"/api/v1/webhooks/{gateway}", content=b"{}")
    problem(answer, 404, "webhook_not_found")
