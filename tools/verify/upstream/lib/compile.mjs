// SPDX-License-Identifier: MIT
// Compiles an upstream source file, unmodified, with the headers of core-c.
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { compileFlags } from "../../../build/core/lib/flags.mjs";
import { modelHeaders, root } from "../../../build/core/lib/paths.mjs";

/** Upstream source is written for fewer warnings than the model. */
function flagsFor(code) {
  const flags = compileFlags([`UAPI_RELEASE=${code}`]).filter((flag) => flag !== "-Wextra");
  // kernel/bpf/inode.c includes "preload/bpf_preload.h".
  return [...flags, "-iquote", "core-c/kernel/bpf"];
}

/**
 * Compiles one file to a wasm32 object.
 *
 * @param compiler - from tools/build/core.
 * @param path - the file, from the top of a kernel tree.
 * @param bytes - its unmodified content.
 * @param code - the release to compile for, as UAPI_RELEASE.
 * @param scratch - a folder outside the repository.
 * @returns `{ ok, log, size }`: the compiler's output, and the size of the object in bytes.
 */
export async function compileFile(compiler, path, bytes, code, scratch) {
  const flags = flagsFor(code);
  if (compiler.id.startsWith("@")) {
    const source = `upstream/${basename(path)}`;
    const headers = modelHeaders().map((h) => [h, readFileSync(join(root, h), "utf8")]);
    const files = new Map([...headers, [source, bytes.toString("utf8")]]);
    return answer(await compiler.compile(flags, source, files));
  }
  const source = join(scratch, basename(path));
  writeFileSync(source, bytes);
  return answer(await compiler.compile(flags, source));
}

function answer({ ok, log, object }) {
  return { ok, log, size: object?.length ?? 0 };
}
