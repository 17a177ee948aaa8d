// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** The smallest repository that the tool accepts: two sources, two headers, two exports. */
export const tiny: Readonly<Record<string, string>> = {
  "core-c/arch/wasm/exports.txt": "memory memory\nseven_times (i32) -> i32\n",
  "core-c/include/linux/one.h": "#define ONE 1\n",
  "core-c/include/linux/seven.h": "int seven(void);\n",
  "core-c/init/main.c":
    "#include <linux/seven.h>\nint seven_times(int x);\nint seven_times(int x) { return x * seven(); }\n",
  "core-c/lib/seven.c":
    '#include "linux/one.h"\n#include <linux/seven.h>\nint seven(void) { return 6 + ONE; }\n',
};

/** Writes files into a temporary folder, which is deleted after the test. */
export function makeTop(files: Readonly<Record<string, string>> = tiny): string {
  const top = mkdtempSync(join(tmpdir(), "bpf-token-top-"));
  onTestFinished(() => rmSync(top, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(top, path)), { recursive: true });
    writeFileSync(join(top, path), text);
  }
  return top;
}
