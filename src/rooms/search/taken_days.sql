CREATE OR REPLACE FUNCTION utc_day(instant timestamptz) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (instant AT TIME ZONE 'UTC')::date
$$;

-- The day in which a half-open span that ends then has its last moment.
CREATE OR REPLACE FUNCTION utc_last_day(ends timestamptz) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (ends AT TIME ZONE 'UTC' - interval '1 microsecond')::date
$$;

-- The quarters of an hour of a day in UTC of which any moment is taken, the first one leftmost.
CREATE OR REPLACE FUNCTION touched_quarters(taken tstzmultirange, day date) RETURNS bit(96)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(bit_or((~0::bit(96) >> first) & (~0::bit(96) << 96 - last)), 0::bit(96))
    FROM (
        SELECT greatest(0, floor(date_part('epoch', lower(span) - midnight) / 900))::integer AS first,
               least(96, ceil(date_part('epoch', upper(span) - midnight) / 900))::integer AS last
        FROM unnest(taken) AS span, (SELECT day::timestamp AT TIME ZONE 'UTC') AS start (midnight)
    ) AS touched
$$;

-- Adds time that is taken for good to the days of a room's resource, and takes it off again.
--
-- Spans of one resource never overlap while they count (the constraint of `occupancies`), so adding and subtracting
-- commute: two transactions on one day meet at its row and nothing is lost. Resources that no room has are left out.
CREATE OR REPLACE FUNCTION add_taken(resource bigint, starts timestamptz, ends timestamptz) RETURNS void
LANGUAGE sql VOLATILE AS $$
    INSERT INTO taken_days AS day (resource_id, day, city_id, taken)
    SELECT resource, utc_day(starts) + number, listing.city_id, tstzmultirange(tstzrange(starts, ends))
    FROM room_listings AS listing, generate_series(0, utc_last_day(ends) - utc_day(starts)) AS number
    WHERE listing.resource_id = resource
    ON CONFLICT (resource_id, day) DO UPDATE SET taken = day.taken + excluded.taken
$$;

CREATE OR REPLACE FUNCTION subtract_taken(resource bigint, starts timestamptz, ends timestamptz) RETURNS void
LANGUAGE sql VOLATILE AS $$
    UPDATE taken_days SET taken = taken - tstzmultirange(tstzrange(starts, ends))
    WHERE resource_id = resource AND day BETWEEN utc_day(starts) AND utc_last_day(ends)
$$;

-- The triggers' WHEN keeps holds away from here: making one costs nothing. The lock is the one that a studio which moves
-- needs first: its days are taken along, whole and parts, and nobody waits for anybody in a circle.
CREATE OR REPLACE FUNCTION keep_taken_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM studio_listings AS studio JOIN room_listings USING (address_id)
    WHERE resource_id = coalesce(NEW.resource_id, OLD.resource_id) FOR SHARE OF studio;
    IF TG_OP <> 'INSERT' AND OLD.expires_at IS NULL THEN
        PERFORM subtract_taken(OLD.resource_id, OLD.starts_at, OLD.ends_at);
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.expires_at IS NULL THEN
        PERFORM add_taken(NEW.resource_id, NEW.starts_at, NEW.ends_at);
    END IF;
    RETURN NULL;
END
$$;
