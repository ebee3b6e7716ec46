from src.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class PermissionMissingError(ForbiddenError):
    """`permission` in the document says which one."""

    code = "permission_missing"
    detail = "Your role in this company does not allow it."


class MemberNotFoundError(NotFoundError):
    code = "member_not_found"
    detail = "There is no such member of this team."


class ProfessionalNotFoundError(NotFoundError):
    code = "professional_not_found"
    detail = "There is no such professional, or they can't be booked here."


class ServiceNotFoundError(NotFoundError):
    code = "service_not_found"
    detail = "The professional offers no such service."


class TimeOffNotFoundError(NotFoundError):
    code = "time_off_not_found"
    detail = "There is no such time off."


class NotAProfessionalError(ConflictError):
    code = "not_a_professional"
    detail = "Only professionals have hours, services and time off; change the member's role first."


class AlreadyMemberError(ConflictError):
    code = "already_member"
    detail = "This person is in the team already."


class InvitationPendingError(ConflictError):
    code = "invitation_pending"
    detail = "Somebody else is inviting this address at the same moment."
    constraint = "uq_team_invitations_open"


class InvitationNotFoundError(NotFoundError):
    code = "invitation_not_found"
    detail = "There is no such invitation, or it was withdrawn."


class InvitationUsedError(ConflictError):
    code = "invitation_used"
    detail = "This invitation was accepted before."


class InvitationExpiredError(ConflictError):
    code = "invitation_expired"
    detail = "This invitation has expired; ask for a new one."


class InvitationForOtherAddressError(ForbiddenError):
    code = "invitation_for_other_address"
    detail = (
        "This invitation was sent to another address than yours; log in with the account of that address."
    )


class UnknownStudioError(InvalidError):
    """`address_ids` in the document says which ones."""

    code = "unknown_studio"
    detail = "Some of `address_ids` are no studios of this company."


class OverlappingWorkingHoursError(InvalidError):
    code = "overlapping_working_hours"
    detail = "Two spans of working hours overlap."
