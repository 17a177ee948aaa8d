// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { scanLists, writeLists } from "../lib/btf-ids.mjs";
import { isCallable, writeCalls } from "../lib/calls.mjs";
import { autoconf, optionsOf } from "../lib/generate.mjs";
import { parseCapabilityHooks, parseHooks, parseWrappers } from "../lib/hooks.mjs";
import { scanInitcalls, writeInitcalls } from "../lib/initcalls.mjs";
import { parseConfig, parseList } from "../lib/recipe.mjs";
import { writeStubs } from "../lib/stubs.mjs";
import { exportedFunctions, importedFunctions } from "../lib/wasm-imports.mjs";

test("lists of BTF ids become arrays with one entry per name", () => {
  const text = `@@L plain @@
    @@I __BTF_ID__struct__task_struct @@
    @@I - @@
    @@S8 kfuncs 1 @@ @@IF __BTF_ID__func____bpf_trap (1 << 0)|(1 << 2) @@ @@E kfuncs @@
    @@SG shared @@ @@E shared @@`;
  const lists = scanLists(text, "net_core_filter");
  expect(lists).toEqual([
    {
      type: "BTF_LIST",
      symbol: "net_core_filter.plain",
      flags: "0",
      entries: [
        { kind: 4, name: "task_struct", flags: "0" },
        { kind: 0, name: "", flags: "0" },
      ],
    },
    {
      type: "BTF_SET8",
      symbol: "net_core_filter.kfuncs",
      flags: "1",
      entries: [{ kind: 12, name: "__bpf_trap", flags: "(1 << 0)|(1 << 2)" }],
    },
    { type: "BTF_SET", symbol: "shared", flags: "0", entries: [] },
  ]);
  const c = writeLists(lists);
  expect(c).toContain('u32 list_0[2] __asm__("net_core_filter.plain");');
  expect(c).toContain("= { 1, 1, { { 0, (1 << 0)|(1 << 2) } } };");
  expect(c).toContain("const int btf_lists_count = 3;");
});

test("text without marks has no lists and no initcalls", () => {
  expect(scanLists("int main;", "a")).toEqual([]);
  expect(scanInitcalls("int main;")).toEqual([]);
});

test("initcalls are sorted by level, then by file, whatever the order of the sources", () => {
  const mark = (level: string, tag: string, name: string) =>
    `x __asm__("initcall" "${level}" "." "${tag}" "." "${name}") = 1;`;
  const text = [
    mark("7", "kernel_bpf_syscall", "late"),
    mark("early", "fs_file", "first"),
    mark("1s", "fs_b", "third"),
    mark("1", "fs_z", "second"),
  ];
  const names = (c: string) =>
    [...c.matchAll(/, "(\w+)", (\d)/g)].map(([, name, on]) => [name, on]);
  const expected = [
    ["first", "0"],
    ["second", "0"],
    ["third", "0"],
    ["late", "1"],
  ];
  expect(names(writeInitcalls(scanInitcalls(text.join("\n"))))).toEqual(expected);
  expect(names(writeInitcalls(scanInitcalls(text.reverse().join("\n"))))).toEqual(expected);
});

test("hooks answer with their default, or with the capability module", () => {
  const hooks = parseHooks(
    [
      "LSM_HOOK(int, 0, bpf, int cmd)",
      "LSM_HOOK(void, LSM_RET_VOID, bpf_map_free,",
      "\t struct bpf_map *map)",
      "LSM_HOOK(int, -ENOPARAM, fs_context_parse_param, struct fs_context *fc)",
      "LSM_HOOK(int, 1, xfrm_state_pol_flow_match, struct xfrm_state *x)",
    ].join("\n"),
  );
  expect([...hooks]).toEqual([
    ["bpf", 0],
    ["bpf_map_free", 0],
    ["fs_context_parse_param", -519],
    ["xfrm_state_pol_flow_match", 1],
  ]);
  expect([...parseCapabilityHooks("LSM_HOOK_INIT(capset, cap_capset),")]).toEqual([
    ["capset", "cap_capset"],
  ]);
});

test("a wrapper counts only if it passes its arguments to one hook, whatever they are", () => {
  const text = [
    "int security_bpf(int cmd, union bpf_attr *attr)\n{\n\treturn call_int_hook(bpf, cmd, attr);\n}",
    "void security_file_free(struct file *file)\n{\n\tcall_void_hook(file_free_security, file);\n}",
    "int security_bpf_token_create(struct bpf_token *token)\n{\n\tint rc;\n",
    "\trc = call_int_hook(bpf_token_create, token);\n\tif (unlikely(rc))",
    "\t\tsecurity_bpf_token_free(token);\n\treturn rc;\n}",
    "int security_inode_link(struct inode *i)\n{\n\tif (IS_PRIVATE(i))\n\t\treturn 0;",
    "\treturn call_int_hook(inode_link, i);\n}",
    "int security_swap(int a, int b)\n{\n\treturn call_int_hook(swap, b, a);\n}",
  ].join("\n");
  expect([...parseWrappers(text)]).toEqual([
    ["bpf", { hook: "bpf" }],
    ["file_free", { hook: "file_free_security" }],
    ["bpf_token_create", { hook: "bpf_token_create", undo: "security_bpf_token_free(a0)" }],
  ]);
});

