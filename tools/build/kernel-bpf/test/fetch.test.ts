// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { fetchMissing } from "../lib/fetch.mjs";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "kernel-bpf-fetch-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

function fetched(guests: string, status = 0): string[] {
  const words: string[] = [];
  const run = (...some: string[]): number => {
    words.push(some.join(" "));
    return status;
  };
  fetchMissing("0.0", { guests }, join(guests, "0.0/vmlinux"), run);
  return words;
}

test("downloads source and image if both are missing, and nothing twice", () => {
  const guests = folder();
  expect(fetched(guests)).toEqual(["source 0.0", "build 0.0"]);
  mkdirSync(join(guests, "sources"));
  writeFileSync(join(guests, "sources/linux-source-0.0.tar.xz"), "");
  expect(fetched(guests)).toEqual(["source 0.0", "build 0.0"]);
  writeFileSync(join(guests, "sources/linux-config-0.0.xz"), "");
  expect(fetched(guests)).toEqual(["build 0.0"]);
  mkdirSync(join(guests, "0.0"));
  writeFileSync(join(guests, "0.0/vmlinux"), "");
  expect(fetched(guests)).toEqual([]);
});

test("a download that fails ends the build with its exit code", () => {
  const attempt = (): unknown => fetched(folder(), 3);
  expect(attempt).toThrow("'npm run guest -- source 0.0' failed");
  expect(attempt).toThrow(expect.objectContaining({ exitCode: 3 }));
});
