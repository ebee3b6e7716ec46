from typing import Annotated

from fastapi import Depends, Request

from src.auth.models import LONGEST_IP, LONGEST_USER_AGENT
from src.auth.service import Client


async def get_client(request: Request) -> Client:
    user_agent = request.headers.get("user-agent", "")
    printable = "".join(character for character in user_agent if character.isprintable())
    return Client(
        user_agent=printable[:LONGEST_USER_AGENT] or None,
        ip=request.client.host[:LONGEST_IP] if request.client else None,
    )


ClientDep = Annotated[Client, Depends(get_client)]
