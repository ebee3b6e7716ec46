from sqlalchemy.ext.asyncio import AsyncSession

from src.auth import passwords
from src.auth.events import UserRegistered
from src.core import events
from src.users import service as users
from src.users.models import User


async def register(
    session: AsyncSession, *, email: str, password: str, firstname: str, lastname: str
) -> User:
    """A new user, who is sent a link to confirm the address.

    A taken address violates `uq_users_email`, which is answered as `EmailTakenError`.
    """
    # Before the first statement: no connection is held while the password is hashed.
    password_hash = await passwords.make_hash(password)
    user = await users.create(
        session, email=email, password_hash=password_hash, firstname=firstname, lastname=lastname
    )
    await events.publish(session, UserRegistered(user_id=user.id))
    return user
