// SPDX-License-Identifier: MIT

/**
 * A fixture as an object file; `undefined` where there is no clang.
 *
 * @param name - `NAME.c` in `fixtures`.
 */
export function compileFixture(name: string): Uint8Array | undefined;
