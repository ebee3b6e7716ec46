from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from src.calendars.models import Resource
from src.companies.models import Company
from src.core.models import Base, HasId, HasTimestamps
from src.teams.enums import TeamRole
from src.users.models import User


class TeamMember(HasId, HasTimestamps, Base):
    """Somebody who works for a company. A professional's own time is a resource."""

    __tablename__ = "team_members"
    __table_args__ = (
        UniqueConstraint("company_id", "user_id"),
        Index("ix_team_members_user_id", "user_id"),
    )

    company_id: Mapped[int] = mapped_column(ForeignKey(Company.id))
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    role: Mapped[TeamRole]
    resource_id: Mapped[int | None] = mapped_column(ForeignKey(Resource.id), unique=True)
