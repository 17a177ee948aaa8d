// SPDX-License-Identifier: MIT

import { policyDialects } from "../../delegation/policies.js";
import { inspectObject } from "../../inspect/report.js";
import type { Command } from "../command.js";
import { readInputFile } from "../input/files.js";
import { throwMalformed } from "../input/malformed.js";
import { reportLines } from "../text/inspect-text.js";
import { proseWidth } from "../text/paint.js";
import { Exit, oneOf, UsageError } from "../usage.js";

const loaders = ["plain", "libbpf"] as const;

/** `bpf-token inspect`: prints the contents of an object and the least policy to load it. */
export const inspect: Command = {
  summary: "prints what a BPF object holds, and the least policy to load it",
  usage: `usage: bpf-token inspect OBJECT [--for DIALECT] [--loader L] [--all] [--json]

Reads a compiled BPF object (ELF, 'clang -target bpf') and prints its programs,
maps, CO-RE relocations, the kernel symbols and options that it uses, and the
least delegation that allows a token to load it. Makes no bpf() call.

  --for DIALECT      print only the policy, ready to paste: exec, mount,
                     systemd, lxd, incus
  --loader L         the loader: plain (default) makes no probing calls; libbpf
                     probes kernel features first, which needs more delegation
  --all              also count programs with '?' in SEC(), which are loaded
                     only on request
  --verbose, -v      also print the sections
  --json             print the whole report as JSON

exit codes: 0 printed, 1 the object is malformed, 2 usage, or OBJECT cannot be
            read

examples:
  bpf-token inspect program.bpf.o
  bpf-token inspect program.bpf.o --for systemd
  bpf-token inspect program.bpf.o --for mount --loader libbpf
`,
  options: {
    for: { type: "string" },
    loader: { type: "string" },
    all: { type: "boolean" },
    verbose: { type: "boolean", short: "v" },
  },
  values: { for: policyDialects, loader: loaders },
  run: async ({ parsed: { files, values }, json, line, paint, out, io, printJson }) => {
    const [file] = files;
    if (file === undefined || files.length > 1) {
      throw new UsageError("inspect: needs exactly one OBJECT");
    }
    const loader = oneOf("loader", String(values.loader ?? "plain"), loaders);
    const dialect = values.for === undefined ? undefined : dialectOf(String(values.for));
    const bytes = await readInputFile(file);
    let report: ReturnType<typeof inspectObject>;
    try {
      report = inspectObject(file, bytes, { loader, all: values.all === true });
    } catch (error) {
      throwMalformed(file, error);
    }
    if (json) printJson("inspect", report);
    else if (dialect !== undefined) {
      for (const text of report.needs.policies[dialect]) line(text);
      // Standard output may be redirected to a file and holds only the policy.
      for (const text of report.needs.open) io.stderr.line(`bpf-token: ${text}`);
    } else {
      const lines = reportLines(report, paint, proseWidth(out), values.verbose === true);
      for (const text of lines) line(text);
    }
    return Exit.FINE;
  },
};

/** Container managers that have no settings for a delegation. */
const without = new Set(["docker", "podman", "kubernetes", "k8s", "oci"]);

function dialectOf(name: string): (typeof policyDialects)[number] {
  if (without.has(name)) {
    throw new UsageError(
      `inspect has no settings for '${name}'; run 'bpf-token policy OBJECT --for ${name}'`,
    );
  }
  return oneOf("dialect", name, policyDialects);
}
