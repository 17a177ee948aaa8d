// SPDX-License-Identifier: MIT
import type { DelegatedState, DelegateError } from "@bpf-token/kernel-native/delegate";
import { Errno } from "@bpf-token/uapi/names";
import { parseCapabilities } from "../../delegation/capabilities.js";
import { DelegationError } from "../../delegation/error.js";
import { parseDelegation } from "../../delegation/parse.js";
import type { Setup } from "../../explain/setup.js";
import type { Command, Context } from "../command.js";
import { CommandError, type ExitCode, InconclusiveError, UsageError } from "../usage.js";

const USUAL_PLACE = "/sys/fs/bpf";

/** The command cannot be started; the exit codes are those of shells. */
class NotStartedError extends CommandError {
  override readonly name = "NotStartedError" as const;
  override readonly kind = "command";
  override readonly exit: ExitCode;

  constructor(message: string, errno: number) {
    super(message);
    this.exit = errno === Errno.ENOENT ? 127 : 126;
  }
}

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
  const [program, ...rest] = parsed.rest ?? [];
  const stray = parsed.files[0];
  if (parsed.rest === undefined && stray !== undefined) {
    throw new UsageError(`exec: the command goes behind '--': exec … -- ${stray}`);
  }
  if (program === undefined) throw new UsageError("exec: which command? … -- COMMAND");
  if (parsed.files.length > rest.length + 1) {
    throw new UsageError(`exec: '${stray}' before '--' means nothing`);
  }
  const { delegate, caps, at, explain } = parsed.values;
  if (context.json && explain !== true) {
    throw new UsageError("exec: --json goes with --explain; output is the command's own");
  }
  const setup = readSetup(Array.isArray(delegate) ? delegate : [], String(caps ?? "all"));
  const place = String(at ?? USUAL_PLACE);
  // Only what is needed is loaded, to start the command without delay.
  const explaining = explain === true ? await import("../text/exec-text.js") : undefined;
  const onReady = (state: DelegatedState): void =>
    explaining?.printSetup(context, { program, place, setup, state });
  const native = await import("@bpf-token/kernel-native/delegate");
  try {
    return await native.runDelegated({
      command: [program, ...rest],
      ...setup,
      at: place,
      env: environment(context.io.env, place),
      ...(explaining === undefined ? {} : { onReady }),
      ...(context.io.host && { host: context.io.host }),
    });
  } catch (error) {
    if (error instanceof native.DelegateError) return await explainFailure(setup, error);
    if (!(error instanceof native.NativeUnavailableError)) throw error;
    throw new InconclusiveError(`exec cannot run here: ${error.why}`);
  }
}

function readSetup(delegate: readonly string[], caps: string): Setup {
  try {
    return { options: parseDelegation(delegate), capabilities: parseCapabilities(caps) };
  } catch (error) {
    if (!(error instanceof DelegationError)) throw error;
    throw new UsageError(`exec: ${error.message}`);
  }
}

/** Sets `LIBBPF_BPF_TOKEN_PATH` for another place than the usual one, unless the caller set it. */
function environment(
  env: Readonly<Record<string, string | undefined>>,
  place: string,
): Readonly<Record<string, string | undefined>> {
  if (place === USUAL_PLACE || env.LIBBPF_BPF_TOKEN_PATH !== undefined) return env;
  return { ...env, LIBBPF_BPF_TOKEN_PATH: place };
}

async function explainFailure(setup: Setup, error: DelegateError): Promise<never> {
  const { step, errno } = error;
  const { describeSetupFailure } = await import("../../explain/setup-failure.js");
  const problem = `exec: ${describeSetupFailure(error)}`;
  if (step === "exec") throw new NotStartedError(problem, errno);
  if (step === "mount") throw new UsageError(problem);
  const { reasonLines } = await import("../text/exec-text.js");
  const reason = reasonLines(setup, { step, errno });
  throw new InconclusiveError(problem, reason);
}
