// SPDX-License-Identifier: MIT
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { served } from "../../packages/lib/page.mjs";
import { askFirefox, findFirefox } from "../../runtimes/lib/firefox.mjs";
import { buildPlayground } from "./playground-page.ts";

/** Opens every situation by its link, presses its first fix, and then every view; returns the answers. */
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
  const answers = {};
  const values = [...select.options].map((option) => option.value);
  for (const value of values.filter((value) => value !== "")) {
    const page = frame.contentWindow;
    page.location.hash = "situation=" + value;
    await wait(() => select.value === value && /^E[A-Z]+$|^succeeds$/.test(errno()) && (value === "works") === (errno() === "succeeds"));
    const before = errno();
    frame.contentDocument.querySelector(".fix button")?.click();
    await wait(() => errno() === "succeeds");
    answers[value] = before;
  }
  answers.views = {};
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

test("every situation with its fix, and every view, in Firefox", async (context) => {
  if (firefox === undefined) return context.skip("the playground in Firefox: no Firefox found");
  const folder = await buildPlayground();
  try {
    writeFileSync(join(folder, "probe.js"), script);
    const html = '<iframe src="index.html"></iframe><script type="module" src="probe.js"></script>';
    writeFileSync(join(folder, "probe.html"), `<!doctype html><meta charset="utf-8">${html}`);
    const { answer } = await served(folder, (url: string) =>
      askFirefox(firefox, `${url}probe.html`),
    );
    expect(answer).toMatchObject({
      works: "succeeds",
      "rootless-mount": "EPERM",
      "newer-names": "EINVAL",
    });
    const { views, ...situations } = answer as unknown as Record<string, object>;
    expect(Object.keys(situations).length).toBeGreaterThanOrEqual(25);
    expect(Object.values(views ?? {})).toEqual(Array(8).fill(0));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
