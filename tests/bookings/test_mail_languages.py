"""Whose language a mail about a booking is in, and whose clock."""

import pytest

from tests.core.mails import part
from tests.factories.world import created, ok, wish


async def speak(person, locale):
    await ok(person.patch("/users/me", {"locale": locale}))
    return person


def said(mail):
    return " ".join(part(mail, "plain").split())


@pytest.fixture
async def studio(world):
    return await world.studio()


async def test_each_reads_it_in_their_own_language_and_by_the_studios_clock(world, worker, studio):
    customer = await speak(await world.person(), "de-AT")
    await speak(studio.owner, "es")
    await world.paid_booking(studio, customer)
    await worker.run()
    (for_customer,) = worker.mailbox.to(customer.email)
    (for_owner,) = worker.mailbox.to(studio.owner.email)
    assert "ist bestätigt: Live Room A" in for_customer["Subject"]
    assert for_owner["Subject"].startswith("Nueva reserva")
    assert (for_customer["Content-Language"], for_owner["Content-Language"]) == ("de-AT", "es")
    assert "12:00\N{NO-BREAK SPACE}\N{EN DASH} 14:00" in part(for_customer, "plain")
    assert "£\N{NO-BREAK SPACE}100,00" in part(for_customer, "plain")
    assert "100,00\N{NO-BREAK SPACE}GBP" in part(for_owner, "plain")


async def test_why_a_request_is_declined_stands_in_the_mail(world, worker, studio):
    customer = await speak(await world.person(), "de")
    await ok(studio.owner.patch(f"/rooms/{studio.room_id}", {"booking_mode": "on_request"}))
    for hour, reason in ((12, "<b>Works</b> in the yard"), (15, "")):
        request = await created(customer.post("/bookings", wish(studio, hour=hour)))
        await ok(studio.owner.post(f"/bookings/{request['id']}/decline", {"reason": reason}))
    await worker.run()
    with_reason, without = worker.mailbox.to(customer.email)
    assert "Nachricht: <b>Works</b> in the yard" in said(with_reason)
    assert "&lt;b&gt;Works&lt;/b&gt; in the yard" in part(with_reason, "html")
    assert "Nachricht:" not in part(without, "plain")


async def test_why_another_time_is_proposed_or_declined_stands_in_the_mails(world, worker, studio):
    customer = await speak(await world.person(), "es")
    booking = await world.paid_booking(studio, customer)
    path = f"/bookings/{booking['id']}/reschedule"
    new = wish(studio, hour=16)
    times = {"starts_at": new["starts_at"], "ends_at": new["ends_at"]}
    await ok(studio.owner.post(path, times | {"reason": "The boiler is being repaired"}))
    await worker.run()
    assert "Mensaje: The boiler is being repaired" in said(worker.mailbox.to(customer.email)[-1])
    await ok(customer.post(f"{path}/decline", {"reason": "We have a gig"}))
    await worker.run()
    assert "Message: We have a gig" in said(worker.mailbox.to(studio.owner.email)[-1])

    await ok(studio.owner.patch(f"/rooms/{studio.room_id}", {"booking_mode": "on_request"}))
    await ok(customer.post(path, times | {"reason": "Late train"}))
    await worker.run()
    assert "Message: Late train" in said(worker.mailbox.to(studio.owner.email)[-1])
    await ok(studio.owner.post(f"{path}/decline", {"reason": "Full house"}))
    await worker.run()
    assert "Mensaje: Full house" in said(worker.mailbox.to(customer.email)[-1])


async def test_who_speaks_what_nobody_has_translated_reads_english(world, worker, studio):
    customer = await speak(await world.person(), "fr-FR")
    await world.paid_booking(studio, customer)
    await worker.run()
    (mail,) = worker.mailbox.to(customer.email)
    assert mail["Subject"].startswith("Your booking")


async def test_a_guest_reads_what_the_studios_people_speak(worker, studio):
    await speak(studio.owner, "de")
    guest = {"guest": {"name": "Kim Okafor", "email": "kim@example.com"}}
    await created(studio.owner.post("/bookings/walk-in", wish(studio) | guest))
    await worker.run()
    (mail,) = worker.mailbox.to("kim@example.com")
    assert mail["Subject"].startswith("Ihre Buchung")


async def test_somebody_new_is_invited_in_the_language_of_who_invites_them(world, worker, studio):
    known = await speak(await world.person(), "es")
    await speak(studio.owner, "de")
    for email in ("new@example.com", known.email):
        path = f"/companies/{studio.company['id']}/team/invitations"
        await created(studio.owner.post(path, {"email": email, "role": "staff"}))
    await worker.run()
    assert "lädt Sie" in worker.mailbox.subjects("new@example.com")[0]
    assert "le invita" in worker.mailbox.subjects(known.email)[0]
