from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from src.addresses.equipment.models import EquipmentItem
from src.bookings.models import Booking
from src.calendars.models import Resource
from src.core.models import Base
from src.rooms.pricing.quotes import Charged
from src.teams.models import TeamMember


class BookingAddOn(Base):
    """A piece of equipment or a professional that comes with a booking; the booking's claim has their time.

    The price is kept as it was agreed, so that the booking can be moved whatever is let by then. Of a professional
    it is for every `unit_minutes` that begin.
    """

    __tablename__ = "booking_add_ons"
    __table_args__ = (
        CheckConstraint("num_nonnulls(equipment_id, member_id) = 1", name="one_kind"),
        CheckConstraint("(member_id IS NULL) = (unit_minutes IS NULL) AND unit_minutes > 0", name="unit"),
        CheckConstraint("unit_amount >= 0", name="unit_amount"),
        Index("ix_booking_add_ons_resource_id", "resource_id"),
        Index("ix_booking_add_ons_equipment_id", "equipment_id"),
        Index("ix_booking_add_ons_member_id", "member_id"),
    )

    booking_id: Mapped[int] = mapped_column(ForeignKey(Booking.id, ondelete="CASCADE"), primary_key=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey(Resource.id), primary_key=True)
    equipment_id: Mapped[int | None] = mapped_column(ForeignKey(EquipmentItem.id))
    member_id: Mapped[int | None] = mapped_column(ForeignKey(TeamMember.id))
    description: Mapped[str] = mapped_column(String(300))  # on the bill
    unit_amount: Mapped[int]  # minor units of the booking's currency
    charged: Mapped[Charged]
    unit_minutes: Mapped[int | None] = mapped_column(Integer)
