// SPDX-License-Identifier: MIT

/**
 * A fixture as an object file; `undefined` where there is no clang.
 *
 * @param name - `NAME.c` in `fixtures`.
 */
export function compileFixture(name: string): Uint8Array | undefined;

/** A file of C, which may include `bpf.h` of the fixtures, as an object file; `undefined` where there is no clang. */
export function compileFile(source: string): Uint8Array | undefined;
