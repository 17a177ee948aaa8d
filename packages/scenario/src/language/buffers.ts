// SPDX-License-Identifier: MIT
import type { StructName } from "@bpf-token/uapi";
import type { Value } from "./model.js";

/** The structures that a buffer can be. */
export const structNames: readonly StructName[] = [
  "bpf_token_info",
  "bpf_map_info",
  "bpf_prog_info",
  "bpf_btf_info",
  "stat",
  "statfs",
  "open_how",
  "rlimit64",
  "cap_header",
  "cap_data",
  "bpf_insn",
];

/** Whether a word is the name of a structure. */
export function isStructName(word: unknown): word is StructName {
  return structNames.some((name) => name === word);
}

/** The key that says what a buffer is made of; the others belong to it. */
export const forms: Readonly<Record<string, readonly string[]>> = {
  zero: [],
  hex: ["at"],
  bytes: [],
  u32: [],
  u64: [],
  text: [],
  repeat: ["times"],
  struct: ["fields"],
  insns: [],
  program: [],
  btf: [],
};

/** Fields of attributes that have the name of a form: there they are fields. */
const alsoFields: readonly string[] = ["insns", "btf"];

/** Whether a key of a mapping makes it a buffer. */
export function isBufferKey(key: string): boolean {
  return Object.hasOwn(forms, key) && !alsoFields.includes(key);
}

/** Whether a value is written like a buffer and not like fields. */
export function looksLikeBufferValue(value: Value | undefined): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.keys(value).some(isBufferKey);
}
