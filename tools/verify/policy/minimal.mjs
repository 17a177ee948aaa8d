#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, release, tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { flag, readOptions } from "../../lib/options.mjs";
import { root } from "../../lib/run.mjs";
import { debianObjects } from "../oracle/lib/corpus.mjs";
import { fetchLibbpf, readVersions } from "../oracle/lib/libbpf.mjs";
import { run } from "../oracle/lib/run.mjs";
import { choosePrograms } from "./lib/choose.mjs";
import { countRows, isFine, pageLines, tableLines } from "./lib/table.mjs";

const HELP = `usage: npm run tool policy:minimal -- [--libbpf VERSIONS] [--folder DIR] [--write] [--verbose]
                                   [OBJECT...]

Proves that the policies of bpf-token policy are the least. Loads each of Debian's objects with libbpf
in a container with its policy, then once without each bit. The load must fail, or succeed with the
loss that the policy names. Programs that this kernel refuses with every permission are left to the
others of the object, as their tools do. CAP_PERFMON may be assumed, where the instructions do not show
whether the verifier requires it; the table counts how often that is too much. Needs root on Linux 6.9
or newer. Nothing is attached; pins go to a filesystem that ends with the load.

Options:
  --libbpf VERSIONS  1.5, 1.7 or both (default: 1.5,1.7); 1.7 comes from Debian unstable
  --folder DIR       where downloads stay (default: ~/.cache/bpf-token/oracle)
  --write            write docs/policy-minimal.md
  --verbose          also print the objects that this machine cannot load

Exit codes: 0 no exception, and 90 % of the policies are exact; 1 exceptions (each is printed), or the
build failed; 2 usage; 3 not compared (the reason is printed).`;

const config = {
  options: {
    libbpf: { type: "string", default: "1.5,1.7" },
    folder: { type: "string", default: join(homedir(), ".cache/bpf-token/oracle") },
    write: flag,
    verbose: flag,
  },
  allowPositionals: true,
};

/** Compiles the loader with a version of libbpf. */
function compileLoader(folder, { version, usr }) {
  const source = fileURLToPath(new URL("load.c", import.meta.url));
  const out = join(folder, `load-${version}`);
  const library = join(usr, "lib/x86_64-linux-gnu/libbpf.a");
  const options = ["-O2", "-Wall", "-Werror", "-I", join(usr, "include")];
  const libraries = [library, "-l:libelf.so.1", "-l:libz.so.1"];
  run(process.env.CC ?? "cc", [...options, source, "-o", out, ...libraries], folder);
  return out;
}

/**
 * Runs the loader in namespaces with a bpffs, as `bpf-token exec` does.
 *
 * @returns whether it succeeded, and what libbpf printed.
 */
function loads(executor, program, [file, ...omitted], { delegation, capabilities }, packages) {
  const { delegationOptions, parseCapabilities } = packages;
  const options = Object.entries(delegationOptions(delegation)).map(([k, v]) => `${k}=${v}`);
  const caps = `0x${parseCapabilities(capabilities.join(",") || "none").toString(16)}`;
  const command = ["--", program, file, ...omitted];
  const words = ["delegate", "/sys/fs/bpf", caps, "0", ...options, ...command];
  const { status, error, stderr } = spawnSync(executor, words, {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    encoding: "utf8",
    maxBuffer: 1 << 28,
    timeout: 120_000,
  });
  if (error !== undefined) throw new Error(`${file}: ${error.message}`);
  return { loaded: status === 0, printed: stderr };
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
  const choice = choosePrograms(object, (omitted) => load([file, ...omitted], everything));
  if (choice.skipped !== undefined) return choice;
  const { omitted, chosen } = choice;
  const succeeds = (policy) => load([file, ...omitted], policy).loaded;
  const policy = policyOf([{ file, object: chosen }], { loader });
  if (!succeeds(policy)) {
    return { rows: [{ axis: "all", name: "policy", kind: "too small" }], verdict: "lacking" };
  }
  const rows = policy.reasons.map((reason) => {
    return { ...reason, kind: kindOf(reason, succeeds(without(policy, reason))) };
  });
  const verdict = rows.some(({ kind }) => kind === "assumed") ? "assumed" : "exact";
  return { rows, verdict, computed: rows.some(isComputed), omitted: omitted.length };
}

/** What a load without one bit shows about its reason. */
function kindOf({ required, basis }, loaded) {
  if (basis === "assumed") return loaded ? "assumed" : "fails";
  const kind = required ? "fails" : "loses";
  return loaded === !required ? kind : `not ${kind}`;
}

const isComputed = ({ basis, kind }) => basis !== undefined && kind === "fails";

/** Judges all objects with a version of libbpf, and prints the exceptions. */
function judgeAll(files, load, packages, { loader, verbose }) {
  const verdicts = files.map((file) => {
    const verdict = judge(resolve(file), load, packages, loader);
    const wrong = verdict.rows?.filter(
      ({ kind }) => kind.startsWith("not") || kind === "too small",
    );
    for (const { axis, name, kind, without: text } of wrong ?? []) {
      console.log(`${basename(file)}: ${axis} ${name}: ${kind}; the policy says: ${text ?? ""}`);
    }
    if (verbose && verdict.skipped) console.log(`${basename(file)}: ${verdict.skipped}`);
    return verdict;
  });
  for (const [i, { verdict }] of verdicts.entries())
    if (verdict === "assumed")
      console.log(`${basename(files[i])}: CAP_PERFMON is assumed, but not needed`);
  const counts = countRows(verdicts);
  for (const line of tableLines(counts, loader)) console.log(line);
  return { loader, counts };
}

async function main({ versions, values, positionals }) {
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
  const folder = resolve(values.folder);
  mkdirSync(folder, { recursive: true });
  const files = positionals.length > 0 ? positionals : debianObjects(folder);
  const temporary = mkdtempSync(join(tmpdir(), "bpf-token-minimal-"));
  try {
    const programs = [];
    for (const version of versions) {
      programs.push(compileLoader(temporary, await fetchLibbpf(folder, version)));
    }
    const results = versions.map((version, i) => {
      const program = programs[i];
      const load = (words, policy) => loads(native.executor, program, words, policy, packages);
      const options = { loader: `libbpf@${version}`, verbose: values.verbose };
      return judgeAll(files, load, packages, options);
    });
    if (values.write) {
      writeFileSync(`${root}docs/policy-minimal.md`, pageLines(results, release()).join("\n"));
    }
    return results.every(({ counts }) => isFine(counts)) ? 0 : 1;
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

const options = readOptions(HELP, config, (parsed) => {
  if (parsed.values.write && parsed.positionals.length > 0) {
    throw new RangeError("--write is for all objects");
  }
  return { ...parsed, versions: readVersions(parsed.values.libbpf) };
});
try {
  process.exitCode = await main(options);
} catch (cause) {
  console.error(cause.message);
  process.exitCode = 3;
}
