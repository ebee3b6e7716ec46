-- What a studio has and is: the one place that joins what other tables say of it.
CREATE OR REPLACE FUNCTION studio_equipment(studio bigint) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT ARRAY(SELECT DISTINCT type_slug::text FROM address_equipment
                 WHERE address_id = studio AND status = 'active' ORDER BY 1)
$$;

CREATE OR REPLACE FUNCTION studio_badges(studio bigint) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT ARRAY(SELECT badge_slug::text FROM address_badges WHERE address_id = studio ORDER BY 1)
$$;

-- Both dates included.
CREATE OR REPLACE FUNCTION local_days(first date, last date, zone text) RETURNS tstzrange LANGUAGE sql IMMUTABLE AS $$
    SELECT tstzrange(first::timestamp AT TIME ZONE zone, (last + 1)::timestamp AT TIME ZONE zone)
$$;

-- When a studio is closed whatever else is said; what is over is left out.
CREATE OR REPLACE FUNCTION studio_closed(studio bigint, zone text) RETURNS tstzmultirange LANGUAGE sql STABLE AS $$
    SELECT coalesce(range_agg(closed), '{}') FROM (
        SELECT CASE WHEN starts_at IS NOT NULL THEN tstzrange(starts_at, ends_at)
                    ELSE local_days(first_date, last_date, zone) END AS closed
        FROM address_closures WHERE address_id = studio
    ) AS closure WHERE upper(closed) > now()
$$;

-- Around special days the weekly minutes don't hold: `changed` says where, to the end of the night after; `open` says
-- what holds there and two days to either side, which is `known`.
CREATE OR REPLACE FUNCTION studio_special(
    studio bigint, zone text, OUT changed tstzmultirange, OUT known tstzmultirange, OUT open tstzmultirange
) LANGUAGE sql STABLE AS $$
    WITH special AS (
        SELECT first_date, last_date, hours FROM special_days WHERE address_id = studio AND last_date >= current_date - 2
    ), spans AS (
        SELECT (day + coalesce(opens, '00:00'))::timestamp AT TIME ZONE zone AS opening,
               (CASE WHEN closes > opens THEN day ELSE day + 1 END + coalesce(closes, '00:00'))::timestamp
               AT TIME ZONE zone AS closing
        FROM (SELECT DISTINCT first_date + number AS day
              FROM special, generate_series(-3, last_date - first_date + 2) AS number) AS days
        CROSS JOIN LATERAL (
            SELECT mode, opens, closes FROM operating_hours
            WHERE address_id = studio AND weekday = extract(isodow FROM day) - 1
              AND NOT EXISTS (SELECT FROM special WHERE day BETWEEN first_date AND last_date)
            UNION ALL
            SELECT span ->> 0, (span ->> 1)::time, (span ->> 2)::time
            FROM special, jsonb_array_elements(hours) AS span WHERE day BETWEEN first_date AND last_date
        ) AS entry WHERE mode IN ('open', 'around_the_clock')
    )
    SELECT (SELECT coalesce(range_agg(local_days(first_date, last_date + 1, zone)), '{}') FROM special),
           (SELECT coalesce(range_agg(local_days(first_date - 2, last_date + 2, zone)), '{}') FROM special),
           (SELECT coalesce(range_agg(tstzrange(opening, closing)), '{}') FROM spans WHERE opening < closing)
$$;

-- A whole is taken with its parts and theirs; no room is deeper.
CREATE OR REPLACE FUNCTION part_resources(room bigint) RETURNS bigint[] LANGUAGE sql STABLE AS $$
    SELECT ARRAY(
        SELECT resource_id FROM rooms WHERE id IN (
            SELECT part_id FROM room_parts WHERE whole_id = room
            UNION
            SELECT deeper.part_id FROM room_parts AS direct JOIN room_parts AS deeper
            ON deeper.whole_id = direct.part_id WHERE direct.whole_id = room
        ) ORDER BY 1)
$$;

CREATE OR REPLACE FUNCTION minute_of_day(clock time) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT (extract(epoch FROM clock) / 60)::integer
$$;

-- Minutes of the local week, Monday 00:00 first, from there on for the longest booking (two weeks) and a week more.
CREATE OR REPLACE FUNCTION studio_open_minutes(studio bigint) RETURNS int4multirange LANGUAGE sql STABLE AS $$
    SELECT coalesce(range_agg(int4range(opening + week * 10080, closing + week * 10080)), '{}')
    FROM (
        SELECT weekday * 1440 + coalesce(minute_of_day(opens), 0) AS opening,
               CASE WHEN closes > opens THEN weekday * 1440 + minute_of_day(closes)
                    ELSE (weekday + 1) * 1440 + coalesce(minute_of_day(closes), 0) END AS closing
        FROM operating_hours WHERE address_id = studio AND mode IN ('open', 'around_the_clock')
    ) AS span, generate_series(-1, 3) AS week
$$;

