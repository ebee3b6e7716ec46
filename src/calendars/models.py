from datetime import datetime, timedelta

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    Sequence,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from src.calendars.enums import FeedKind, ImportProblem, OccupancyKind, ResourceKind
from src.core.models import Base, HasId
from src.users.models import User

# One occupancy is never longer, so that an overlap is a range scan of starts_at (performance.md).
LONGEST_OCCUPANCY_DAYS = 31
LONGEST_OCCUPANCY = timedelta(days=LONGEST_OCCUPANCY_DAYS)

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
        # Holds alone: few at any moment, and search looks for them at every room that seems free.
        Index(
            "ix_occupancies_held", "resource_id", "starts_at", postgresql_where=text("expires_at IS NOT NULL")
        ),
    )

    resource_id: Mapped[int] = mapped_column(ForeignKey(Resource.id))
    claim_id: Mapped[int]
    kind: Mapped[OccupancyKind]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]


class CalendarFeed(HasId, Base):
    """A private address at which one person sees the calendar of a room, of a member, of a tour desk, or their own.

    It shows what that person may see at the moment, so it ends with their rights. `subject_id` is the id of the
    room, the member, the studio or the user: what is above this domain has no foreign key from here.
    """

    __tablename__ = "calendar_feeds"
    __table_args__ = (UniqueConstraint("user_id", "kind", "subject_id"),)

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    kind: Mapped[FeedKind]
    subject_id: Mapped[int]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class CalendarImport(HasId, Base):
    """A calendar elsewhere whose busy time is taken on a resource. Its address may hold a secret: it is sealed.

    `due_at` is when it is looked at next, and while somebody looks, the end of their lease. A failed look keeps
    what was imported before.
    """

    __tablename__ = "calendar_imports"
    __table_args__ = (
        UniqueConstraint("resource_id", "address_hash"),
        Index("ix_calendar_imports_due_at", "due_at"),
        Index("ix_calendar_imports_created_by_id", "created_by_id"),
    )

    resource_id: Mapped[int] = mapped_column(ForeignKey(Resource.id))
    created_by_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    name: Mapped[str] = mapped_column(String(120))
    host: Mapped[str] = mapped_column(String(255))
    address_sealed: Mapped[str] = mapped_column(Text)
    address_hash: Mapped[bytes] = mapped_column(LargeBinary)
    due_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    etag: Mapped[str | None] = mapped_column(Text)
    last_modified: Mapped[str | None] = mapped_column(Text)
    fetched_at: Mapped[datetime | None]  # the last look that went well
    read_at: Mapped[datetime | None]  # the last that brought the whole calendar
    failures: Mapped[int] = mapped_column(SmallInteger, server_default="0")  # in a row
    problem: Mapped[ImportProblem | None]
    has_unreadable_events: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class ImportedEvent(HasId, Base):
    """Busy time of an imported calendar, within the window that is imported.

    What is free of it is taken by `claim_id`. `is_complete`: all of it was. `conflict_since`: some of it was taken
    before by a booking or a block, and `told_at` when the owner was told so.
    """

    __tablename__ = "imported_events"
    __table_args__ = (
        UniqueConstraint("import_id", "starts_at", "ends_at"),
        CheckConstraint("starts_at < ends_at", name="not_empty"),
        CheckConstraint(
            "NOT is_complete OR (claim_id IS NOT NULL AND conflict_since IS NULL)", name="complete"
        ),
    )

    import_id: Mapped[int] = mapped_column(ForeignKey(CalendarImport.id, ondelete="CASCADE"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    summary: Mapped[str] = mapped_column(String(200))
    claim_id: Mapped[int | None] = mapped_column(unique=True)
    is_complete: Mapped[bool] = mapped_column(server_default=text("false"))
    conflict_since: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
