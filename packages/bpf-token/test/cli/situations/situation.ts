// SPDX-License-Identifier: MIT
// What a staged situation is, and the containers that it runs in.
import { support } from "../native.ts";

/** A container with a BPF filesystem of its own, and the command that runs in it. */
export interface Contained {
  /** The capabilities, as a mask. */
  readonly caps: bigint;
  /** The options of its BPF filesystem. */
  readonly options: Readonly<Record<string, string>>;
  readonly command: readonly string[];
}

/** Where the compiled programs and objects are. */
export interface Places {
  /** The program of `fixtures/situation.c`. */
  readonly program: string;
  /** The libbpf loader of `fixtures/load.c`. */
  readonly loader: string;
  /** A folder with the compiled objects, the seccomp filter `filter`, and space for files. */
  readonly folder: string;
}

/** A situation of real users, staged on the running kernel. */
export interface Situation {
  readonly number: number;
  readonly what: string;
  /** The id of the first finding. */
  readonly id: string;
  /**
   * The first cause that explain finds in a log of strace, if it is another: strace 6.13 does not print the
   * token fields of each command.
   */
  readonly inLog?: string;
  /** What the first finding must say: in its cause or its fix. */
  readonly says: RegExp;
  /**
   * What reads it: `doctor` runs the command; `explain` reads its output; `trace` reads the recording that
   * the command writes to its last argument.
   */
  readonly by: "doctor" | "explain" | "trace";
  readonly run: (at: Places) => Contained | readonly string[];
  /**
   * The command after the fix; it must succeed. `named`: the container with the masks and
   * capabilities that doctor names. An id: the next check refuses. Undefined: there is no fix here.
   */
  readonly fixed?:
    | "named"
    | ((at: Places) => Contained | readonly string[])
    | { readonly next: string; readonly run: (at: Places) => Contained | readonly string[] };
  /** Why it cannot be staged on this kernel; undefined if it can. */
  readonly unless?: () => string | undefined;
}

export const ALL = (1n << 64n) - 1n;
/** CAP_BPF, CAP_NET_ADMIN and CAP_SYS_ADMIN. */
export const BPF: bigint = 1n << 39n;
export const NET_ADMIN: bigint = 1n << 12n;
export const SYS_ADMIN: bigint = 1n << 21n;

/** The options that delegate everything. */
export const any: Contained["options"] = {
  ...{ delegate_cmds: "any", delegate_maps: "any" },
  ...{ delegate_progs: "any", delegate_attachs: "any" },
};

/** A container with all capabilities. */
export const contained = (
  options: Contained["options"],
  ...command: readonly string[]
): Contained => ({ caps: ALL, options, command });

/** The command line that starts a container: the executor reports failures on file descriptor 3. */
export function commandOf(run: Contained | readonly string[]): readonly string[] {
  if (!("command" in run)) return run;
  const { caps, options, command } = run;
  return [
    ...["sh", "-c", 'exec "$@" 3>/dev/null', "sh", support.executor ?? ""],
    ...["delegate", "/sys/fs/bpf", `0x${caps.toString(16)}`, "0"],
    ...Object.entries(options).map(([name, value]) => `${name}=${value}`),
    ...["--", ...command],
  ];
}

/** Runs a command of the host, where a BPF filesystem is mounted, as at the start of a machine with systemd. */
export function onHost(...command: readonly string[]): readonly string[] {
  const script = 'mount -t bpf bpf /sys/fs/bpf && exec "$@"';
  return ["unshare", "-m", "sh", "-c", script, "sh", ...command];
}
