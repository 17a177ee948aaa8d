// SPDX-License-Identifier: MIT
/// <reference types="vite/client" />
// The C files that the tests of @bpf-token/upstream compile in place of upstream source.

const files = import.meta.glob<string>("../../upstream/test/no-*.c", {
  query: "?raw",
  import: "default",
  eager: true,
});

function textOf(name: string): string {
  const text = files[`../../upstream/test/${name}`];
  if (text === undefined) throw new Error(`${name} does not exist`);
  return text;
}

export const TOKEN = "kernel/bpf/token.c";

/** A token.c that creates no token. It has only the functions that the model calls. */
export const noTokens: string = textOf("no-tokens.c");
/** An inode.c without a bpffs implementation. */
export const noPins: string = textOf("no-pins.c");
