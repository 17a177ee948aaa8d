// SPDX-License-Identifier: MIT
import { axisNames, bitName, bitOf, parseMask } from "@bpf-token/delegation";
import type { StraceCall } from "../../evidence/strace-line.js";
import { quoted } from "../rules/rule.js";
import { judgeBpf } from "./judge-bpf.js";
import { because, type JudgedCall } from "./judged.js";
import type { StraceState } from "./state.js";

/** Judges a refused call; undefined if it succeeded, or if its failure means nothing here. */
export function judgeCall(call: StraceCall, state: StraceState): JudgedCall | undefined {
  if (call.name.startsWith("recv")) return judgeNetlink(call);
  if (call.errno === "" || call.result === undefined || call.result >= 0) return undefined;
  switch (call.name) {
    case "bpf":
      return judgeBpf(call, state);
    case "fsconfig":
      return judgeOption(call);
    case "fsopen":
      return call.errno === "EPERM" && call.args.includes('"bpf"')
        ? because(["fsopen.may_mount"])
        : undefined;
    case "mount":
      return /"bpf"/.test(call.args) && call.errno === "EPERM"
        ? because(["mount.capable", "bpffs.fill.capable", "doctor.seccomp"])
        : undefined;
    case "perf_event_open":
      return judgePerf(call);
    case "open":
    case "openat":
      return judgeOpen(call);
    case "setrlimit":
    case "prlimit64":
      return call.args.includes("RLIMIT_MEMLOCK")
        ? because(["explain.rlimit"], undefined, { main: false })
        : undefined;
    default:
      return undefined;
  }
}

/** The answer of netlink to a request that attaches a program, or prepares it. */
function judgeNetlink({ args }: StraceCall): JudgedCall | undefined {
  const isRefused = args.includes("NLMSG_ERROR") && /\berror=-EPERM\b/.test(args);
  const attaches = /IFLA_XDP|RTM_SETLINK|RTM_NEWQDISC|RTM_NEWTFILTER/.test(args);
  return isRefused && attaches ? because(["doctor.netns", "doctor.seccomp"]) : undefined;
}

function judgeOption({ args, errno }: StraceCall): JudgedCall | undefined {
  const [, option, value] = /"(delegate_\w+)", "([^"]*)"/.exec(args) ?? [];
  if (option !== undefined) {
    if (errno === "EINVAL") {
      return because(["option.delegate.item"], wrongItem(option, value ?? ""));
    }
    if (errno === "EPERM") return because(["option.delegate.capable"]);
    return undefined;
  }
  if (!args.includes("FSCONFIG_CMD_CREATE") || errno !== "EPERM") return undefined;
  return because(["bpffs.fill.capable", "doctor.release"]);
}

/** Names the item of a delegate option that no kernel, or only a later one, knows. */
function wrongItem(option: string, value: string): string {
  const axis = axisNames.find((name) => option === `delegate_${name}`);
  const about = `${option}=${quoted(value)}`;
  if (axis === undefined) return `the kernel does not know a name in ${about}`;
  for (const item of value.split(":")) {
    if (item === "") return `${about} has an empty item`;
    // bitOf also accepts the prefix of the kernel's headers, which the kernel does not.
    if (/^BPF_/i.test(item) && bitOf(axis, item) !== undefined) {
      const bare = (bitName(axis, bitOf(axis, item) ?? 0) ?? item).toLowerCase();
      return `${about} has '${quoted(item)}' with its prefix: write ${bare}`;
    }
    try {
      parseMask(axis, item);
    } catch (error) {
      return `${about}: ${quoted(error instanceof Error ? error.message : String(error))}`;
    }
  }
  return `the kernel lacks a name in ${about}: it is of an earlier release, or without BTF (/sys/kernel/btf/vmlinux), where only numbers and any work`;
}

function judgePerf({ errno }: StraceCall): JudgedCall | undefined {
  if (errno === "ENOENT") return because(["explain.attach_target"]);
  if (errno === "EACCES") return because(["explain.perf_event"]);
  if (errno === "EPERM") return because(["explain.perf_event", "doctor.seccomp"]);
  if (errno === "ENOSYS") return because(["doctor.seccomp"]);
  return undefined;
}

function judgeOpen({ args, errno }: StraceCall): JudgedCall | undefined {
  const path = /"([^"]*)"/.exec(args)?.[1] ?? "";
  if (/^\/sys\/fs\/bpf|\/bpffs?\b/.test(path)) {
    if (errno === "EACCES" || errno === "EPERM") return because(["explain.pin_mode"]);
    if (errno === "ENOENT") {
      return because(["doctor.bpffs"], `${path} does not exist`, { main: false });
    }
    if (errno === "EROFS") return because(["explain.bpffs_place"]);
  }
  if (/(?:kprobe|uprobe)_events$|^\/sys\/kernel\/(?:debug\/)?tracing/.test(path)) {
    // File modes answer EACCES, lockdown answers EPERM, and another writer makes it busy.
    if (errno === "EPERM") return because(["doctor.lockdown", "explain.tracefs"]);
    if (errno === "EBUSY") return because(["explain.busy"]);
    if (errno !== "EACCES" && errno !== "ENOENT") return undefined;
    return because(["explain.tracefs"], undefined, { main: errno !== "ENOENT" });
  }
  if (path === "/sys/kernel/btf/vmlinux" && errno === "ENOENT") {
    return because(["explain.btf_missing"], undefined, { main: false });
  }
  return undefined;
}
