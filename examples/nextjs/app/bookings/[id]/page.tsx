"use client";

import { unwrap } from "@downbeat/client";
import { useParams } from "next/navigation";
import { useEffect, useState } from "react";

import { type Booking, clock, day, display, downbeat } from "@/lib/downbeat";

/** Where the page of the payment provider leads back to. The payment may be a moment behind the person. */
export default function BookingPage() {
  const id = Number(useParams<{ id: string }>().id);
  const [booking, setBooking] = useState<Booking>();
  const [refusal, setRefusal] = useState("");

  useEffect(() => {
    const look = async () => {
      const path = { booking_id: id };
      setBooking(unwrap(await downbeat.GET("/api/v1/bookings/{booking_id}", { params: { path } })));
    };
    const again = () => look().catch((error: Error) => setRefusal(error.message));
    again();
    const timer = setInterval(again, 2_000);
    return () => clearInterval(timer);
  }, [id]);

  if (!booking) return <p className="refusal">{refusal}</p>;
  return (
    <div className="card">
      <h1 className={booking.status}>{booking.status === "confirmed" ? "It is yours" : booking.status}</h1>
      <p className="quiet">{booking.reference}</p>
      <dl>
        <dt>Room</dt>
        <dd>
          {booking.room_name}, {booking.address_name}
        </dd>
        <dt>When</dt>
        <dd>
          {day(booking.starts_at)}, {clock(booking.starts_at)}–{clock(booking.ends_at)}
        </dd>
        <dt>Paid</dt>
        <dd>
          {display(booking.paid)} of {display(booking.total)}
        </dd>
      </dl>
    </div>
  );
}
