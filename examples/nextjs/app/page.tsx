"use client";

import { unwrap } from "@downbeat/client";
import Link from "next/link";
import { useEffect, useState } from "react";

import { display, downbeat, type Room } from "@/lib/downbeat";

export default function Rooms() {
  const [words, setWords] = useState("");
  const [rooms, setRooms] = useState<readonly Room[] | null>(null);
  const [refusal, setRefusal] = useState("");

  useEffect(() => {
    const pause = setTimeout(() => {
      downbeat
        .GET("/api/v1/rooms", { params: { query: words ? { q: words } : {} } })
        .then((answer) => {
          setRooms(unwrap(answer).items);
          setRefusal("");
        })
        .catch((error: Error) => setRefusal(error.message));
    }, 200);
    return () => clearTimeout(pause);
  }, [words]);

  return (
    <>
      <h1>Find a room</h1>
      <p className="quiet">By the hour, held for half an hour while you pay.</p>
      <form onSubmit={(event) => event.preventDefault()}>
        <input
          aria-label="Search"
          placeholder="Studio, room or city"
          value={words}
          onChange={(event) => setWords(event.target.value)}
        />
      </form>
      {refusal && <p className="refusal">{refusal}</p>}
      {rooms?.length === 0 && <p className="quiet">No room answers to that.</p>}
      <ul className="cards">
        {rooms?.map((room) => (
          <li key={room.id}>
            <Link className="card" href={`/rooms/${room.id}`}>
              <b>{room.name}</b>
              <span className="quiet">up to {room.capacity} people</span>
              <p>{room.description}</p>
              <Price room={room} />
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}

function Price({ room }: { room: Room }) {
  const tier = room.prices[0];
  if (!tier) return null;
  return (
    <span className="price">
      {display({ amount: tier.amount, currency: room.currency })} for {tier.duration_minutes / 60} h
    </span>
  );
}
