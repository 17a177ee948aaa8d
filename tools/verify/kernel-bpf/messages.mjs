#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { flag, readOptions } from "../../lib/options.mjs";
import { root } from "../../lib/run.mjs";
import { debianObjects } from "../oracle/lib/corpus.mjs";
import { MessageCounts, messagesFile } from "./lib/messages.mjs";
import { verifierTests, withSelftests } from "./lib/selftests.mjs";

const HELP = `usage: npm run tool kernel-bpf:messages -- [--release R] [--tests NAME,…] [--write] [OBJECT...]

Finds the messages of the verifier that a missing CAP_PERFMON causes. Loads the programs of the
kernel's own tests verifier_* and of Debian's objects on the module that 'npm run kernel-bpf' built,
with all capabilities and without CAP_PERFMON. What the verifier says only without the capability is
a matter of permissions, and 'bpf-token explain' knows it. Needs no root, but clang-19 and bpftool.

Options:
  --release R      6.12 or 7.3 (default: 6.12)
  --tests NAME,…   only tests whose name contains one of these words
  --folder DIR     where downloads stay (default: ~/.cache/bpf-token/oracle)
  --write          write packages/diagnose/src/explain/verifier-messages.ts

Exit codes: 0 measured; 1 the build failed; 2 usage; 3 not measured (the reason is printed).`;

const config = {
  options: {
    release: { type: "string", default: "6.12" },
    tests: { type: "string", default: "" },
    folder: { type: "string", default: join(homedir(), ".cache/bpf-token/oracle") },
    write: flag,
  },
  allowPositionals: true,
};

function refine({ values, positionals }) {
  if (!["6.12", "7.3"].includes(values.release))
    throw new RangeError(`unknown release '${values.release}' (known: 6.12, 7.3)`);
  if (values.write && (positionals.length > 0 || values.tests !== ""))
    throw new RangeError("--write needs all objects, so it does not go with a selection");
  return { values, positionals };
}

/** The time for one program. Those that need longer say nothing about messages. */
const LIMIT_MS = 5000;

/** Returns the verdicts on the programs of an object with some capabilities, by name. */
async function verdicts({ verify, worker, kernel }, file, options) {
  const object = new Uint8Array(readFileSync(file));
  const request = { kernel, object, name: basename(file), options };
  const found = new Map();
  for await (const one of verify.verifyInWorker(worker, request)) found.set(one.name, one);
  return found;
}

async function countObject(tools, counts, file) {
  const { parseObject, capabilityMask } = tools;
  const every = (1n << 41n) - 1n;
  const bytes = new Uint8Array(readFileSync(file));
  const names = parseObject(bytes, { name: basename(file) }).programs.map(({ name }) => name);
  const all = await verdicts(tools, file, { programs: names, capabilities: every });
  const programs = names.filter((name) => all.get(name)?.verdict === "accepted");
  // CAP_SYS_ADMIN replaces it.
  const capabilities = every & ~capabilityMask(["SYS_ADMIN", "PERFMON"]);
  const without = await verdicts(tools, file, { programs, capabilities });
  for (const [name, verdict] of all) counts.add(verdict, without.get(name));
  return all.size;
}

async function main({ values, positionals }) {
  if (!buildQuietly()) return 1;
  const { bpfKernelFolder, nodeWorker, readBpfKernel } = await import("@bpf-token/kernel-bpf/node");
  const { LimitedWorker } = await import("@bpf-token/kernel-bpf");
  const { guestsFolder } = await import("@bpf-token/kernel-native");
  const { release } = values;
  const files = readBpfKernel(release);
  const thread = new URL(import.meta.resolve("bpf-token/verify/thread"));
  const worker = new LimitedWorker(nodeWorker(thread), LIMIT_MS);
  const tools = {
    ...(await import("@bpf-token/object")),
    ...(await import("@bpf-token/syscall")),
    verify: await import("bpf-token/verify"),
    ...{ worker, kernel: files },
  };
  const counts = new MessageCounts();
  let programs = 0;
  const countAll = async (paths) => {
    for (const path of paths) {
      try {
        programs += await countObject(tools, counts, path);
      } catch (error) {
        if (error.name !== "ObjectFormatError" && error.name !== "WorkerError") throw error;
        console.error(`not loaded: ${basename(path)}: ${error.message}`);
      }
    }
  };
  try {
    await countAll(positionals.map((one) => resolve(one)));
    if (positionals.length === 0) {
      const btf = join(bpfKernelFolder(), release, "vmlinux.btf");
      const source = { release, guests: guestsFolder(), btf, clang: "clang-19" };
      await withSelftests({ ...source, wanted: verifierTests(values.tests.split(",")) }, countAll);
      if (values.tests === "") await countAll(debianObjects(resolve(values.folder)));
    }
  } finally {
    worker.close();
  }
  const text = messagesFile(counts.rows(), { programs, release: files.release });
  console.log(text);
  if (values.write)
    writeFileSync(`${root}packages/diagnose/src/explain/verifier-messages.ts`, text);
  return 0;
}

const options = readOptions(HELP, config, refine);
try {
  process.exitCode = await main(options);
} catch (error) {
  if (error.name !== "BpfKernelMissingError" && error.name !== "Error") throw error;
  console.error(`not measured: ${error.message}`);
  process.exitCode = 3;
}
