// SPDX-License-Identifier: MIT
import { axisNames, bitName, type DelegationAxis, delegationAxes } from "@bpf-token/delegation";
import { BpfCmd, type CapabilityName } from "@bpf-token/uapi";
import { canBeProbe } from "../../replay/probe.js";
import type { CauseId } from "../cause.js";
import { refusedLoad, refusedMap } from "../rules/libbpf.js";
import { judgeArguments } from "./judge-arguments.js";
import { judgeAttach, judgeId, judgePin } from "./judge-object.js";
import { because, type JudgedCall } from "./judged.js";
import { field, hasTokenFlag, numberField, type StraceCall } from "./line.js";
import { bitsOf, type Create, capabilityText, extraCapabilities } from "./needs.js";
import type { StraceState } from "./state.js";

/** Judges a refused bpf() call. */
export function judgeBpf(call: StraceCall, state: StraceState): JudgedCall | undefined {
  const judged = judgeCommand(call, state);
  if (judged === undefined || call.errno !== "EPERM" || !state.filtered) return judged;
  state.clues.seccomp ??= "on";
  const others = judged.causes.filter((id) => id !== "doctor.seccomp");
  return {
    ...judged,
    causes: ["doctor.seccomp", ...others],
    says: "the log shows a seccomp filter, and no bpf() call that passed it",
    fix: undefined,
  };
}

function judgeCommand(call: StraceCall, state: StraceState): JudgedCall | undefined {
  const command = /^(?:BPF_)?(\w+)/.exec(call.args)?.[1] ?? "";
  if (/^0x[0-9a-f]+$|^\d+$/.test(command)) return judgeUnknownCommand(Number(command), call);
  if (call.errno === "ENOSYS") return because(["doctor.seccomp", "explain.kernel_config"]);
  switch (command) {
    case "TOKEN_CREATE":
      return judgeToken(call, state);
    case "MAP_CREATE":
    case "PROG_LOAD":
    case "BTF_LOAD":
      return judgeCreate(command, call, state);
    case "LINK_CREATE":
    case "PROG_ATTACH":
      return judgeAttach(command, call);
    case "OBJ_PIN":
    case "OBJ_GET":
      return judgePin(call);
    case "RAW_TRACEPOINT_OPEN":
      return call.errno === "EPERM" ? because(["doctor.lockdown", "explain.selinux"]) : undefined;
    default:
      if (/_GET_(?:NEXT|FD_BY)_ID$|^PROG_QUERY$|^ENABLE_STATS$/.test(command)) {
        return judgeId(command, call);
      }
      return undefined;
  }
}

function judgeUnknownCommand(number: number, { errno }: StraceCall): JudgedCall | undefined {
  if (errno !== "EINVAL") return undefined;
  return because(
    ["bpf.command"],
    `the kernel has no bpf() command ${number}; TOKEN_CREATE is ${BpfCmd.TOKEN_CREATE}`,
  );
}

const tokenErrors: Readonly<Record<string, readonly CauseId[]>> = {
  EPERM: ["token.create.capable", "token.create.userns", "doctor.seccomp"],
  EOPNOTSUPP: ["token.create.init_ns"],
  ENOENT: ["token.create.delegation"],
  EBADF: ["token.create.fd"],
  EINVAL: ["token.create.root", "token.create.bpffs", "doctor.release"],
};

function judgeToken({ errno }: StraceCall, state: StraceState): JudgedCall | undefined {
  const causes = tokenErrors[errno];
  if (causes === undefined) return undefined;
  // Loaders continue without a token: the call that ends the load comes later.
  if (errno === "EPERM" && state.newNamespace) {
    return because(
      ["token.create.userns", "token.create.capable", "doctor.seccomp"],
      "the BPF filesystem belongs to another user namespace: the log shows a new one, and no BPF filesystem created for it",
    );
  }
  const old = state.clues.release !== undefined && state.clues.release < 6009;
  const judged = because(old ? ["doctor.release"] : causes, undefined, { main: !old });
  // On the host, EOPNOTSUPP, there are no tokens, and the program needs none.
  if (!old && (errno === "EPERM" || errno === "ENOENT")) state.refusedToken = judged;
  return judged;
}

const nameFields = { MAP_CREATE: "map_name", PROG_LOAD: "prog_name", BTF_LOAD: "btf_name" };
const flagFields = { MAP_CREATE: "map_flags", PROG_LOAD: "prog_flags", BTF_LOAD: "btf_flags" };
const fdFields = {
  MAP_CREATE: "map_token_fd",
  PROG_LOAD: "prog_token_fd",
  BTF_LOAD: "btf_token_fd",
};
const refused: Readonly<Record<Create, readonly CauseId[]>> = {
  MAP_CREATE: refusedMap,
  PROG_LOAD: refusedLoad,
  BTF_LOAD: ["btf.load.capable", "explain.no_token", "token.dropped.cmd", "doctor.seccomp"],
};

