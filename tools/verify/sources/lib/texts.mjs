// SPDX-License-Identifier: MIT
// C files: damaged text, names of other files, and texts that ask much of the compiler or of a run.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { base, INODE, TOKEN } from "./base.mjs";
import { mangleBytes, mangleLines, pick } from "./mangle.mjs";

/** Spellings that make a compiler or an assembler open a file. */
const openings = (path) => [
  `#include "${path}"`,
  `#include <${path}>`,
  `#define NAME "${path}"\n#include NAME`,
  `#define NAME(x) <x>\n#include NAME(${path})`,
  `#import "${path}"`,
  `#embed "${path}"`,
  `char bait[] = {\n#embed "${path}"\n};`,
  `#define NAME "${path}"\nchar bait[] = {\n#embed NAME\n};`,
  `#if __has_include("${path}")\n#error there\n#endif`,
  `#if __has_embed("${path}")\n#error there\n#endif`,
  `??=include "${path}"`,
  `%:include "${path}"`,
  `#inc\\\nlude "${path}"`,
  `/**/ # /**/ include /**/ "${path}"`,
  `#pragma GCC dependency "${path}"`,
  `_Pragma("GCC dependency \\"${path}\\"")`,
  `#include_next "${path}"`,
  `#pragma clang module import "${path}"`,
  `#pragma comment(lib, "${path}")`,
  `asm(".incbin \\"${path}\\"");`,
  `asm(".inc" "bin \\"${path}\\"");`,
  `asm(".include \\"${path}\\"");`,
  `__asm__(".file 1 \\"${path}\\"");`,
  `#line 1 "${path}"\nint missing = undefined_name;`,
  `# 1 "${path}" 1\nerror here;`,
  `#include "../../../../../../../../../../../..${path}"`,
  `#include "linux/../../../../../../../../..${path}"`,
  `#pragma clang attribute push (__attribute__((annotate("${path}"))), apply_to = any(function))`,
];

const nested = (open, close, n) => `${open.repeat(n)}0${close.repeat(n)}`;

function doubling(n) {
  const steps = Array.from({ length: n }, (_, i) => `#define M${i + 1} M${i} M${i}`);
  return `#define M0 int x;\n${steps.join("\n")}\nM${n}`;
}

/** Texts that ask much of the compiler. */
const demanding = (random) => [
  doubling(10 + random(50)),
  `static char big[${2 ** (20 + random(30))}ull];\nvoid *use(void) { return big; }`,
  `static char full[1u << ${20 + random(12)}] = { [0 ... (1u << ${20 + random(12)}) - 1] = 1 };`,
  `int deep = ${nested("(", ")", 10 ** (2 + random(4)))};`,
  `int sum = ${"1+".repeat(10 ** (2 + random(4)))}0;`,
  `#include __FILE__`,
  `#include "token.c"`,
  `#if ${nested("(", ")", 10 ** (2 + random(4)))}\n#endif`,
  `struct s${"{ struct ".repeat(10 ** (1 + random(3)))}`,
  `${"/*".repeat(10 ** (2 + random(4)))}`,
  `${"a".repeat(10 ** (3 + random(4)))};`,
  `${"#define X\n#undef X\n".repeat(10 ** (2 + random(3)))}`,
  `${"if (".repeat(10 ** (2 + random(3)))}`,
  `int f(int x) { switch (x) { ${Array.from({ length: 10 ** (1 + random(4)) }, (_, i) => `case ${i}: return ${i * 7919};`).join(" ")} } return 0; }`,
  `#error "${"\u001b[2J\u202e".repeat(random(100))}"`,
  `#warning ${"w".repeat(10 ** (2 + random(4)))}`,
  `${"int undefined_thing = nothing_like_it;\n".repeat(10 ** (1 + random(4)))}`,
  `__attribute__((import_module("env"), import_name("x"))) void other(void);\nvoid *use2 = other;`,
  `__attribute__((export_name("kernel_boot"))) int boot2(void) { return 0; }`,
  `__attribute__((constructor)) void early(void) { for (;;) ; }`,
  `asm(".globl kernel_boot");`,
  `asm(".section .custom_section.x,\\"\\",@\\n.rept ${10 ** (2 + random(7))}\\n.int8 1\\n.endr");`,
  `_Thread_local int t; int *use3(void) { return &t; }`,
  `typedef int v __attribute__((vector_size(${2 ** (2 + random(20))}))); v big2;`,
  `int memory_grow(void) { return __builtin_wasm_memory_grow(0, ${random(70_000)}); }`,
];

/** Bodies that do not end, or end badly, when the kernel calls them. */
const bodies = [
  "for (;;) ;",
  "for (;;) { volatile int x = 0; (void)x; }",
  "return bpf_token_create(attr) + bpf_token_create(attr);",
  "*(volatile int *)0 = 1;",
  "*(volatile int *)0xfffffff0u = 1;",
  "__builtin_trap();",
  "{ static char m[1 << 20]; for (int i = 0; i < 1 << 30; i++) __builtin_memset(m, i, sizeof(m)); }",
  "((void (*)(void))1234)();",
  "for (;;) kzalloc(1 << 20, 0);",
  "return (int)0x80000000;",
  "return 1 << 20;",
];

/** Writes a damaged C file. */
export function cFile(random, { folder, bait }) {
  const path = random(3) === 0 ? INODE : TOKEN;
  let text = base[path];
  const paths = [
    bait.secret,
    bait.token,
    "/etc/passwd",
    "/proc/self/environ",
    "/dev/zero",
    bait.missing,
  ];
  const what = [];
  const insert = (piece) => {
    const lines = text.split("\n");
    lines.splice(random(3) === 0 ? random(lines.length) : 0, 0, piece);
    text = lines.join("\n");
    what.push(piece.slice(0, 60).replaceAll("\n", " "));
  };
  if (random(2) === 0) insert(pick(random, openings(pick(random, paths))));
  if (random(3) === 0) insert(pick(random, demanding(random)));
  if (random(3) === 0) {
    const body = pick(random, bodies);
    text = text.replace("return -ENOLINK;", `${body} return -ENOLINK;`);
    what.push(body);
  }
  if (random(2) === 0) text = mangleLines(random, text, 3);
  const bytes = random(5) === 0 ? mangleBytes(random, Buffer.from(text), 6) : Buffer.from(text);
  const place = join(folder, path.split("/").at(-1));
  writeFileSync(place, bytes);
  return { place, what: what.join("; ") };
}
