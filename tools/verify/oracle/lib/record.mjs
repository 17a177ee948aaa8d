// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./run.mjs";

/**
 * Builds a libbpf program from the source of that name. The C library and libelf are those of the
 * system.
 *
 * @param libbpf - headers and library; see `fetchLibbpf()`.
 */
export function buildProgram(folder, name, { version, usr }) {
  const [source, shared] = [`${name}.c`, "fake-bpf.h"].map((file) =>
    fileURLToPath(new URL(`../${file}`, import.meta.url)),
  );
  // The folder may contain programs of older sources.
  const hash = createHash("sha256");
  for (const file of [source, shared]) hash.update(readFileSync(file));
  const program = join(folder, `${name}-${version}-${hash.digest("hex").slice(0, 8)}`);
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  const library = join(usr, "lib/x86_64-linux-gnu/libbpf.a");
  const options = ["-O2", "-Wall", "-Werror", "-I", join(usr, "include")];
  run(
    "gcc",
    [...options, source, "-o", program, library, "-l:libelf.so.1", "-l:libz.so.1"],
    folder,
  );
  return program;
}

/**
 * Records libbpf's calls, object by object.
 *
 * @param target - the BTF of the kernel for CO-RE, as a file.
 * @returns for each file the error of opening it, and its calls with their bytes.
 */
export function record(program, target, files) {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-oracle-"));
  try {
    const blobs = join(folder, "blobs");
    const lines = run(program, [blobs, target, ...files], folder)
      .split("\n")
      .filter(Boolean);
    return grouped(lines.map(JSON.parse), readFileSync(blobs));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function grouped(calls, blobs) {
  const objects = [];
  for (const { call, ...rest } of calls) {
    if (call === "open") objects.push({ ...rest, maps: [], programs: [], btfs: [] });
    const object = objects.at(-1);
    const bytes = ([at, length]) => new Uint8Array(blobs.subarray(at, at + length));
    if (call === "map") object.maps.push(rest);
    else if (call === "btf") object.btfs.push(bytes(rest.bytes));
    else if (call === "load") object.loadError = rest.error;
    else if (call === "program") {
      const { insns, funcInfo, lineInfo } = rest;
      object.programs.push({
        ...rest,
        insns: bytes(insns),
        funcInfo: bytes(funcInfo),
        lineInfo: bytes(lineInfo),
        maps: new Map(Object.entries(rest.maps)),
      });
    }
  }
  return objects;
}
