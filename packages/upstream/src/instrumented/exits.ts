// SPDX-License-Identifier: MIT
import type { WasmKernel } from "@bpf-token/kernel-wasm";
import { memoryOf, sequenceAbi } from "@bpf-token/kernel-wasm/sdk";
import type { UpstreamFile } from "../build.js";

/** A line at which a function of an upstream file returned or jumped. */
export interface Exit {
  /** Path in a kernel tree. */
  readonly file: string;
  /** Line number from 1. */
  readonly line: number;
  readonly function: string;
  /**
   * `value`: returns an expression of this line; `variable`: returns a variable that was set
   * earlier; `nothing`: returns no value; `jump`: a goto.
   */
  readonly kind: "value" | "variable" | "nothing" | "jump";
}

const kinds = ["value", "variable", "nothing", "jump"] as const;
const { exit: EXIT, exits: EXITS } = sequenceAbi;

const NOTHING = /\breturn\s*;/;
const VARIABLE = /\breturn\s+(?!(?:true|false|NULL)\b)[A-Za-z_]\w*\s*;/;

/**
 * Flags that redefine `return` and `goto` of a file so that each records its line before it runs.
 */
export function exitFlags({ bytes }: UpstreamFile): readonly string[] {
  const lines = new TextDecoder().decode(bytes).split("\n");
  const isOneOf = (pattern: RegExp): string =>
    ["0", ...lines.flatMap((text, i) => (pattern.test(text) ? [`line == ${i + 1}`] : []))].join(
      " || ",
    );
  const declared = "void exit_note(unsigned, unsigned, const char *, const char *);";
  return [
    "-w",
    `-DEXIT_NOTHING(line)=(${isOneOf(NOTHING)})`,
    `-DEXIT_VARIABLE(line)=(${isOneOf(VARIABLE)})`,
    // Ignore code in headers.
    `-DEXIT_NOTED(kind)=({ ${declared} if (!__INCLUDE_LEVEL__) exit_note(kind, __LINE__, __FILE__, __func__); 0; })`,
    "-DEXIT_KIND(line)=(EXIT_NOTHING(line) ? 2 : EXIT_VARIABLE(line) ? 1 : 0)",
    "-Dreturn=if (EXIT_NOTED(EXIT_KIND(__LINE__))) ; else return",
    "-Dgoto=if (EXIT_NOTED(3)) ; else goto",
  ];
}

const places = new WeakMap<WebAssembly.Module, number>();

/** Addresses are the same in every instance of a module. */
function placeIn(module: WebAssembly.Module): number {
  const known = places.get(module);
  if (known !== undefined) return known;
  const instance = new WebAssembly.Instance(module, { host: { clock: () => 0, lsm_ask: () => 0 } });
  const place = (instance.exports as unknown as { fuzz_exits(): number }).fuzz_exits() >>> 0;
  places.set(module, place);
  return place;
}

/**
 * Returns the exits recorded since the last call, in order, and clears the record.
 *
 * @param kernel - a kernel created from `module`.
 * @param module - a module of `buildExits()`.
 * @example
 * ```ts
 * const module = new WebAssembly.Module(await buildExits(files, { release: "6.12" }));
 * const kernel = createKernel({ module });
 * const where = decidingExit(takeExits(kernel, module)); // { file, line, function, kind }
 * ```
 */
export function takeExits(kernel: WasmKernel, module: WebAssembly.Module): readonly Exit[] {
  const memory = memoryOf(kernel);
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  const at = placeIn(module);
  const count = view.getUint32(at + EXITS.count, true);
  view.setUint32(at + EXITS.count, 0, true);
  return Array.from({ length: count }, (_, i) => {
    const entry = at + EXITS.exit + EXIT.bytes * i;
    const word = (offset: number): number => view.getUint32(entry + offset, true);
    const kind = kinds[word(EXIT.kind)] ?? "value";
    return {
      kind,
      line: word(EXIT.line),
      file: textAt(memory, word(EXIT.file)),
      function: textAt(memory, word(EXIT.function)),
    };
  });
}

function textAt(memory: Uint8Array, at: number): string {
  return new TextDecoder().decode(memory.slice(at, memory.indexOf(0, at)));
}

/**
 * Returns the exit that determined a call's return value, as far as the exits show it.
 *
 * It is the last exit, unless that one only returns an earlier value. In that case it is the first
 * of the jumps that led to it, or the exit of the function that was called before it.
 *
 * @example
 * ```ts
 * const line = decidingExit(takeExits(kernel, module))?.line;
 * ```
 */
export function decidingExit(exits: readonly Exit[]): Exit | undefined {
  const telling = exits.filter(({ kind }) => kind !== "nothing");
  let at = telling.length - 1;
  while (at > 0 && passesOn(telling[at - 1] as Exit, telling[at] as Exit)) at--;
  return telling[at];
}

function passesOn(before: Exit, here: Exit): boolean {
  if (here.kind === "value") return false;
  if (before.function === here.function) return before.kind === "jump";
  return here.kind === "variable" && before.kind !== "jump";
}
