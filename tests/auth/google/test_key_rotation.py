async def test_new_keys_of_the_provider_are_fetched_when_they_are_first_used(visitor, provider):
    first = await visitor.tokens()
    provider.requests.clear()
    await visitor.tokens()
    assert "/keys" not in provider.requests  # remembered
    provider.rotate_keys()
    assert (await visitor.tokens())["user"]["id"] == first["user"]["id"]
    assert provider.requests.count("/keys") == 1
