from src.core.errors import ConflictError, ForbiddenError, NotFoundError


class CompanyNotFoundError(NotFoundError):
    code = "company_not_found"
    detail = "There is no such company, or it is closed."


class NotCompanyAdminError(ForbiddenError):
    code = "not_company_admin"
    detail = "Only the company's admins may do this."


class CompanyClosedError(ConflictError):
    code = "company_closed"
    detail = (
        "The company is closed: it can be read by its admins, but nothing of it can be changed or published."
    )
    constraint = "addresses_company_is_open"


class CompanyInUseError(ConflictError):
    code = "company_in_use"
    detail = "The company can't be closed yet; `reasons` says why and what to do first."


class CurrencyInUseError(ConflictError):
    code = "currency_in_use"
    detail = "The currency can't change any more: there are prices or bookings in it."
    constraint = "companies_currency_in_use"


class LastAdminError(ConflictError):
    code = "last_admin"
    detail = "A company needs an admin; name another one first, or close the company."


class AlreadyAdminError(ConflictError):
    code = "already_admin"
    detail = "This person is an admin of the company already."


class AdminNotFoundError(NotFoundError):
    code = "admin_not_found"
    detail = "The company has no such admin."