-- Prices in the order of search, currency by currency and what has none last, as a number: rows sort several times faster
-- by it than by the text.
CREATE OR REPLACE FUNCTION price_order(currency text, amount bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ((ascii(currency) * 128 + ascii(substr(currency, 2))) * 128 + ascii(substr(currency, 3)))::bigint << 42
           | least(amount, (1::bigint << 42) - 1)
$$;

-- Writes the rows of a studio and its rooms anew. Locks the studio: of two changes at once the later sees the earlier.
CREATE OR REPLACE FUNCTION refresh_listings(studio bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM addresses WHERE id = studio FOR NO KEY UPDATE;

    INSERT INTO studio_listings AS listing (
        address_id, city_id, is_listed, latitude, longitude, timezone, words, equipment, badges, open_minutes, closed,
        special_days, special_known, special_open)
    SELECT address.id, address.city_id, address.status = 'published', address.latitude, address.longitude,
           address.timezone,
           setweight(to_tsvector('simple', search_key(address.name)), 'A')
           || setweight(to_tsvector('simple', search_key(city.name)), 'B'),
           studio_equipment(studio), studio_badges(studio), studio_open_minutes(studio),
           studio_closed(studio, address.timezone), special.changed, special.known, special.open
    FROM addresses AS address
    JOIN cities AS city ON city.id = address.city_id
    CROSS JOIN LATERAL studio_special(studio, address.timezone) AS special
    WHERE address.id = studio
    ON CONFLICT (address_id) DO UPDATE SET (
        city_id, is_listed, latitude, longitude, timezone, words, equipment, badges, open_minutes, closed,
        special_days, special_known, special_open
    ) = (
        excluded.city_id, excluded.is_listed, excluded.latitude, excluded.longitude, excluded.timezone,
        excluded.words, excluded.equipment, excluded.badges, excluded.open_minutes, excluded.closed,
        excluded.special_days, excluded.special_known, excluded.special_open
    );

    INSERT INTO room_listings AS listing (
        room_id, address_id, resource_id, part_resource_ids, city_id, is_listed, latitude, longitude, timezone, words,
        equipment, badges, open_minutes, closed, special_days, special_known, special_open, currency, hourly_amount,
        capacity, slot_minutes, min_minutes, max_minutes, buffer_before_minutes, buffer_after_minutes, notice_minutes, horizon_days)
    SELECT room.id, studio, room.resource_id, part_resources(room.id), place.city_id, place.is_listed AND room.status = 'active',
           place.latitude, place.longitude, place.timezone,
           setweight(to_tsvector('simple', search_key(room.name)), 'A') || place.words,
           place.equipment, place.badges, place.open_minutes, place.closed,
           place.special_days, place.special_known, place.special_open, company.currency,
           (SELECT min((amount * 60 + duration_minutes - 1) / duration_minutes) FROM room_prices WHERE room_id = room.id),
           room.capacity, room.slot_minutes, room.min_minutes, room.max_minutes, room.buffer_before_minutes,
           room.buffer_after_minutes, room.notice_minutes, room.horizon_days
    FROM rooms AS room
    JOIN studio_listings AS place ON place.address_id = room.address_id
    JOIN addresses AS address ON address.id = studio
    JOIN companies AS company ON company.id = address.company_id
    WHERE room.address_id = studio
    ON CONFLICT (room_id) DO UPDATE SET (
        city_id, is_listed, latitude, longitude, timezone, words, equipment, badges, open_minutes, closed, currency,
        hourly_amount, capacity, slot_minutes, min_minutes, max_minutes, buffer_before_minutes, buffer_after_minutes,
        notice_minutes, horizon_days, part_resource_ids, special_days, special_known, special_open
    ) = (
        excluded.city_id, excluded.is_listed, excluded.latitude, excluded.longitude, excluded.timezone,
        excluded.words, excluded.equipment, excluded.badges, excluded.open_minutes, excluded.closed,
        excluded.currency, excluded.hourly_amount, excluded.capacity, excluded.slot_minutes, excluded.min_minutes,
        excluded.max_minutes, excluded.buffer_before_minutes, excluded.buffer_after_minutes,
        excluded.notice_minutes, excluded.horizon_days, excluded.part_resource_ids, excluded.special_days,
        excluded.special_known, excluded.special_open
    );

    UPDATE taken_days SET city_id = listing.city_id
    FROM room_listings AS listing
    WHERE listing.address_id = studio AND taken_days.resource_id = listing.resource_id
      AND taken_days.city_id <> listing.city_id;

    INSERT INTO search_words (word)
    SELECT DISTINCT unnest(tsvector_to_array(words)) FROM (
        SELECT words FROM studio_listings WHERE address_id = studio
        UNION ALL SELECT words FROM room_listings WHERE address_id = studio
    ) AS listed ORDER BY 1
    ON CONFLICT DO NOTHING;
END
$$;

-- Each finds the studios of a changed row. What is deleted takes its listing along by its foreign key.
CREATE OR REPLACE FUNCTION refresh_listings_of_address() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refresh_listings(NEW.id);
    RETURN NULL;
END
$$;

-- Of any table with an address_id.
CREATE OR REPLACE FUNCTION refresh_listings_of_part() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM refresh_listings(OLD.address_id);
    END IF;
    IF TG_OP = 'INSERT' OR TG_OP = 'UPDATE' AND NEW.address_id <> OLD.address_id THEN
        PERFORM refresh_listings(NEW.address_id);
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION refresh_listings_of_price() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refresh_listings(address_id) FROM rooms
    WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.room_id ELSE NEW.room_id END;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION refresh_listings_of_company() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refresh_listings(id) FROM addresses WHERE company_id = NEW.id ORDER BY id;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION refresh_listings_of_city() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refresh_listings(id) FROM addresses WHERE city_id = NEW.id ORDER BY id;
    RETURN NULL;
END
$$;
