// SPDX-License-Identifier: MIT

import { policyDialects } from "../../delegation/policies.js";
import { inspectObject } from "../../inspect/report.js";
import type { Command } from "../command.js";
import { readInputFile } from "../input/files.js";
import { throwMalformed } from "../input/malformed.js";
import { reportLines } from "../text/inspect-text.js";
import { proseWidth } from "../text/paint.js";
import { Exit, oneOf, UsageError } from "../usage.js";

/** `bpf-token inspect`: what an object is made of, and the least that loading it needs. */
export const inspect: Command = {
  summary: "tells what a BPF object holds, and the least policy to load it",
  usage: `usage: bpf-token inspect OBJECT [--for DIALECT] [--loader L] [--all] [--json]

Reads a compiled BPF object (ELF, 'clang -target bpf') and tells its programs,
maps, CO-RE relocations, what it wants of the kernel, and the least that has
to be delegated so that it can be loaded through a token. Asks no kernel.

  --for DIALECT      the policy alone, to be pasted: exec, mount, systemd, lxd,
                     incus
  --loader L         whose habits count: plain (the default) probes nothing;
                     libbpf tries the kernel out first, which has to be allowed
  --all              programs too that are loaded only when asked for
  --verbose, -v      sections too
  --json             everything as JSON

exit codes: 0 told, 1 the object is malformed, 2 usage or no such file

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
  run: async ({ parsed: { files, values }, json, line, paint, out, io, printJson }) => {
    const [file] = files;
    if (file === undefined || files.length > 1) {
      throw new UsageError("inspect: give one OBJECT");
    }
    const loader = oneOf("loader", String(values.loader ?? "plain"), ["plain", "libbpf"] as const);
    const dialect =
      values.for === undefined ? undefined : oneOf("dialect", String(values.for), policyDialects);
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
      // Beside the policy, which may be on its way into a file.
      for (const text of report.needs.open) io.stderr.write(`bpf-token: ${text}\n`);
    } else {
      const lines = reportLines(report, paint, proseWidth(out), values.verbose === true);
      for (const text of lines) line(text);
    }
    return Exit.FINE;
  },
};
