from tests.factories.world import World, created, ok, problem, wish


async def test_paid_hold_becomes_confirmed_and_mails_go_out(world: World, worker) -> None:
    studio = await world.studio()
    customer = await world.person()
    booking = await created(customer.post("/bookings", wish(studio)))
    assert booking["status"] == "pending"
    assert booking["total"] == {"amount": 10000, "currency": "GBP"}
    await world.pay(customer, booking)
    booking = await ok(customer.get(f"/bookings/{booking['id']}"))
    assert booking["status"] == "confirmed"
    assert booking["paid"] == booking["total"]
    await worker.run()
    assert len(worker.mailbox.to(customer.email)) == 1
    assert len(worker.mailbox.to(studio.owner.email)) == 1


async def test_slot_is_taken(world: World) -> None:
    studio = await world.studio()
    await world.held_booking(studio, await world.person())
    other = await world.person()
    problem(await other.post("/bookings", wish(studio)), 409, "slot_taken")
