"""`python -m src.cli create-admin`: the first admin of the platform; others are made in the product."""

import asyncio
from typing import Annotated

import typer

from src.auth import passwords
from src.auth.common_passwords import is_common
from src.core.clock import utc_now
from src.core.config import get_settings
from src.core.database import Database
from src.core.identity import Role
from src.users import service as users


def create_admin(
    email: Annotated[str, typer.Option(prompt=True)],
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)],
) -> None:
    """Create an admin of the platform, or fail when the address has an account."""
    if not passwords.SHORTEST_PASSWORD <= len(password) <= passwords.LONGEST_PASSWORD:
        raise typer.BadParameter("a password has 8 to 128 characters")
    if is_common(password):
        raise typer.BadParameter("this is one of the passwords that everybody tries first")
    asyncio.run(_create(email, password))
    print(f"{email} is an admin now.")


async def _create(email: str, password: str) -> None:
    database = Database(get_settings())
    try:
        async with database.transaction() as session:
            if await users.find_by_email(session, email=email) is not None:
                raise typer.BadParameter("this address has an account already")
            user = await users.create(
                session,
                email=email,
                password_hash=await passwords.make_hash(password),
                firstname="Platform",
                lastname="Admin",
                role=Role.ADMIN,
            )
            await users.mark_verified(session, user_id=user.id, now=utc_now())
    finally:
        await database.close()
