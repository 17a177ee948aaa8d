// SPDX-License-Identifier: MIT
// @ts-check
import { readFileSync } from "node:fs";
import { layouts } from "./emit-abi.mjs";

const SOURCE = new URL("../../../core-c/arch/wasm/abi.json", import.meta.url);

/**
 * The structs of the module's interface, for tools that read its memory: `bytes`, the offset of
 * each field, and `FIELD_length` for an array.
 *
 * @returns {Readonly<Record<string, Readonly<Record<string, number>>>>}
 */
export function offsets() {
  const abi = JSON.parse(readFileSync(SOURCE, "utf8"));
  return Object.fromEntries(
    [...layouts(abi), ...layouts(abi.sequences)].map(({ name, size, placed }) => [
      name,
      Object.fromEntries([
        ["bytes", size],
        ...placed.map(({ field, at }) => [field, at]),
        ...placed.flatMap(({ field, count }) => (count ? [[`${field}_length`, count]] : [])),
      ]),
    ]),
  );
}
