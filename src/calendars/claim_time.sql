-- Takes time on one or more resources, all or nothing: returns the claim, or nulls when any of it is taken.
--
-- It lives in the database so that every path that takes time is this one, and is one round trip:
--   1. a plain check answers most losers without waiting for anybody;
--   2. an advisory lock per resource, sorted, queues the rest without deadlocks (the constraint alone deadlocks);
--   3. holds that have expired by the clock (not by now(), which is stale after waiting) make room;
--   4. the rows go in under the exclusion constraint, which is the guarantee.
-- No occupancy is longer than 31 days (a check holds it): the bound makes an overlap a range scan.
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
$$;

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
$$;

CREATE OR REPLACE FUNCTION lock_resources(resource_ids bigint[]) RETURNS void LANGUAGE sql VOLATILE AS $$
    SELECT pg_advisory_xact_lock(resource_id)
    FROM (SELECT DISTINCT unnest(resource_ids) AS resource_id ORDER BY 1) AS sorted
$$;
