// SPDX-License-Identifier: MIT
import type { BpffsMount, Manager } from "@bpf-token/delegation";

/**
 * Version of the JSON form of {@link Facts}.
 *
 * @example
 * ```ts
 * if (report.schema !== FACTS_SCHEMA) throw new Error("a report of another version");
 * ```
 */
export const FACTS_SCHEMA = "bpf-token/facts@1";

/** A BPF filesystem in the mount namespace of the process. */
export interface BpffsFact extends BpffsMount {
  /**
   * Whether the host has the filesystem too. Then the initial user namespace owns it. Undefined if
   * the host's mounts are unknown, as inside a container.
   */
  readonly onHost?: boolean;
}

/** The program that started the container, as far as the cgroup of the process shows. */
export interface ManagerFact {
  readonly kind: Manager;
  /** The name of the unit or container, or its id. */
  readonly name: string;
}

/** The seccomp filters of a process, oldest first. */
export interface SeccompFact {
  readonly arch: "x64" | "arm64";
  /** The instructions of each filter (`struct sock_filter`) in base64. */
  readonly filters: readonly string[];
}

/**
 * What `/proc/PID/exe` shows of a process whose file is named `runsc`, the program of gVisor. A process
 * chooses its name and arguments, but can execute only files that it has.
 */
export interface RunscFact {
  /**
   * Whether the file is on a mount of the host and only root can change it. A container executes files
   * from mounts of its own. False if the reader does not see the host's.
   */
  readonly ofHost: boolean;
  /** Whether the process has another mount namespace than the host, as the sandbox of gVisor has. */
  readonly ownMounts: boolean;
}

/** A fact that could not be read. */
export interface UnknownFact {
  readonly fact: string;
  readonly why: string;
}

/**
 * What decides about the bpf() calls of a process: its credentials, namespaces and mounts, and the
 * settings of the kernel. Plain JSON values, so that one machine can collect them and another one
 * can judge.
 */
export interface Facts {
  readonly schema: typeof FACTS_SCHEMA;
  readonly pid: number;
  /** The name of the program, from `/proc/PID/comm`. */
  readonly program: string;
  /** The running kernel, as `uname -r` prints it. */
  readonly release: string;
  /** Effective user id in the initial user namespace, or as far as the reader sees it. */
  readonly uid: number;
  /** The five capability sets as hexadecimal numbers. They apply in the user namespace of the process. */
  readonly capabilities: {
    readonly effective: string;
    readonly permitted: string;
    readonly inheritable: string;
    readonly bounding: string;
    readonly ambient: string;
  };
  readonly userns: {
    /** The inode number of the namespace. */
    readonly inode: number;
    /** Whether it is the initial user namespace. Its inode number is fixed. */
    readonly initial: boolean;
  };
  /**
   * Whether the process is in the network namespace of the host, which the initial user namespace owns.
   * Undefined if the reader does not see the host's.
   */
  readonly hostNetwork?: boolean;
  readonly bpffs: readonly BpffsFact[];
  /** `kernel.unprivileged_bpf_disabled`. */
  readonly unprivilegedBpfDisabled?: number;
  /** `kernel.perf_event_paranoid`. */
  readonly perfEventParanoid?: number;
  /** Mode of seccomp: 0 none, 1 strict, 2 a filter. */
  readonly seccomp: number;
  /** The filters, if somebody asked for them and could read them. */
  readonly seccompFilters?: SeccompFact;
  readonly noNewPrivileges: boolean;
  /** Active security modules in the kernel's order. */
  readonly lsms?: readonly string[];
  readonly lockdown?: "none" | "integrity" | "confidentiality";
  /** Whether the kernel has BTF of itself. */
  readonly btf?: boolean;
  readonly manager?: ManagerFact;
  /** Only of a process whose file is named `runsc`. */
  readonly runsc?: RunscFact;
  /** The path of an installed OCI hook that a container can take over: docs/advisory-joining.md. */
  readonly oldHook?: string;
  readonly unknown: readonly UnknownFact[];
}

/**
 * A report is not valid. The message names the field.
 *
 * @example
 * ```ts
 * try {
 *   parseFacts("{}");
 * } catch (error) {
 *   if (error instanceof FactsError) console.error(error.message); // schema: expected …
 * }
 * ```
 */
export class FactsError extends Error {
  override readonly name = "FactsError" as const;
}

type Shape = Readonly<Record<string, "string" | "number" | "boolean">>;

const required: Shape = {
  schema: "string",
  pid: "number",
  program: "string",
  release: "string",
  uid: "number",
  seccomp: "number",
  noNewPrivileges: "boolean",
};
/** Fields that may be missing, as long as they have this type otherwise. */
const optional: Shape = {
  hostNetwork: "boolean",
  unprivilegedBpfDisabled: "number",
  perfEventParanoid: "number",
  lockdown: "string",
  btf: "boolean",
  oldHook: "string",
};
const sets = ["effective", "permitted", "inheritable", "bounding", "ambient"] as const;

