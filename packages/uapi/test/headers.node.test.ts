// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { kernelReleases, releaseCode } from "../src/index.ts";

const core = fileURLToPath(new URL("../../../core-c", import.meta.url));
const strict = ["-std=gnu11", "-ffreestanding", "-nostdinc", "-Wall", "-Wextra", "-Werror"];
const compilers = [
  ["cc", []],
  ["clang-19", ["--target=wasm32"]],
] as const;

/** Only the headers of the interface, then the model's own `linux/types.h` in front of them. */
const paths = [
  ["-Iinclude/uapi", "-Iinclude"],
  ["-Iinclude", "-Iinclude/uapi"],
];

const headers = ["linux", "asm", "asm-generic"].flatMap((d) =>
  readdirSync(`${core}/include/uapi/${d}`).map((f) => `uapi/${d}/${f}`),
);
const source = [
  ...headers,
  "generated/uapi_asserts.h",
  "generated/facts_tables.h",
  "generated/syscalls.h",
]
  .map((h) => `#include <${h}>`)
  .join("\n");

function compile(cc: string, args: readonly string[], input: string) {
  const run = spawnSync(cc, [...strict, ...args, "-fsyntax-only", "-x", "c", "-"], {
    cwd: core,
    input: `${input}\n`,
    encoding: "utf8",
  });
  return { missing: run.error !== undefined, status: run.status, err: run.stderr };
}

describe.each(compilers)("headers under %s %s", (cc, target) => {
  const { missing } = compile(cc, target, "int x;");
  if (missing)
    console.log(`skipped: ${cc} is not installed, the headers were not compiled with it`);

  describe.skipIf(missing).each(kernelReleases)("for release %s", (release) => {
    it.each(paths)("have the sizes and offsets of the facts (%s %s)", (...order) => {
      const define = `-DUAPI_RELEASE=${releaseCode(release)}`;
      const { status, err } = compile(cc, [...target, ...order, define], source);
      expect({ status, err }).toEqual({ status: 0, err: "" });
    });
  });

  it.skipIf(missing)("are the newest release's if none is asked for", () => {
    const assert =
      '_Static_assert(sizeof(union bpf_attr) == 168, "");_Static_assert(__MAX_BPF_CMD == 38, "");';
    const { status, err } = compile(
      cc,
      [...target, "-Iinclude/uapi"],
      `#include <linux/bpf.h>\n${assert}`,
    );
    expect({ status, err }).toEqual({ status: 0, err: "" });
  });

  it.skipIf(missing)("assert something: a wrong size does not compile", () => {
    const wrong = '#include <linux/bpf.h>\n_Static_assert(sizeof(union bpf_attr) == 160, "size");';
    expect(compile(cc, [...target, "-Iinclude/uapi"], wrong).status).not.toBe(0);
  });
});
