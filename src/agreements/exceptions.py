from src.core.errors import ConflictError, NotFoundError


class AgreementNotFoundError(NotFoundError):
    code = "agreement_not_found"
    detail = "This agreement has no such version."


class AgreementMissingError(ConflictError):
    code = "agreement_missing"
    detail = "None has been drawn up yet: POST generate-agreement does it."


class BookingNotAgreeableError(ConflictError):
    code = "booking_not_confirmed"
    detail = "Only a room's booking that is confirmed has an agreement to draw up or accept."


class AgreementOutdatedError(ConflictError):
    """`version` and `sha256` in the document are those of the latest version."""

    code = "agreement_outdated"
    detail = "This is not the agreement that is in force; read the latest version and accept that."
