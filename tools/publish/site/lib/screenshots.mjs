// SPDX-License-Identifier: MIT
// Screenshots of the playground, for people who look at it.
import { mkdirSync, writeFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { chromiumArgs, findChromium } from "../../../lib/chromium.mjs";

const WIDTHS = [360, 1024, 2560];
const THEMES = ["light", "dark"];

const useExample = (page) => page.getByRole("button", { name: "Use an example" }).click();
const useFirstText = (page) => page.locator(".examples button").first().click();

/** A state of each view, and again of some, that shows what it can do, and what has to be there before the screenshot. */
const states = {
  start: { hash: "", shows: ".situations" },
  cause: { hash: "", act: useFirstText, shows: ".verdict", again: true },
  try: { hash: "situation=incus-xdp", shows: ".path" },
  releases: { hash: "view=releases&maps=array:insn_array&map=INSN_ARRAY", shows: "tr.changed" },
  scenario: { hash: "view=scenario&other=6.12", shows: ".verdict" },
  object: { hash: "view=object&dialect=incus", act: useExample, shows: "pre.policy" },
  verifier: {
    hash: "view=verifier",
    act: useExample,
    shows: "html:not([data-kernels]) .card, .verdict",
  },
  upstream: { hash: "view=upstream", shows: "main .card" },
  matrix: { hash: "view=matrix&q=map", shows: "text=Every answer is the stored one." },
};

/**
 * Takes a screenshot of every view in both themes and at each width.
 *
 * @param {string} url - the served page
 * @param {string} folder - where to write; it is created
 * @returns {Promise<string[]>} the names of the files
 */
export async function takeScreenshots(url, folder) {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error("no Chromium found; set CHROMIUM=/path");
  mkdirSync(folder, { recursive: true });
  const browser = await chromium.launch({ executablePath, args: chromiumArgs() });
  const names = [];
  try {
    await checkViews(browser, url);
    for (const [view, state] of Object.entries(states)) {
      const page = await browser.newPage();
      await show(page, url, state);
      for (const colorScheme of THEMES) {
        await page.emulateMedia({ colorScheme });
        for (const width of WIDTHS) {
          const name = `${view}-${colorScheme}-${width}.png`;
          await page.setViewportSize({ width, height: 900 });
          await page.screenshot({ path: `${folder}/${name}`, fullPage: true });
          names.push(name);
        }
      }
      await page.close();
    }
  } finally {
    await browser.close();
  }
  const images = names.map(
    (name) =>
      `<figure><img src="${name}" loading="lazy" alt=""><figcaption>${name}</figcaption></figure>`,
  );
  const head = `<!doctype html><meta charset="utf-8"><title>Screenshots</title><style>figure { display: inline-block; vertical-align: top; width: 30% } img { max-width: 100% }</style>`;
  writeFileSync(`${folder}/index.html`, `${head}\n${images.join("\n")}\n`);
  return names;
}

/** Throws if the page has a view without a state. */
async function checkViews(browser, url) {
  const page = await browser.newPage();
  await show(page, url, states.try);
  const links = await page.locator("nav[aria-label=Views] a[href^='#']").all();
  const views = Object.values(states).filter(({ again }) => !again);
  if (links.length !== views.length) {
    throw new Error(`the page has ${links.length} views; add the new one to lib/screenshots.mjs`);
  }
  await page.close();
}

async function show(page, url, { hash, act, shows }) {
  await page.goto(`${url}#${hash}`);
  await page.locator("main .verdict, main .card, main table").first().waitFor();
  await act?.(page);
  await page.locator(shows).first().waitFor();
  await page.locator("progress").waitFor({ state: "detached" });
  if ((await page.getByRole("alert").count()) > 0) {
    throw new Error(
      `#${hash} shows an error: ${await page.getByRole("alert").first().textContent()}`,
    );
  }
}
