#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// build-quietly.mjs [PROJECT]: builds one project, or all, out of Nx's cache where nothing changed.
// Says nothing unless the build fails; then all of it is shown, and its exit code handed on.
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { nx, root } from "./run.mjs";

/** Builds; answers false, with the build's own output printed, where that failed. */
export function buildQuietly(project) {
  if (!existsSync(`${root}packages/bpf-token/dist/cli/main.js`)) {
    console.error("building (the first time takes a moment)");
  }
  const args = project ? ["run", `${project}:build`] : ["run-many", "-t", "build"];
  const build = nx([...args, "--output-style=static"], { encoding: "utf8" });
  if (build.status === 0) return true;
  console.error(`${build.stdout ?? ""}${build.stderr ?? ""}${build.error?.message ?? ""}`);
  return false;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  process.exitCode = buildQuietly(process.argv[2]) ? 0 : 1;
}
