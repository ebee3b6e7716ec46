"""claim time

The function of `src/calendars/claim_time.sql`, which says how it works; a test compares the two.

Revision ID: c1a13e7140e0
Revises: abb617fb4872
"""

from alembic import op

revision = "c1a13e7140e0"
down_revision = "abb617fb4872"
branch_labels = None
depends_on = None

IS_TIME_TAKEN = """
CREATE OR REPLACE FUNCTION is_time_taken(
    resource_ids bigint[], starts timestamptz[], ends timestamptz[]
) RETURNS boolean LANGUAGE sql VOLATILE AS $$
    SELECT EXISTS (
        SELECT FROM unnest(resource_ids, starts, ends) AS wanted (resource_id, starts_at, ends_at)
        JOIN occupancies AS taken
          ON taken.resource_id = wanted.resource_id
         AND taken.starts_at < wanted.ends_at AND taken.ends_at > wanted.starts_at
         AND taken.starts_at > wanted.starts_at - interval '31 days'
        WHERE taken.expires_at IS NULL OR taken.expires_at > clock_timestamp()
    )
$$
"""

LOCK_RESOURCES = """
CREATE OR REPLACE FUNCTION lock_resources(resource_ids bigint[]) RETURNS void LANGUAGE sql VOLATILE AS $$
    SELECT pg_advisory_xact_lock(resource_id)
    FROM (SELECT DISTINCT unnest(resource_ids) AS resource_id ORDER BY 1) AS sorted
$$
"""

CLAIM_TIME = """
CREATE OR REPLACE FUNCTION claim_time(
    resource_ids bigint[],
    starts timestamptz[],
    ends timestamptz[],
    occupancy_kind text,
    hold interval,
    OUT claim bigint,
    OUT hold_expires_at timestamptz
) LANGUAGE plpgsql AS $$
BEGIN
    IF is_time_taken(resource_ids, starts, ends) THEN
        RETURN;
    END IF;

    PERFORM lock_resources(resource_ids);

    DELETE FROM occupancies AS expired
    USING unnest(resource_ids, starts, ends) AS wanted (resource_id, starts_at, ends_at)
    WHERE expired.resource_id = wanted.resource_id
      AND expired.starts_at < wanted.ends_at AND expired.ends_at > wanted.starts_at
      AND expired.starts_at > wanted.starts_at - interval '31 days'
      AND expired.expires_at <= clock_timestamp();

    IF is_time_taken(resource_ids, starts, ends) THEN
        RETURN;
    END IF;

    claim := nextval('occupancies_claim_id_seq');
    hold_expires_at := clock_timestamp() + hold;
    INSERT INTO occupancies (resource_id, claim_id, kind, starts_at, ends_at, expires_at)
    SELECT resource_id, claim, occupancy_kind, starts_at, ends_at, hold_expires_at
    FROM unnest(resource_ids, starts, ends) AS wanted (resource_id, starts_at, ends_at);
END
$$
"""


def upgrade() -> None:
    op.execute("CREATE SEQUENCE occupancies_claim_id_seq")
    op.execute(IS_TIME_TAKEN)
    op.execute(LOCK_RESOURCES)
    op.execute(CLAIM_TIME)


def downgrade() -> None:
    op.execute("DROP FUNCTION claim_time(bigint[], timestamptz[], timestamptz[], text, interval)")
    op.execute("DROP FUNCTION lock_resources(bigint[])")
    op.execute("DROP FUNCTION is_time_taken(bigint[], timestamptz[], timestamptz[])")
    op.execute("DROP SEQUENCE occupancies_claim_id_seq")
