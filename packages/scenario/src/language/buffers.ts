// SPDX-License-Identifier: MIT
import type { StructName } from "@bpf-token/uapi";
import type { Value } from "./model.js";

/** The structures that a buffer can have. */
export const structNames: readonly StructName[] = [
  "bpf_token_info",
  "bpf_common_attr",
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

/** Returns whether a word is the name of a structure. */
export function isStructName(word: unknown): word is StructName {
  return structNames.some((name) => name === word);
}

/** The forms of a buffer: the key that selects the form, and the further keys that it allows. */
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

/** Fields of attributes that have the name of a form. In an attribute they are fields. */
const alsoFields: readonly string[] = ["insns", "btf"];

/** Returns whether a key selects a form of a buffer. */
export function isBufferKey(key: string): boolean {
  return Object.hasOwn(forms, key) && !alsoFields.includes(key);
}

/** Returns whether a value is a buffer rather than fields. */
export function looksLikeBufferValue(value: Value | undefined): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.keys(value).some(isBufferKey);
}
