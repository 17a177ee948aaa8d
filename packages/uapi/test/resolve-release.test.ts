// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import { kernelReleases, newestRelease, resolveRelease } from "../src/index.ts";

describe("resolveRelease", () => {
  test.each(kernelReleases)("returns the modelled release %s without a note", (text) => {
    expect(resolveRelease(text)).toEqual({ release: text });
  });

  test.each([
    ["6.10", "6.9"],
    ["6.11.11", "6.9"],
    ["6.13", "6.12"],
    ["6.14.0-rc2+", "6.12"],
    ["6.16", "6.15"],
  ])("maps %s to %s, and says that it is older", (text, release) => {
    const note = `Linux ${text} follows the rules of ${release}, the nearest older release that is modelled`;
    expect(resolveRelease(text)).toEqual({ release, note });
  });

  test.each([
    ["6.9.0", "6.9"],
    ["6.17.13", "6.17"],
    ["6.18.15-cloud", "6.18"],
    ["6.12.118+deb13-cloud-amd64", "6.12"],
    ["7.0.13", "7.0"],
    [`${newestRelease}.4`, newestRelease],
  ])("maps the stable release %s to %s", (text, release) => {
    const note = `Linux ${text} follows the rules of ${release}`;
    expect(resolveRelease(text)).toEqual({ release, note });
  });

  test.each(["6.8", "6.8.12-generic", "5.15", "0.0"])("refuses %s, which has no tokens", (text) => {
    const message = `Linux ${text} has no BPF tokens; they exist since Linux 6.9`;
    expect(() => resolveRelease(text)).toThrow(new RangeError(message));
  });

  test.each(["7.99", "7.310", "98.0", "71.3"])("refuses %s, which is not modelled", (text) => {
    const message = `Linux ${text} is newer than every modelled release; give ${newestRelease} to use the newest rules`;
    expect(() => resolveRelease(text)).toThrow(new RangeError(message));
  });

  test.each(["6.20", "6.99", "6.180"])("refuses %s, which does not exist", (text) => {
    const message = `Linux ${text} does not exist; 7.0 follows 6.19`;
    expect(() => resolveRelease(text)).toThrow(new RangeError(message));
  });

  test.each(["", "6", "v9", "latest", "6.12 ", "6.12\u001b[2J", "6.12.x", "60000.1", "6.-1"])(
    "refuses %j, which is no release",
    (text) => {
      expect(() => resolveRelease(text)).toThrow(RangeError);
      expect(() => resolveRelease(text)).toThrow(`unknown release '${text}'`);
      expect(() => resolveRelease(text)).toThrow(
        `give a Linux release from 6.9 to ${newestRelease}, or v10-03`,
      );
    },
  );

  test("suggests the most similar name", () => {
    expect(() => resolveRelease("v10-reviwed")).toThrow("did you mean 'v10-reviewed'?");
  });
});
