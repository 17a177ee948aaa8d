// SPDX-License-Identifier: MIT
import { Output, type Stream } from "./output.js";
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

let opened = 0;

/** A stream that opens at its first use: opening takes Node milliseconds, and `exec` may write nothing. */
function openLater(name: "stdout" | "stderr", onError: (e: NodeJS.ErrnoException) => void): Stream {
  let stream: NodeJS.WriteStream | undefined;
  const open = (): NodeJS.WriteStream => {
    if (stream === undefined) {
      stream = process[name].on("error", onError);
      opened++;
    }
    return stream;
  };
  return {
    write: (text) => open().write(text),
    get isTTY() {
      return open().isTTY;
    },
    get columns() {
      return open().columns;
    },
  };
}

/** Node found nothing left to wait for, although there is no result. */
function onNothingLeft(): void {
  new Output(process.stderr).line("bpf-token: ended without a result; this is a bug of bpf-token");
}

async function main(): Promise<void> {
  process.exitCode = Exit.CANNOT_TELL;
  process.once("beforeExit", onNothingLeft);
  process.exitCode = await run(process.argv.slice(2), {
    stdout: openLater("stdout", onWriteError),
    stderr: openLater("stderr", () => process.exit(process.exitCode ?? Exit.CANNOT_TELL)),
    env: process.env,
  });
  process.off("beforeExit", onNothingLeft);
  // Nothing is left to write. Otherwise Node would first free its memory, part by part.
  if (opened === 0) process.exit();
}

/** The end of the program. The quick start is a CommonJS module, which cannot await it itself. */
export const ended: Promise<void> = main();
