// SPDX-License-Identifier: MIT
import type { DelegatedState, DelegateError } from "@bpf-token/kernel-native/delegate";
import { Errno } from "@bpf-token/uapi/names";
import type { Setup } from "../../explain/setup.js";
import type { Command, Context } from "../command.js";
import { chooseSubject } from "../input/kernels.js";
import type { SubjectRun } from "../input/on-subject.js";
import { readSetup } from "../input/setup.js";
import { CommandError, type ExitCode, InconclusiveError, UsageError } from "../usage.js";

const USUAL_PLACE = "/sys/fs/bpf";

/** The command cannot be started. The exit codes are those of a shell. */
class NotStartedError extends CommandError {
  override readonly name = "NotStartedError" as const;
  override readonly kind = "command";
  override readonly exit: ExitCode;

  constructor(message: string, errno: number) {
    super(message);
    this.exit = errno === Errno.ENOENT ? 127 : 126;
  }
}

/** `bpf-token exec`: runs a program in namespaces with a bpffs that delegates. */
export const exec: Command = {
  usage: `usage: bpf-token exec --delegate AXIS=NAME[:NAME…][,AXIS=…] [--caps CAP,…]
                      [--at DIR] [--subject KERNEL] [--lenient] [--explain]
                      -- COMMAND [ARGUMENT…]
       bpf-token exec --subject KERNEL --initial [--lenient] [--explain]
                      -- COMMAND [ARGUMENT…]

Does in one command what a container manager does for BPF tokens: creates a
user and a mount namespace, mounts a BPF filesystem with delegate options at
/sys/fs/bpf, and runs the command there. The command gets the terminal, standard
input and signals; its exit status becomes that of 'exec'. Needs root on Linux
6.9 or newer; with --subject neither root nor a new kernel.

  --delegate …  an AXIS is cmds, maps, progs or attachs. A NAME is that of the
                kernel's mount options, without prefix (map_create), a number
                (a mask) or 'any'. Separate names with ':', axes with ',' or
                ';'; or repeat --delegate
  --caps CAP,…  capabilities of the command in its user namespace:
                bpf,net_admin, 'none' or 'all' (default). A token needs CAP_BPF
  --at DIR      mount there; sets LIBBPF_BPF_TOKEN_PATH to DIR for libbpf
  --subject K   run the program on another kernel: model@7.3 (any release from
                6.9), upstream:NAME, bpf:7.3 or guest:6.12. It answers what the
                program asks about BPF, mounts, capabilities and /sys/fs/bpf;
                all else is this machine
  --initial     with --subject: run the command as root in that kernel's initial
                user namespace, without a container: for programs that create
                the container themselves
  --lenient     with --subject: a call that this kernel does not have returns
                ENOSYS; otherwise it ends the program
  --explain     first print the setup on standard error; with --json, as JSON.
                With --subject: print why calls were refused, at the end

The namespaces are not a sandbox: the command sees the files, network and
processes of the host, and programs loaded with the token run in its kernel.
With --subject as root, capabilities that the command drops stay on this machine
until it changes its user id.

exit codes: that of the command; 128 + N if signal N ended it; 127 the command
            does not exist, 126 it cannot be run; 2 usage, 3 the setup failed

examples:
  bpf-token exec --delegate cmds=map_create:prog_load,maps=array,progs=xdp,\\
attachs=cgroup_inet_ingress -- bpftool prog load x.o /sys/fs/bpf/x
  bpf-token exec --delegate 'cmds=any;maps=any;progs=any;attachs=any' -- bash
  bpf-token exec --delegate cmds=prog_load --caps bpf --explain -- true
  bpf-token exec --subject model@7.3 --delegate cmds=any,maps=any --explain \\
-- bpftool prog load x.o /sys/fs/bpf/x
`,
  options: {
    delegate: { type: "string", multiple: true },
    caps: { type: "string" },
    at: { type: "string" },
    subject: { type: "string" },
    initial: { type: "boolean" },
    lenient: { type: "boolean" },
    explain: { type: "boolean" },
  },
  run: execute,
};

async function execute(context: Context): Promise<ExitCode> {
  const { parsed } = context;
  const [program, ...rest] = parsed.rest ?? [];
  const stray = parsed.files[0];
  if (parsed.rest === undefined && stray !== undefined) {
    throw new UsageError(`exec: put the command after '--': exec … -- ${stray}`);
  }
  if (program === undefined)
    throw new UsageError("exec: the command is missing: exec … -- COMMAND");
  if (parsed.files.length > rest.length + 1) {
    throw new UsageError(`exec: unexpected argument '${stray}' before '--'`);
  }
  const { explain } = parsed.values;
  if (context.json && explain !== true) {
    throw new UsageError(
      "exec: --json needs --explain, because standard output belongs to the command",
    );
  }
  const setup = readContainer(parsed);
  const place = readPlace(parsed);
  const env = environment(context.io.env, place);
  if (parsed.values.subject !== undefined) {
    return await runElsewhere(context, { command: [program, ...rest], setup, place, env });
  }
  if (setup === undefined) throw new UsageError("exec: --initial needs --subject");
  if (parsed.values.lenient === true) throw new UsageError("exec: --lenient needs --subject");
  // Lazy imports keep the start of the command fast.
  const explaining = explain === true ? await import("../text/exec-text.js") : undefined;
  const onReady = (state: DelegatedState): void =>
    explaining?.printSetup(context, { program, place, setup, state });
  const native = await import("@bpf-token/kernel-native/delegate");
  try {
    return await native.runDelegated({
      command: [program, ...rest],
      ...setup,
      at: place,
      env,
      ...(explaining === undefined ? {} : { onReady }),
      ...(context.io.host && { host: context.io.host }),
    });
  } catch (error) {
    if (error instanceof native.DelegateError) return await explainFailure(setup, error);
    if (!(error instanceof native.NativeUnavailableError)) throw error;
    throw new InconclusiveError(`exec is not available: ${error.why}`);
  }
}

/** Runs the command on the kernel of `--subject`. */
async function runElsewhere(
  context: Context,
  run: Pick<SubjectRun, "command" | "setup" | "place" | "env">,
): Promise<ExitCode> {
  const { subject: name, lenient, explain } = context.parsed.values;
  // Both load at the same time.
  const [subject, { runOnSubject }] = await Promise.all([
    chooseSubject(String(name), context),
    import("../input/on-subject.js"),
  ]);
  const flags = { lenient: lenient === true, explain: explain === true };
  return await runOnSubject(context, subject, { ...run, ...flags });
}

/** The container of the command; undefined for the initial namespaces. */
function readContainer({ values }: Context["parsed"]): Setup | undefined {
  const { delegate, caps, at } = values;
  if (values.initial !== true) {
    return readSetup("exec", delegate, caps);
  }
  if ([delegate, caps, at].some((value) => value !== undefined))
    throw new UsageError("exec: --initial has no container for --delegate, --caps and --at");
  return undefined;
}

function readPlace({ values }: Context["parsed"]): string {
  const place = String(values.at ?? USUAL_PLACE);
  if (place.startsWith("/")) return place;
  throw new UsageError(`exec: --at needs an absolute path, and '${place}' is none`);
}

/** Sets `LIBBPF_BPF_TOKEN_PATH` if `--at` names another directory and the caller did not set it. */
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
