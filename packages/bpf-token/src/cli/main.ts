// SPDX-License-Identifier: MIT
import { run } from "./program.js";
import { Exit } from "./usage.js";

/** A closed pipe (`bpf-token demo | head`) is no error of ours; a full disk is nobody's secret. */
function onWriteError(e: NodeJS.ErrnoException): void {
  if (e.code === "EPIPE") process.exit(Exit.FINE);
  try {
    process.stderr.write(`bpf-token: cannot write: ${e.code ?? e.message}\n`);
  } finally {
    process.exit(Exit.CANNOT_TELL);
  }
}

process.stdout.on("error", onWriteError);
process.stderr.on("error", () => process.exit(process.exitCode ?? Exit.CANNOT_TELL));
process.exitCode = await run(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
});
