from src.core.errors import ConflictError, NotFoundError


class AlreadyReportedError(ConflictError):
    code = "already_reported"
    detail = "You have reported this message."
    constraint = "uq_message_reports_message_id_reporter_id"


class OwnMessageError(ConflictError):
    code = "own_message"
    detail = "This message is of your own side."


class ReportNotFoundError(NotFoundError):
    code = "report_not_found"
    detail = "There is no such report."


class ReportResolvedError(ConflictError):
    code = "report_resolved"
    detail = "Somebody has decided about this report."
