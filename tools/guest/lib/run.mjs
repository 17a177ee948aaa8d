// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { CannotError } from "./errors.mjs";

/** Runs one of Debian's package tools. */
export function run(program, args, cwd, env = process.env) {
  const options = { cwd, env, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 };
  const done = spawnSync(program, args, options);
  if (done.error?.code === "ENOENT") {
    throw new CannotError(`${program} not found: the guests' kernels come from Debian packages`);
  }
  if (done.status !== 0) {
    throw new CannotError(`${program} ${args.join(" ")} failed: ${done.stderr.trim()}`);
  }
  return done;
}
