// SPDX-License-Identifier: MIT
import { type Dialect, dialects, type ParsedDelegation } from "@bpf-token/delegation";
import type { KernelRelease } from "@bpf-token/uapi/names";
import { bpfReleases } from "../../../generated/subject-names.js";
import { policyBadge } from "../../../policy/badge.js";
import { checkPolicy } from "../../../policy/check.js";
import { policyLoaders } from "../../../policy/loaders.js";
import type { Policy } from "../../../policy/policy.js";
import { policyOfCalls } from "../../../policy/recorded.js";
import { policySettings } from "../../../policy/settings.js";
import type { Command, Context } from "../../command.js";
import { writeOutputFile } from "../../input/files.js";
import { readRecordedCalls } from "../../input/recorded.js";
import { readRelease } from "../../input/release.js";
import { readSettings } from "../../input/settings.js";
import { proseWidth } from "../../text/paint.js";
import { checkLines, policyLines } from "../../text/policy-text.js";
import { Exit, type ExitCode, FindingError, UsageError } from "../../usage.js";
import { compareWithNeeds, writeNeeds } from "./baseline.js";
import { policyOfObjects } from "./objects.js";
import { dialectOf, dialectWords, printSettings } from "./settings.js";

/** `bpf-token policy`: prints the least delegation for some objects, with a reason for each bit. */
export const policy: Command = {
  usage: `usage: bpf-token policy OBJECT… [--for DIALECT | --check FILE] [--loader L]
                        [--release R] [--all] [--badge FILE] [--json]
                        [--no-prove | --prove | --verify R | --try]
       bpf-token policy --from TRACE [--for DIALECT | --check FILE]
                        [--release R] [--json]
       bpf-token policy OBJECT… --write-baseline FILE [--loader L]
       bpf-token policy OBJECT… --baseline FILE [--markdown] [--json]

Prints the least delegation with which a loader can load all of the objects
through a token: each bit with its reason and what happens without it, the
capabilities, the versions that it needs, and what it permits on the host.
Whether the verifier requires CAP_PERFMON is computed from the instructions. If
a kernel can prove that within two seconds, it does: as root, the running
kernel, which loads the programs without attaching them, and Linux's own
verifier, if a module was built ('bpf-token verify --help').

With --from, the delegation is for the calls of a program that was recorded: by
bpf-token trace -o TRACE -- COMMAND, or strace -f -v -s 65536 -o TRACE COMMAND.
Refused calls count too. Record as root on the host, where no call is refused.

  --for DIALECT   print only the settings, ready to paste, and notes on standard
                  error. kernel (mount options), systemd (a drop-in), lxd, incus
                  (keys), oci (config.json), podman, docker (a script), k8s (a
                  pod), hook (the hook's allow-list), exec, all
  --from TRACE    a recording of bpf-token trace, or a log of strace ('-':
                  standard input)
  --check FILE    compare with the settings in FILE ('-': standard input): a
                  unit, keys, annotations, mount options or mountinfo; report
                  what is missing and what is superfluous
  --loader L      libbpf (1.4 to 1.7, default), libbpf@1.4, libbpf@1.5,
                  libbpf@1.6, libbpf@1.7, libbpf@head, libxdp, bpftool, tc,
                  cilium, bpf-token. libbpf probes kernel features, which needs
                  more delegation
  --release R     a Linux release; reports what it does not know
  --no-prove      only compute; makes no bpf() call on this machine
  --prove         prove, however long it takes
  --verify R      prove the capabilities on Linux's own verifier, without root:
                  'bpf-token verify --help' says how to build R, ${bpfReleases.join(" or ")}
  --try           ask the running kernel, as root, whether its verifier requires
                  CAP_PERFMON: load the objects without and with it
  --badge FILE    also write a badge to FILE, an SVG for a README: 'loads with a
                  delegation of 8 bits since Linux 6.9'
  --write-baseline FILE
                  write what each object needs, to be kept in a repository
  --baseline FILE report what the objects need beyond FILE, with the program and
                  the line that need it; 1 if there is any
  --markdown      with --baseline: print a comment for a pull request
  --all           also count programs with '?' in SEC(), which are loaded only
                  on request
  --json          print the whole policy as JSON

exit codes: 0 printed, 1 an object or recording is malformed, the release lacks
            a name of the policy, the settings differ, or a need grew, 2 usage,
            or a file cannot be read, 3 no kernel for --verify or --prove

examples:
  bpf-token policy program.bpf.o
  bpf-token policy program.bpf.o --for systemd
  bpf-token policy a.bpf.o b.bpf.o --for incus --loader libbpf@1.5
  bpf-token policy build/*.bpf.o --baseline needs.json
  bpf-token trace -o agent.jsonl -- agent; bpf-token policy --from agent.jsonl
`,
  options: {
    for: { type: "string" },
    from: { type: "string" },
    check: { type: "string" },
    loader: { type: "string" },
    release: { type: "string" },
    all: { type: "boolean" },
    verify: { type: "string" },
    try: { type: "boolean" },
    prove: { type: "boolean" },
    "no-prove": { type: "boolean" },
    baseline: { type: "string" },
    "write-baseline": { type: "string" },
    markdown: { type: "boolean" },
    badge: { type: "string" },
  },
  values: {
    verify: bpfReleases,
    for: dialectWords,
    loader: Object.keys(policyLoaders),
  },
  run: execute,
};

