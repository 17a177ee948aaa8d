// SPDX-License-Identifier: MIT
import { fileURLToPath } from "node:url";

// A name of its own: `new URL(…, import.meta.url)` is how bundlers are told of files that a page
// needs, and a page needs none of these.
const here: string = import.meta.url;

/**
 * The path at which a built file of this package lies, whether it was built or not.
 *
 * @internal
 */
export function prebuilt(name: string): string {
  return fileURLToPath(new URL(`../prebuilds/${name}`, here));
}
