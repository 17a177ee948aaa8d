// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as browser from "../src/browser.ts";
import * as delegate from "../src/delegate.ts";
import * as node from "../src/index.ts";
import * as program from "../src/program.ts";
import * as record from "../src/record.ts";

test("the browser entry has every export of the package", () => {
  expect(Object.keys(browser).sort()).toEqual(Object.keys(node).sort());
  expect(Object.keys(browser)).toEqual(expect.arrayContaining(Object.keys(delegate)));
  expect(Object.keys(browser)).toEqual(expect.arrayContaining(Object.keys(record)));
  expect(Object.keys(browser)).toEqual(expect.arrayContaining(Object.keys(program)));
});

test("the exports are of the same kind", () => {
  const kinds = (module: object) =>
    Object.fromEntries(Object.entries(module).map(([name, value]) => [name, typeof value]));
  expect(kinds(browser)).toEqual(kinds(node));
});

test("opening a real kernel throws, and probing one returns the reason", async () => {
  const why = "it needs Node on Linux, and this is a browser";
  for (const open of [browser.openNativeKernel, browser.currentTask, browser.describeMachine]) {
    expect(open).toThrow(browser.NativeUnavailableError);
    expect(open).toThrow(why);
  }
  expect(() => new browser.NativeKernel()).toThrow(why);
  expect(() => browser.openGuestKernel({ guest: "uml" })).toThrow(
    `guest:uml cannot run here: ${why}`,
  );
  await expect(browser.runDelegated()).rejects.toThrow(why);
  expect(browser.probeNative()).toMatchObject({ ok: false, why: expect.stringContaining(why) });
  expect(browser.probeGuest()).toMatchObject({ ok: false, why: expect.stringContaining(why) });
});

test("bundlers for browsers resolve to that entry, which imports nothing from Node", () => {
  const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
  const { exports } = JSON.parse(read("../package.json")) as {
    exports: Record<string, { browser: { default: string } }>;
  };
  expect(Object.keys(exports["."] ?? {})[0]).toBe("browser");
  expect(exports["."]?.browser.default).toBe("./dist/browser.js");
  expect(exports["./delegate"]?.browser.default).toBe("./dist/browser.js");
  for (const file of ["browser", "errors", "guest/names", "inference/recorder"]) {
    expect(read(`../src/${file}.ts`)).not.toMatch(/from "node:/);
  }
});
