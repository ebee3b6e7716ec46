from http import HTTPStatus
from typing import Annotated

from fastapi import Query, Request, Response

from src.agreements import service
from src.agreements.exceptions import (
    AgreementMissingError,
    AgreementNotFoundError,
    AgreementOutdatedError,
    BookingNotAgreeableError,
)
from src.agreements.schemas import LARGEST_VERSION, AcceptanceCreate, AgreementRead, VersionRead
from src.bookings.exceptions import BookingNotFoundError
from src.core.database import DatabaseDep, ReadSessionDep, SessionDep
from src.core.errors import BusyError, UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.idempotency import IDEMPOTENCY_ERRORS, Idempotent
from src.core.identity import PrincipalDep
from src.core.schemas import PathId
from src.teams.exceptions import PermissionMissingError

router = domain_router(tags=["agreements"], prefix="/bookings/{booking_id}")

PDF = "application/pdf"


@router.post(
    "/generate-agreement",
    status_code=HTTPStatus.CREATED,
    response_model=VersionRead,
    operation_id="generate_agreement",
    responses={
        **errors(
            UnauthorizedError,
            BookingNotFoundError,
            BookingNotAgreeableError,
            BusyError,
            ValidationFailedError,
        ),
        HTTPStatus.OK: {"model": VersionRead, "description": "There is one that says so already"},
    },
)
async def generate_agreement(
    booking_id: PathId, database: DatabaseDep, principal: PrincipalDep, response: Response
) -> VersionRead:
    """Draws up the contract of a confirmed booking, as a new version if the booking has changed since the last one.

    Asked again with nothing changed it answers 200 with the same version, so a repeated request is harmless. After
    a payment it happens by itself within seconds.
    """
    version, is_new = await service.generate_agreement(database, principal=principal, booking_id=booking_id)
    response.status_code = HTTPStatus.CREATED if is_new else HTTPStatus.OK
    return version


@router.get(
    "/agreement",
    response_model=AgreementRead,
    operation_id="get_agreement",
    responses=errors(UnauthorizedError, BookingNotFoundError, ValidationFailedError),
)
async def get_agreement(
    booking_id: PathId, session: ReadSessionDep, principal: PrincipalDep
) -> AgreementRead:
    """All versions of the contract, the checksum of each and who has accepted it. For whoever may see the booking."""
    return await service.get_agreement(session, principal=principal, booking_id=booking_id)


@router.get(
    "/download-agreement",
    response_class=Response,
    operation_id="download_agreement",
    responses={
        **errors(
            UnauthorizedError,
            BookingNotFoundError,
            AgreementNotFoundError,
            AgreementMissingError,
            ValidationFailedError,
        ),
        HTTPStatus.OK: {
            "description": "The PDF",
            "content": {PDF: {"schema": {"type": "string", "format": "binary"}, "example": "%PDF-1.7 …"}},
        },
    },
)
async def download_agreement(
    booking_id: PathId,
    database: DatabaseDep,
    principal: PrincipalDep,
    version: Annotated[
        int | None, Query(ge=1, le=LARGEST_VERSION, description="The latest when left out")
    ] = None,
    signed: Annotated[  # noqa: FBT002 - a query parameter is never positional
        bool, Query(description="With a last page that says who accepted, when and from where")
    ] = False,
) -> Response:
    """The contract as a PDF: exactly the file whose `sha256` is recorded, or a signed copy of it.

    Show people the plain file before they accept it, and give them the signed copy afterwards.
    """
    download = await service.get_pdf(
        database, principal=principal, booking_id=booking_id, version=version, is_signed=signed
    )
    headers = {
        "Content-Disposition": f'attachment; filename="{download.filename}"',
        "Cache-Control": "private, no-store",
    }
    return Response(download.pdf, media_type=PDF, headers=headers)


@router.post(
    "/agreement/accept",
    response_model=AgreementRead,
    operation_id="accept_agreement",
    dependencies=[Idempotent],
    responses=errors(
        UnauthorizedError,
        PermissionMissingError,
        BookingNotFoundError,
        AgreementNotFoundError,
        BookingNotAgreeableError,
        AgreementMissingError,
        AgreementOutdatedError,
        ValidationFailedError,
        *IDEMPOTENCY_ERRORS,
    ),
)
async def accept_agreement(
    booking_id: PathId,
    body: AcceptanceCreate,
    session: SessionDep,
    principal: PrincipalDep,
    request: Request,
) -> AgreementRead:
    """Accepts a version, as the customer or for the studio (whoever may manage its bookings).

    Send `version` and `sha256` of what the person has read. If the booking has changed since, the answer is 409
    `agreement_outdated`: draw up the new version, show it, and ask again. Accepting twice changes nothing.
    """
    return await service.accept_agreement(
        session,
        principal=principal,
        booking_id=booking_id,
        body=body,
        client_address=request.client.host if request.client else None,
    )
