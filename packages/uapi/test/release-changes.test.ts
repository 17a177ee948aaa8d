// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import { type KernelRelease, kernelReleases, releases } from "../src/index.ts";

describe("releases", () => {
  test("lists the changes between two releases, in either order", () => {
    const changes = releases("6.15", "6.17");
    expect(changes.map(({ rule }) => rule)).toContain("OI-05");
    expect(new Set(changes.map(({ release }) => release))).toEqual(new Set(["6.17"]));
    expect(releases("6.17", "6.15")).toEqual(changes);
  });

  test("lists nothing for a release and itself", () => {
    for (const release of kernelReleases) expect(releases(release, release)).toEqual([]);
  });

  test("changes of adjacent ranges add up", () => {
    const steps = kernelReleases.slice(1).flatMap((to, i) => releases(kernelReleases[i], to));
    expect(steps).toEqual(releases());
    expect(steps.length).toBeGreaterThan(40);
  });

  test("refuses an unknown release", () => {
    expect(() => releases("6.8" as KernelRelease)).toThrow(/6\.8/);
  });
});
