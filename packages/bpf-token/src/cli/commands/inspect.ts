// SPDX-License-Identifier: MIT

import { inspectObject, needsReport } from "../../inspect/report.js";
import { policyLoaders } from "../../policy/loaders.js";
import type { Command } from "../command.js";
import { readInputFile } from "../input/files.js";
import { throwMalformed } from "../input/malformed.js";
import { reportLines } from "../text/inspect-text.js";
import { proseWidth } from "../text/paint.js";
import { Exit, UsageError } from "../usage.js";
import { policyOfObjects } from "./policy/objects.js";
import { dialectOf, dialectWords, printSettings } from "./policy/settings.js";

/** `bpf-token inspect`: prints the contents of an object and the least policy to load it. */
export const inspect: Command = {
  usage: `usage: bpf-token inspect OBJECT [--for DIALECT] [--loader L] [--all] [--json]
                         [--no-prove | --prove]

Reads a compiled BPF object (ELF, 'clang -target bpf') and prints its programs,
maps, CO-RE relocations, the kernel symbols and options that it uses, and the
least delegation with which a loader loads it. The delegation is that of
'bpf-token policy OBJECT', which also says what happens without each bit.

  --for DIALECT      print only the settings, as 'bpf-token policy --for' does:
                     kernel, systemd, lxd, incus, oci, podman, docker, k8s,
                     hook, exec, all
  --loader L         the loader: libbpf (default), or another one of 'bpf-token
                     policy --help'
  --all              also count programs with '?' in SEC(), which are loaded
                     only on request
  --no-prove         only compute whether the verifier requires CAP_PERFMON:
                     makes no bpf() call on this machine
  --prove            prove it, however long that takes
  --verbose, -v      also print the sections
  --json             print the whole report as JSON

exit codes: 0 printed, 1 the object is malformed, 2 usage, or OBJECT cannot be
            read

examples:
  bpf-token inspect program.bpf.o
  bpf-token inspect program.bpf.o --for systemd
  bpf-token inspect program.bpf.o --for kernel --loader cilium
`,
  options: {
    for: { type: "string" },
    loader: { type: "string" },
    all: { type: "boolean" },
    prove: { type: "boolean" },
    "no-prove": { type: "boolean" },
    verbose: { type: "boolean", short: "v" },
  },
  values: { for: dialectWords, loader: Object.keys(policyLoaders) },
  run: async (context) => {
    const { parsed, json, line, paint, out, printJson } = context;
    const { files, values } = parsed;
    const [file] = files;
    if (file === undefined || files.length > 1) {
      throw new UsageError("inspect: needs exactly one OBJECT");
    }
    const dialect = values.for === undefined ? undefined : dialectOf(String(values.for));
    const policy = await policyOfObjects(context, import.meta.url, undefined);
    if (dialect !== undefined) {
      printSettings(context, policy, dialect, undefined);
      return Exit.FINE;
    }
    const report = { ...(await contentsOf(file)), needs: needsReport(policy) };
    if (json) printJson("inspect", report);
    else {
      const lines = reportLines(report, paint, proseWidth(out), values.verbose === true);
      for (const text of lines) line(text);
    }
    return Exit.FINE;
  },
};

async function contentsOf(file: string): Promise<ReturnType<typeof inspectObject>> {
  const bytes = await readInputFile(file);
  try {
    return inspectObject(file, bytes);
  } catch (error) {
    throwMalformed(file, error);
  }
}
