// SPDX-License-Identifier: MIT
import { axisNames, delegationOf, formatMask, parseMask } from "@bpf-token/delegation";
import { diagnose } from "@bpf-token/diagnose";
import {
  BpfError,
  capabilityMask,
  createMap,
  createToken,
  delegateBpffs,
  delegationOptions,
  loadProgram,
  setCapabilities,
  unshare,
  writeIdMaps,
} from "@bpf-token/syscall";
import { AttachType, Capability, MapType, ProgType } from "@bpf-token/uapi";

/** Rounds of "apply what doctor names, try again": a container without a filesystem needs two. */
const ROUNDS = 3;
const insns = Uint8Array.of(0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);

/** Types that every kernel of 6.9 and newer loads from two instructions, with their attach type. */
const programs = [
  ["SOCKET_FILTER", "CGROUP_INET_INGRESS"],
  ["XDP", "XDP"],
  ["SCHED_CLS", "CGROUP_INET_INGRESS"],
  ["CGROUP_SKB", "CGROUP_INET_EGRESS"],
  ["CGROUP_SOCK", "CGROUP_INET_SOCK_CREATE"],
  ["SOCK_OPS", "CGROUP_SOCK_OPS"],
  ["RAW_TRACEPOINT", "CGROUP_INET_INGRESS"],
  ["PERF_EVENT", "CGROUP_INET_INGRESS"],
];
const maps = [
  ["ARRAY", 4],
  ["HASH", 8],
  ["PERCPU_ARRAY", 8],
  ["LRU_HASH", 8],
  ["DEVMAP", 4],
];
const capabilities = ["BPF", "NET_ADMIN", "PERFMON", "SYS_ADMIN"];

/** A generator of numbers below a limit, from a seed. */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  };
}

/** A random combination of namespace, masks, capabilities, map type and program type. */
export function randomCombination(random) {
  const pick = (list) => list[random(list.length)];
  const [program, attach] = pick(programs);
  const [map, valueSize] = pick(maps);
  const some = (names) => names.filter(() => random(4) !== 0);
  const cmds = some(["map_create", "prog_load"]);
  const bits = (name) => (random(3) === 0 ? pick(["", "any"]) : name.toLowerCase());
  return {
    namespace: pick(["container", "container", "container", "initial"]),
    masks: {
      cmds: cmds.join(":"),
      maps: bits(map),
      progs: bits(program),
      attachs: bits(attach),
    },
    held: some(capabilities.slice(0, 3)).concat(random(6) === 0 ? ["SYS_ADMIN"] : []),
    map,
    valueSize,
    program,
    attach,
  };
}

/** The facts that doctor would collect about the process of a combination. */
function factsOf({ namespace, masks, held }, release) {
  const delegates = Object.fromEntries(
    Object.entries(masks).flatMap(([axis, value]) =>
      value === "" ? [] : [[`delegate_${axis}`, value]],
    ),
  );
  const effective = capabilityMask(held).toString(16);
  const initial = namespace === "initial";
  return {
    schema: "bpf-token/facts@1",
    ...{ pid: 1, program: "trial", release, uid: 0, seccomp: 0, noNewPrivileges: false },
    capabilities: {
      effective,
      permitted: effective,
      inheritable: "0",
      bounding: "0",
      ambient: "0",
    },
    userns: { inode: initial ? 4026531837 : 1, initial },
    bpffs: [{ path: "/sys/fs/bpf", device: "0:1", root: "/", onHost: initial, delegates }],
    unprivilegedBpfDisabled: 2,
    unknown: [],
  };
}

/** An object with the map and the program of a combination; only the fields that decide. */
function objectOf({ map, program, attach }) {
  return {
    maps: [{ name: "m", type: MapType[map], origin: "definition" }],
    programs: [
      {
        ...{ name: "p", section: program, type: ProgType[program], attach: AttachType[attach] },
        ...{ attachOptional: false, autoload: true, function: 0 },
      },
    ],
    functions: [{ name: "p", insns, calls: [], relocations: [] }],
    ...{ structOps: [], externs: [], btf: undefined },
  };
}

