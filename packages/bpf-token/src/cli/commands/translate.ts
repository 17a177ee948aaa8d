// SPDX-License-Identifier: MIT
import { DelegationError, dialects, formatDelegation, lintDelegation } from "@bpf-token/delegation";
import { wrap } from "../../text/wrap.js";
import type { Command, Context } from "../command.js";
import { readRelease } from "../input/release.js";
import { readSettings } from "../input/settings.js";
import { proseWidth } from "../text/paint.js";
import { Exit, type ExitCode, FindingError, oneOf, UsageError } from "../usage.js";

/** `bpf-token translate`: converts a delegation between the settings of programs. */
export const translate: Command = {
  usage: `usage: bpf-token translate [FILE] --to DIALECT [--from DIALECT]
                           [--release R] [--caps CAP,…] [--json]

Reads a delegation from FILE, or from standard input without FILE or with '-',
and prints it as settings of another program. Reports on standard error what has
no effect, or another effect than it seems: commands that use no token, commas
in mount options, names that a release lacks, a missing user namespace.

A DIALECT is kernel (mount options, mountinfo), systemd, lxd, incus, oci,
podman, docker, k8s, hook (the allow-list of bpf-token-hook) or exec.

  --to DIALECT    what to print
  --from DIALECT  what FILE is; default: detected
  --release R     a Linux release: its names are used and checked
  --caps CAP,…    capabilities of the container; default: those that FILE names,
                  else bpf
  --json          print the delegation and the findings as JSON

exit codes: 0 printed, 1 printed with findings, or the text is no delegation,
            2 usage, or FILE cannot be read

examples:
  bpf-token translate app.service --to incus
  grep ' - bpf ' /proc/self/mountinfo | bpf-token translate --to systemd
  bpf-token translate config.yaml --to kernel --release 6.12
`,
  options: {
    to: { type: "string" },
    from: { type: "string" },
    release: { type: "string" },
    caps: { type: "string" },
  },
  values: { to: dialects, from: dialects },
  run: execute,
};

async function execute(context: Context): Promise<ExitCode> {
  const { parsed, json, line, io, printJson } = context;
  const { files, values } = parsed;
  if (files.length > 1) throw new UsageError("translate: give one FILE, or none");
  if (values.to === undefined) {
    throw new UsageError(`translate: --to is missing; one of ${dialects.join(", ")}`);
  }
  const to = oneOf("dialect", String(values.to), dialects);
  const from =
    values.from === undefined ? undefined : oneOf("dialect", String(values.from), dialects);
  const release =
    values.release === undefined ? undefined : readRelease(String(values.release), context);
  const [file = "-"] = files;
  const { dialect, delegation, notes, capabilities: named = [] } = await readSettings(file, from);
  const findings = [...notes, ...lintDelegation(delegation, release)];
  const given = values.caps === undefined ? named : String(values.caps).split(",");
  const capabilities = given.length === 0 ? ["bpf"] : given;
  let settings: readonly string[];
  try {
    const options = { capabilities, ...(release === undefined ? {} : { release }) };
    settings = formatDelegation(delegation, to, options);
  } catch (error) {
    if (!(error instanceof DelegationError)) throw error;
    throw new FindingError(`translate: ${error.message}`);
  }
  if (json) printJson("translate", { from: dialect, to, delegation, settings, findings });
  else {
    for (const one of settings) line(one);
    for (const finding of findings) {
      const [first = "", ...rest] = wrap(finding, proseWidth(io.stderr) - 13);
      io.stderr.line(`bpf-token: ${first}`);
      for (const more of rest) io.stderr.line(`           ${more}`);
    }
  }
  return findings.length === 0 ? Exit.FINE : Exit.FINDINGS;
}