async function execute(context: Context): Promise<ExitCode> {
  const { parsed, json, line, paint, out, printJson } = context;
  const { files, values } = parsed;
  if (typeof values["write-baseline"] === "string") {
    return await writeNeeds(context, values["write-baseline"]);
  }
  if (typeof values.baseline === "string") return await compareWithNeeds(context, values.baseline);
  if (values.markdown === true) throw new UsageError("policy: --markdown needs --baseline");
  const from = values.from === undefined ? undefined : String(values.from);
  if (from !== undefined) refuseWithFrom(context);
  else if (files.length === 0) {
    throw new UsageError("policy: needs at least one OBJECT, or --from TRACE");
  }
  const dialect = values.for === undefined ? undefined : dialectOf(String(values.for));
  const release =
    values.release === undefined ? undefined : readRelease(String(values.release), context);
  const checked = await readChecked(values.check, dialect);
  const found =
    from === undefined
      ? await policyOfObjects(context, import.meta.url, release)
      : await policyOfRecording(from, release);
  if (checked !== undefined) return check(context, found, checked);
  if (values.badge !== undefined) await writeOutputFile(String(values.badge), policyBadge(found));
  const settings = (to: Dialect): readonly string[] => policySettings(found, to, release);
  if (json) {
    const policies = Object.fromEntries(dialects.map((to) => [to, settings(to)]));
    const input = from === undefined ? { files } : { files, from };
    printJson("policy", { ...input, release: release ?? null, ...found, policies });
  } else if (dialect === undefined) {
    const task =
      from === undefined ? `to load ${files.join(", ")}` : `to make the calls in ${from}`;
    const lines = policyLines(task, found, release, paint, proseWidth(out));
    for (const text of [...lines, ...settings("exec").map((one) => `  ${one}`)]) line(text);
  } else {
    printSettings(context, found, dialect, release);
  }
  return found.unknown.length === 0 ? Exit.FINE : Exit.FINDINGS;
}

/** The policy for a recording. */
async function policyOfRecording(
  file: string,
  release: KernelRelease | undefined,
): Promise<Policy> {
  const recorded = await readRecordedCalls(file);
  const policy = policyOfCalls(recorded, release === undefined ? {} : { release });
  if (policy.reasons.length > 0) return policy;
  const shown = file === "-" ? "standard input" : file;
  throw new FindingError(
    `${shown}: no bpf() call that a delegation permits; give a recording of 'bpf-token trace -o' or a log of strace`,
    recorded.calls.length === 0 ? recorded.notes : policy.open,
  );
}

/** A recording has its loader and its programs; options about them would have no effect. */
function refuseWithFrom({ parsed: { files, values } }: Context): void {
  const [other] = ["loader", "all", "badge", "verify", "try", "prove", "no-prove"].filter(
    (name) => values[name] !== undefined,
  );
  if (files.length > 0) throw new UsageError("policy: give OBJECTs or --from, not both");
  if (other !== undefined) throw new UsageError(`policy: --${other} needs an OBJECT, not --from`);
}

type Checked = ParsedDelegation & { readonly file: string };

/** Reads the file of --check before the proof, which takes a second: it may be missing. */
async function readChecked(
  named: unknown,
  dialect: string | undefined,
): Promise<Checked | undefined> {
  if (named === undefined) return undefined;
  if (dialect !== undefined) throw new UsageError("policy: give --for or --check, not both");
  const file = String(named);
  return { file, ...(await readSettings(file)) };
}

function check(context: Context, found: Policy, checked: Checked): ExitCode {
  const { json, line, paint, out, printJson } = context;
  const { file, dialect, delegation, notes } = checked;
  const result = checkPolicy(found, delegation, checked);
  if (json) printJson("policy-check", { file, dialect, ...result, notes });
  else {
    const shown = { ...result, file, dialect, notes };
    for (const text of checkLines(shown, paint, proseWidth(out))) line(text);
  }
  const fine = result.missing.length + result.superfluous.length + notes.length === 0;
  return fine ? Exit.FINE : Exit.FINDINGS;
}
