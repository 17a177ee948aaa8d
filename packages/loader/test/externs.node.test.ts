// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { plan } from "../src/index.ts";
import { fixture } from "./compile.ts";

const kallsyms = [
  "0000000000000000 A fixed_percpu_data",
  "ffffffff81000000 T _text",
  "ffffffff81000010 d not_this_symbol_of_kernel",
  "ffffffff81000020 D symbol_of_kernel",
  "ffffffff81000030 D symbol_of_kernel",
  "ffffffffc0000040 d symbol_of_module\t[module]",
  "",
].join("\n");

/** Returns the addresses in a program's instructions: both halves of each 64-bit load. */
function addresses(object: Uint8Array, text: string): string[] {
  const { calls, failure } = plan(object, { kallsyms: text });
  if (failure !== undefined) throw failure;
  const insns = calls.find(({ cmd }) => cmd === "PROG_LOAD")?.attr.insns as Uint8Array;
  const view = new DataView(insns.buffer, insns.byteOffset, insns.length);
  const found: string[] = [];
  for (let at = 0; at + 16 <= insns.length; at += 8) {
    if (insns[at] !== 0x18) continue;
    const low = BigInt(view.getUint32(at + 4, true));
    found.push(((BigInt(view.getUint32(at + 12, true)) << 32n) | low).toString(16));
    at += 8;
  }
  return found.sort();
}

test("finds addresses of symbols, including those in modules; takes the first of a name", (context) => {
  const object = fixture(context, "symbols");
  expect(addresses(object, kallsyms)).toEqual(["0", "ffffffff81000020", "ffffffffc0000040"]);
});

test("an error names a missing symbol", (context) => {
  const object = fixture(context, "symbols");
  const less = kallsyms.replaceAll(" symbol_of_kernel", " another");
  expect(() => addresses(object, less)).toThrow(
    "extern symbol_of_kernel: no such symbol in /proc/kallsyms",
  );
});