function judgeCreate(
  command: Create,
  call: StraceCall,
  state: StraceState,
): JudgedCall | undefined {
  const { args, errno } = call;
  const named = probeNames.test(field(args, nameFields[command]) ?? "");
  const first = !named && command === "PROG_LOAD" && isShortLoad(args);
  const main = !named && !first;
  if (command === "BTF_LOAD" && errno === "EPERM") return judgeTypes(args, state);
  if (errno !== "EPERM") {
    const judged = judgeArguments(command, call, main || first, state.lostProbe);
    return judged === undefined ? undefined : { ...judged, first };
  }
  if (hasTokenFlag(field(args, flagFields[command]))) {
    state.clues.usesToken = true;
    state.lostProbe ||= !main && /_(?:SOCKET_FILTER|ARRAY)\b/.test(args);
    return { ...judgeWithToken(command, args, state), main: main || first, first };
  }
  if ((numberField(args, fdFields[command]) ?? 0) > 0) return because(["explain.token_flag"]);
  if (!main && !first) {
    return because(["explain.probe_answer"], undefined, { main: false });
  }
  if (state.refusedToken !== undefined && state.tokens.size === 0) {
    return { ...state.refusedToken, main: true, first };
  }
  const isOpen = state.clues.unprivilegedBpfDisabled === 0;
  const checks = isOpen ? capabilityChecks(command, args) : [];
  const causes = [...checks.filter((id) => !id.endsWith(".sysctl")), ...refused[command]];
  const delegated = state.clues.tokens || state.clues.initial === false;
  return because(
    delegated ? ["explain.no_token", ...causes.filter((id) => id !== "explain.no_token")] : causes,
    `BPF_${command} is refused: it passes no token, and the caller lacks ${capabilityText(command, args)} in the host's user namespace`,
    { first },
  );
}

/**
 * Judges a refused BTF_LOAD: most loaders continue without types, others end. strace 6.13 does not print
 * the token of this call, so the loader is taken to pass the one that it has.
 */
function judgeTypes(args: string, state: StraceState): JudgedCall {
  const harmless = "explain.btf_upload";
  if (hasTokenFlag(field(args, flagFields.BTF_LOAD)) || state.tokens.size > 0) {
    state.clues.usesToken = true;
    return { ...judgeWithToken("BTF_LOAD", args, state), first: true, harmless };
  }
  // The refused token is the cause.
  if (state.triedToken) return because([harmless], undefined, { main: false });
  return because(refused.BTF_LOAD, undefined, { first: true, harmless });
}

/** Judges a refused command of which only the errno is known. */
export function judgeCommandName(
  cmd: string,
  errno: string,
  state: StraceState,
): JudgedCall | undefined {
  const isCreate = cmd === "MAP_CREATE" || cmd === "PROG_LOAD" || cmd === "BTF_LOAD";
  if (isCreate && errno === "EPERM") return because(refused[cmd]);
  const args = `BPF_${cmd}, {}`;
  return judgeBpf({ pid: undefined, name: "bpf", args, result: -1, errno }, state);
}

const axisOf: Readonly<Record<DelegationAxis, CauseId>> = {
  cmds: "token.dropped.cmd",
  maps: "token.dropped.map",
  progs: "token.dropped.prog",
  attachs: "token.dropped.attach",
};

function judgeWithToken(command: Create, args: string, state: StraceState): JudgedCall {
  const bits = bitsOf(command, args);
  if (state.knowsMasks) {
    for (const axis of axisNames) {
      const bit = bits[axis];
      if (bit === undefined || (((state.masks.get(axis) ?? 0n) >> BigInt(bit)) & 1n) === 1n)
        continue;
      const name = bitName(axis, bit) ?? String(bit);
      return because(
        [axisOf[axis]],
        `the token does not allow ${delegationAxes[axis].what} ${name}, so the kernel ignores the token and asks for capabilities on the host`,
        { fix: [`add ${name} to delegate_${axis}`] },
      );
    }
    return because(capabilityChecks(command, args));
  }
  const causes = axisNames.filter((axis) => bits[axis] !== undefined).map((axis) => axisOf[axis]);
  const words = axisNames.flatMap((axis) => {
    const bit = bits[axis];
    return bit === undefined ? [] : [`${delegationAxes[axis].what} ${bitName(axis, bit) ?? bit}`];
  });
  return because(
    [...causes.slice(1), ...causes.slice(0, 1), ...capabilityChecks(command, args)],
    `the kernel ignores the token, or the caller lacks a capability; the token must allow ${words.join(", ")}`,
    { unknown: "the log does not show the masks: grep ' bpf ' /proc/PID/mountinfo" },
  );
}

function capabilityChecks(command: Create, args: string): readonly CauseId[] {
  if (command === "BTF_LOAD") return ["btf.load.capable"];
  if (command === "MAP_CREATE") {
    // The process that created the token has CAP_BPF, so a type that needs more comes first.
    const more = extraCapabilities(command, args).length > 0;
    return more
      ? ["map.create.capable", "map.create.sysctl"]
      : ["map.create.sysctl", "map.create.capable"];
  }
  return [
    ...extraCapabilities(command, args).flatMap((name) => checkOf[name] ?? []),
    "prog.load.sysctl",
  ];
}

/** The check that refuses a program whose type needs a capability. */
const checkOf: Partial<Record<CapabilityName, CauseId>> = {
  NET_ADMIN: "prog.load.net_admin",
  PERFMON: "prog.load.perfmon",
};

/** The names that libbpf and cilium/ebpf give to what they probe with. */
const probeNames = /^"(?:libbpf_|det_arg_ctx|feat_)/;

/** Whether a load without a name of a loader can be a probe. */
function isShortLoad(args: string): boolean {
  const version = field(args, "kern_version");
  const isComplete = !/^(?:0|KERNEL_VERSION\(0)?$/.test(version ?? "");
  return canBeProbe({
    name: (field(args, "prog_name") ?? "").replaceAll('"', ""),
    type: bitsOf("PROG_LOAD", args).progs,
    instructions: numberField(args, "insn_cnt") ?? Number.POSITIVE_INFINITY,
    isComplete: isComplete || (numberField(args, "line_info_cnt") ?? 0) > 0,
  });
}
