"""What people say of each other's messages. Of the messages themselves staff see what the API shows them."""

from collections.abc import Sequence
from typing import Any

from src.admin.actions import Action, dismiss_report, uphold_report
from src.admin.views.base import ReadOnlyView, Table, choice_of, link_to, show
from src.messages.reports import service as reports
from src.messages.reports.enums import ReportStatus
from src.messages.reports.models import Report

_RESOLUTION = {"resolution": "What was done, for the other administrators"}


def is_open(report: Any) -> bool:
    return report.status is ReportStatus.OPEN


class ReportView(ReadOnlyView, model=Report):
    name, name_plural, icon = "Report", "Reported messages", "ti ti-flag"
    listed = ("id", "status", "reason", "message_id", "reporter_id", "created_at", "resolved_by_id")
    detailed = (*listed, "note", "resolution", "resolved_at")
    labels = {"created_at": "Reported", "reporter_id": "By", "resolved_by_id": "Decided by"}
    choices = (choice_of(Report.status, ReportStatus),)
    scopes = ("reporter_id", "resolved_by_id")
    shown_as = {
        "reporter_id": link_to("user", "reporter_id"),
        "resolved_by_id": link_to("user", "resolved_by_id"),
    }
    actions = (
        Action(
            name="uphold",
            label="Uphold",
            question="It was intolerable, and you have done something about it: this by itself does nothing.",
            run=uphold_report,
            is_for=is_open,
            fields=_RESOLUTION,
        ),
        Action(
            name="dismiss",
            label="Dismiss",
            question="There is nothing to be done about it. It can't be decided a second time.",
            run=dismiss_report,
            is_for=is_open,
            fields=_RESOLUTION,
        ),
    )

    async def related(self, row: Any) -> Sequence[Table]:
        async with self.site.database.reading() as session:
            report = await reports.get_report(session, report_id=row.id)
        columns = ("Message", "When", "Sender", "Name", "Side", "Attachments", "Written")
        cells = [
            (
                message.id,
                show(message.created_at),
                link_to("user", "id")(message.sender),
                message.sender.name,
                message.sender.side.value,
                message.attachments,
                message.body,
            )
            for message in report.context
        ]
        return [Table("The message and what led to it, newest first", columns, cells)]
