// SPDX-License-Identifier: MIT
// Archives whose bytes come in pieces of any size, at any time.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readMembers } from "../src/node/archive.ts";

const folder = mkdtempSync(join(tmpdir(), "bpf-token-pieces-"));
afterAll(() => rmSync(folder, { recursive: true }));

const FILES = 150;
const sizes = [0, 1, 511, 512, 513, 5000, 70_000, 300_000];
const textOf = (i: number): Buffer => Buffer.alloc(sizes[i % sizes.length] ?? 0, `${i} `);

function archive(): Buffer {
  mkdirSync(join(folder, "linux/d"), { recursive: true });
  for (let i = 0; i < FILES; i++) writeFileSync(join(folder, `linux/f${i}`), textOf(i));
  const words = ["--sort=name", "-cf", "a.tar", "linux"];
  execFileSync("tar", words, { cwd: folder });
  return readFileSync(join(folder, "a.tar"));
}

/** Random numbers from 0 to 1. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return state / 0x8000_0000;
  };
}

async function* inPieces(bytes: Buffer, next: () => number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; ) {
    const size = Math.max(1, Math.floor(next() * next() * 262_144));
    yield bytes.subarray(at, at + size);
    at += size;
    if (next() < 0.3) await new Promise((resolve) => setImmediate(resolve));
  }
}

test("every file is found, and reading ends", { timeout: 60_000 }, async () => {
  const bytes = archive();
  for (let seed = 1; seed <= 30; seed++) {
    const next = random(seed);
    const wanted = Array.from({ length: 3 }, () => Math.floor(next() * FILES));
    const paths = [...new Set(wanted.map((i) => `f${i}`))];
    const found = await readMembers(inPieces(bytes, next), "a.tar", paths);
    expect([seed, [...found.keys()].sort()]).toEqual([seed, paths.toSorted()]);
    for (const i of wanted)
      expect(Buffer.from(found.get(`f${i}`) ?? []).equals(textOf(i))).toBe(true);
  }
});

test("an archive that lacks a file is read completely", async () => {
  const bytes = archive();
  const none = readMembers(inPieces(bytes, random(7)), "a.tar", ["nothing"]);
  await expect(none).rejects.toThrow("a.tar contains no nothing");
});
