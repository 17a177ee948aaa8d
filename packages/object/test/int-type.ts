// SPDX-License-Identifier: MIT
import type { BtfType } from "../src/index.ts";

/** BTF of `int`. */
export const int: BtfType = {
  kind: "INT",
  name: "int",
  size: 4,
  signed: true,
  char: false,
  bool: false,
  bitOffset: 0,
  bits: 32,
};
