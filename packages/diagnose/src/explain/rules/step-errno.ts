// SPDX-License-Identifier: MIT
import type { CauseId } from "../cause.js";
import { inOrder, type Rule } from "./rule.js";

const E2BIG = /argument list too long|\bE2BIG\b|os error 7\b|(?:: ?|\()-7\b/i;
const ENOSPC = /no space left|\bENOSPC\b|os error 28\b|err=28\b/i;
const ESRCH = /no such process|\bESRCH\b|os error 3\b|(?:: ?|\()-3\b/i;
const ENOENT = /no such file or directory|\bENOENT\b|os error 2\b/i;
const EINVAL = /invalid argument|\bEINVAL\b|os error 22\b|(?:: ?|\()-22\b/i;
const EBUSY = /device or resource busy|\bEBUSY\b|os error 16\b/i;
const EEXIST = /file exists|\bEEXIST\b|(?:os error|errno) 17\b/i;
const EOPNOTSUPP = /operation not supported|\bEOPNOTSUPP\b|os error 95\b/i;

const createMap =
  /map '[^']*': failed to create: |failed to create map|map create|create_map|creat(?:e|ing) map|could not open bpf map/i;
const updateMap = /\bupdate: |\bupdat(?:e|ing) (?:\w{1,16} )?map\b/i;
const loadProgram =
  /\bload(?:ing)? (?:(?:new|xdp|e?bpf) )?(?:bf_)?(?:program|object|skeleton)|program load failed|failed to load\b|load (?:BPF|eBPF) |attach XDP program|BPF_PROG_LOAD|bpf_(?:prog_load|load_program)\b/i;
const writeProbe = /\bwrite \S{0,64}\/[ku]probe_events: /;

/** The step that a line names, its errno, and what that pair means. */
const table: readonly (readonly [RegExp, RegExp, readonly CauseId[]])[] = [
  [createMap, EINVAL, ["explain.map_definition", "explain.kernel_old"]],
  [createMap, E2BIG, ["explain.map_definition", "map.create.too_big"]],
  [createMap, EOPNOTSUPP, ["explain.kernel_old", "explain.kernel_config"]],
  [updateMap, E2BIG, ["map.elem.full", "map.elem.index"]],
  [loadProgram, E2BIG, ["explain.program_size", "explain.kernel_old"]],
  [loadProgram, ENOSPC, ["explain.log_buffer", "explain.program_size"]],
  [loadProgram, ESRCH, ["explain.btf_missing", "explain.attach_target"]],
  [
    loadProgram,
    /verifier blocks program loading/i,
    ["explain.verifier", "explain.verifier_capability"],
  ],
  [/failed to attach program/i, ENOENT, ["explain.attach_target"]],
  [/create (?:raw tracepoint|tracing link): /i, /not supported/, ["explain.attach_unsupported"]],
  // The kernel asks for no capability here, so another one refuses.
  [/create (?:raw tracepoint|tracing link): /i, /not permitted/, ["doctor.seccomp", "doctor.lsm"]],
  [/attach program to dispatcher/i, EOPNOTSUPP, ["explain.attach_unsupported"]],
  [/nlmsg error/i, EOPNOTSUPP, ["explain.xdp_driver", "explain.kernel_config"]],
  [/xsk_|\bAF_XDP\b|SockaddrXDP/, EBUSY, ["explain.busy"]],
  [/PERF_EVENT_IOC_SET_BPF/, EEXIST, ["explain.busy"]],
  [/create (?:kprobe|uprobe|tracepoint) '/, EINVAL, ["explain.attach_target"]],
  // The file exists if a write fails: the kernel does not accept the probe.
  [writeProbe, ENOENT, ["explain.attach_target"]],
  [writeProbe, EINVAL, ["explain.attach_target"]],
  [/BTF debug data section '\.BTF' rejected: /, EINVAL, ["explain.btf_upload"]],
];

/** Rules for a step and an errno; an errno alone decides nothing. */
export const stepErrnoRules: readonly Rule[] = table.map(([step, errno, causes]) => ({
  find: inOrder(step, errno),
  causes,
  strength: 2,
}));
