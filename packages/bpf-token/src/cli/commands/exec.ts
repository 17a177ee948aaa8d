// SPDX-License-Identifier: MIT
import type { DelegatedState, DelegateError } from "@bpf-token/kernel-native/delegate";
import { Errno, errnoName } from "@bpf-token/uapi/names";
import type { Command, Context } from "../command.js";
import type { Asked } from "../exec-infer.js";
import { readCapabilities, readDelegation } from "../exec-words.js";
import { CannotTellError, type ExitCode, UsageError } from "../usage.js";

const HELP = "bpf-token exec --help";
const USUAL_PLACE = "/sys/fs/bpf";

/** Exit codes of shells for a program that is not there or cannot be run. */
const NOT_FOUND = 127;
const NOT_RUNNABLE = 126;

/** `bpf-token exec`: runs a program where a BPF FS delegates. */
export const exec: Command = {
  summary: "runs a program in namespaces of its own with a BPF FS that delegates",
  usage: `usage: bpf-token exec --delegate AXIS=NAME[:NAME…][,AXIS=…] [--caps CAP,…]
                      [--at DIR] [--explain] -- COMMAND [ARGUMENT…]

Does what a container manager does for BPF tokens, in one command: makes a user
and a mount namespace, mounts a BPF FS that delegates at /sys/fs/bpf in it, and
runs the command there. Signals, terminal, standard input and exit status are
the command's own. Needs root on Linux 6.9 or newer.

  --delegate …  axes are cmds, maps, progs and attachs; names as in the kernel's
                mount options, without prefix, parted by ':'; masks as numbers;
                'any'. More axes behind ',' or ';', or by another --delegate
  --caps CAP,…  what the command holds in its user namespace: bpf,net_admin,
                'none' or 'all' (default). A token needs CAP_BPF
  --at DIR      where to mount instead; LIBBPF_BPF_TOKEN_PATH tells libbpf
  --explain     first say on standard error what was set up; with --json, as JSON

The namespaces are no sandbox: files, network and processes are the machine's,
and what is loaded by token runs in its kernel.

exit codes: the command's own; 128 + N if signal N ended it; 127 no such command,
126 it cannot be run; 2 usage, 3 cannot tell: it was not started

examples:
  bpf-token exec --delegate cmds=map_create:prog_load,maps=array,progs=xdp,\\
attachs=cgroup_inet_ingress -- bpftool prog load x.o /sys/fs/bpf/x
  bpf-token exec --delegate 'cmds=any;maps=any;progs=any;attachs=any' -- bash
  bpf-token exec --delegate cmds=prog_load --caps bpf --explain -- true
`,
  options: {
    delegate: { type: "string", multiple: true },
    caps: { type: "string" },
    at: { type: "string" },
    explain: { type: "boolean" },
  },
  run: execute,
};

async function execute(context: Context): Promise<ExitCode> {
  const { parsed } = context;
  const [program, ...rest] = parsed.behind ?? [];
  const stray = parsed.files[0];
  if (parsed.behind === undefined && stray !== undefined) {
    throw new UsageError(`exec: the command goes behind '--': exec … -- ${stray}`, HELP);
  }
  if (program === undefined) throw new UsageError("exec: which command? … -- COMMAND", HELP);
  if (parsed.files.length > rest.length + 1) {
    throw new UsageError(`exec: '${stray}' before '--' means nothing`, HELP);
  }
  const { delegate, caps, at, explain } = parsed.values;
  if (context.json && explain !== true) {
    throw new UsageError("exec: --json goes with --explain; output is the command's own", HELP);
  }
  const options = readDelegation(Array.isArray(delegate) ? delegate : []);
  const capabilities = readCapabilities(String(caps ?? "all"));
  const place = String(at ?? USUAL_PLACE);
  const asked = { options, capabilities };
  // Nor more of this program than is needed, nor the whole package: it is to cost but a moment.
  const explaining = explain === true ? await import("../text/exec-text.js") : undefined;
  const onReady = (state: DelegatedState): void =>
    explaining?.tellReady(context, { program, place, asked, state });
  const native = await import("@bpf-token/kernel-native/delegate");
  try {
    return await native.runDelegated({
      command: [program, ...rest],
      options,
      at: place,
      capabilities,
      env: environment(context.io.env, place),
      ...(explaining === undefined ? {} : { onReady }),
      ...(context.io.circumstances && { circumstances: context.io.circumstances }),
    });
  } catch (error) {
    if (error instanceof native.DelegateError) return await explainFailure(context, asked, error);
    if (!(error instanceof native.NativeUnavailableError)) throw error;
    throw new CannotTellError(`exec cannot run here: ${error.why}`);
  }
}

/** Where the BPF FS is not in its usual place, libbpf is told; who told it otherwise is heard. */
function environment(
  env: Readonly<Record<string, string | undefined>>,
  place: string,
): Readonly<Record<string, string | undefined>> {
  if (place === USUAL_PLACE || env.LIBBPF_BPF_TOKEN_PATH !== undefined) return env;
  return { ...env, LIBBPF_BPF_TOKEN_PATH: place };
}

async function explainFailure(
  context: Context,
  asked: Asked,
  error: DelegateError,
): Promise<ExitCode> {
  const { step, errno, subject } = error;
  const name = errnoName(errno) ?? `error ${errno}`;
  if (step === "exec") {
    const missing = errno === Errno.ENOENT;
    const why = missing ? "there is no such program" : `the kernel says ${name}`;
    context.io.stderr.write(`bpf-token: exec: cannot run '${subject}': ${why}\n`);
    return missing ? NOT_FOUND : NOT_RUNNABLE;
  }
  if (step === "mount") throw new UsageError(`exec: ${mountProblem(subject, errno, name)}`, HELP);
  const { linesOf } = await import("../text/exec-text.js");
  const reason = linesOf(asked, { step, errno }).map((line) => `\n  ${line}`);
  throw new CannotTellError(`exec: ${stepProblem(step, errno, name, subject)}${reason.join("")}`);
}

function mountProblem(path: string, errno: number, name: string): string {
  if (errno === Errno.ENOENT) return `cannot mount at '${path}': there is no such directory`;
  if (errno === Errno.ENOTDIR) return `cannot mount at '${path}': it is not a directory`;
  return `cannot mount at '${path}': the kernel says ${name}`;
}

const steps: Readonly<Record<string, string>> = {
  unshare: "making a user and a mount namespace",
  slave: "parting the mounts from those of the machine",
  fsopen: "making a context for a BPF FS",
  ids: "mapping the ids of the user namespace",
  create: "making the BPF FS",
  fsmount: "mounting the BPF FS",
};

function stepProblem(step: string, errno: number, name: string, subject: string): string {
  if (step === "option" && errno === Errno.EINVAL) {
    return `this kernel does not know what '${subject}' names; bpf-token does, from a later release`;
  }
  if (step === "option") return `the kernel refuses '${subject}' with ${name}`;
  if (step === "unshare" && errno === Errno.ENOSPC) {
    return "no user namespace is to be had: see user.max_user_namespaces";
  }
  return `${steps[step] ?? step} is refused by the kernel with ${name}`;
}