/**
 * Parses a report that {@link Facts} describes.
 *
 * @throws {@link FactsError} for anything else, with the name of the field.
 * @example
 * ```ts
 * const facts = parseFacts(readFileSync("report.json", "utf8"));
 * ```
 */
export function parseFacts(text: string): Facts {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new FactsError("the report is not JSON");
  }
  return checkFacts(value);
}

/**
 * Checks a value that {@link parseFacts} or the parser of recordings has read.
 *
 * @throws {@link FactsError} if it is not {@link Facts}.
 * @example
 * ```ts
 * const facts = checkFacts(JSON.parse(text));
 * ```
 */
export function checkFacts(value: unknown): Facts {
  const report = objectIn(value, "the report");
  if (report.schema !== FACTS_SCHEMA) {
    throw new FactsError(
      `schema: expected "${FACTS_SCHEMA}", got ${JSON.stringify(report.schema)}`,
    );
  }
  checkShape(report, required);
  const present = Object.entries(optional).filter(([name]) => report[name] !== undefined);
  checkShape(report, Object.fromEntries(present));
  const capabilities = objectIn(report.capabilities, "capabilities");
  for (const set of sets) {
    if (typeof capabilities[set] !== "string" || !/^[0-9a-f]{1,16}$/i.test(capabilities[set])) {
      throw new FactsError(`capabilities.${set}: expected at most 16 hexadecimal digits`);
    }
  }
  const userns = objectIn(report.userns, "userns");
  if (!isOf("number", userns.inode)) throw new FactsError("userns.inode: expected an integer");
  if (typeof userns.initial !== "boolean")
    throw new FactsError("userns.initial: expected a boolean");
  listIn(report.bpffs, "bpffs").forEach((one, i) => {
    const mount = objectIn(one, `bpffs[${i}]`);
    for (const field of ["path", "device", "root"]) {
      if (typeof mount[field] !== "string") {
        throw new FactsError(`bpffs[${i}].${field}: expected a string`);
      }
    }
    checkDelegates(mount.delegates, `bpffs[${i}].delegates`);
  });
  listIn(report.unknown, "unknown").forEach((one, i) => {
    const name = `unknown[${i}]`;
    checkShape(objectIn(one, name), { fact: "string", why: "string" }, `${name}.`);
  });
  if (report.manager !== undefined) {
    const manager = objectIn(report.manager, "manager");
    checkShape(manager, { kind: "string", name: "string" }, "manager.");
  }
  if (report.runsc !== undefined) {
    const runsc = objectIn(report.runsc, "runsc");
    checkShape(runsc, { ofHost: "boolean", ownMounts: "boolean" }, "runsc.");
  }
  if (report.lsms !== undefined) {
    const strings = listIn(report.lsms, "lsms").every((name) => typeof name === "string");
    if (!strings) throw new FactsError("lsms: expected strings");
  }
  if (report.seccompFilters !== undefined) checkFilters(report.seccompFilters);
  return value as Facts;
}

/** Options as mountinfo shows them: the model mounts a filesystem with them. */
function checkDelegates(value: unknown, name: string): void {
  for (const [option, text] of Object.entries(objectIn(value, name))) {
    if (!/^delegate_\w+$/.test(option)) {
      throw new FactsError(`${name}: expected options such as delegate_cmds`);
    }
    if (typeof text !== "string" || !/^[\w:]*$/.test(text)) {
      throw new FactsError(`${name}.${option}: expected a mask`);
    }
  }
}

function checkFilters(value: unknown): void {
  const { arch, filters } = objectIn(value, "seccompFilters");
  if (arch !== "x64" && arch !== "arm64") {
    throw new FactsError("seccompFilters.arch: expected x64 or arm64");
  }
  listIn(filters, "seccompFilters.filters").forEach((one, i) => {
    if (typeof one !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(one) || one.length % 4 !== 0) {
      throw new FactsError(`seccompFilters.filters[${i}]: expected base64`);
    }
  });
}

function checkShape(fields: Readonly<Record<string, unknown>>, shape: Shape, prefix = ""): void {
  for (const [name, type] of Object.entries(shape)) {
    if (!isOf(type, fields[name])) {
      throw new FactsError(
        `${prefix}${name}: expected ${type === "number" ? "an integer" : `a ${type}`}`,
      );
    }
  }
}

/** A number such as 1e999 is infinite, and cannot be written as JSON again. */
function isOf(type: Shape[string], value: unknown): boolean {
  if (type === "number") return Number.isSafeInteger(value);
  return typeof value === type;
}

function objectIn(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new FactsError(`${name}: expected an object`);
  }
  return value as Readonly<Record<string, unknown>>;
}

function listIn(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new FactsError(`${name}: expected a list`);
  return value;
}
