// SPDX-License-Identifier: MIT
/// <reference types="vite/client" />
// Handmade upstream files for tests of the build.

export const TOKEN = "kernel/bpf/token.c";

/** An inode.c without bpffs. */
export { default as noPins } from "./no-pins.c?raw";
/** A token.c that creates no tokens: it has only the functions that the model calls. */
export { default as noTokens } from "./no-tokens.c?raw";

const body = (sign: string, text: string): string =>
  text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => sign + line)
    .join("\n");

/** Returns a patch that creates a file. */
export function making(path: string, text: string): string {
  const count = text.replace(/\n$/, "").split("\n").length;
  return `From: somebody
Subject: [PATCH 1/2] make it

Words before it.
---
diff --git a/${path} b/${path}
new file mode 100644
--- /dev/null
+++ b/${path}
@@ -0,0 +1,${count} @@
${body("+", text)}
-- 
2.47.0
`;
}

/** Returns a patch that changes one line of a file. */
export function changing(path: string, text: string, from: string, to: string): string {
  const lines = text.split("\n");
  const at = lines.indexOf(from);
  return `Subject: [PATCH 2/2] change it
---
diff --git a/${path} b/${path}
--- a/${path}
+++ b/${path}
@@ -${at},3 +${at},3 @@ some_function(void)
 ${lines[at - 1]}
-${from}
+${to}
 ${lines[at + 1]}
-- 
2.47.0
`;
}
