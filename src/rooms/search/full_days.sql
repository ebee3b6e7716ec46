-- A city's rooms fall into a fixed number of blocks: of few rooms each, whatever the city's size.
CREATE OR REPLACE FUNCTION block_of(resource bigint) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (resource % 64)::smallint
$$;

-- A bit that is set promises that every room of the block is taken then; one that isn't promises nothing. So whoever frees
-- a room waits for whoever is setting bits and clears its own; who would have to wait to set them leaves it, for the next one.
CREATE OR REPLACE FUNCTION full_days_lock(city bigint, block smallint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT hashtextextended('full_days:' || city || ':' || block, 0)
$$;

CREATE OR REPLACE FUNCTION fill_day(city bigint, filled date, rooms smallint) RETURNS void LANGUAGE sql VOLATILE AS $$
    INSERT INTO full_days (city_id, day, block, touched)
    SELECT city, filled, rooms, bit_and(coalesce(taken.touched, 0::bit(96)))
    FROM room_listings AS listing
    LEFT JOIN taken_days AS taken ON taken.resource_id = listing.resource_id AND taken.day = filled
    WHERE listing.city_id = city AND block_of(listing.resource_id) = rooms
      AND listing.is_listed AND listing.hourly_amount IS NOT NULL
    HAVING bit_and(coalesce(taken.touched, 0::bit(96))) <> 0::bit(96)
    ON CONFLICT (city_id, day, block) DO UPDATE SET touched = excluded.touched
    WHERE full_days.touched <> excluded.touched
$$;

-- Mostly some room of the block is free then, and the first one that is looked at says so.
CREATE OR REPLACE FUNCTION fill_day_of_room() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    rooms smallint := block_of(NEW.resource_id);
    added bit(96) := NEW.touched & ~coalesce(OLD.touched, 0::bit(96));
BEGIN
    IF NOT EXISTS (
        SELECT FROM room_listings AS listing
        WHERE listing.city_id = NEW.city_id AND block_of(listing.resource_id) = rooms
          AND listing.is_listed AND listing.hourly_amount IS NOT NULL
          AND added & coalesce(
              (SELECT taken.touched FROM taken_days AS taken
               WHERE taken.resource_id = listing.resource_id AND taken.day = NEW.day), 0::bit(96)) = 0::bit(96)
    ) AND pg_try_advisory_xact_lock(full_days_lock(NEW.city_id, rooms)) THEN
        PERFORM fill_day(NEW.city_id, NEW.day, rooms);
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION reopen_day_of_room() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(full_days_lock(NEW.city_id, block_of(NEW.resource_id)));
    UPDATE full_days SET touched = touched & NEW.touched
    WHERE city_id = NEW.city_id AND day = NEW.day AND block = block_of(NEW.resource_id) AND touched & ~NEW.touched <> 0::bit(96);
    RETURN NULL;
END
$$;

-- Of a room that comes onto the market or into the city: only when it is taken as well a day is still full.
CREATE OR REPLACE FUNCTION reopen_days_of_listing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(full_days_lock(NEW.city_id, block_of(NEW.resource_id)));
    UPDATE full_days SET touched = touched & coalesce(
        (SELECT taken.touched FROM taken_days AS taken
         WHERE taken.resource_id = NEW.resource_id AND taken.day = full_days.day), 0::bit(96))
    WHERE city_id = NEW.city_id AND block = block_of(NEW.resource_id);
    RETURN NULL;
END
$$;
