from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from src.addresses.models import Address
from src.bookings.models import Booking
from src.core.models import Base, HasId
from src.users.models import User


class Conversation(HasId, Base):
    """Between a customer and a studio: one for each pair."""

    __tablename__ = "conversations"
    __table_args__ = (
        UniqueConstraint("customer_id", "address_id"),
        Index("ix_conversations_address_id", "address_id"),
    )

    customer_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    address_id: Mapped[int] = mapped_column(ForeignKey(Address.id))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Message(HasId, Base):
    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_conversation_id", "conversation_id", "id"),
        Index("ix_messages_sender_id", "sender_id"),
        Index("ix_messages_booking_id", "booking_id"),
    )

    conversation_id: Mapped[int] = mapped_column(ForeignKey(Conversation.id))
    sender_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    booking_id: Mapped[int | None] = mapped_column(ForeignKey(Booking.id))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
