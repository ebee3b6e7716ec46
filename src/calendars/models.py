from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Sequence, func, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from src.calendars.enums import OccupancyKind, ResourceKind
from src.core.models import Base, HasId

# One occupancy is never longer, so that an overlap is a range scan of starts_at (performance.md).
LONGEST_OCCUPANCY_DAYS = 31

claim_ids = Sequence("occupancies_claim_id_seq", metadata=Base.metadata)


class Resource(HasId, Base):
    """Anything whose time can be taken once. Rooms, members, equipment and tour desks hold the id of theirs."""

    __tablename__ = "resources"

    kind: Mapped[ResourceKind]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Occupancy(HasId, Base):
    """Time taken on a resource: `[starts_at, ends_at)`, buffers included.

    Rows are made by the database function `claim_time` only; those of one claim share `claim_id`. With an
    `expires_at` in the past a row counts as free, whether or not anybody has swept it away.
    """

    __tablename__ = "occupancies"
    __table_args__ = (
        # Needs no extension: a range of one number equals another when they overlap.
        ExcludeConstraint(
            (text("int8range(resource_id, resource_id, '[]')"), "&&"),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            name="ex_occupancies_resource_time",
            using="gist",
        ),
        CheckConstraint("starts_at < ends_at", name="not_empty"),
        CheckConstraint(f"ends_at - starts_at <= interval '{LONGEST_OCCUPANCY_DAYS} days'", name="bounded"),
        Index("ix_occupancies_resource_id_starts_at", "resource_id", "starts_at"),
        Index("ix_occupancies_claim_id", "claim_id"),
    )

    resource_id: Mapped[int] = mapped_column(ForeignKey(Resource.id))
    claim_id: Mapped[int]
    kind: Mapped[OccupancyKind]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
