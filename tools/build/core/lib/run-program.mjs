// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { BuildError } from "./errors.mjs";

/** Runs a program until it exits; resolves to whether its status was 0, and to its output. */
export function runProgram(program, args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    const log = [];
    child.stdout.on("data", (bytes) => log.push(bytes));
    child.stderr.on("data", (bytes) => log.push(bytes));
    child.on("error", (cause) => reject(new BuildError(`${program}: ${cause.message}`)));
    child.on("close", (code) =>
      resolve({ ok: code === 0, log: Buffer.concat(log).toString("utf8") }),
    );
  });
}
