// SPDX-License-Identifier: MIT
import type { KernelRelease } from "@bpf-token/uapi/names";
import type { BpffsFact, Facts } from "../facts.js";
import { kindOf, MOST_KINDS } from "./alike.js";
import { suffices } from "./capabilities.js";
import type { Diagnosis, Finding } from "./finding.js";
import { placeText } from "./mount-text.js";
import { seccompFix } from "./seccomp.js";
import { askForToken } from "./stage.js";

/** What the running kernel answered when something was really tried. */
export interface TrialAnswer {
  /** The BPF filesystem; undefined for a load without a token. */
  readonly path?: string;
  /** The object that was loaded; undefined if only a token was created. */
  readonly file?: string;
  /** Whether this is no load but a call with a closed file descriptor, which needs no permission. */
  readonly closed?: true;
  /** `ok`, or the name of the errno. */
  readonly answer: string;
  /** Why an object was not loaded. */
  readonly reason?: string;
  /** Whether the kernel's verifier or BTF parser refused, after all checks of permissions. */
  readonly byVerifier?: boolean;
}

/** The kernel looks up the descriptor before it asks for a permission. */
const CLOSED = "EBADF";

type TrialRow = NonNullable<Diagnosis["trial"]>[number];

/**
 * Compares what the kernel answered with what the model and the masks predict.
 *
 * @param predictLoad - `ok` or `refused` for an object, with or without a token; undefined if the facts
 *   do not decide.
 */
export function compareTrial(
  facts: Facts,
  release: KernelRelease,
  trial: readonly TrialAnswer[],
  predictLoad: (file: string, hasToken: boolean) => string | undefined,
): { readonly rows: readonly TrialRow[]; readonly findings: readonly Finding[] } {
  const rows: TrialRow[] = [];
  const findings: Finding[] = [];
  const mounts = new Map(facts.bpffs.map((mount) => [mount.path, mount]));
  const once = remember();
  const predict = ({ path, file }: TrialAnswer): string | undefined => {
    const hasToken = path !== undefined;
    if (file !== undefined) return once(`${hasToken} ${file}`, () => predictLoad(file, hasToken));
    const mount = mounts.get(path ?? "");
    if (mount === undefined) return undefined;
    return once(kindOf(mount), () => predictToken(facts, release, mount));
  };
  for (const one of trial) {
    const predicted = one.closed === true ? CLOSED : predict(one);
    const row = { what: whatOf(one), kernel: one.answer, reason: one.reason ?? "", predicted };
    rows.push(row);
    const finding = one.closed === true ? judgeClosed(row, facts) : judgeRow(row, one, facts);
    const isKnown = findings.some(({ id }) => id === "doctor.seccomp");
    if (finding !== undefined && !(isKnown && finding.id === "doctor.seccomp"))
      findings.push(finding);
  }
  return { rows, findings };
}

function whatOf({ path, file, closed }: TrialAnswer): string {
  if (closed === true) return "bpf() with a closed file descriptor";
  if (file === undefined) return `TOKEN_CREATE from ${placeText(path ?? "")}`;
  return path === undefined
    ? `load ${file} without a token`
    : `load ${file} with a token from ${placeText(path)}`;
}

/** Predicts the same thing once, and at most {@link MOST_KINDS} things. */
function remember(): (key: string, ask: () => string | undefined) => string | undefined {
  const known = new Map<string, string | undefined>();
  return (key, ask) => {
    if (!known.has(key) && known.size < MOST_KINDS) known.set(key, ask());
    return known.get(key);
  };
}

function predictToken(facts: Facts, release: KernelRelease, mount: BpffsFact): string | undefined {
  const answer = askForToken(facts, mount, release);
  if (answer.how === "created") return "ok";
  return answer.how === "refused" ? answer.code : undefined;
}