/** Makes the calls of a combination on a kernel. Returns the name of the first errno, or "". */
export function tryCalls(kernel, { namespace, masks, held, map, valueSize, program, attach }) {
  const delegation = delegationOf(
    Object.fromEntries(
      axisNames.map((axis) => [axis, masks[axis] === "" ? 0n : parseMask(axis, masks[axis])]),
    ),
  );
  const task = kernel.init.fork();
  const open = [];
  try {
    let token;
    if (namespace === "container") {
      unshare(task, "user", "mnt");
      writeIdMaps(task, {}, kernel.init);
      open.push(delegateBpffs(task, kernel.init, delegationOptions(delegation)));
    }
    const mask = capabilityMask(held);
    setCapabilities(task, { effective: mask, permitted: mask, inheritable: 0n });
    if (namespace === "container") token = tokenOf(task, open);
    const given = token === undefined ? {} : { token };
    open.push(createMap(task, { type: map, keySize: 4, valueSize, maxEntries: 1, ...given }));
    open.push(loadProgram(task, { type: program, attach, insns, ...given }));
    return "";
  } catch (error) {
    if (!BpfError.is(error)) throw error;
    return error.code;
  } finally {
    for (const fd of open.reverse()) fd.close();
    task.close();
  }
}

function tokenOf(task, open) {
  try {
    const token = createToken(task, open[0]);
    open.push(token);
    return token;
  } catch (error) {
    if (!BpfError.is(error)) throw error;
    return undefined;
  }
}

/** Applies what the fixes of findings name: masks and capabilities. */
function applyFixes(combination, findings) {
  const { masks, held, ...rest } = combination;
  const next = { ...rest, masks: { ...masks }, held: [...held] };
  for (const text of findings.flatMap(({ fix }) => fix)) {
    const [, axis, value] = /delegate_(cmds|maps|progs|attachs)=(\S+)/.exec(text) ?? [];
    if (axis !== undefined) {
      const before = next.masks[axis] === "" ? 0n : parseMask(axis, next.masks[axis]);
      next.masks[axis] = formatMask(axis, before | parseMask(axis, value));
    } else if (/let the host create a BPF filesystem/.test(text)) {
      for (const one of axisNames) if (next.masks[one] === "") next.masks[one] = "any";
    }
    for (const [, name] of text.matchAll(/CAP_(\w+)/g)) {
      if (name in Capability && !next.held.includes(name)) next.held.push(name);
    }
  }
  return next;
}

/**
 * Judges one combination: doctor and the kernel agree, and the fixes that doctor names make the calls
 * succeed.
 *
 * @returns what went wrong, or "" if nothing did.
 */
export function judge(kernel, combination, release) {
  let now = combination;
  for (let round = 0; round <= ROUNDS; round++) {
    const errno = tryCalls(kernel, now);
    const objects = new Map([["o", objectOf(now)]]);
    const { ok, findings } = diagnose(factsOf(now, release), { objects, loader: "plain" });
    const errors = findings.filter(({ severity }) => severity === "error");
    if (ok !== (errno === "")) {
      const said = ok ? "no error" : errors.map(({ id }) => id).join(", ");
      return `doctor says ${said}, the kernel ${errno === "" ? "accepts the calls" : `answers ${errno}`}`;
    }
    if (ok) return "";
    now = applyFixes(now, errors);
  }
  return `the fixes of doctor do not help after ${ROUNDS} rounds`;
}

/** A combination in one line. */
export const textOf = ({ namespace, masks, held, map, program }) =>
  `${namespace} ${axisNames.map((axis) => `${axis}=${masks[axis] || "-"}`).join(" ")} caps=${held.join(",") || "-"} ${map} ${program}`;
