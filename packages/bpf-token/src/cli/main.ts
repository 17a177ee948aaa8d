// SPDX-License-Identifier: MIT
import { Output } from "./output.js";
import { run } from "./program.js";
import { Exit } from "./usage.js";

/** Ignores a closed pipe (`bpf-token demo | head`); reports other errors, such as a full disk. */
function onWriteError(e: NodeJS.ErrnoException): void {
  if (e.code === "EPIPE") process.exit(Exit.FINE);
  try {
    new Output(process.stderr).line(`bpf-token: cannot write: ${e.code ?? e.message}`);
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
