-- Squares of a degree: `cells_of` in `places.py` says the same.
CREATE OR REPLACE FUNCTION map_cell(latitude float8, longitude float8) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT floor(latitude)::integer * 360 + floor(longitude)::integer
$$;

-- Grows only, so that of two studios at once neither loses the other: a box that is too large costs time, not truth.
-- Looked at first: whoever writes the row keeps the others of the city waiting.
CREATE OR REPLACE FUNCTION extend_city_of_listing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM city_extents WHERE city_id = NEW.city_id
        AND NEW.latitude BETWEEN south AND north AND NEW.longitude BETWEEN west AND east
    ) THEN
        INSERT INTO city_extents AS known (city_id, south, west, north, east)
        VALUES (NEW.city_id, NEW.latitude, NEW.longitude, NEW.latitude, NEW.longitude)
        ON CONFLICT (city_id) DO UPDATE SET
            south = least(known.south, excluded.south), west = least(known.west, excluded.west),
            north = greatest(known.north, excluded.north), east = greatest(known.east, excluded.east);
    END IF;
    RETURN NULL;
END
$$;
