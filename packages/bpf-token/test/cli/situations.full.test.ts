// SPDX-License-Identifier: MIT
// Situations of real users, staged on the running kernel: the answer names the cause and the fix, and the
// call succeeds after the fix. The numbers are those of situations.test.ts in @bpf-token/diagnose, which
// has all of them from logs and bundles.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Diagnosis, Explanation, Finding } from "@bpf-token/diagnose";
import { Capability, type CapabilityName } from "@bpf-token/uapi";
import { afterAll, beforeAll, expect, type TestContext, test } from "vitest";
import { compiled } from "./compiled.ts";
import { describeNative } from "./native.ts";
import { filter } from "./refusing-filter.ts";
import { cli } from "./run-cli.ts";
import { staged } from "./situations/index.ts";
import { type Contained, commandOf, type Places, type Situation } from "./situations/situation.ts";

/** Rounds of "apply what doctor names, run again": later checks can refuse too. */
const ROUNDS = 4;
const env = { PATH: process.env.PATH ?? "" };

type Answer = Pick<Finding, "id" | "cause" | "fix">;

const execute = (run: Contained | readonly string[]) => {
  const [program = "", ...args] = commandOf(run);
  return spawnSync(program, args, { encoding: "utf8", timeout: 60_000 });
};

async function doctor(run: Contained | readonly string[]): Promise<readonly Finding[]> {
  const { code, err } = await cli(["doctor", "--json", "--", ...commandOf(run)], {}, env);
  expect([0, 1, err]).toContain(code);
  const { more = [], ...first } = JSON.parse(err) as Diagnosis & { more?: readonly Diagnosis[] };
  return [first, ...more].flatMap(({ findings }) => findings);
}

/** The findings, most important first. */
async function answers({ by, run }: Situation, at: Places): Promise<readonly Answer[]> {
  const command = run(at);
  if (by === "doctor") return doctor(command);
  const { stdout, stderr } = execute(command);
  if (by === "trace") {
    const { out } = await cli(["trace", "--json", "--from", join(at.folder, "recording")]);
    return (JSON.parse(out) as { findings: readonly Answer[] }).findings;
  }
  const log = join(at.folder, "log");
  writeFileSync(log, `${stdout}${stderr}`);
  const { out } = await cli(["explain", "--json", log]);
  const { candidates, harmless } = JSON.parse(out) as Explanation;
  return [...candidates, ...harmless];
}

/** The container with the masks and capabilities that the fixes of errors name. */
function withNamed({ caps, options, command }: Contained, findings: readonly Finding[]): Contained {
  const named: Record<string, string> = { ...options };
  let held = caps;
  const fixes = findings.filter(({ severity }) => severity === "error").flatMap(({ fix }) => fix);
  for (const text of fixes) {
    for (const [, name = "", mask = ""] of text.matchAll(/(delegate_\w+)=(\S+)/g)) {
      const before = (named[name] ?? "").split(":").filter((word) => word !== "");
      named[name] = [...new Set([...before, ...mask.split(":")])].join(":");
    }
    for (const [, name] of text.matchAll(/CAP_(\w+)/g)) {
      held |= 1n << BigInt(Capability[name as CapabilityName]);
    }
  }
  return { caps: held, options: named, command };
}

/** Applies what doctor names until it finds no error. */
async function applyNamed(run: Contained | readonly string[]): Promise<Contained> {
  if (!("command" in run)) throw new Error("only a container has masks");
  let now = run;
  for (let round = 0; round < ROUNDS; round++) {
    const findings = await doctor(now);
    if (!findings.some(({ severity }) => severity === "error")) break;
    now = withNamed(now, findings);
  }
  return now;
}

const programs = ["cc", "bpftool", "setpriv", "unshare", "nsenter", "strace", "prlimit"];

describeNative("real", programs, () => {
  let folder = "";
  const at = (): Places => ({
    folder,
    program: join(folder, "situation"),
    loader: join(folder, "load"),
  });
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "situations-"));
    const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
    const build = path("../../../../tools/build/native/build.mjs");
    spawnSync(process.execPath, [build, "--quiet", "recorder", process.arch]);
    const words = ["-static", "-O1", "-o", at().program, path("../fixtures/situation.c")];
    const made = spawnSync("cc", words, { encoding: "utf8" });
    expect([made.status, made.stderr]).toEqual([0, ""]);
    writeFileSync(join(folder, "filter"), filter());
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Compiles the loader and the objects that the command names. */
  function provide(context: TestContext, { run }: Situation): void {
    const words = commandOf(run(at()));
    if (words.includes(at().loader)) {
      const source = fileURLToPath(new URL("../fixtures/load.c", import.meta.url));
      const made = spawnSync("cc", ["-o", at().loader, source, "-lbpf"], { encoding: "utf8" });
      if (made.stderr.includes("bpf/libbpf.h")) context.skip("libbpf-dev is not installed");
      expect([made.status, made.stderr]).toEqual([0, ""]);
    }
    for (const [, name = ""] of words.join(" ").matchAll(/\/(\w+)\.bpf\.o/g)) {
      spawnSync("cp", [compiled(context, name), join(folder, `${name}.bpf.o`)]);
    }
  }

  const ofDoctor = staged.filter(({ by }) => by === "doctor");
  for (const situation of ofDoctor) {
    const { number, what, id, inLog = id, run, unless } = situation;
    test(`real: a log of strace of situation ${number}: ${what}`, async (context) => {
      const why = unless?.();
      if (why !== undefined) return context.skip(why);
      provide(context, situation);
      const log = join(folder, "strace.log");
      execute(["strace", "-f", "-v", "-s", "65536", "-o", log, ...commandOf(run(at()))]);
      const { out } = await cli(["explain", "--json", log]);
      const { candidates, harmless } = JSON.parse(out) as Explanation;
      const found = candidates.length === 0 ? harmless : candidates.slice(0, 1);
      expect(found.some((one) => one.id === id || one.id === inLog)).toBe(true);
    });
  }

  for (const situation of staged) {
    const { number, what, id, says, by, run, fixed, unless } = situation;
    test(`real: situation ${number}: ${what}`, async (context) => {
      const why = unless?.();
      if (why !== undefined) return context.skip(why);
      provide(context, situation);
      // The loader attaches nothing, so doctor also names what refuses attaching by netlink.
      const found = await answers(situation, at());
      const [first] = found.filter((one) => one.id !== "doctor.netns");
      expect([first?.id, first?.fix.length]).not.toEqual([id, 0]);
      expect(first?.id).toBe(id);
      expect(`${first?.cause}\n${first?.fix.join("\n")}`).toMatch(says);
      if (fixed === undefined) return;
      if (typeof fixed === "object") {
        const [next] = await doctor(fixed.run(at()));
        expect(next?.id).toBe(fixed.next);
        return;
      }
      const mended = fixed === "named" ? await applyNamed(run(at())) : fixed(at());
      const { status, stderr } = execute(mended);
      expect([status, stderr.replace(/^libbpf: Failed to bump.*\n/m, "")]).toEqual([0, ""]);
      // The other commands do not judge a call that succeeded.
      if (by === "doctor") {
        const errors = (await doctor(mended)).filter(({ severity }) => severity === "error");
        expect(errors).toEqual([]);
      }
    });
  }
});
