from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from src.companies.models import Company, CompanyAdmin
from src.users.models import User


async def insert_unless_slug_taken(session: AsyncSession, **values: Any) -> Company | None:
    new = insert(Company).values(**values).on_conflict_do_nothing(index_elements=[Company.slug])
    return (await session.scalars(new.returning(Company))).one_or_none()


async def find(session: AsyncSession, company_id: int) -> Company | None:
    return await session.get(Company, company_id)


async def find_by_slug(session: AsyncSession, slug: str) -> Company | None:
    return (await session.scalars(select(Company).where(Company.slug == slug))).one_or_none()


def administered_by(user_id: int) -> Select[Company]:
    """Companies of which the user is an admin, newest first."""
    return (
        select(Company)
        .join(CompanyAdmin, CompanyAdmin.company_id == Company.id)
        .where(CompanyAdmin.user_id == user_id)
        .order_by(Company.id.desc())
    )


async def is_admin(session: AsyncSession, *, company_id: int, user_id: int) -> bool:
    membership = exists().where(CompanyAdmin.company_id == company_id, CompanyAdmin.user_id == user_id)
    return bool(await session.scalar(select(membership)))


async def list_admins(session: AsyncSession, company_id: int) -> Sequence[User]:
    admins = select(User).join(CompanyAdmin, CompanyAdmin.user_id == User.id)
    return (
        await session.scalars(admins.where(CompanyAdmin.company_id == company_id).order_by(User.id))
    ).all()


async def find_locked(session: AsyncSession, company_id: int) -> Company | None:
    return await session.get(Company, company_id, with_for_update=True, populate_existing=True)


async def list_administered(session: AsyncSession, user_id: int) -> Sequence[Company]:
    return (await session.scalars(administered_by(user_id))).all()


async def list_solely_administered(session: AsyncSession, user_id: int) -> Sequence[int]:
    """Companies that nobody else could go on with. Locks all of the user's, so that two can't leave at once."""
    own = (
        select(CompanyAdmin.company_id)
        .join(Company, Company.id == CompanyAdmin.company_id)
        .where(CompanyAdmin.user_id == user_id)
        .order_by(CompanyAdmin.company_id)
        .with_for_update(of=Company, key_share=True)
    )
    company_ids = (await session.scalars(own)).all()
    others = (
        select(CompanyAdmin.company_id)
        .join(User, User.id == CompanyAdmin.user_id)
        .where(
            CompanyAdmin.company_id.in_(company_ids),
            CompanyAdmin.user_id != user_id,
            User.deactivated_at.is_(None),
        )
    )
    shared = set(await session.scalars(others))
    return [company_id for company_id in company_ids if company_id not in shared]


async def remove_admin_everywhere(session: AsyncSession, user_id: int) -> None:
    await session.execute(delete(CompanyAdmin).where(CompanyAdmin.user_id == user_id))
