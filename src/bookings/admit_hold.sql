-- Whether somebody may hold one room more, or one series, unpaid: all nulls if so, else why not and until when.
--
-- It lives in the database so that it is counted under a lock of that person, with a snapshot taken after waiting
-- for it (a volatile function takes one for each of its statements), and rides in the statement that makes the
-- booking. The lock has a key space of its own, and comes after those of `claim_time`.
CREATE OR REPLACE FUNCTION admit_hold(
    holder bigint,
    wanted_room bigint,
    most_holds integer,
    most_expired integer,
    OUT refusal text,
    OUT refused_until timestamptz
) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('bookings.holds'), hashint8(holder));

    IF (SELECT count(DISTINCT coalesce(-series_id, id)) FROM bookings
        WHERE customer_id = holder AND status IN ('awaiting_approval', 'pending')
          AND expires_at > clock_timestamp()) >= most_holds THEN
        refusal := 'too_many_holds';
        RETURN;
    END IF;

    -- The one too many, counted from the latest. What the owner left unanswered is not the customer's doing.
    SELECT expires_at + interval '1 day' INTO refused_until FROM bookings AS unpaid
    WHERE customer_id = holder AND room_id = wanted_room AND status IN ('pending', 'expired')
      AND expires_at > clock_timestamp() - interval '1 day' AND expires_at <= clock_timestamp()
      AND NOT EXISTS (SELECT FROM booking_moves WHERE booking_id = unpaid.id
                      AND from_status = 'awaiting_approval' AND to_status = 'expired')
    ORDER BY expires_at DESC OFFSET most_expired - 1 LIMIT 1;
    IF FOUND THEN
        refusal := 'cool_down';
    END IF;
END
$$;
