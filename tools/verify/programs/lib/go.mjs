// SPDX-License-Identifier: MIT
// Go programs, compiled from source files without modules: nothing is downloaded.
import { spawnSync } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fetchGoLibrary } from "./debian.mjs";

/** Whether Go is installed. */
export const hasGo = () => spawnSync("go", ["version"]).error === undefined;

/**
 * Compiles the program that uses cilium/ebpf, once per machine.
 *
 * @returns its path; undefined if it cannot be compiled, after a message.
 */
export async function compileFeatures() {
  const library = hasGo() ? await fetchGoLibrary() : undefined;
  if (library === undefined) {
    console.log("no Go program. Fix: apt install golang-go");
    return undefined;
  }
  const target = join(library, "features");
  const problem = compileGo("features", target, library);
  if (problem !== "") console.log(`no Go program: ${problem}`);
  return problem === "" ? target : undefined;
}

/** The environment of Go with the source of a library, or none, and without a network. */
export const goEnvironment = (library) => ({
  ...process.env,
  ...{ GO111MODULE: "off", GOFLAGS: "", GOTOOLCHAIN: "local", CGO_ENABLED: "0" },
  GOCACHE: join(homedir(), ".cache/bpf-token/go"),
  GOPATH: library === undefined ? "" : join(library, "usr/share/gocode"),
});

/**
 * Compiles a static program of the folder `go`.
 *
 * @param name - of its source file, without extension.
 * @param target - the file to write.
 * @param {string} [library] - a folder with `usr/share/gocode`; undefined for a program that needs none.
 * @param {string} [machine] - that runs the program, as Go names it; undefined for this machine.
 * @returns what the compiler reports; empty if it succeeded.
 */
export function compileGo(name, target, library, machine) {
  const source = fileURLToPath(new URL(`../go/${name}.go`, import.meta.url));
  const env = { ...goEnvironment(library), ...(machine !== undefined && { GOARCH: machine }) };
  const made = spawnSync("go", ["build", "-o", target, source], { encoding: "utf8", env });
  return made.status === 0 ? "" : made.stderr || String(made.error);
}
