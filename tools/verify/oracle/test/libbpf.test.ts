// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import {
  compareVersions,
  fetchLibbpf,
  libbpfVersions,
  readVersions,
  versionOf,
} from "../lib/libbpf.mjs";

const header = (version: string): string => {
  const [major, minor] = version.split(".");
  return `#define LIBBPF_MAJOR_VERSION ${major}\n#define LIBBPF_MINOR_VERSION ${minor}\n`;
};

/** A cache that already has what Debian's packages contain, with a version of libbpf. */
function cache(packageName: string, version: string): string {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-libbpf-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const include = join(folder, "unpacked", packageName, "usr/include/bpf");
  mkdirSync(include, { recursive: true });
  writeFileSync(join(include, "libbpf_version.h"), header(version));
  return folder;
}

test("reads a list of versions, each once, and refuses unknown ones", () => {
  expect(libbpfVersions).toEqual(["1.5", "1.7"]);
  expect(readVersions("1.7,1.5,1.7")).toEqual(["1.7", "1.5"]);
  for (const list of ["1.6", "1.5,", ""]) {
    expect(() => readVersions(list)).toThrow(/^unknown version of libbpf '(1\.6)?' \(known: 1\.5/);
  }
});

test("compares versions by their numbers", () => {
  const signs = [
    ["1.5", "1.7"],
    ["1.7", "1.10"],
    ["1.7", "1.7"],
    ["2.0", "1.7"],
  ].map(([a = "", b = ""]) => Math.sign(compareVersions(a, b)));
  expect(signs).toEqual([-1, -1, 0, 1]);
});

test("reads the version from libbpf's header", () => {
  expect(versionOf(header("1.7"))).toBe("1.7");
  expect(versionOf("")).toBe("undefined.undefined");
});

test("uses an unpacked package of the same version", async () => {
  for (const [version, name] of [
    ["1.5", "libbpf-dev"],
    ["1.7", "libbpf-dev-1.7"],
  ] as const) {
    const folder = cache(name, version);
    expect(await fetchLibbpf(folder, version)).toEqual({
      version,
      usr: join(folder, "unpacked", name, "usr"),
    });
  }
});

test("refuses a package of another version, and does not keep it", async () => {
  const folder = cache("libbpf-dev-1.7", "1.8");
  await expect(fetchLibbpf(folder, "1.7")).rejects.toThrow(
    "Debian sid has libbpf 1.8 now, and not 1.7; to compare with 1.8, add it to",
  );
  expect(() => rmSync(join(folder, "unpacked/libbpf-dev-1.7"))).toThrow("ENOENT");
});
