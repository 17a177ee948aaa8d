// SPDX-License-Identifier: MIT
// Runs the steps of a composite action as GitHub's runner does.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

interface Step {
  readonly id: string;
  readonly shell: string;
  readonly run: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What a job sees of an action. */
export interface Outcome {
  readonly status: number | null;
  readonly log: string;
  readonly summary: string;
  readonly outputs: Readonly<Record<string, string>>;
}

/** Replaces expressions; an unknown one is an error, and not empty as on GitHub. */
function filled(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(/\$\{\{\s*([\w.-]+)\s*\}\}/g, (_, name: string) => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`unknown expression '${name}'`);
    return value;
  });
}

/**
 * Runs an action.
 *
 * @param folder - has action.yml.
 * @param given - the inputs.
 * @param cwd - the checked out repository.
 */
export function runAction(folder: string, given: Record<string, string>, cwd: string): Outcome {
  const action = parse(readFileSync(join(folder, "action.yml"), "utf8")) as Action;
  const values = new Map<string, string>();
  for (const [name, input] of Object.entries(action.inputs))
    values.set(`inputs.${name}`, input.default ?? "");
  for (const [name, value] of Object.entries(given)) {
    if (!values.has(`inputs.${name}`)) throw new Error(`the action has no input '${name}'`);
    values.set(`inputs.${name}`, value);
  }
  const work = mkdtempSync(join(tmpdir(), "bpf-token-steps-"));
  const file = (name: string): string => join(work, name);
  const read = (name: string): string => readFileSync(file(name), "utf8");
  for (const name of ["output", "summary"]) writeFileSync(file(name), "");
  let log = "";
  let status: number | null = 0;
  for (const step of action.runs.steps) {
    writeFileSync(file("step.sh"), filled(step.run, values));
    const own = Object.entries(step.env).map(([key, text]) => [key, filled(text, values)]);
    const env = { ...process.env, ...Object.fromEntries(own), GITHUB_ACTION_PATH: folder };
    const files = { GITHUB_OUTPUT: file("output"), GITHUB_STEP_SUMMARY: file("summary") };
    const args = ["--noprofile", "--norc", "-eo", "pipefail", file("step.sh")];
    const run = spawnSync(step.shell, args, { cwd, env: { ...env, ...files }, encoding: "utf8" });
    ({ status } = run);
    log += run.stdout + run.stderr;
    for (const line of read("output").split("\n").filter(Boolean)) {
      const [, name, value = ""] = /^([\w-]+)=(.*)$/.exec(line) ?? [];
      values.set(`steps.${step.id}.outputs.${name}`, value);
    }
    if (status !== 0) break;
  }
  const summary = read("summary");
  rmSync(work, { recursive: true });
  const outputs = Object.entries(action.outputs).map(([name, { value }]) => {
    // A step that stopped before has no output.
    return [name, status === 2 ? "" : filled(value, values)];
  });
  return { status, log, summary, outputs: Object.fromEntries(outputs) };
}
