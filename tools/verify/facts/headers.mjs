// SPDX-License-Identifier: MIT
// @ts-check
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { codeOf, fieldsIn, isIn, parseType, structSizeIn } from "../../gen/uapi/facts.mjs";
import { fillTemplate } from "../../lib/template.mjs";

/** @typedef {import("../../gen/uapi/facts.mjs").Facts} Facts */
/** @typedef {{ name: string, want: bigint, since?: string, until?: string }} Named */

/**
 * The kernel's headers, and headers of the C library for constants that the kernel's do not export.
 */
const kernelHeaders = [
  "linux/version.h",
  "linux/bpf.h",
  "linux/bpf_common.h",
  "linux/capability.h",
  "linux/magic.h",
  "linux/mount.h",
  "linux/sched.h",
  "linux/fcntl.h",
  "linux/fs.h",
  "linux/stat.h",
  "linux/resource.h",
  "linux/prctl.h",
  "linux/openat2.h",
  "linux/securebits.h",
  "linux/memfd.h",
  "linux/nsfs.h",
  "linux/perf_event.h",
  "linux/mman.h",
  "linux/xattr.h",
  "linux/errno.h",
  "asm/stat.h",
  "asm/statfs.h",
  "asm/unistd.h",
];
const libraryHeaders = ["sys/mount.h", "sys/socket.h", "sys/eventfd.h"];

/** The comparison is not possible; the message gives the reason. */
export class InconclusiveError extends Error {}

/**
 * Compares facts with the headers in /usr/include, by compiling programs that print them.
 *
 * @param {Facts} facts
 * @param {string} cc - the compiler
 * @returns {{ version: string, wrong: string[] }} the differences, one line each
 * @throws InconclusiveError without a compiler or headers
 */
