"""appointments: tour desks, moves, reminders

Revision ID: a99000000001
Revises: 3eb400c00001
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "a99000000001"
down_revision = "3eb400c00001"
branch_labels = None
depends_on = None

OLD_STATUSES = ("requested", "confirmed", "cancelled", "completed", "no_show")
STATUSES = ("requested", "confirmed", "completed", "no_show", "cancelled", "declined")
ACTORS = ("customer", "owner", "system")
OLD_FEEDS = ("room", "member", "customer")
FEEDS = (*OLD_FEEDS, "desk")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _replace_values("calendar_feeds", "kind", "feedkind", FEEDS)
    _create_desks()
    _widen_appointments()
    _create_moves()


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("appointment_moves")
    for name in ("to_remind", "unanswered", "to_complete"):
        op.drop_index(f"ix_appointments_{name}", table_name="appointments")
    for name in ("reminder", "confirmed"):
        op.drop_constraint(op.f(f"ck_appointments_{name}"), "appointments")
    for name in ("remind_at", "confirmed_at", "version", "note"):
        op.drop_column("appointments", name)
    op.drop_index("ix_appointments_customer_id", table_name="appointments")
    op.create_index("ix_appointments_customer_id", "appointments", ["customer_id"])
    op.execute("UPDATE appointments SET status = 'cancelled' WHERE status = 'declined'")
    _replace_values("appointments", "status", "appointmentstatus", OLD_STATUSES)
    op.drop_table("tour_desks")
    op.execute("DELETE FROM calendar_feeds WHERE kind = 'desk'")
    _replace_values("calendar_feeds", "kind", "feedkind", OLD_FEEDS)


def _replace_values(table: str, column: str, kind: str, values: tuple[str, ...]) -> None:
    name = op.f(f"ck_{table}_{kind}")
    quoted = ", ".join(f"'{value}'" for value in values)
    op.drop_constraint(name, table)
    op.create_check_constraint(name, table, f"{column} IN ({quoted})")


def _create_desks() -> None:
    op.create_table(
        "tour_desks",
        sa.Column("address_id", sa.BigInteger(), nullable=False),
        sa.Column("resource_id", sa.BigInteger(), nullable=False),
        sa.Column("is_offered", sa.Boolean(), nullable=False),
        sa.Column("is_confirmed_at_once", sa.Boolean(), nullable=False),
        sa.Column("visit_minutes", sa.Integer(), nullable=False),
        sa.Column("buffer_minutes", sa.Integer(), nullable=False),
        sa.Column("notice_minutes", sa.Integer(), nullable=False),
        sa.Column("horizon_days", sa.Integer(), nullable=False),
        sa.Column("hours", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("visit_minutes BETWEEN 10 AND 480", name=op.f("ck_tour_desks_visit")),
        sa.CheckConstraint(
            "buffer_minutes BETWEEN 0 AND 240 AND notice_minutes BETWEEN 0 AND 43200"
            " AND horizon_days BETWEEN 1 AND 365",
            name=op.f("ck_tour_desks_terms"),
        ),
        sa.ForeignKeyConstraint(
            ["address_id"], ["addresses.id"], name=op.f("fk_tour_desks_address_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["resource_id"], ["resources.id"], name=op.f("fk_tour_desks_resource_id")),
        sa.PrimaryKeyConstraint("address_id", name=op.f("pk_tour_desks")),
        sa.UniqueConstraint("resource_id", name=op.f("uq_tour_desks_resource_id")),
    )


def _widen_appointments() -> None:
    _replace_values("appointments", "status", "appointmentstatus", STATUSES)
    op.add_column(
        "appointments", sa.Column("note", sa.String(length=200), server_default="", nullable=False)
    )
    op.add_column("appointments", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.add_column("appointments", sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("appointments", sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE appointments SET confirmed_at = updated_at WHERE status = 'confirmed'")
    op.create_check_constraint(
        op.f("ck_appointments_reminder"), "appointments", "remind_at IS NULL OR status = 'confirmed'"
    )
    op.create_check_constraint(
        op.f("ck_appointments_confirmed"), "appointments", "status <> 'confirmed' OR confirmed_at IS NOT NULL"
    )
    op.drop_index("ix_appointments_customer_id", table_name="appointments")
    op.create_index("ix_appointments_customer_id", "appointments", ["customer_id", "starts_at"])
    for name, column, which in (
        ("to_complete", "ends_at", "status = 'confirmed'"),
        ("unanswered", "starts_at", "status = 'requested'"),
        ("to_remind", "remind_at", "remind_at IS NOT NULL"),
    ):
        op.create_index(
            f"ix_appointments_{name}", "appointments", [column], postgresql_where=sa.text(which)
        )


def _create_moves() -> None:
    def status(name: str) -> sa.Enum:
        return sa.Enum(*STATUSES, name=name, native_enum=False, create_constraint=True, length=20)

    op.create_table(
        "appointment_moves",
        sa.Column("appointment_id", sa.BigInteger(), nullable=False),
        sa.Column("from_status", status("from_status"), nullable=True),
        sa.Column("to_status", status("appointmentstatus"), nullable=False),
        sa.Column(
            "actor",
            sa.Enum(*ACTORS, name="actor", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "changes", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_appointment_moves_actor_id")),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointments.id"],
            name=op.f("fk_appointment_moves_appointment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment_moves")),
    )
    op.create_index("ix_appointment_moves_appointment_id", "appointment_moves", ["appointment_id"])
    op.create_index("ix_appointment_moves_actor_id", "appointment_moves", ["actor_id"])
