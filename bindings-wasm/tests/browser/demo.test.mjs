// The demo page as a person uses it: by keyboard, in light and dark, wide and narrow.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { open, startBrowser, startSandbox } from "./support.mjs";

const SHOTS = process.env.LARKSPUR_SHOTS;
let browser, sandbox, demo;

before(async () => {
  [browser, sandbox] = await Promise.all([startBrowser(), startSandbox()]);
  Object.assign(process.env, { LARK_BASE_URL: sandbox.url, LARK_APP_ID: "cli_demo", LARK_APP_SECRET: "s" });
  const { start } = await import("../../demo/server.mjs");
  demo = await start();
});

after(async () => {
  await browser?.close();
  demo?.server.closeAllConnections();
  demo?.server.close();
  sandbox?.close();
});

/** Keeps a picture where somebody asked for one. */
async function picture(page, name) {
  if (!SHOTS) return;
  await mkdir(SHOTS, { recursive: true });
  await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
}

async function ready(options) {
  const { page, errors } = await open(browser, demo.url, undefined, options);
  await page.waitForSelector("body[data-ready]");
  return { page, errors };
}

/** Goes to the next control until the one with this name has the focus. */
async function tabTo(page, name) {
  for (let step = 0; step < 30; step += 1) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(
      () => document.activeElement?.labels?.[0]?.textContent ?? document.activeElement?.textContent ?? "",
    );
    if (focused.trim() === name) return;
  }
  assert.fail(`the keyboard does not reach ${name}`);
}

test("everything can be done by keyboard: sign in, send, page through people, read an error", async () => {
  const { page, errors } = await ready({ viewport: { width: 1280, height: 900 } });
  await tabTo(page, "Send");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.getElementById("send-status").textContent.includes("sign in first"));
  await picture(page, "signed-out");
  await page.locator("#name").focus();
  await page.keyboard.press("Enter");
  await page.waitForSelector("#signed-in:not([hidden])");
  await tabTo(page, "Send");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#sent li");
  assert.match(await page.locator("#sent li").textContent(), /Hello from a web page.*om_/s);
  await tabTo(page, "Show people");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.getElementById("people").childElementCount === 20);
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.getElementById("people").childElementCount === 40);
  assert.equal(await page.locator("#people-status").textContent(), "40 people");
  await tabTo(page, "List calendars");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#error:not([hidden])");
  assert.equal(await page.locator("#error-name").textContent(), "PermissionDenied");
  assert.ok((await page.locator("#scopes li").allTextContents()).includes("calendar:calendar"));
  assert.match(await page.locator("#log-id").textContent(), /\S/);
  await tabTo(page, "The whole message");
  await page.keyboard.press("Enter");
  await page
    .locator("#error-message")
    .getByText(/the user grant calendar:calendar/)
    .waitFor();
  await picture(page, "light");
  assert.deepEqual(errors, []);
  const { requests } = await sandbox.control("requests?app_id=cli_demo");
  assert.deepEqual([...new Set(requests.map(({ token }) => token?.kind))], ["user"]);
  await page.close();
});

test("every control has a name, every text enough contrast, in light and dark", async () => {
  for (const colorScheme of ["light", "dark"]) {
    const { page } = await ready({ colorScheme });
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll("button, input, textarea, section, form, ul[tabindex]")]
        .filter((control) => {
          const by = document.getElementById(control.getAttribute("aria-labelledby") ?? "");
          const name =
            control.labels?.[0]?.textContent ||
            control.getAttribute("aria-label") ||
            by?.textContent ||
            (control.matches("button") && control.textContent);
          return !name?.trim();
        })
        .map((control) => control.outerHTML),
    );
    assert.deepEqual(nameless, []);
    const faint = await page.evaluate(contrasts);
    assert.deepEqual(faint, [], colorScheme);
    await page.close();
  }
});

test("it fits a phone and a wide screen without scrolling sideways", async () => {
  for (const [name, width, colorScheme] of [
    ["phone", 360, "dark"],
    ["wide", 1600, "dark"],
  ]) {
    const { page } = await ready({ viewport: { width, height: 800 }, colorScheme });
    await page.locator("#name").press("Enter");
    await page.locator("#more").click();
    await page.waitForSelector("#people li");
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(over, 0, name);
    await picture(page, name);
    await page.close();
  }
});

/** In the page: texts whose contrast with what is behind them is below 4.5 to 1 (WCAG 2.2, 1.4.3). */
function contrasts() {
  const parts = (color) => color.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const [red, green, blue] = [r, g, b].map((part) =>
      (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parts(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const texts = [...document.body.querySelectorAll("*")].filter((element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()),
  );
  return texts
    .filter((element) => !element.matches("script, :disabled"))
    .map((element) => [element, light(parts(getComputedStyle(element).color)), light(behind(element))])
    .map(([element, one, other]) => [
      element.textContent.trim().slice(0, 30),
      (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05),
    ])
    .filter(([, ratio]) => ratio < 4.5);
}
