// SPDX-License-Identifier: MIT
// The outcome of each scenario on a real kernel, for `npm run tool fidelity -- --from out-tsc/outcomes`.
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Outcome } from "../src/index.ts";
import { files } from "./files.ts";

const folder = fileURLToPath(new URL("../../../out-tsc/outcomes/", import.meta.url));

/** What the tests of one kernel found; a sample of the scenarios is not kept. */
export class Outcomes {
  readonly #release: string;
  readonly #tried: Record<string, Outcome & { readonly text: string }> = {};

  constructor(release: string) {
    this.#release = release;
  }

  note(file: string, outcome: Outcome): void {
    // The text shows whether the scenario is still the same when the outcomes are read.
    this.#tried[file] = { ...outcome, text: files[file] ?? "" };
  }

  /** @param name - of the kernel, as the tool has it: `native` or `guest:6.12`. */
  write(name: string): void {
    if (Object.keys(this.#tried).length < Object.keys(files).length) return;
    mkdirSync(folder, { recursive: true });
    const text = JSON.stringify({ release: this.#release, tried: this.#tried });
    writeFileSync(`${folder}${name.replace(":", "-")}.json`, text);
  }
}
