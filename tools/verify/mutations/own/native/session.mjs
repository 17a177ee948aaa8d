// SPDX-License-Identifier: MIT
// Runs tests with another program in place of the built one, in namespaces that live for many runs.
import { spawn } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../../lib/run.mjs";

const PLACE = join(root, `packages/kernel-native/prebuilds/linux-${process.arch}`);
/** In ms, for what has no other limit. */
const LONGEST = 300_000;

const MOST_STARTS = 3;

/** Whether all requested tests ran: else nothing is known. */
function isComplete({ tests }, results) {
  const passed = new Set(results.map(({ state, name }) => state === "passed" && name));
  return tests?.every((name) => passed.has(name)) ?? results.length > 0;
}

/**
 * Namespaces of their own: a mutant may kill the wrong process or mount at the wrong place. What
 * survives a run ends with them at the latest.
 */
export class Session {
  #folder;
  #program;
  #tests;
  #child;

  constructor(folder, program, tests) {
    [this.#folder, this.#program, this.#tests] = [folder, program, tests];
    mkdirSync(this.#programs, { recursive: true });
    cpSync(PLACE, this.#programs, { recursive: true });
  }

  get #programs() {
    return join(this.#folder, "prebuilds");
  }

  /** Puts a program in place; another one may be running. */
  put(path) {
    const copy = join(this.#programs, "next");
    copyFileSync(path, copy);
    renameSync(copy, join(this.#programs, this.#program));
  }

  /**
   * Runs tests until the first one fails.
   *
   * @param wish - `files` and names of `tests`, default: all; `trace` notes what each one reaches; with
   *   it, or `all`, the tests go on after a failure.
   * @returns what runner.mjs answers, or `hangs`.
   */
  async run(wish) {
    for (let i = 0; i < MOST_STARTS; i++) {
      this.#child ??= await this.#start();
      const answer = await this.#ask(() => this.#child.send(wish), wish.limit);
      if (answer.hangs || answer.spoiled) this.end();
      const full = { failed: [], broken: false, errors: [], results: [], hangs: false, ...answer };
      if (full.hangs || full.failed.length > 0 || isComplete(wish, full.results)) return full;
      // A test that failed before may have left the processes of vitest unfit.
      this.end();
    }
    throw new Error("the tests do not run");
  }

  end() {
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
  }

  #ask(act, limit = LONGEST) {
    const child = this.#child;
    return new Promise((resolve) => {
      const timer = setTimeout(() => done({ hangs: true }), limit);
      const ended = () => done({ hangs: true });
      const done = (answer) => {
        clearTimeout(timer);
        child.off("message", done);
        child.off("exit", ended);
        resolve(answer);
      };
      child.once("message", done);
      child.once("exit", ended);
      act();
    });
  }

  async #start() {
    // Tests that compile the program must not replace it.
    const mount = `mount --bind "$0" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"`;
    const namespaces = ["--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "--ipc"];
    const runner = join(import.meta.dirname, "runner.mjs");
    const words = ["sh", "-c", mount, this.#programs, PLACE, process.execPath, runner];
    this.#child = spawn("unshare", [...namespaces, ...words], {
      cwd: root,
      // A mutant may send a signal to its process group, which namespaces do not limit.
      detached: true,
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      env: {
        ...process.env,
        BPF_TOKEN_MUTATION_TESTS: this.#tests.map((one) => `${one}*`).join(" "),
        BPF_TOKEN_MUTATION_FOLDER: this.#folder,
        BPF_TOKEN_MUTATION_PROGRAM: this.#program,
      },
    });
    const { ready } = await this.#ask(() => {});
    if (!ready) throw new Error("the tests do not start: this takes root");
    return this.#child;
  }
}
