// SPDX-License-Identifier: MIT
// The tables of helpers and contexts, compared with the headers of libbpf and of the kernel.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HelperId, ProgType } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { contextFields } from "../src/registers/contexts.ts";
import { helperShapes } from "../src/registers/helpers.ts";

const definitions = "/usr/include/bpf/bpf_helper_defs.h";

test("the helpers have the arguments and results of libbpf's header", (context) => {
  if (!existsSync(definitions)) return context.skip(`no ${definitions} (Debian: libbpf-dev)`);
  const text = readFileSync(definitions, "utf8");
  const pattern =
    /^(?:static |__bpf_fastcall )*(.*)\(\* const bpf_\w+\)\((.*)\) = \(void \*\) (\d+);$/gm;
  const prototypes = new Map(
    [...text.matchAll(pattern)].map(([, result = "", args = "", id]) => [
      Number(id),
      { result: result.includes("*"), args: args === "void" ? [] : args.split(", ") },
    ]),
  );
  expect(prototypes.size).toBeGreaterThan(200);
  const names = new Map(Object.entries(HelperId).map(([name, id]) => [id as number, name]));
  for (const [id, { args, result }] of helperShapes()) {
    const pointers = prototypes.get(id)?.args.map((arg) => arg.includes("*"));
    const isPointer = args.map((word) => word !== "." && word !== "s");
    expect(isPointer, names.get(id)).toEqual(pointers);
    expect(result !== "", names.get(id)).toBe(prototypes.get(id)?.result);
  }
});

/** The structure of the context, and its pointers in the order of the table. */
const structs: readonly (readonly [type: number, name: string, ...fields: string[]])[] = [
  [ProgType.SCHED_CLS, "__sk_buff", "data", "data_end", "data_meta", "flow_keys", "sk"],
  [ProgType.XDP, "xdp_md", "data", "data_end", "data_meta"],
  [ProgType.SK_MSG, "sk_msg_md", "data", "data_end", "sk"],
  [ProgType.SK_REUSEPORT, "sk_reuseport_md", "data", "data_end", "sk", "migrating_sk"],
  [ProgType.CGROUP_SOCKOPT, "bpf_sockopt", "sk", "optval", "optval_end"],
  [ProgType.SOCK_OPS, "bpf_sock_ops", "sk", "skb_data", "skb_data_end"],
  [ProgType.CGROUP_SOCK_ADDR, "bpf_sock_addr", "sk"],
  [ProgType.SK_LOOKUP, "bpf_sk_lookup", "sk"],
];

test("the pointers in contexts have the offsets of the kernel's header", (context) => {
  const compiler = process.env.CC ?? "cc";
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-contexts-"));
  try {
    const rows = structs.flatMap(([, name, ...fields]) =>
      fields.map((field) => {
        const member = `((struct ${name} *)0)->${field}`;
        return `printf("%zu %zu\\n", offsetof(struct ${name}, ${field}), sizeof(${member}));`;
      }),
    );
    const includes = "#include <linux/bpf.h>\n#include <stddef.h>\n#include <stdio.h>\n";
    writeFileSync(
      join(folder, "o.c"),
      `${includes}int main(void) { ${rows.join("\n")} return 0; }`,
    );
    try {
      execFileSync(compiler, [join(folder, "o.c"), "-o", join(folder, "o")], { stdio: "pipe" });
    } catch {
      return context.skip(`${compiler} does not compile linux/bpf.h`);
    }
    const printed = execFileSync(join(folder, "o"), { encoding: "utf8" }).trim().split("\n");
    const known = structs.flatMap(([type]) =>
      (contextFields.get(type) ?? []).map(([offset, size]) => `${offset} ${size}`),
    );
    expect(known).toEqual(printed);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
