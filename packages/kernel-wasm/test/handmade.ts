// SPDX-License-Identifier: GPL-2.0-only
// Handmade modules with the shape of a kernel but no behaviour, assembled byte by byte.
import { checkTableHash } from "@bpf-token/uapi";

/** Addresses of the structures in a handmade kernel. */
export const layout = { block: 1024, log: 2048, memory: 4096 } as const;

type Code = readonly number[];

interface Entry {
  readonly parameters: number;
  readonly results: 0 | 1;
  readonly code: Code;
}

const constant = (value: number): Code => [0x41, ...signed(value)];
/** Code that traps. */
export const trap: Code = [0x00];
/** Code that returns a number. */
export const answer = (value: number): Code => constant(value);

const entry = (parameters: number, results: 0 | 1 = 1, code: Code = constant(0)): Entry => ({
  parameters,
  results,
  code: results === 0 ? [] : code,
});

const shape: Readonly<Record<string, Entry>> = {
  kernel_abi_version: entry(0, 1, constant(1)),
  kernel_checks: entry(0, 1, constant(checkTableHash | 0)),
  kernel_boot: entry(4),
  kernel_brk: entry(0, 1, constant(8192)),
  kernel_settle: entry(0),
  kernel_live: entry(1),
  kernel_call_block: entry(0, 1, constant(layout.block)),
  kernel_syscall: entry(1),
  kernel_user_alloc: entry(1, 1, constant(layout.memory)),
  kernel_user_reset: entry(0, 0),
  kernel_refusals: entry(0, 1, constant(layout.log)),
  kernel_fork: entry(1, 1, constant(2)),
  kernel_exec: entry(1),
  kernel_exit: entry(2, 0),
  kernel_wait: entry(2),
  kernel_send_fd: entry(3),
  kernel_open_ns: entry(3),
  kernel_fd_next: entry(2, 1, constant(-1)),
  kernel_sysctl_read: entry(1),
  kernel_sysctl_write: entry(3),
  kernel_lsm_answer: entry(2, 0),
  kernel_lsm_asked: entry(1, 0),
  kernel_fail_nth: entry(2),
};

/** Options of a handmade kernel. */
export interface Oddities {
  /** Exports to omit; `memory` is one of them. */
  readonly without?: readonly string[];
  /** Code of some functions, in place of the default. */
  readonly code?: Readonly<Record<string, Code>>;
  /** A function to import from module `env`. */
  readonly imports?: string;
  /** Exports memory under the name of this function. */
  readonly memoryAs?: string;
}

/** Compiles a handmade kernel. */
export function handmade(odd: Oddities = {}): WebAssembly.Module {
  const names = Object.keys(shape).filter((name) => !odd.without?.includes(name));
  const entries = names.map((name) => {
    const { code, ...rest } = shape[name] as Entry;
    return { name, ...rest, code: odd.code?.[name] ?? code };
  });
  const imported = odd.imports === undefined ? 0 : 1;
  const types = entries.map(({ parameters, results }) => [
    0x60,
    ...vector(Array(parameters).fill([0x7f])),
    ...vector(Array(results).fill([0x7f])),
  ]);
  const exports = entries.map(({ name }, i) =>
    name === odd.memoryAs ? [...text(name), 2, 0] : [...text(name), 0, ...unsigned(i + imported)],
  );
  if (!odd.without?.includes("memory")) exports.push([...text("memory"), 2, 0]);
  const bodies = entries.map(({ code }) => {
    const body = [0, ...code, 0x0b];
    return [...unsigned(body.length), ...body];
  });
  const imports = imported ? [[...text("env"), ...text(odd.imports ?? ""), 0, 0]] : [];
  return new WebAssembly.Module(
    Uint8Array.from([
      ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...section(1, vector(types)),
      ...section(2, vector(imports)),
      ...section(3, vector(entries.map((_, i) => unsigned(i)))),
      ...section(5, [1, 1, 4, ...unsigned(1024)]),
      ...section(7, vector(exports)),
      ...section(10, vector(bodies)),
    ]),
  );
}

function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): Code {
  const low = value & 0x7f;
  const rest = value >> 7;
  const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
  return done ? [low] : [low | 0x80, ...signed(rest)];
}

function vector(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()];
}

function text(name: string): Code {
  const bytes = new TextEncoder().encode(name);
  return [...unsigned(bytes.length), ...bytes];
}

function section(id: number, content: Code): Code {
  return [id, ...unsigned(content.length), ...content];
}
