"use client";

import { type Schema, unwrap } from "@downbeat/client";
import { useParams } from "next/navigation";
import { useEffect, useState } from "react";

import { clock, day, display, downbeat, isSignedIn, rememberToken, type Room } from "@/lib/downbeat";

const DAYS = 4;

export default function RoomPage() {
  const id = Number(useParams<{ id: string }>().id);
  const [room, setRoom] = useState<Room>();
  const [days, setDays] = useState<readonly Schema<"AvailabilityDay">[]>([]);
  const [start, setStart] = useState<string>();
  const [refusal, setRefusal] = useState("");

  useEffect(() => {
    const load = async () => {
      const path = { room_id: id };
      const found = unwrap(await downbeat.GET("/api/v1/rooms/{room_id}", { params: { path } }));
      const query = { from: dateIn(1), to: dateIn(1 + DAYS), duration: found.min_minutes };
      const free = unwrap(
        await downbeat.GET("/api/v1/rooms/{room_id}/availability", { params: { path, query } }),
      );
      setRoom(found);
      setDays(free.days);
    };
    load().catch((error: Error) => setRefusal(error.message));
  }, [id]);

  if (!room) return <p className="refusal">{refusal}</p>;
  return (
    <>
      <h1>{room.name}</h1>
      <p className="quiet">
        up to {room.capacity} people · {room.min_minutes / 60} h from a free time · times of {room.timezone}
      </p>
      <p>{room.description}</p>
      {days.map(({ date, starts }) => (
        <section key={date}>
          <h2>{day(date)}</h2>
          <div className="times">
            {starts.length === 0 && <span className="quiet">nothing free</span>}
            {starts.map((at) => (
              <button key={at} type="button" aria-pressed={at === start} onClick={() => setStart(at)}>
                {clock(at)}
              </button>
            ))}
          </div>
        </section>
      ))}
      {start && <Order key={start} room={room} start={start} />}
    </>
  );
}

function Order({ room, start }: { room: Room; start: string }) {
  const [quote, setQuote] = useState<Schema<"QuoteRead">>();
  const [isKnown, setIsKnown] = useState(isSignedIn);
  const [key] = useState(() => crypto.randomUUID());
  const [refusal, setRefusal] = useState("");
  const end = new Date(Date.parse(start) + room.min_minutes * 60_000).toISOString();
  const wish = { room_id: room.id, starts_at: start, ends_at: end };

  const attempt = (act: () => Promise<void>) => {
    setRefusal("");
    act().catch((error: Error) => setRefusal(error.message));
  };

  useEffect(() => {
    attempt(async () => setQuote(unwrap(await downbeat.POST("/api/v1/bookings/quote", { body: wish }))));
    // What is wished for is this component's identity: another start is another order.
  }, []);

  const signIn = async (form: FormData) => {
    const body = { email: String(form.get("email")), password: String(form.get("password")) };
    rememberToken(unwrap(await downbeat.POST("/api/v1/auth/login", { body })).access_token);
    setIsKnown(true);
  };

  /** The key makes a second click, or a lost answer, the same booking. */
  const bookAndPay = async () => {
    const header = { "Idempotency-Key": key };
    const booking = unwrap(await downbeat.POST("/api/v1/bookings", { body: wish, params: { header } }));
    const checkout = unwrap(
      await downbeat.POST("/api/v1/bookings/{booking_id}/checkout", {
        params: { path: { booking_id: booking.id } },
        body: { gateway: "sandbox" },
      }),
    );
    window.location.assign(checkout.url);
  };

  return (
    <section>
      <h2>Your booking</h2>
      <p>
        {day(start)}, {clock(start)} · <span className="price">{quote && display(quote.total)}</span>
      </p>
      {isKnown ? (
        <button type="button" onClick={() => attempt(bookAndPay)}>
          Book and pay
        </button>
      ) : (
        <form action={(form) => attempt(() => signIn(form))}>
          <input name="email" type="email" placeholder="E-mail" defaultValue="ana@customers.example" required />
          <input name="password" type="password" placeholder="Password" required />
          <button type="submit">Sign in</button>
        </form>
      )}
      {refusal && <p className="refusal">{refusal}</p>}
    </section>
  );
}

function dateIn(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}
