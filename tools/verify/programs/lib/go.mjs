// SPDX-License-Identifier: MIT
// Go programs, compiled from source files without modules: nothing is downloaded.
import { spawnSync } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Whether Go is installed. */
export const hasGo = () => spawnSync("go", ["version"]).error === undefined;

/**
 * Compiles a static program of the folder `go`.
 *
 * @param name - of its source file, without extension.
 * @param target - the file to write.
 * @param {string} [library] - a folder with `usr/share/gocode`; undefined for a program that needs none.
 * @returns what the compiler reports; empty if it succeeded.
 */
export function compileGo(name, target, library) {
  const source = fileURLToPath(new URL(`../go/${name}.go`, import.meta.url));
  const env = {
    ...process.env,
    ...{ GO111MODULE: "off", GOFLAGS: "", GOTOOLCHAIN: "local", CGO_ENABLED: "0" },
    GOCACHE: join(homedir(), ".cache/bpf-token/go"),
    GOPATH: library === undefined ? "" : join(library, "usr/share/gocode"),
  };
  const made = spawnSync("go", ["build", "-o", target, source], { encoding: "utf8", env });
  return made.status === 0 ? "" : made.stderr || String(made.error);
}
