// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { axisNames, formatMask, parseMask } from "@bpf-token/delegation";
import { diagnose } from "@bpf-token/diagnose";
import { capabilityMask } from "@bpf-token/syscall";
import { AttachType, BpfCmd, Capability, MapType, ProgType } from "@bpf-token/uapi";
import { bpfRefusingFilter } from "../../../lib/seccomp-filter.mjs";
import { insns, tryCalls } from "./calls.mjs";

/** Rounds of "apply what doctor names, try again": a container without a filesystem needs two. */
const ROUNDS = 3;

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
const errnos = { EPERM: 1, ENOSYS: 38 };
/** What the seccomp filters refuse: every command, or some. No call of a trial is in the last two lists. */
const refused = [
  undefined,
  ["TOKEN_CREATE"],
  ["MAP_CREATE"],
  ["PROG_LOAD"],
  ["MAP_CREATE", "PROG_LOAD"],
  ["OBJ_PIN", "LINK_CREATE"],
  ["BTF_LOAD"],
];

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

/**
 * A random combination of namespace, masks, capabilities, map type, program type and seccomp filter.
 *
 * @param seccomp - false for a kernel without seccomp, such as the model.
 */
export function randomCombination(random, { seccomp = true } = {}) {
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
    filter:
      seccomp && random(2) === 0
        ? { errno: pick(Object.keys(errnos)), commands: pick(refused) }
        : undefined,
  };
}

/** The instructions of the filter of a combination. */
const filterOf = ({ errno, commands }) =>
  bpfRefusingFilter(
    errnos[errno],
    commands?.map((name) => BpfCmd[name]),
  );

/** Makes the calls of a combination, with its filter in a process of its own. Returns an errno or "". */
function answerOf(kernel, combination) {
  if (combination.filter === undefined) return tryCalls(kernel, combination);
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-fixes-"));
  try {
    const file = join(folder, "filter");
    writeFileSync(file, filterOf(combination.filter));
    const script = fileURLToPath(new URL("filtered.mjs", import.meta.url));
    const { status, stdout, stderr, error } = spawnSync(
      "setpriv",
      ["--seccomp-filter", file, process.execPath, script, JSON.stringify(combination)],
      { encoding: "utf8", timeout: 60_000 },
    );
    if (status !== 0) throw new Error(`the process with a filter failed: ${error ?? stderr}`);
    return stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The facts that doctor would collect about the process of a combination. */
function factsOf({ namespace, masks, held, filter }, release) {
  const delegates = Object.fromEntries(
    Object.entries(masks).flatMap(([axis, value]) =>
      value === "" ? [] : [[`delegate_${axis}`, value]],
    ),
  );
  const effective = capabilityMask(held).toString(16);
  const initial = namespace === "initial";
  return {
    schema: "bpf-token/facts@1",
    ...{ pid: 1, program: "trial", release, uid: 0, noNewPrivileges: false },
    seccomp: filter === undefined ? 0 : 2,
    ...(filter !== undefined && {
      seccompFilters: { arch: process.arch, filters: [filterOf(filter).toString("base64")] },
    }),
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

/** Applies what the fixes of findings name: masks and capabilities. */
function applyFixes(combination, findings) {
  const { masks, held, filter, ...rest } = combination;
  const next = { ...rest, masks: { ...masks }, held: [...held] };
  const fixes = findings.flatMap(({ fix }) => fix);
  const allowed = fixes.some((text) => /allow bpf\(\) in the seccomp profile/.test(text));
  if (filter !== undefined && !allowed) next.filter = filter;
  for (const text of fixes) {
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
 * Judges one combination: doctor and the kernel agree; the fixes that doctor names make the calls
 * succeed; and they do not succeed if one of the named causes stays.
 *
 * @returns `problem`: what went wrong, or "" if nothing did; `causes`: the ids of the causes that were
 *   named and then removed.
 */
export function judge(kernel, combination, release) {
  let now = combination;
  const causes = [];
  const wrong = (problem) => ({ problem, causes });
  for (let round = 0; round <= ROUNDS; round++) {
    const errno = answerOf(kernel, now);
    const objects = new Map([["o", objectOf(now)]]);
    const { ok, findings } = diagnose(factsOf(now, release), { objects, loader: "plain" });
    const errors = findings.filter(({ severity }) => severity === "error");
    if (ok !== (errno === "")) {
      const said = ok ? "no error" : errors.map(({ id }) => id).join(", ");
      const answer = errno === "" ? "accepts the calls" : `answers ${errno}`;
      return wrong(`doctor says ${said}, the kernel ${answer}`);
    }
    if (ok) return wrong("");
    const needless = errors.find((error) => {
      // Two findings about the same capability have the same fix.
      const others = errors.filter(({ fix }) => !error.fix.some((text) => fix.includes(text)));
      return others.length > 0 && answerOf(kernel, applyFixes(now, others)) === "";
    });
    if (needless !== undefined) return wrong(`${needless.id} is named and is no cause`);
    causes.push(...errors.map(({ id }) => id));
    now = applyFixes(now, errors);
  }
  return wrong(`the fixes of doctor do not help after ${ROUNDS} rounds`);
}

/** A combination in one line. */
export const textOf = ({ namespace, masks, held, map, program, filter }) =>
  [
    namespace,
    ...axisNames.map((axis) => `${axis}=${masks[axis] || "-"}`),
    `caps=${held.join() || "-"}`,
    map,
    program,
    `seccomp=${filter === undefined ? "-" : `${filter.errno}:${filter.commands?.join() ?? "all"}`}`,
  ].join(" ");
