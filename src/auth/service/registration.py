from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from src.auth import passwords
from src.auth.events import TakenAddressRegistered, UserRegistered
from src.core import events
from src.core.mail import service as mail
from src.users import service as users
from src.users.models import User


async def register(
    session: AsyncSession, *, email: str, password: str, firstname: str, lastname: str, now: datetime
) -> User:
    """A new user, who is sent a link to confirm the address.

    For a taken address the answer and the work are the same, but the user exists nowhere and the owner of the
    address gets a mail.
    """
    # Before the first statement: no connection is held while the password is hashed.
    password_hash = await passwords.make_hash(password)
    user, owner_id = await users.create_unless_taken(
        session,
        email=email,
        password_hash=password_hash,
        firstname=firstname,
        lastname=lastname,
        now=now,
    )
    is_new = owner_id == user.id
    await events.publish(
        session, UserRegistered(user_id=user.id) if is_new else TakenAddressRegistered(user_id=owner_id)
    )
    return user


async def mail_already_registered(session: AsyncSession, *, user_id: int, now: datetime) -> None:
    """At most once a day: nobody can flood a mailbox by registering it."""
    user = await users.get_user(session, user_id=user_id)
    if user.deactivated_at is not None:
        return
    await mail.queue(
        session,
        key=f"already-registered:{user.id}:{now.date().isoformat()}",
        template="auth/already_registered",
        recipient=user.email,
        locale=user.locale,
        params={},
    )