export function compareWithHeaders(facts, cc) {
  const dir = mkdtempSync(join(tmpdir(), "facts-check-"));
  try {
    const kernel = new Unit(cc, dir, kernelHeaders);
    const library = new Unit(cc, dir, libraryHeaders);
    const version = Number(kernel.values(["LINUX_VERSION_CODE"]).get("LINUX_VERSION_CODE"));
    const [major, minor, patch] = [version >> 16, (version >> 8) & 255, version & 255];
    const code = major * 1000 + minor;
    const wrong = [
      ...names(facts, code, kernel, library),
      ...completeness(facts, code, kernel),
      ...layouts(facts, code, kernel),
    ];
    return { version: `${major}.${minor}.${patch}`, wrong };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** A set of headers that one program includes. */
class Unit {
  /** @param {string} cc @param {string} dir @param {string[]} headers */
  constructor(cc, dir, headers) {
    this.cc = cc;
    this.dir = dir;
    this.includes = headers.map((h) => `#include <${h}>`).join("\n");
    this.text = this.#run([cc, "-E", "-P", "-x", "c", "-"], this.includes);
    const macros = this.#run([cc, "-E", "-dM", "-x", "c", "-"], this.includes);
    /** Every word of the headers, comments gone. */
    this.words = new Set(this.text.match(/[A-Za-z_]\w*/g));
    for (const m of macros.matchAll(/^#define (\w+)/gm))
      this.words.add(/** @type {string} */ (m[1]));
  }

  /** @param {string[]} argv @param {string} [input] - none for programs that read nothing */
  #run(argv, input) {
    const [file = "", ...args] = argv;
    const stdin = input === undefined ? "ignore" : "pipe";
    const run = spawnSync(file, args, {
      ...(input === undefined ? {} : { input: `${input}\n` }),
      stdio: [stdin, "pipe", "pipe"],
      encoding: "utf8",
      maxBuffer: 1 << 26,
    });
    const code = /** @type {NodeJS.ErrnoException | undefined} */ (run.error)?.code;
    if (code === "ENOENT") throw new InconclusiveError(`no C compiler '${file}'`);
    if (run.error !== undefined) throw new InconclusiveError(`${file}: ${run.error.message}`);
    if (run.status !== 0) throw new InconclusiveError(`${file}: ${run.stderr.split("\n")[0]}`);
    return run.stdout;
  }

  /**
   * The values of constant expressions.
   *
   * @param {string[]} expressions
   * @returns {Map<string, bigint>} by expression
   */
  values(expressions) {
    if (expressions.length === 0) return new Map();
    const rows = expressions.map((e) => `\tprintf("%lld\\n", (long long)(${e}));`);
    const source = join(this.dir, "values.c");
    const program = join(this.dir, "values");
    const values = { includes: this.includes, rows: rows.join("\n") };
    writeFileSync(source, `${fillTemplate(new URL("values.c", import.meta.url), values)}\n`);
    this.#run([this.cc, "-w", "-o", program, source]);
    const lines = this.#run([program]).trim().split("\n");
    return new Map(expressions.map((e, i) => [e, BigInt(lines[i] ?? "0")]));
  }
}

/** @param {Facts} facts @returns {Named[]} every constant by its name in C */
function constants(facts) {
  /** @type {(prefix: string) => (m: import("../../gen/uapi/facts.mjs").Member) => Named} */
  const named = (prefix) => (m) => ({
    ...m,
    name: m.c ?? `${prefix}${m.name}`,
    want: BigInt(m.value),
  });
  return [
    ...Object.values(facts.enums).flatMap((e) => e.members.map(named(e.prefix))),
    ...Object.values(facts.flags).flatMap((g) => g.members.map(named(g.prefix))),
    // Kernel-internal constants are in no header.
    ...facts.errno.filter((m) => m.internal !== true).map(named("")),
    ...facts.capabilities.map(named("CAP_")),
    ...facts.constants
      .filter((c) => c.internal !== true)
      .map((c) => ({ name: c.name, want: BigInt(c.value) })),
    ...facts.syscalls.map((s) => ({ name: `__NR_${s.name}`, want: BigInt(s.nr), since: s.since })),
  ];
}

/**
 * @param {Facts} facts
 * @param {number} code
 * @param {Unit} kernel
 * @param {Unit} library
 */
function names(facts, code, kernel, library) {
  const all = constants(facts);
  const wrong = [];
  /** @type {Set<string>} */
  const seen = new Set();
  for (const unit of [kernel, library]) {
    const here = all.filter((c) => !seen.has(c.name) && unit.words.has(c.name));
    const values = unit.values(here.map((c) => c.name));
    for (const c of here) {
      seen.add(c.name);
      const value = BigInt.asUintN(64, values.get(c.name) ?? 0n);
      const want = BigInt.asUintN(64, c.want);
      const short = value === BigInt.asUintN(64, BigInt.asIntN(32, c.want));
      if (value !== want && !short) wrong.push(`${c.name} is ${value}, not ${want}`);
    }
  }
  for (const c of all) {
    if (!seen.has(c.name) && isIn(c, code)) wrong.push(`${c.name}: missing in the headers`);
  }
  return wrong;
}

/**
 * Enumerators in the headers that the facts do not have.
 *
 * @param {Facts} facts
 * @param {number} code
 * @param {Unit} kernel
 */
function completeness(facts, code, kernel) {
  if (code > (facts.releases.at(-1)?.code ?? 0)) return [];
  const wrong = [];
  for (const [key, e] of Object.entries(facts.enums)) {
    const body = new RegExp(`enum ${key}\\s*\\{([^}]*)\\}`).exec(kernel.text)?.[1];
    if (body === undefined) continue;
    const known = new Set(e.members.map((m) => `${e.prefix}${m.name}`));
    for (const part of body.split(",")) {
      const name = /^\s*(\w+)/.exec(part)?.[1];
      if (name === undefined || known.has(name) || name === e.max) continue;
      wrong.push(`enum ${key}: the headers have ${name}, the facts do not`);
    }
  }
  return wrong;
}

/**
 * @param {Facts} facts
 * @param {number} code
 * @param {Unit} kernel
 */
function layouts(facts, code, kernel) {
  /** @type {Map<string, number>} */
  const want = new Map();
  for (const g of Object.values(facts.attr.groups)) {
    if (!isIn(g, code)) continue;
    const prefix = g.member === undefined ? "" : `${g.member}.`;
    for (const f of fieldsIn(g, code)) place(want, "union bpf_attr", `${prefix}${f.name}`, f);
  }
  for (const [key, s] of Object.entries(facts.structs)) {
    if (codeOf(s.since) > code) continue;
    const name = `struct ${s.c ?? key}`;
    want.set(`sizeof(${name})`, structSizeIn(s, code));
    for (const f of fieldsIn(s, code)) if (f.bits === undefined) place(want, name, f.name, f);
  }
  const size = facts.attr.unionSize.findLast((u) => codeOf(u.since) <= code)?.size;
  want.set("sizeof(union bpf_attr)", size ?? 0);
  const values = kernel.values([...want.keys()]);
  return [...want]
    .filter(([e, n]) => values.get(e) !== BigInt(n))
    .map(([e, n]) => `${e} is ${values.get(e)}, not ${n}`);
}

/**
 * @param {Map<string, number>} want
 * @param {string} type
 * @param {string} name
 * @param {import("../../gen/uapi/facts.mjs").FieldFacts} field
 */
function place(want, type, name, field) {
  want.set(`offsetof(${type}, ${name})`, field.offset);
  want.set(`sizeof(((${type} *)0)->${name})`, parseType(field.type)?.size ?? 0);
}
