from tests.factories.world import created, ok


async def generated(person, booking):
    return await created(person.post(f"/bookings/{booking['id']}/generate-agreement"))


async def agreement_of(person, booking):
    return await ok(person.get(f"/bookings/{booking['id']}/agreement"))


async def download(person, booking, **query):
    answer = await person.get(f"/bookings/{booking['id']}/download-agreement", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    return answer.content


async def accept(person, booking, version, **options):
    body = {"version": version["version"], "sha256": version["sha256"]}
    return await person.post(f"/bookings/{booking['id']}/agreement/accept", body, **options)
