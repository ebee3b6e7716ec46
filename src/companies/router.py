from http import HTTPStatus

from src.companies import closing, logos, service
from src.companies.closing import CompanyClosingDep
from src.companies.exceptions import (
    CompanyClosedError,
    CompanyInUseError,
    CompanyNotFoundError,
    CurrencyInUseError,
    NotCompanyAdminError,
)
from src.companies.models import Company
from src.companies.schemas import CompanyCreate, CompanyRead, CompanyUpdate, OwnCompanyRead
from src.core.clock import utc_now
from src.core.database import DatabaseDep, ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.idempotency import IDEMPOTENCY_ERRORS, Idempotent
from src.core.identity import AdminOnlyError, OptionalPrincipalDep, PrincipalDep
from src.core.pagination import Page, PageDep
from src.core.schemas import IdOrSlug, PathId
from src.core.storage import StorageDep
from src.core.uploads import LARGEST_BODY_BYTES, UPLOAD_ERRORS, ImageUpload

router = domain_router(tags=["companies"], prefix="/companies")


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=OwnCompanyRead,
    operation_id="create_company",
    dependencies=[Idempotent],
    responses=errors(UnauthorizedError, ValidationFailedError, *IDEMPOTENCY_ERRORS),
)
async def create_company(body: CompanyCreate, session: SessionDep, principal: PrincipalDep) -> Company:
    """Opens a company. You become its first admin, and a `studio_owner`.

    All its prices are in `currency`, which can't be changed once there are prices in it.
    """
    return await service.create_company(session, principal=principal, body=body)


@router.get(
    "/mine",
    response_model=Page[OwnCompanyRead],
    operation_id="list_my_companies",
    responses=errors(UnauthorizedError, ValidationFailedError),
)
async def list_my_companies(
    session: ReadSessionDep, principal: PrincipalDep, page: PageDep
) -> Page[OwnCompanyRead]:
    """The companies that you are an admin of, newest first, with those that are closed (`is_active`)."""
    companies, total = await service.list_mine(session, principal=principal, page=page)
    return Page(
        items=[OwnCompanyRead.model_validate(company) for company in companies],
        total=total,
        page=page.page,
        size=page.size,
    )


@router.get(
    "/{id_or_slug}",
    response_model=CompanyRead,
    operation_id="get_company",
    responses=errors(CompanyNotFoundError, ValidationFailedError),
)
async def get_company(
    id_or_slug: IdOrSlug, session: ReadSessionDep, principal: OptionalPrincipalDep
) -> Company:
    """One company by its id (`7`) or its slug (`soho-sound-rooms`). A closed one is there for its admins only."""
    return await service.get_visible_company(session, principal=principal, id_or_slug=id_or_slug)


@router.patch(
    "/{company_id}",
    response_model=OwnCompanyRead,
    operation_id="update_company",
    responses=errors(
        UnauthorizedError,
        NotCompanyAdminError,
        AdminOnlyError,
        CompanyNotFoundError,
        CompanyClosedError,
        CurrencyInUseError,
        ValidationFailedError,
    ),
)
async def update_company(
    company_id: PathId, body: CompanyUpdate, session: SessionDep, principal: PrincipalDep
) -> Company:
    """Changes what the body names; the slug stays. Bookings made before keep their price, tax and policy.

    `currency` can change until something has a price (409 `currency_in_use`); `platform_fee_bp` is for
    administrators of the platform (403 `admin_only`).
    """
    return await service.update_company(session, principal=principal, company_id=company_id, body=body)


@router.delete(
    "/{company_id}",
    status_code=HTTPStatus.NO_CONTENT,
    operation_id="close_company",
    responses=errors(
        UnauthorizedError,
        NotCompanyAdminError,
        CompanyNotFoundError,
        CompanyClosedError,
        CompanyInUseError,
        ValidationFailedError,
    ),
)
async def close_company(
    company_id: PathId, session: SessionDep, principal: PrincipalDep, closing_parts: CompanyClosingDep
) -> None:
    """Closes the company for good: its studios leave the market at once, its team loses every right.

    What has been stays: its admins may still read all of it, customers keep their bookings. While bookings are to
    come it answers 409 `company_in_use`; `reasons` lists them: `[{"code", "detail", "ids"}]`.
    """
    await closing.close_company(
        session, principal=principal, company_id=company_id, closing=closing_parts, now=utc_now()
    )


@router.post(
    "/{company_id}/logo",
    status_code=HTTPStatus.CREATED,
    response_model=OwnCompanyRead,
    operation_id="upload_company_logo",
    max_body_size=LARGEST_BODY_BYTES,
    responses=errors(
        UnauthorizedError, NotCompanyAdminError, CompanyNotFoundError, CompanyClosedError, *UPLOAD_ERRORS
    ),
)
async def upload_company_logo(
    company_id: PathId,
    file: ImageUpload,
    principal: PrincipalDep,
    database: DatabaseDep,
    storage: StorageDep,
) -> Company:
    """A multipart form with the picture as `file`; it replaces the logo that was there. Transparency is kept."""
    return await logos.set_logo(
        database, storage=storage, principal=principal, company_id=company_id, file=file
    )
