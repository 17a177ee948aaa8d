// SPDX-License-Identifier: MIT
// The SDK compiles an upstream source file on a machine without this repository. It contains our
// headers, and the rest of the model as relocatable objects.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { Cache, digest } from "./cache.mjs";
import { BuildError } from "./errors.mjs";
import { linkedNames, parseExports } from "./exports.mjs";
import { forSpeed, linkFlags, upstreamFlags } from "./flags.mjs";
import { compileModel, objectName } from "./objects.mjs";
import { listFiles, modelHeaders, root } from "./paths.mjs";

/** The files of the model that each upstream source file replaces. */
const slots = {
  "kernel/bpf/token.c": ["core-c/kernel/bpf/token.c"],
  "kernel/bpf/inode.c": ["core-c/kernel/bpf/inode.c", "core-c/kernel/bpf/inode_pin.c"],
};

/** Definitions that an upstream source file may lack, linked in addition to the model. */
const standIns = (top) => listFiles("core-c/upstream", [".c"], top);

/** The interpreter of byte sequences as system calls, for modules with fuzzing exports. */
export const sequenceSources = (top = root) => [
  ...listFiles("core-c/tests/fuzz", [".c"], top).filter((path) => path.includes("/sequence")),
  "core-c/tests/fuzz/counters.c",
  "core-c/tests/fuzz/exits.c",
  "core-c/tests/fuzz/wasm_exports.c",
];
export const sequenceExports = "core-c/tests/fuzz/exports.txt";

/** Headers with the names of Linux headers; our private headers are not shipped. */
function kernelHeaders(top) {
  const wanted = /^core-c\/(include\/(linux|uapi)|kernel\/bpf\/preload)\//;
  return modelHeaders(top).filter((path) => wanted.test(path));
}

async function relocatable(compiler, cache, name, objects) {
  const flags = ["--relocatable", "--strip-debug"];
  const key = `${digest(compiler.id, flags.join("\n"), ...[...objects].flat())}.o`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const { ok, log, module } = await compiler.link(flags, objects);
  if (!ok) throw new BuildError(`${log.trimEnd()}\n${name} does not link`);
  cache.put(key, module);
  return module;
}

/** The objects grouped by the upstream file that replaces them; `kernel` holds all others. */
async function linkParts(compiler, cache, objects) {
  const owner = new Map(
    Object.entries({ ...slots, fuzz: sequenceSources() }).flatMap(([file, ours]) =>
      ours.map((path) => [objectName(path), file]),
    ),
  );
  const parts = new Map();
  for (const [name, bytes] of objects) {
    const part = owner.get(name) ?? "kernel";
    parts.set(part, (parts.get(part) ?? new Map()).set(name, bytes));
  }
  const linked = new Map();
  for (const [part, of] of parts) linked.set(part, await relocatable(compiler, cache, part, of));
  return linked;
}

/** The length of the index, the index as JSON, then the bytes that it describes, all deflated. */
function pack(index, pieces) {
  const head = Buffer.from(JSON.stringify(index));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(head.length);
  return deflateRawSync(Buffer.concat([size, head, ...pieces]), { level: 9 });
}

/**
 * Builds the archive that `@bpf-token/kernel-wasm/sdk` ships.
 *
 * @param options - as in `buildKernel`: `compiler`; `cache`, a folder; `top`, the repository;
 *   `onObject`.
 * @returns the archive's `bytes`, and its `id`, which changes with any byte of the archive.
 * @throws BuildError when something does not compile or link.
 */
export async function buildSdk({ compiler, cache: folder, top = root, onObject }) {
  const cache = new Cache(folder);
  const { objects } = await compileModel(compiler, cache, {
    top,
    onObject,
    optimise: forSpeed,
    sources: [...standIns(top), ...sequenceSources(top)],
  });
  const parts = await linkParts(compiler, cache, objects);
  const headers = kernelHeaders(top).map((path) => [
    path.replace(/^core-c\//, ""),
    readFileSync(join(top, path), "utf8"),
  ]);
  const namesIn = (path) => linkedNames(parseExports(readFileSync(join(top, path), "utf8"), path));
  const exportNames = namesIn("core-c/arch/wasm/exports.txt");
  const index = {
    compileFlags: upstreamFlags(),
    linkFlags: linkFlags(exportNames),
    fuzzLinkFlags: linkFlags([...exportNames, ...namesIn(sequenceExports)]),
    headers: Object.fromEntries(headers),
    objects: [...parts].map(([name, bytes]) => [name, bytes.length]),
  };
  const bytes = pack(index, [...parts.values()]);
  return { bytes, id: createHash("sha256").update(bytes).digest("hex").slice(0, 16) };
}
