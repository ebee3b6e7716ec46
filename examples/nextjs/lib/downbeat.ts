import { createDownbeat, type Schema } from "@downbeat/client";

export type Room = Schema<"RoomRead">;
export type Booking = Schema<"BookingRead">;

const TOKEN = "access_token";

export const isSignedIn = () => sessionStorage.getItem(TOKEN) !== null;
export const rememberToken = (token: string) => sessionStorage.setItem(TOKEN, token);

export const downbeat = createDownbeat({
  baseUrl: process.env.NEXT_PUBLIC_API_URL ?? "http://localhost:8000",
  accessToken: () => (typeof window === "undefined" ? null : sessionStorage.getItem(TOKEN)),
});

export function display({ amount, currency }: Schema<"Money">): string {
  const format = new Intl.NumberFormat("en-GB", { style: "currency", currency });
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

/** Instants come with the studio's offset, so its local time is what the text says. */
export const clock = (instant: string) => instant.slice(11, 16);

export const day = (date: string) =>
  new Date(`${date.slice(0, 10)}T12:00`).toLocaleDateString("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
  });