/** What refuses bpf() itself comes before all that the kernel asks for: a filter, or a BPF LSM (EN-06). */
function judgeClosed({ kernel, predicted }: TrialRow, facts: Facts): Finding | undefined {
  if (kernel === predicted) return undefined;
  const { seccomp, lsms } = facts;
  const before = `${kernel} to bpf(), before the kernel looks at tokens`;
  const seen = `bpf(BPF_MAP_LOOKUP_ELEM) with a closed file descriptor: ${kernel}; the kernel answers ${CLOSED}`;
  if (seccomp === 0) {
    return {
      id: "doctor.try",
      severity: "error",
      confidence: "likely",
      cause: `a security module answers ${before}; the process has no seccomp filter`,
      evidence: ["Seccomp: 0 in /proc/PID/status", seen],
      fix: ["look for a BPF LSM: cat /sys/kernel/security/lsm, bpftool prog list"],
    };
  }
  return {
    id: "doctor.seccomp",
    severity: "error",
    confidence: lsms === undefined || lsms.includes("bpf") ? "likely" : "certain",
    cause: `a seccomp filter answers ${before}`,
    evidence: ["Seccomp: 2 in /proc/PID/status", seen],
    fix: seccompFix,
  };
}

function judgeRow(row: TrialRow, one: TrialAnswer, facts: Facts): Finding | undefined {
  const { what, kernel, reason, predicted } = row;
  if (predicted === undefined || kernel === predicted) return undefined;
  if (predicted === "refused" && kernel !== "ok") return undefined;
  const evidence = [
    `kernel: ${kernel}${reason === "" ? "" : `: ${reason}`}`,
    `predicted: ${predicted}`,
  ];
  const base = { id: "doctor.try", confidence: "certain", severity: "error", evidence } as const;
  if (kernel === "ok") {
    const cause = `${what}: it works, although doctor predicts a refusal; the facts do not show why`;
    return { ...base, severity: "warning", cause, fix: [] };
  }
  if (predicted !== "ok") {
    const cause = `${what}: the kernel answers ${kernel} and doctor predicts ${predicted}, so the facts do not show all that decides`;
    return {
      ...base,
      cause,
      fix: ["run doctor again: the process or its mounts may have changed"],
    };
  }
  return refusedIn(row, one, facts, base);
}

/** Says of a refusal that doctor does not predict what can answer it. */
function refusedIn(
  { what, kernel }: TrialRow,
  one: TrialAnswer,
  facts: Facts,
  base: Pick<Finding, "id" | "severity" | "confidence" | "evidence">,
): Finding {
  if (one.byVerifier === true) {
    const mayLack = !suffices(facts, "PERFMON");
    return {
      ...base,
      confidence: mayLack ? "likely" : "certain",
      cause: `${what}: the kernel refused the object itself${mayLack ? "; the process lacks CAP_PERFMON, which the verifier asks for at some instructions" : ""}`,
      fix: ["`bpf-token load` prints the log"],
    };
  }
  if (isBySeccomp(facts, kernel)) {
    return {
      ...base,
      id: "doctor.seccomp",
      confidence: "likely",
      cause: `${what}: a seccomp filter is active, and the kernel refuses what the facts allow`,
      evidence: ["Seccomp: 2 in /proc/PID/status", ...base.evidence],
      fix: seccompFix,
    };
  }
  const changed = one.file === undefined ? otherState[kernel] : undefined;
  if (changed !== undefined)
    return { ...base, cause: `${what}: ${changed.cause}`, fix: changed.fix };
  const ofOther = one.file === undefined && kernel === "EPERM";
  return {
    ...base,
    confidence: "likely",
    cause: `${what}: the kernel refuses what the facts allow, so something else answers${ofOther ? ": likely the BPF filesystem belongs to another user namespace, such as that of an outer container" : ""}`,
    fix: [
      ...(ofOther ? ["let the host create the BPF filesystem for this user namespace"] : []),
      "look for a seccomp filter or a security module: docs/eperm.md",
    ],
  };
}

/** Answers of TOKEN_CREATE that only another state than that of the facts explains: rules TC-09 and TC-10. */
const otherState: Readonly<Partial<Record<string, Pick<Finding, "cause" | "fix">>>> = {
  EOPNOTSUPP: {
    cause: "the call was made in the initial user namespace, in which no token exists",
    fix: ["make the call in the user namespace of the container"],
  },
  ENOENT: {
    cause:
      "the BPF filesystem that was opened delegates nothing, so it is not the one of the facts",
    fix: ["open the BPF filesystem with the delegate options: another mount may cover it"],
  },
};

/** Whether a seccomp filter is the only thing that is known to answer so. */
const isBySeccomp = ({ seccomp, lsms = [] }: Facts, code: string): boolean =>
  seccomp === 2 &&
  (code === "EPERM" || code === "ENOSYS") &&
  !lsms.some((name) => name === "selinux" || name === "apparmor");
