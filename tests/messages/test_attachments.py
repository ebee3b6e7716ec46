"""Pictures and PDFs between two sides: safe, private, and gone when nobody has sent them."""

from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image
from sqlalchemy import text

from src.core import uploads
from src.core.storage import storage_from
from src.messages.attachments.links import ANEW_SECONDS, AttachmentFile, AttachmentLinks
from tests.factories.world import World, created, ok, problem
from tests.messages.support import PDF, conversation, upload, write
from tests.support import pictures


async def sent_pdf(world: World):
    studio, customer = await world.studio(), await world.person()
    uploaded = await upload(customer, PDF)
    assert uploaded["kind"] == "pdf"
    message = await write(customer, studio, "", uploads=[uploaded["upload"]])
    return studio, customer, message, uploaded["upload"]


async def get(world: World, url: str):
    return await world.client.get(url.removeprefix("http://test"))


async def test_a_pdf_is_downloaded_and_never_shown(world: World) -> None:
    studio, customer, _, _ = await sent_pdf(world)
    seen = await conversation(studio.owner, studio, customer)
    (attachment,) = seen["items"][0]["attachments"]
    assert (attachment["kind"], attachment["image"]) == ("pdf", None)
    answer = await get(world, attachment["document"])
    assert (answer.status_code, answer.content) == (200, PDF)
    assert answer.headers["content-type"] == "application/pdf"
    assert (
        answer.headers["content-disposition"] == f'attachment; filename="attachment-{attachment["id"]}.pdf"'
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == f"private, max-age={ANEW_SECONDS}"


async def test_a_picture_is_encoded_anew_in_three_sizes(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    uploaded = await upload(customer, pictures.jpeg_with_place())
    message = await write(customer, studio, "Like this?", uploads=[uploaded["upload"]])
    (attachment,) = message["attachments"]
    assert attachment["document"] is None
    for size in ("thumb", "medium", "large"):
        answer = await get(world, attachment["image"][size])
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
        assert "content-disposition" not in answer.headers
        with Image.open(BytesIO(answer.content)) as image:
            assert not image.getexif()


async def test_an_address_works_for_one_file_and_a_while(world: World, settings) -> None:
    studio, customer, message, _ = await sent_pdf(world)
    url = message["attachments"][0]["document"]
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    later = {"expires": str(int(query["expires"]) + ANEW_SECONDS)}
    for changes in (later, {"signature": "0" * 64}, {"signature": "é" * 64}):
        answer = await world.client.get(urlsplit(url).path, params=query | changes)
        problem(answer, 404, "attachment_not_found")
    other_file = urlsplit(url).path.replace("document.pdf", "thumb.webp")
    problem(await world.client.get(other_file, params=query), 404, "attachment_not_found")
    problem(await world.client.get(urlsplit(url).path), 422, "validation_failed")
    assert studio.owner.id != customer.id

    attachment_id = message["attachments"][0]["id"]
    secret = settings.secret_key.get_secret_value()
    now = AttachmentLinks(secret, "", lambda: 1_000_000.0)
    url = now.url(attachment_id, AttachmentFile.DOCUMENT)
    signed = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}

    def works_at(seconds: float) -> bool:
        links = AttachmentLinks(secret, "", lambda: seconds)
        return links.is_valid(
            attachment_id,
            AttachmentFile.DOCUMENT,
            expires=int(signed["expires"]),
            signature=signed["signature"],
        )

    assert [works_at(1_000_000.0 + after) for after in (0, ANEW_SECONDS, 2 * ANEW_SECONDS)] == [
        True,
        True,
        False,
    ]


async def test_the_public_media_know_nothing_of_it(world: World, session) -> None:
    _, _, _, _ = await sent_pdf(world)
    key = await session.scalar(text("SELECT key FROM message_attachments"))
    assert key.startswith("private/messages/")
    assert (await world.client.get(f"/media/{key}/document.pdf")).status_code == 404
    public = await world.person()
    picture = {"file": pictures.jpeg()}
    await created(public.client.post("/api/v1/users/me/photo", headers=public.headers, files=picture))
    photo = (await ok(public.get("/users/me")))["photo"]["thumb"]
    assert (await get(world, photo)).status_code == 200


@pytest.mark.parametrize("what", [kind for kind in pictures.NO_PICTURES if kind not in {"pdf", "nothing"}])
async def test_what_is_neither_is_refused(world: World, what: str) -> None:
    person = await world.person()
    file = {"file": ("plan.pdf", pictures.NO_PICTURES[what], "application/pdf")}
    answer = await person.client.post("/api/v1/messages/attachments", headers=person.headers, files=file)
    assert answer.status_code in {415, 422}, answer.text
    assert answer.json()["code"] in {"unsupported_attachment", "image_damaged"}


@pytest.mark.parametrize("content", [PDF[:-6], b"%PDF-1.7\n" + b"x" * 5000, PDF + b"x" * 2000])
async def test_half_a_pdf_is_refused(world: World, content: bytes) -> None:
    person = await world.person()
    answer = await person.client.post(
        "/api/v1/messages/attachments", headers=person.headers, files={"file": content}
    )
    problem(answer, 422, "document_damaged")


async def test_one_that_is_too_large_is_refused(world: World) -> None:
    person = await world.person()
    large = PDF[:20] + b" " * (uploads.LARGEST_BODY_BYTES + 1) + b"%%EOF"
    answer = await person.client.post(
        "/api/v1/messages/attachments", headers=person.headers, files={"file": large}
    )
    problem(answer, 413, "content_too_large")


async def test_uploads_are_their_senders_own_and_sent_once(world: World) -> None:
    studio, customer, _, used = await sent_pdf(world)
    other = await world.person()
    fresh = (await upload(customer, PDF))["upload"]
    body = {"address_id": studio.address["id"], "uploads": [fresh]}
    problem(await other.post("/messages", body), 422, "unknown_upload")
    problem(await customer.post("/messages", body | {"uploads": [fresh, "0" * 32]}), 422, "unknown_upload")
    problem(await customer.post("/messages", body | {"uploads": [used]}), 409, "upload_used")
    problem(await customer.post("/messages", body | {"uploads": [fresh] * 2}), 422, "validation_failed")
    problem(await customer.post("/messages", body | {"uploads": ["../../etc"]}), 422, "validation_failed")
    await created(customer.post("/messages", body))


async def test_what_is_never_sent_is_deleted_and_what_is_sent_stays(
    world: World, database, settings, session
) -> None:
    _, customer, message, _ = await sent_pdf(world)
    unsent = (await upload(customer, PDF))["upload"]
    await session.execute(text("UPDATE stored_files SET delete_at = delete_at - interval '2 hours'"))
    await session.commit()
    storage = storage_from(settings)
    while await uploads.delete_unused(database, storage=storage):
        pass
    with pytest.raises(FileNotFoundError):
        await storage.load(f"private/messages/{customer.id}/{unsent}/document.pdf")
    assert (await get(world, message["attachments"][0]["document"])).status_code == 200


async def test_an_upload_that_has_waited_too_long_is_sent_no_more(world: World, session) -> None:
    studio, customer = await world.studio(), await world.person()
    late = (await upload(customer, PDF))["upload"]
    await session.execute(text("UPDATE stored_files SET created_at = created_at - interval '31 minutes'"))
    await session.commit()
    body = {"address_id": studio.address["id"], "uploads": [late]}
    problem(await customer.post("/messages", body), 422, "unknown_upload")
