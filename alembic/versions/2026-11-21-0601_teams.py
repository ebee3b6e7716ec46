"""teams

Companies can be closed, members removed and invited; professionals have hours, services and time off. The audit
trail is append-only, a closed company has nothing on the market, and a currency with prices in it stays.

Revision ID: 7ea3a0000002
Revises: 7ea3a0000001
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "7ea3a0000002"
down_revision = "7ea3a0000001"
branch_labels = None
depends_on = None

REFUSE_AUDIT_CHANGE = """
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'restrict_violation';
END
$$
"""

# The company's row is locked by the update already. Locking its studios waits for prices that are being set, as
# whoever sets them holds the studio's row; what they have committed is seen then.
CHECK_CURRENCY = """
CREATE FUNCTION check_company_currency() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM addresses WHERE company_id = NEW.id ORDER BY id FOR UPDATE;
    IF EXISTS (
        SELECT FROM room_prices JOIN rooms ON rooms.id = room_prices.room_id
        JOIN addresses ON addresses.id = rooms.address_id WHERE addresses.company_id = NEW.id
    ) OR EXISTS (SELECT FROM bookings WHERE company_id = NEW.id)
      OR EXISTS (
        SELECT FROM member_services JOIN team_members ON team_members.id = member_services.member_id
        WHERE team_members.company_id = NEW.id
    ) THEN
        RAISE EXCEPTION 'company % has prices in its currency', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'companies_currency_in_use';
    END IF;
    RETURN NEW;
END
$$
"""

# The share lock waits for a company that is being closed, and keeps it from being closed until this commits.
CHECK_COMPANY_IS_OPEN = """
CREATE FUNCTION check_company_is_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM companies WHERE id = NEW.company_id AND deactivated_at IS NULL FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'company % is closed', NEW.company_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'addresses_company_is_open';
    END IF;
    RETURN NEW;
END
$$
"""


def upgrade() -> None:
    op.add_column("companies", sa.Column("deactivated_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("team_members", sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_audit_entries_company_id_actor_id", "audit_entries", ["company_id", "actor_id", "id"])
    _create_invitations()
    _create_hours_and_services()
    _create_time_off()
    for function in (REFUSE_AUDIT_CHANGE, CHECK_CURRENCY, CHECK_COMPANY_IS_OPEN):
        op.execute(function)
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_entries "
        "FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()"
    )
    op.execute(
        "CREATE TRIGGER currency_in_use BEFORE UPDATE OF currency ON companies "
        "FOR EACH ROW WHEN (NEW.currency <> OLD.currency) EXECUTE FUNCTION check_company_currency()"
    )
    op.execute(
        "CREATE TRIGGER company_is_open BEFORE INSERT OR UPDATE OF status ON addresses "
        "FOR EACH ROW WHEN (NEW.status = 'published') EXECUTE FUNCTION check_company_is_open()"
    )


def _create_invitations() -> None:
    op.create_table(
        "team_invitations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "manager",
                "staff",
                "professional",
                name="teamrole",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("address_ids", postgresql.ARRAY(sa.BigInteger()), nullable=True),
        sa.Column("invited_by_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "accepted_at IS NULL OR withdrawn_at IS NULL", name=op.f("ck_team_invitations_one_end")
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_team_invitations_company_id")
        ),
        sa.ForeignKeyConstraint(
            ["invited_by_id"], ["users.id"], name=op.f("fk_team_invitations_invited_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_team_invitations_token_hash")),
    )
    op.create_index("ix_team_invitations_company_id", "team_invitations", ["company_id"])
    op.create_index("ix_team_invitations_invited_by_id", "team_invitations", ["invited_by_id"])
    op.create_index("ix_team_invitations_email", "team_invitations", [sa.literal_column("lower(email)")])
    op.create_index(
        "uq_team_invitations_open",
        "team_invitations",
        ["company_id", sa.literal_column("lower(email)")],
        unique=True,
        postgresql_where="accepted_at IS NULL AND withdrawn_at IS NULL",
    )


def _create_hours_and_services() -> None:
    op.create_table(
        "member_hours",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_member_hours_weekday")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["team_members.id"], name=op.f("fk_member_hours_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", "weekday", "opens", name=op.f("pk_member_hours")),
    )
    op.create_table(
        "member_services",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("minutes > 0 AND amount >= 0", name=op.f("ck_member_services_positive")),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["team_members.id"],
            name=op.f("fk_member_services_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_services")),
        sa.UniqueConstraint("member_id", "name", name=op.f("uq_member_services_member_id_name")),
    )


def _create_time_off() -> None:
    op.create_table(
        "member_time_off",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_member_time_off_not_empty")),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["team_members.id"],
            name=op.f("fk_member_time_off_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_time_off")),
        sa.UniqueConstraint("claim_id", name=op.f("uq_member_time_off_claim_id")),
    )
    op.create_index("ix_member_time_off_member_id_starts_at", "member_time_off", ["member_id", "starts_at"])


def downgrade() -> None:
    op.execute("DROP TRIGGER company_is_open ON addresses")
    op.execute("DROP TRIGGER currency_in_use ON companies")
    op.execute("DROP TRIGGER append_only ON audit_entries")
    for function in ("check_company_is_open", "check_company_currency", "refuse_audit_change"):
        op.execute(f"DROP FUNCTION {function}()")
    for table in ("member_time_off", "member_services", "member_hours", "team_invitations"):
        op.drop_table(table)
    op.drop_index("ix_audit_entries_company_id_actor_id", "audit_entries")
    op.drop_column("team_members", "removed_at")
    op.drop_column("companies", "deactivated_at")
