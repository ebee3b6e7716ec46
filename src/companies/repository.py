from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from src.companies.models import AuditEntry, Company, CompanyAdmin
from src.companies.schemas import AuditFilter
from src.core.pagination import PageRequest, paginate_by_cursor
from src.users.models import User

AdminRow = Row[User, datetime]
AuditRow = Row[AuditEntry, str, str, int]


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


async def list_admin_rows(
    session: AsyncSession, company_id: int, page: PageRequest
) -> tuple[Sequence[AdminRow], int]:
    """In the order in which they became admins, and how many there are."""
    admins = (
        select(User, CompanyAdmin.created_at.label("since"))
        .join(CompanyAdmin, CompanyAdmin.user_id == User.id)
        .where(CompanyAdmin.company_id == company_id)
    )
    total = await session.scalar(select(func.count()).where(CompanyAdmin.company_id == company_id))
    ordered = admins.order_by(CompanyAdmin.created_at, User.id).limit(page.size).offset(page.offset)
    return (await session.execute(ordered)).all(), total or 0


async def add_admin(session: AsyncSession, *, company_id: int, user_id: int) -> datetime | None:
    """Since when they are one; None when they were one before."""
    row = insert(CompanyAdmin).values(company_id=company_id, user_id=user_id)
    return await session.scalar(row.on_conflict_do_nothing().returning(CompanyAdmin.created_at))


async def has_other_admin(session: AsyncSession, *, company_id: int, user_id: int) -> bool:
    """Somebody else who can still log in. True only for as long as the company's row is locked."""
    other = (
        exists()
        .where(CompanyAdmin.company_id == company_id, CompanyAdmin.user_id != user_id)
        .where(User.id == CompanyAdmin.user_id, User.deactivated_at.is_(None))
    )
    return bool(await session.scalar(select(other)))


async def remove_admin(session: AsyncSession, *, company_id: int, user_id: int) -> bool:
    gone = delete(CompanyAdmin).where(CompanyAdmin.company_id == company_id, CompanyAdmin.user_id == user_id)
    return await session.scalar(gone.returning(CompanyAdmin.user_id)) is not None


async def is_open_until_commit(session: AsyncSession, company_id: int) -> bool:
    """Waits for whoever is closing it or changing its currency, and keeps others from that."""
    is_open = select(Company.id).where(Company.id == company_id, Company.deactivated_at.is_(None))
    return await session.scalar(is_open.with_for_update(key_share=True, read=True)) is not None


async def list_audit_entries(
    session: AsyncSession, company_id: int, wanted: AuditFilter
) -> tuple[Sequence[AuditRow], str | None]:
    entries = (
        select(AuditEntry, User.firstname, User.lastname)
        .outerjoin(User, User.id == AuditEntry.actor_id)
        .where(AuditEntry.company_id == company_id)
    )
    if wanted.subject is not None:
        entries = entries.where(AuditEntry.action.startswith(f"{wanted.subject}.", autoescape=True))
    if wanted.subject_id is not None:
        entries = entries.where(AuditEntry.subject_id == wanted.subject_id)
    if wanted.action is not None:
        entries = entries.where(AuditEntry.action == wanted.action)
    if wanted.actor_id is not None:
        entries = entries.where(AuditEntry.actor_id == wanted.actor_id)
    return await paginate_by_cursor(session, entries, wanted, key=AuditEntry.id)


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
