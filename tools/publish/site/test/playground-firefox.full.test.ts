// SPDX-License-Identifier: MIT
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { served } from "../../packages/lib/page.mjs";
import { askFirefox, findFirefox } from "../../runtimes/lib/firefox.mjs";
import { fixButtons } from "./fix-buttons.ts";
import { buildPlayground } from "./playground-page.ts";

/** Opens every situation by its link, presses each of its fixes, and then every view. */
const script = `
const wait = (look) => new Promise((done, failed) => {
  const until = Date.now() + 20000;
  const poll = () => {
    const found = look();
    if (found) done(found);
    else if (Date.now() > until) failed(new Error("no answer"));
    else setTimeout(poll, 20);
  };
  poll();
});
async function run() {
  const frame = document.querySelector("iframe");
  const errno = () => frame.contentDocument?.querySelector(".verdict .errno")?.textContent;
  const select = await wait(() => errno() && frame.contentDocument.querySelector(".situation select"));
  const answers = { errnos: {}, pressed: {}, views: {} };
  const values = [...select.options].map((option) => option.value);
  const buttons = () => [...frame.contentDocument.querySelectorAll(".verdict .fix button")];
  const show = (value) => {
    frame.contentWindow.location.hash = "situation=" + value;
    return wait(() => select.value === value && errno().startsWith(value === "works" ? "s" : "E") && errno());
  };
  for (const value of values.filter((value) => value !== "")) {
    answers.errnos[value] = await show(value);
    answers.pressed[value] = buttons().map(({ textContent }) => textContent);
    for (const i of buttons().keys()) {
      await show(value);
      buttons()[i].click();
      await wait(() => errno() === "succeeds" && !frame.contentDocument.querySelector(".stage:not(.passed)"));
    }
  }
  for (const link of frame.contentDocument.querySelectorAll("nav[aria-label=Views] a")) {
    link.click();
    await wait(() => link.getAttribute("aria-current") === "page" && frame.contentDocument.querySelector("main .verdict, main .card, main table"));
    answers.views[link.textContent] = frame.contentDocument.querySelectorAll("[role=alert]").length;
  }
  return answers;
}
run().then((answers) => { globalThis.answer = answers; }, (error) => { globalThis.answer = { error: error.message }; });
`;

const firefox = findFirefox();

test("every situation with each fix, and every view, in Firefox", async (context) => {
  if (firefox === undefined) return context.skip("the playground in Firefox: no Firefox found");
  const folder = await buildPlayground();
  try {
    writeFileSync(join(folder, "probe.js"), script);
    const html =
      '<iframe src="index.html#situation=map-type"></iframe><script type="module" src="probe.js"></script>';
    writeFileSync(join(folder, "probe.html"), `<!doctype html><meta charset="utf-8">${html}`);
    const { answer } = await served(folder, (url: string) =>
      askFirefox(firefox, `${url}probe.html`),
    );
    expect(answer).toMatchObject({
      errnos: { works: "succeeds", "rootless-mount": "EPERM", "newer-names": "EINVAL" },
      pressed: fixButtons(),
    });
    const { views } = answer as unknown as { readonly views: object };
    expect(Object.values(views)).toEqual(Array(8).fill(0));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
