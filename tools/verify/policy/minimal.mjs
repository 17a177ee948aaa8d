#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { flag, readOptions } from "../../lib/options.mjs";
import { root } from "../../lib/run.mjs";
import { debianObjects } from "../oracle/lib/corpus.mjs";
import { countRows, tableLines } from "./lib/table.mjs";

const HELP = `usage: npm run policy:minimal -- [--loader L] [--program FILE] [--folder DIR] [--verbose] [OBJECT...]

Proves that the policies of bpf-token policy are the least. Loads each of Debian's objects with libbpf
in a container with its policy, then once without each bit. The load must fail, or succeed with the
loss that the policy names. Needs root on Linux 6.9 or newer. Nothing is attached; pins go to a
filesystem that ends with the load.

Options:
  --loader L      the rules of the policy (default: libbpf@1.5, which Debian 13 has)
  --program FILE  a program that loads the object in its argument (default: one that is compiled
                  with the installed libbpf)
  --folder DIR    where downloads stay (default: ~/.cache/bpf-token/oracle)
  --verbose       also print the objects that this machine cannot load

Exit codes: 0 no exception; 1 exceptions (each is printed), or the build failed; 2 usage; 3 not
compared (the reason is printed).`;

const config = {
  options: {
    loader: { type: "string", default: "libbpf@1.5" },
    program: { type: "string" },
    folder: { type: "string", default: join(homedir(), ".cache/bpf-token/oracle") },
    verbose: flag,
  },
  allowPositionals: true,
};

const source = `${root}packages/bpf-token/test/fixtures/load.c`;

function compileLoader(folder) {
  const out = join(folder, "load");
  const { status, stderr } = spawnSync(process.env.CC ?? "cc", [source, "-o", out, "-lbpf"], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the loader cannot be compiled: ${stderr}`);
  return out;
}

/** Runs the loader in namespaces with a bpffs, as `bpf-token exec` does. */
function loads(executor, program, file, { delegation, capabilities }, packages) {
  const { delegationOptions, parseCapabilities } = packages;
  const options = Object.entries(delegationOptions(delegation)).map(([k, v]) => `${k}=${v}`);
  const caps = `0x${parseCapabilities(capabilities.join(",") || "none").toString(16)}`;
  const words = ["delegate", "/sys/fs/bpf", caps, "0", ...options, "--", program, file];
  const { status, error } = spawnSync(executor, words, {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
    timeout: 120_000,
  });
  if (error !== undefined) throw new Error(`${file}: ${error.message}`);
  return status === 0;
}

const everything = {
  delegation: { cmds: "any", maps: "any", progs: "any", attachs: "any" },
  capabilities: ["all"],
};

/** The policy without the bit of one reason. */
function without({ delegation, capabilities }, { axis, name }) {
  if (axis === "caps")
    return { delegation, capabilities: capabilities.filter((one) => one !== name) };
  const items = delegation[axis];
  const rest = Array.isArray(items) ? items.filter((one) => one !== name) : [];
  return { delegation: { ...delegation, [axis]: rest }, capabilities };
}

/** The verdict for one object: the rows of its table, or why it has none. */
function judge(file, load, { parseObject, policyOf }, loader) {
  let object;
  try {
    object = parseObject(readFileSync(file), { name: basename(file) });
  } catch (cause) {
    return { skipped: cause.message };
  }
  if (!load(file, everything)) return { skipped: "not loaded with every permission" };
  const policy = policyOf([{ file, object }], { loader });
  // Only the verifier finds some needs of CAP_PERFMON. A note of the policy mentions them.
  const perfmon = { ...policy, capabilities: [...policy.capabilities, "perfmon"] };
  const enough = load(file, policy) ? policy : perfmon;
  if (enough === perfmon && !load(file, perfmon)) {
    return { rows: [{ axis: "all", name: "policy", kind: "too small" }] };
  }
  const rows = policy.reasons.map((reason) => {
    const loaded = load(file, without(enough, reason));
    const kind = reason.required ? "fails" : "loses";
    return { ...reason, kind: loaded === !reason.required ? kind : `not ${kind}` };
  });
  return { rows, verifier: enough === perfmon };
}

async function main({ values, positionals }) {
  if (!buildQuietly()) return 1;
  const { probeNative } = await import("@bpf-token/kernel-native");
  const native = probeNative();
  if (!native.ok) throw new Error(native.why);
  const packages = {
    ...(await import("@bpf-token/delegation")),
    ...(await import("@bpf-token/object")),
    ...(await import("@bpf-token/syscall")),
    ...(await import("bpf-token/policy")),
  };
  const temporary = mkdtempSync(join(tmpdir(), "bpf-token-minimal-"));
  try {
    const program = values.program ? resolve(values.program) : compileLoader(temporary);
    const load = (file, policy) => loads(native.executor, program, file, policy, packages);
    const files = positionals.length > 0 ? positionals : debianObjects(resolve(values.folder));
    const verdicts = files.map((file) => {
      const verdict = judge(resolve(file), load, packages, values.loader);
      const wrong = verdict.rows?.filter(
        ({ kind }) => kind.startsWith("not") || kind === "too small",
      );
      for (const { axis, name, kind, without: text } of wrong ?? []) {
        console.log(`${basename(file)}: ${axis} ${name}: ${kind}; the policy says: ${text ?? ""}`);
      }
      if (values.verbose && verdict.skipped) console.log(`${basename(file)}: ${verdict.skipped}`);
      return verdict;
    });
    const counts = countRows(verdicts);
    for (const line of tableLines(counts, values.loader)) console.log(line);
    return counts.exceptions === 0 ? 0 : 1;
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

const options = readOptions(HELP, config, (parsed) => parsed);
try {
  process.exitCode = await main(options);
} catch (cause) {
  console.error(cause.message);
  process.exitCode = 3;
}
