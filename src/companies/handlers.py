from sqlalchemy.ext.asyncio import AsyncSession

from src.companies import repository
from src.companies.events import CompanyCreated
from src.core.mail import service as mail
from src.users import service as users
from src.users.events import UserDeleted


async def mail_welcome(session: AsyncSession, event: CompanyCreated) -> None:
    """To the owner of a first company; with the second they know how it goes."""
    owner = await users.get_user(session, user_id=event.user_id)
    await mail.queue(
        session,
        key=f"companies/welcome:{owner.id}",
        template="companies/welcome",
        recipient=owner.email,
        locale=owner.locale,
        params={"firstname": owner.firstname, "company_id": event.company_id},
    )


async def forget_admin(session: AsyncSession, event: UserDeleted) -> None:
    await repository.remove_admin_everywhere(session, event.user_id)
