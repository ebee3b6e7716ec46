from tests.factories.world import created, ok


async def test_a_new_owner_is_welcomed_once_in_their_language(world, worker):
    owner = await world.person()
    await ok(owner.patch("/users/me", {"locale": "es"}))
    for name in ("Soho Sound", "Soho Sound Two"):
        await created(owner.post("/companies", {"name": name, "currency": "GBP"}))
    await worker.run()
    assert worker.mailbox.subjects(owner.email) == ["Su primer estudio en Downbeat"]
