from src.core.errors import ForbiddenError, NotFoundError


class CompanyNotFoundError(NotFoundError):
    code = "company_not_found"
    detail = "There is no such company."


class NotCompanyAdminError(ForbiddenError):
    code = "not_company_admin"
    detail = "Only the company's admins may do this."
