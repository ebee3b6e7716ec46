from datetime import datetime, time

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from src.calendars.models import Resource
from src.companies.models import Company
from src.core.models import Base, HasId, HasTimestamps
from src.teams.enums import TeamRole
from src.users.models import LONGEST_EMAIL, User


class TeamMember(HasId, HasTimestamps, Base):
    """Somebody who works for a company. A professional's own time is a resource.

    The row stays when they are removed, as bookings may point to it; who comes back has the same one.
    """

    __tablename__ = "team_members"
    __table_args__ = (
        UniqueConstraint("company_id", "user_id"),
        Index("ix_team_members_user_id", "user_id"),
    )

    company_id: Mapped[int] = mapped_column(ForeignKey(Company.id))
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    role: Mapped[TeamRole]
    # Ids of the studios that the member is limited to; None: all of the company's. Studios are above this domain.
    address_ids: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    resource_id: Mapped[int | None] = mapped_column(ForeignKey(Resource.id), unique=True)
    removed_at: Mapped[datetime | None]


class TeamInvitation(HasId, Base):
    """A mail with a link that makes whoever has confirmed this address a member, once."""

    __tablename__ = "team_invitations"
    __table_args__ = (
        CheckConstraint("accepted_at IS NULL OR withdrawn_at IS NULL", name="one_end"),
        Index("ix_team_invitations_company_id", "company_id"),
        Index("ix_team_invitations_invited_by_id", "invited_by_id"),
    )

    company_id: Mapped[int] = mapped_column(ForeignKey(Company.id))
    email: Mapped[str] = mapped_column(String(LONGEST_EMAIL))
    role: Mapped[TeamRole]
    address_ids: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    invited_by_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


Index("ix_team_invitations_email", func.lower(TeamInvitation.email))
Index(
    "uq_team_invitations_open",
    TeamInvitation.company_id,
    func.lower(TeamInvitation.email),
    unique=True,
    postgresql_where=text("accepted_at IS NULL AND withdrawn_at IS NULL"),
)


class MemberHours(Base):
    """One span of a weekday in which a professional works, in the local time of the studio they work at.

    `closes` at or before `opens` means the next day.
    """

    __tablename__ = "member_hours"
    __table_args__ = (CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),)

    member_id: Mapped[int] = mapped_column(ForeignKey(TeamMember.id, ondelete="CASCADE"), primary_key=True)
    weekday: Mapped[int] = mapped_column(SmallInteger, primary_key=True)  # 0 is Monday
    opens: Mapped[time] = mapped_column(primary_key=True)
    closes: Mapped[time]


class MemberService(HasId, Base):
    """What a professional offers: so many minutes cost so much, in minor units of the company's currency."""

    __tablename__ = "member_services"
    __table_args__ = (
        UniqueConstraint("member_id", "name"),
        CheckConstraint("minutes > 0 AND amount >= 0", name="positive"),
    )

    member_id: Mapped[int] = mapped_column(ForeignKey(TeamMember.id, ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    minutes: Mapped[int] = mapped_column(Integer)
    amount: Mapped[int]


class MemberTimeOff(HasId, Base):
    """Time in which a professional can't be booked: a claim on their resource."""

    __tablename__ = "member_time_off"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="not_empty"),
        Index("ix_member_time_off_member_id_starts_at", "member_id", "starts_at"),
    )

    member_id: Mapped[int] = mapped_column(ForeignKey(TeamMember.id, ondelete="CASCADE"))
    claim_id: Mapped[int] = mapped_column(unique=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
