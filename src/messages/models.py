from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from src.addresses.models import Address
from src.bookings.models import Booking
from src.core.models import Base, HasId
from src.core.uploads import LONGEST_KEY
from src.messages.enums import AttachmentKind, Side
from src.users.models import User


class Conversation(HasId, Base):
    """Between a customer and a studio: one for each pair, begun with its first message.

    Whoever adds a message holds this row's lock from before the message has its id until the commit. So messages of a
    conversation become visible in the order of their ids, and "read up to" never covers one that nobody could see.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        UniqueConstraint("customer_id", "address_id"),
        Index("ix_conversations_address_id", "address_id"),
    )

    customer_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    address_id: Mapped[int] = mapped_column(ForeignKey(Address.id))
    last_message_id: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ConversationReader(Base):
    """How far one side has read. The studio has one mark for its whole team: somebody has seen to it.

    `latest_message_id` is the newest message of the other side, `told_message_id` the newest one that a mail has told
    of. What is unread is counted from the messages behind the mark; no counter is kept.
    """

    __tablename__ = "conversation_readers"
    __table_args__ = (
        CheckConstraint("last_read_message_id BETWEEN 0 AND latest_message_id", name="read_what_is_there"),
        CheckConstraint("told_message_id BETWEEN 0 AND latest_message_id", name="told_of_what_is_there"),
        Index("ix_conversation_readers_read_by_id", "read_by_id"),
        # Those whom a mail is to tell of something, a few of all; `latest` is for the order in which they are.
        Index(
            "ix_conversation_readers_untold",
            "latest_message_id",
            postgresql_where=text(
                "last_read_message_id < latest_message_id AND told_message_id <= last_read_message_id"
            ),
        ),
    )

    conversation_id: Mapped[int] = mapped_column(ForeignKey(Conversation.id), primary_key=True)
    side: Mapped[Side] = mapped_column(primary_key=True)
    latest_message_id: Mapped[int] = mapped_column(server_default="0")
    last_read_message_id: Mapped[int] = mapped_column(server_default="0")
    told_message_id: Mapped[int] = mapped_column(server_default="0")
    last_read_at: Mapped[datetime | None]
    read_by_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))


class MessageAttachment(HasId, Base):
    """A file of a message under a private key: no address of `/media` leads to it."""

    __tablename__ = "message_attachments"
    __table_args__ = (Index("ix_message_attachments_message_id", "message_id"),)

    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    kind: Mapped[AttachmentKind]
    key: Mapped[str] = mapped_column(String(LONGEST_KEY), unique=True)


class Message(HasId, Base):
    """`masked_body` is what the other side sees before a booking is confirmed; None: the body hides nothing."""

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_conversation_id", "conversation_id", "id"),
        Index("ix_messages_sender_id", "sender_id"),
        Index("ix_messages_booking_id", "booking_id"),
        Index(
            "ix_messages_words",
            text("to_tsvector('simple'::regconfig, search_key(body))"),
            postgresql_using="gin",
        ),
    )

    conversation_id: Mapped[int] = mapped_column(ForeignKey(Conversation.id))
    side: Mapped[Side]
    sender_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    booking_id: Mapped[int | None] = mapped_column(ForeignKey(Booking.id))
    body: Mapped[str] = mapped_column(Text)
    masked_body: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    attachments: Mapped[list[MessageAttachment]] = relationship(
        lazy="selectin", order_by=MessageAttachment.id, cascade="all, delete-orphan"
    )
