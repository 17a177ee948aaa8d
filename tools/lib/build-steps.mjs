// SPDX-License-Identifier: MIT
// build-steps.mjs LABEL SILENT-MS NX-ARGUMENT…: runs Nx and shows how far it is, from SILENT-MS on.
// Prints the output of Nx only if it fails. Exit code: that of Nx.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { Progress } from "./progress.mjs";
import { startNx } from "./run.mjs";

const ANNOUNCED = /Running targets? .* for (?:(\d+) )?projects?\b(?:.*\band (\d+) tasks?)?/;

/**
 * Parses the progress from the output of Nx: which task started, and how many C sources
 * `tools/build/core` has compiled.
 */
export class Steps {
  #total = 0;
  #begun = 0;
  #task = "";

  read(line) {
    const announced = ANNOUNCED.exec(line);
    if (announced) this.#total = Number(announced[1] ?? 1) + Number(announced[2] ?? 0);
    const task = /^> nx run (\S+)/.exec(line);
    if (task) {
      this.#begun++;
      this.#task = task[1].replace("@bpf-token/", "");
    }
    const compiled = /(?:^|^core-c: )compiled (\d+ of \d+ sources for .+)$/.exec(line);
    if (compiled) this.#task = compiled[1];
  }

  /** The progress as text to append to the label of the build. */
  toString() {
    if (this.#begun === 0) return "";
    return `: step ${this.#begun} of ${Math.max(this.#total, this.#begun)}, ${this.#task}`;
  }
}

async function main([label, silentMs, ...args]) {
  const steps = new Steps();
  const progress = new Progress(() => `${label}${steps}`, { silentMs: Number(silentMs) });
  const child = startNx([...args, "--output-style=stream"], { stdio: ["ignore", "pipe", "pipe"] });
  const lines = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on("line", (line) => {
      lines.push(line);
      steps.read(line.trim());
    });
  }
  const status = await new Promise((resolve) => {
    child.on("error", (error) => {
      lines.push(error.message);
      resolve(1);
    });
    child.on("close", (code) => resolve(code ?? 1));
  });
  progress.end();
  if (status !== 0) console.error(lines.join("\n"));
  return status;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  process.exitCode = await main(process.argv.slice(2));
}
