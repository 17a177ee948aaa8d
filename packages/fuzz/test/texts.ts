// SPDX-License-Identifier: MIT
/// <reference types="vite/client" />
// The C files that the tests of @bpf-token/upstream compile in place of the kernel's.

const files = import.meta.glob<string>("../../upstream/test/no-*.c", {
  query: "?raw",
  import: "default",
  eager: true,
});

function textOf(name: string): string {
  const text = files[`../../upstream/test/${name}`];
  if (text === undefined) throw new Error(`there is no ${name}`);
  return text;
}

export const TOKEN = "kernel/bpf/token.c";

/** A token.c that creates no token: every function that the kernel around it calls, and no more. */
export const noTokens: string = textOf("no-tokens.c");
/** An inode.c without a BPF filesystem. */
export const noPins: string = textOf("no-pins.c");
