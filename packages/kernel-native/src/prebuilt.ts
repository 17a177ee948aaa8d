// SPDX-License-Identifier: MIT
import { fileURLToPath } from "node:url";

// Do not write `new URL(…, import.meta.url)` inline: bundlers would copy the files, which no
// browser page needs.
const here: string = import.meta.url;

/**
 * Returns the path of a built file of this package, whether it is built or not.
 *
 * @internal
 */
export function prebuilt(name: string): string {
  return fileURLToPath(new URL(`../prebuilds/${name}`, here));
}
