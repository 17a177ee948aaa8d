// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { emitC, emitSequenceTs, emitTs, layouts, macros } from "../emit-abi.mjs";
import { offsets } from "../offsets.mjs";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const read = (name: string): string => readFileSync(join(root, name), "utf8");
const abi = JSON.parse(read("core-c/arch/wasm/abi.json"));
const exports = read("core-c/arch/wasm/exports.txt");
const generated = "packages/kernel-wasm/src/generated";

function run(...args: readonly string[]) {
  const script = join(root, "tools/gen/abi/gen-abi.mjs");
  return spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });
}

/** The C sources below a folder. */
function sourcesIn(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".c"))
    .map((name) => read(join(folder, name)));
}

describe("abi.json", () => {
  test("matches the committed files", () => {
    expect(read("core-c/arch/wasm/abi.h")).toBe(emitC(abi));
    expect(read(`${generated}/abi.ts`)).toBe(emitTs(abi, exports));
    const sequences = emitSequenceTs(abi, read("core-c/tests/fuzz/exports.txt"));
    expect(read(`${generated}/sequence-abi.ts`)).toBe(sequences);
    expect(run("--check").status).toBe(0);
  });

  test("exactly one source uses each assertion", () => {
    const sources = [...sourcesIn("core-c/arch/wasm"), ...sourcesIn("core-c/tests/fuzz")];
    for (const name of macros(abi)) {
      const uses = sources.filter((text) => text.includes(`\n${name};\n`));
      expect(uses.length, name).toBe(1);
    }
  });

  test("TypeScript and C have the same offsets", () => {
    const c = emitC(abi);
    const ts = emitTs(abi, exports);
    expect(c).toContain("ABI_FIELD(struct call_block, args, 8, 48)");
    expect(ts).toContain("  args: 8,\n  argsLength: 6,");
    expect(c).toContain("ABI_FIELD(struct refusal_log, not_modelled, 776, 4)");
    expect(ts).toContain("  notModelled: 776,");
    expect(offsets().refusal_log).toMatchObject({ bytes: 784, entry: 8, not_modelled: 776 });
  });

  test("the assertions cover each member of an enum and its length", () => {
    const c = emitC(abi);
    expect(c).toContain("ABI_NUMBER(LIVE_USER_NAMESPACES, 5);");
    expect(c).toContain("ABI_NUMBER(SEQ_NOTE_OPEN_NS, 7);");
    expect(c).toContain("ABI_NUMBER(NR_LSM_HOOKS, 11);");
    expect(c).toContain("ABI_NUMBER(SYSCTL_UNPRIVILEGED_BPF_DISABLED, 0)");
  });
});

describe("mistakes are errors", () => {
  const struct = (fields: readonly (readonly (string | number)[])[]) =>
    ({ ...abi, structs: { x: { what: "x", fields } } }) as typeof abi;

  test("holes and unknown types", () => {
    const hole = struct([
      ["a", "u32"],
      ["b", "u64"],
    ]);
    expect(() => layouts(hole)).toThrow("abi.json: x.b is not aligned");
    expect(() => layouts(struct([["a", "u16"]]))).toThrow("abi.json: x.a: no type u16");
    const padded = struct([
      ["a", "u64"],
      ["b", "pointer", 3],
    ]);
    expect(layouts(padded)[0]).toMatchObject({ end: 20, size: 24 });
  });

  test("an export whose comment does not name its arguments", () => {
    expect(() => emitTs(abi, "kernel_wait (i32, i32) -> i32 # pid\n")).toThrow(
      "exports.txt: kernel_wait: the comment must name its 2 arguments",
    );
    expect(emitTs(abi, "kernel_wait (i32, i32) -> nothing # pid, child\n")).toContain(
      "  kernel_wait(pid: number, child: number): void;",
    );
  });

  test("an unknown option prints the usage and exits with 2", () => {
    const { status, stderr } = run("--fast");
    expect(status).toBe(2);
    expect(stderr).toContain("usage: npm run gen");
  });
});
