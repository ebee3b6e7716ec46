"""Short ways to say something to somebody."""

from typing import Any

from sqlalchemy import text

from src.core.database import Database
from tests.factories.world import Person, Studio, created, ok

PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"


async def write(
    customer: Person, studio: Studio, body: str = "Is there a piano?", **more: Any
) -> dict[str, Any]:
    return await created(
        customer.post("/messages", {"address_id": studio.address["id"], "body": body, **more})
    )


async def answer(
    person: Person, studio: Studio, customer: Person, body: str = "There is.", **more: Any
) -> dict[str, Any]:
    return await write(person, studio, body, customer_id=customer.id, **more)


async def conversation(person: Person, studio: Studio, customer: Person, **query: Any) -> dict[str, Any]:
    """As that person sees it: the conversation, and its messages, newest first."""
    path = f"/messages/conversation/{customer.id}/{studio.address['id']}"
    return await ok(person.get(path, params=query))


async def read(person: Person, message: dict[str, Any]) -> None:
    path = f"/messages/conversation/{message['conversation_id']}/read"
    answered = await person.patch(path, {"message_id": message["id"]})
    assert answered.status_code == 204, answered.text


async def unread(person: Person) -> tuple[int, int]:
    """As a customer, and for one's studios."""
    counts = await ok(person.get("/messages/unread"))
    assert counts["unread"] == counts["as_customer"] + counts["as_studio"]
    return counts["as_customer"], counts["as_studio"]


async def upload(person: Person, content: bytes) -> dict[str, Any]:
    return await created(
        person.client.post(
            "/api/v1/messages/attachments", headers=person.headers, files={"file": ("mine.bin", content)}
        )
    )


async def let_pass(database: Database, minutes: int) -> None:
    """As if everything that was written had been written so much earlier."""
    earlier = text("UPDATE messages SET created_at = created_at - make_interval(mins => :minutes)")
    async with database.transaction() as session:
        await session.execute(earlier, {"minutes": minutes})
