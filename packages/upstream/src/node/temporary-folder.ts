// SPDX-License-Identifier: MIT
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CompilerError } from "../errors.js";
import { beforeExit } from "./lifetime.js";

/**
 * Runs `work` with a new folder and removes the folder, also if a signal ends the process.
 *
 * @throws CompilerError if the folder cannot be created.
 */
export async function withTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = create();
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const forget = beforeExit(remove);
  try {
    return await work(folder);
  } finally {
    forget();
    remove();
  }
}

function create(): string {
  try {
    return realpathSync(mkdtempSync(join(tmpdir(), "bpf-token-upstream-")));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const how = "Fix: set TMPDIR to a folder that you can write";
    throw new CompilerError(`no temporary folder can be created in ${tmpdir()} (${code}). ${how}`, {
      cause,
    });
  }
}
