// Clicks through the page as a customer: node walk.mjs URL PASSWORD FOLDER. Pictures of what it saw go to the folder.
import { chromium } from "playwright-core";

const [url, password, folder] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
const page = await browser.newPage({ viewport: { width: 1000, height: 760 } });
const see = (name) => page.screenshot({ path: `${folder}/${name}.png` });
page.on("pageerror", (error) => console.error("on the page:", error.message));

try {
  await page.goto(url);
  await page.locator("a.card").first().waitFor();
  await see("1-rooms");

  await page.getByLabel("Search").fill("berwick");
  await page.locator("a.card", { hasText: "Live Room" }).click();
  await page.locator(".times button").first().click();
  await page.getByPlaceholder("Password").fill(password);
  await see("2-times");

  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Book and pay" }).click();
  await page.waitForURL("**/sandbox/checkout/**");
  await see("3-paying");

  await page.locator("form[action$='/pay'] button").click();
  await page.getByRole("link", { name: "Back to the booking" }).click();
  await page.getByRole("heading", { name: "It is yours" }).waitFor();
  await see("4-confirmed");
  console.log(await page.locator("main").innerText());
} catch (error) {
  await see("failed");
  throw error;
} finally {
  await browser.close();
}
