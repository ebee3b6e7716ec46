"""The logo of a company."""

from fastapi import UploadFile

from src.companies import audit, policies
from src.companies.models import Company
from src.companies.service import get_company, get_managed_company
from src.core import uploads
from src.core.database import Database
from src.core.identity import Principal
from src.core.storage import Storage


async def set_logo(
    database: Database, *, storage: Storage, principal: Principal, company_id: int, file: UploadFile
) -> Company:
    """Raises those of `get_managed_company` and `uploads.UPLOAD_ERRORS`."""
    async with database.reading() as session:
        company = await get_company(session, company_id=company_id)
        await policies.require_manager(session, principal=principal, company=company)
    key = await uploads.store_image(database, storage=storage, file=file, folder=f"companies/{company_id}")
    async with database.transaction() as session:
        # Again: encoding takes a while, and a right that was taken away counts at once.
        company = await get_managed_company(session, principal=principal, company_id=company_id)
        await uploads.attach(session, key=key, replaces=company.logo)
        await audit.record(
            session,
            principal=principal,
            company_id=company_id,
            action="company.updated",
            subject_id=company_id,
            changes=audit.apply(company, {"logo": key}),
        )
        await session.flush()
        await session.refresh(company)
    return company
