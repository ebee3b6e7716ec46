"""The pages in the order of the menu."""

from typing import Final

from src.admin.views.base import ReadOnlyView
from src.admin.views.business import AddressView, BookingView, CompanyView
from src.admin.views.conversations import ReportView
from src.admin.views.machinery import DeliveryView, MailView, NoticeView, OutboxView
from src.admin.views.money import ChargeView, PayoutView
from src.admin.views.people import AdminActionView, UserView

VIEWS: Final[tuple[type[ReadOnlyView], ...]] = (
    UserView,
    CompanyView,
    AddressView,
    BookingView,
    ChargeView,
    PayoutView,
    ReportView,
    MailView,
    OutboxView,
    NoticeView,
    DeliveryView,
    AdminActionView,
)
