// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { identify, knownTexts } from "../src/index.ts";

const shared = "f0bc7dc497d6c842a9adde4f822b8992ecf8fe4a31d9aedb91b3e5990526f811";

test("a known file has a revision and a release", () => {
  const known = identify("6c3143900e8ecaf029188b01fec6aeedfc6611a1381902802202a226a438e68a");
  expect(known).toMatchObject({ path: "kernel/bpf/token.c", release: "6.12" });
  expect(identify("0".repeat(64))).toBeUndefined();
});

test("of a file that several releases have, the release decides, else the newest is meant", () => {
  const { release } = knownTexts.filter(({ sha256 }) => sha256 === shared).at(-1) ?? {};
  expect(release).not.toBe("7.2");
  expect(identify(shared)).toMatchObject({ revision: `Linux ${release}`, release });
  expect(identify(shared, "7.2")).toMatchObject({ revision: "Linux 7.2", release: "7.2" });
  expect(identify(shared, "6.12")).toMatchObject({ release });
});

test("no release has two entries for a file", () => {
  const places = knownTexts.map(({ release, path }) => `${release} ${path}`);
  expect(new Set(places).size).toBe(places.length);
});
