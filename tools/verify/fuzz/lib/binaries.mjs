// SPDX-License-Identifier: MIT
// The targets that read bytes.
import { plan } from "@bpf-token/loader";
import * as object from "@bpf-token/object";
import { exercise } from "../../object/lib/exercise.mjs";
import { same, tolerate } from "./oracles.mjs";

const { Btf, encodeBtf, ObjectFormatError, parseBtfExt } = object;
const kernel = Btf.parse(encodeBtf([]));

/** A BPF object: ELF with BTF, maps and programs, up to the plan of its bpf() calls. */
export function elf(data) {
  const wrong = exercise({ ...object, plan }, new Uint8Array(data), kernel);
  if (wrong !== undefined) throw new Error(wrong);
}

/** BTF and its extension. Types are written and read again. */
export function btf(data) {
  const bytes = new Uint8Array(data);
  const found = tolerate([ObjectFormatError], () => Btf.parse(bytes));
  tolerate([ObjectFormatError], () => parseBtfExt(bytes, found ?? kernel));
  if (found === undefined) return;
  const types = tolerate([ObjectFormatError], () => typesOf(found));
  if (types === undefined) return;
  const again = tolerate([ObjectFormatError], () => Btf.parse(encodeBtf(types)));
  if (again !== undefined) same("read again", typesOf(again), types);
}

function typesOf(found) {
  const types = [];
  for (let id = found.firstId; id < found.endId; id++) types.push(found.type(id));
  return types;
}