test("hooks ask the capability module, then a program; kfuncs get five registers", () => {
  const fn = (name: string, params: string[], results: string[]) => ({ name, params, results });
  const hooks = [
    [fn("security_bpf", ["i32", "i64"], ["i32"]), { hook: "bpf", answer: 0 }],
    [
      fn("security_capset", ["i64"], ["i32"]),
      { hook: "capset", answer: 0, capability: "cap_capset", undo: "security_undo(a0)" },
    ],
    [fn("security_bpf_map_free", ["i64"], []), { hook: "bpf_map_free", answer: 0 }],
  ];
  const six = fn("bpf_six", Array<string>(6).fill("i64"), []);
  const text = writeCalls(hooks, [fn("bpf_one", ["i32"], ["i64"]), fn("bpf_none", [], []), six]);
  expect(text).toContain("run_hook(&hook_bpf, (unsigned long[]){ a0, a1 }, 0);");
  expect(text).toContain("{ a0 }, cap_capset(a0));\n\tif (rc)\n\t\tsecurity_undo(a0);");
  expect(text).toContain("void security_bpf_map_free(unsigned long a0)\n{\n\trun_hook(");
  expect(text).toContain("const int lsm_hooks_count = 4;");
  expect(text).toContain("\treturn bpf_one(a0);");
  expect(text).toContain("\tbpf_none();\n\treturn 0;");
  expect(text).toContain("const int kfunc_calls_count = 2;");
  expect(text).not.toContain("bpf_six");
  expect([isCallable("bpf_iter_num_new"), isCallable("bpf_arena_alloc_pages")]).toEqual([
    true,
    false,
  ]);
});

test("a stub ends the call by name, answers a number, or passes the call on", () => {
  const fn = (name: string, params: string[], results: string[]) => ({ name, params, results });
  const text = writeStubs(
    [
      fn("schedule", [], []),
      fn("security_bpf", ["i32", "i64"], ["i32"]),
      fn("security_capset", ["i64"], ["i32"]),
    ],
    (name: string) => ({ security_bpf: 0, security_capset: "cap_capset" })[name],
  );
  expect(text).toContain(
    "schedule:\n.functype schedule () -> ()\ni64.const .Lname_schedule\ncall not_modelled\nunreachable",
  );
  expect(text).toContain('.asciz "schedule"');
  expect(text).toContain(
    "security_bpf:\n.functype security_bpf (i32, i64) -> (i32)\ni32.const 0\nend_function",
  );
  expect(text).toContain("local.get 0\ncall cap_capset\nend_function");
});

test("imported functions have names and types", () => {
  const bytes = Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, 10, 2, 0x60, 2, 0x7e, 0x7f, 1, 0x7f, 0x60, 0, 0],
    ...[2, 26, 3, 3, 101, 110, 118, 1, 97, 0, 0, 3, 101, 110, 118, 1, 109, 2, 0, 1],
    ...[3, 101, 110, 118, 1, 98, 0, 1],
  ]);
  expect(WebAssembly.validate(bytes)).toBe(true);
  expect(importedFunctions(bytes)).toEqual([
    { module: "env", name: "a", params: ["i64", "i32"], results: ["i32"] },
    { module: "env", name: "b", params: [], results: [] },
  ]);
});

test("exported functions have names and types; other exports do not count", () => {
  const bytes = Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, 9, 2, 0x60, 0, 0, 0x60, 1, 0x7e, 1, 0x7f],
    ...[2, 7, 1, 1, 101, 1, 97, 0, 0],
    ...[3, 2, 1, 1, 5, 3, 1, 0, 1],
    ...[7, 13, 3, 1, 102, 0, 1, 1, 109, 2, 0, 1, 97, 0, 0],
    ...[10, 6, 1, 4, 0, 0x41, 7, 0x0b],
  ]);
  expect(WebAssembly.validate(bytes)).toBe(true);
  expect(exportedFunctions(bytes)).toEqual([{ name: "f", params: ["i64"], results: ["i32"] }]);
});

test("options come from the distribution, unless the machine sets them", () => {
  const recipe = {
    distribution: ["CONFIG_NET", "CONFIG_GONE", "CONFIG_HZ"],
    machine: new Map([
      ["CONFIG_HZ", "100"],
      ["CONFIG_64BIT", "y"],
    ]),
  };
  const config = parseConfig("CONFIG_NET=m\nCONFIG_HZ=250\n# CONFIG_X is not set\nCONFIG_Y=y\n");
  const chosen = optionsOf(recipe, config);
  expect([...chosen.keys()]).toEqual(["CONFIG_64BIT", "CONFIG_HZ", "CONFIG_NET"]);
  expect(autoconf(chosen)).toBe(
    "#define CONFIG_64BIT 1\n#define CONFIG_HZ 100\n#define CONFIG_NET_MODULE 1\n",
  );
});

test("a list has no comments and no empty lines", () => {
  expect(parseList("# a\nb  # c\n\nd\n")).toEqual(["b", "d"]);
});
