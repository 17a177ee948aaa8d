// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { chromiumArgs, findChromium, isRequired } from "../chromium.mjs";

const node = process.execPath;

test("CHROMIUM takes precedence over the default paths", () => {
  expect(findChromium({ CHROMIUM: node }, ["/usr/bin/chromium"])).toBe(node);
});

test("a CHROMIUM that cannot be run is an error that names it", () => {
  expect(() => findChromium({ CHROMIUM: "/no/such/browser" }, [node])).toThrow(
    "CHROMIUM=/no/such/browser is not a program",
  );
});

test("none found is undefined, and an error where it is required", () => {
  expect(findChromium({}, ["/no/such/browser"])).toBeUndefined();
  expect(() => findChromium({ BPF_TOKEN_REQUIRE: "native, chromium" }, [])).toThrow(
    "names chromium",
  );
});

test("names are compared whole", () => {
  expect(isRequired("native", { BPF_TOKEN_REQUIRE: "native-guest,upstream" })).toBe(false);
  expect(isRequired("upstream", { BPF_TOKEN_REQUIRE: "native-guest,upstream" })).toBe(true);
});

test("the sandbox is off for root only", () => {
  expect(chromiumArgs(0)).toContain("--no-sandbox");
  expect(chromiumArgs(1000)).not.toContain("--no-sandbox");
});
