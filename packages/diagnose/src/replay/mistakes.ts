// SPDX-License-Identifier: MIT

import { attrIn, commandIn } from "../evidence/call-text.js";
import type { BpffsFact } from "../facts.js";
import type { CallFinding } from "./call-finding.js";
import type { Case } from "./judge.js";
import { lacksOf } from "./lacks.js";
import { hasTokenFlag, tokenFd } from "./translate.js";

/** A mistake of the caller that the kernel does not report as such. */
export type Mistake = Omit<CallFinding, "pid" | "index" | "call" | "outcome">;

/** Finds a mistake of the caller in a refused call. */
export function mistakeIn(one: Case): Mistake | undefined {
  if (one.call.name !== "bpf") return undefined;
  return withoutFlag(one) ?? foreignToken(one) ?? outsideBpffs(one) ?? pinMode(one);
}

const certain = { severity: "error", confidence: "certain" } as const;

/** The call names a token, but the flag is not set, so the kernel does not read the field. */
function withoutFlag({ call, process }: Case): Mistake | undefined {
  const fd = tokenFd(call);
  if (hasTokenFlag(call) || fd <= 0 || call.result !== -1) return undefined;
  const kind = kindOf(process, fd);
  if (kind !== undefined && kind !== "token") return undefined;
  return {
    ...certain,
    id: "trace.token_without_flag",
    cause: `the call gives the token ${fd}, but its flags lack BPF_F_TOKEN_FD, so the kernel does not read the token`,
    evidence: [`flags without 0x10000, token field ${fd}`],
    fix: ["set BPF_F_TOKEN_FD (0x10000) in the flags of the call"],
  };
}

/** The model's number of the initial user namespace. */
const INITIAL = 1;

/** The token belongs to another user namespace than the caller. */
function foreignToken({ call, attempt }: Case): Mistake | undefined {
  if (!hasTokenFlag(call) || attempt.how !== "answered") return undefined;
  const missing = attempt.answer.refusal?.missing;
  if (missing?.axis !== "caps" || missing.owner === missing.caller) return;
  if (missing.owner === INITIAL || missing.caller === 0) return;
  const [lack] = lacksOf(missing);
  return {
    ...certain,
    id: "trace.foreign_token",
    cause: "the token belongs to another user namespace, where the caller has no capabilities",
    evidence: [`required: CAP_${lack?.name.toUpperCase()} in the user namespace of the token`],
    fix: ["create the token in the user namespace of the program that uses it"],
  };
}

/** The kernel pins objects only on a BPF filesystem. */
function outsideBpffs({ call, process }: Case): Mistake | undefined {
  const mounts = process?.facts?.bpffs;
  if (commandIn(call) !== "OBJ_PIN" || call.result !== -1 || mounts === undefined) return undefined;
  const path = pathIn(call);
  if (path === undefined || mounts.some((mount) => covers(mount, path))) return undefined;
  return {
    ...certain,
    id: "obj.pin.place",
    cause: `${path} is not on a BPF filesystem, so nothing can be pinned there`,
    evidence:
      mounts.length === 0
        ? ["mountinfo: no BPF filesystem"]
        : mounts.map(({ path: at }) => `mountinfo: BPF filesystem at ${at}`),
    fix: ["pin below the mount point of a BPF filesystem, or mount one there"],
  };
}

/** The model has no pins and no other users; only file permissions or a security module give EACCES. */
function pinMode({ call, process }: Case): Mistake | undefined {
  if (!/^OBJ_(?:GET|PIN)$/.test(commandIn(call) ?? "") || call.result !== -13) return undefined;
  const path = pathIn(call);
  if (path === undefined) return undefined;
  const uid = process?.facts?.uid;
  return {
    ...certain,
    confidence: "likely",
    id: "trace.pin_mode",
    cause: `the file permissions of ${path}, or of a directory above it, refuse the access; capabilities for bpf() and tokens do not change that`,
    evidence: uid === undefined ? [] : [`user of the process: ${uid}`],
    fix: [
      `give it to the user: chown, or chmod, of ${path} and of the directories above it`,
      "or mount the BPF filesystem with uid= and mode=",
    ],
  };
}

const covers = ({ path }: BpffsFact, file: string): boolean => file.startsWith(`${path}/`);

/** The absolute path in the attr of OBJ_PIN. */
function pathIn(call: Case["call"]): string | undefined {
  const to = attrIn(call)?.pointers?.[0]?.to;
  const bytes = to instanceof Uint8Array ? to : typeof to === "object" ? to?.bytes : undefined;
  const path = typeof to === "string" ? to : new TextDecoder().decode(bytes).replace(/\0.*$/s, "");
  return path.startsWith("/") ? path : undefined;
}

function kindOf(process: Case["process"], fd: number): string | undefined {
  const model = process?.fds.get(fd);
  if (process === undefined || model === undefined) return undefined;
  return process.task.kernel.openFds(process.task).find((one) => one.fd === model)?.kind;
}
