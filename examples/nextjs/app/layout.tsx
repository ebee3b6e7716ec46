import Link from "next/link";

import "./globals.css";

export const metadata = { title: "Studios by the hour", description: "An example on the Downbeat API." };

export default function Layout({ children }: { children: React.ReactNode }) {
  return (
    <html lang="en">
      <body>
        <header>
          <Link href="/">● Downbeat</Link>
          <span>Studios by the hour</span>
        </header>
        <main>{children}</main>
      </body>
    </html>
  );
}
