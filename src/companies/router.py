from http import HTTPStatus

from src.companies import logos, service
from src.companies.exceptions import CompanyNotFoundError, NotCompanyAdminError
from src.companies.models import Company
from src.companies.schemas import CompanyCreate, CompanyRead
from src.core.database import DatabaseDep, ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.idempotency import IDEMPOTENCY_ERRORS, Idempotent
from src.core.identity import EmailNotVerifiedError, PrincipalDep, VerifiedPrincipalDep
from src.core.pagination import Page, PageDep
from src.core.schemas import IdOrSlug, PathId
from src.core.storage import StorageDep
from src.core.uploads import LARGEST_BODY_BYTES, UPLOAD_ERRORS, ImageUpload

router = domain_router(tags=["companies"], prefix="/companies")


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=CompanyRead,
    operation_id="create_company",
    dependencies=[Idempotent],
    responses=errors(UnauthorizedError, EmailNotVerifiedError, ValidationFailedError, *IDEMPOTENCY_ERRORS),
)
async def create_company(
    body: CompanyCreate, session: SessionDep, principal: VerifiedPrincipalDep
) -> Company:
    """Opens a company. You become its first admin, and a `studio_owner`.

    All its prices are in `currency`, which can't be changed once there are bookings.
    """
    return await service.create_company(session, principal=principal, body=body)


@router.get(
    "/mine",
    response_model=Page[CompanyRead],
    operation_id="list_my_companies",
    responses=errors(UnauthorizedError, ValidationFailedError),
)
async def list_my_companies(
    session: ReadSessionDep, principal: PrincipalDep, page: PageDep
) -> Page[CompanyRead]:
    """The companies that you are an admin of, newest first."""
    companies, total = await service.list_mine(session, principal=principal, page=page)
    return Page(
        items=[CompanyRead.model_validate(company) for company in companies],
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
async def get_company(id_or_slug: IdOrSlug, session: ReadSessionDep) -> Company:
    """One company by its id (`7`) or its slug (`soho-sound-rooms`)."""
    return await service.get_company_by_id_or_slug(session, id_or_slug=id_or_slug)


@router.post(
    "/{company_id}/logo",
    status_code=HTTPStatus.CREATED,
    response_model=CompanyRead,
    operation_id="upload_company_logo",
    max_body_size=LARGEST_BODY_BYTES,
    responses=errors(UnauthorizedError, NotCompanyAdminError, CompanyNotFoundError, *UPLOAD_ERRORS),
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
