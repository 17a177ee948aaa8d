// SPDX-License-Identifier: MIT
import {
  bpf,
  capabilityMask,
  getCapabilities,
  NotModelledError,
  raw,
  setCapabilities,
  type Task,
} from "@bpf-token/syscall";
import {
  AttachType,
  BPF_F,
  type CapabilityName,
  defaultRelease,
  Errno,
  insn,
  MapType,
  type ProgLoadAttr,
  ProgType,
} from "@bpf-token/uapi";
import { container, fullDelegation, stack } from "./fixtures.js";
import { progLoadedProofs } from "./prog-loaded.js";
import { fineAttachType, type ProgramType, programTypes } from "./prog-types.js";
import { type ModelKernel, type Proof, prove, proveEqual } from "./proof.js";

/** `r0 = NUMBER; exit`. cgroup_sock_addr programs must not return 0 from every hook. */
export function returning(number: number): Uint8Array {
  return join(insn(0xb7, 0, 0, 0, number), insn(0x95));
}

/** Concatenates instructions. */
export function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** PROG_LOAD of a program type, with or without a token. Closes the program. */
export function load(task: Task, type: ProgramType, attachType: number, token?: number): number {
  const flags = type.name === "SYSCALL" ? BPF_F.SLEEPABLE : 0;
  const insns = returning(1);
  const fd = bpf(task, "PROG_LOAD", {
    prog_type: ProgType[type.name],
    expected_attach_type: attachType,
    insns,
    insn_cnt: 2,
    license: "GPL",
    ...(token === undefined
      ? { prog_flags: flags }
      : { prog_flags: flags | BPF_F.TOKEN_FD, prog_token_fd: token }),
  });
  return closed(task, fd);
}

/** Closes a returned file descriptor and returns the result. */
function closed(task: Task, fd: number): number {
  if (fd >= 0) raw.close(task, fd);
  return fd;
}

/** The result of a load, without the file descriptor's number. */
function outcome(ret: number): number {
  return Math.min(ret, 0);
}

const sets: readonly (readonly CapabilityName[])[] = [
  [],
  ["BPF"],
  ["NET_ADMIN", "PERFMON"],
  ["BPF", "NET_ADMIN"],
  ["BPF", "PERFMON"],
  ["BPF", "NET_ADMIN", "PERFMON"],
  ["SYS_ADMIN"],
];

function withOnly(task: Task, names: readonly CapabilityName[]): Task {
  const fork = task.fork();
  setCapabilities(fork, { ...getCapabilities(fork), effective: capabilityMask(names) });
  return fork;
}

function wanted(type: ProgramType, set: readonly CapabilityName[], everybody: boolean): number {
  const has = (cap: CapabilityName): boolean => set.includes(cap) || set.includes("SYS_ADMIN");
  const needs = everybody && !type.always ? [] : type.needs;
  if (!needs.every(has)) return -Errno.EPERM;
  return type.refused ? -Errno[type.refused] : 0;
}

const classes: Proof = {
  name: "each program type needs the capabilities of its class in the token's user namespace",
  rules: ["PL-06", "PL-08", "PL-09", "PL-10"],
  run(open) {
    for (const sysctl of [0, 2] as const) {
      const { app, create } = container(open({ unprivilegedBpfDisabled: sysctl }), fullDelegation);
      const token = create();
      for (const set of sets) {
        const who = withOnly(app, set);
        for (const type of programTypes) {
          const about = `${type.name} with ${set.join()} where the sysctl is ${sysctl}`;
          const attach = fineAttachType(type);
          const ret = load(who, type, attach, token);
          proveEqual(outcome(ret), wanted(type, set, sysctl === 0), about);
          const without = wanted(type, [], sysctl === 0);
          proveEqual(outcome(load(who, type, attach)), without, `${about}, without a token`);
        }
      }
    }
  },
};

const numbers = [...Array.from({ length: 70 }, (_, n) => n), 255, 0x7fff_ffff, 0xffff_ffff];

const attachTypes: Proof = {
  name: "a program type accepts its own attach types, and most types accept any number, but since 7.2 not those for many functions",
  rules: ["PL-12", "PL-03"],
  run(open) {
    for (const release of ["6.18", defaultRelease] as const) {
      const { init } = open({ release });
      const multi: readonly number[] = release === "6.18" ? [] : multiAttachTypes;
      for (const type of programTypes) {
        for (const number of numbers) {
          // With them a program attaches to the kernel's BTF, which is not modelled.
          if (type.name === "TRACING" && multi.includes(number)) continue;
          const fine = (type.attach?.includes(number) ?? true) && !type.refused;
          const errno = multi.includes(number) ? "EINVAL" : (type.refused ?? "EINVAL");
          const expected = fine && !multi.includes(number) ? 0 : -Errno[errno];
          const about = `${type.name} for ${number} in ${release}`;
          proveEqual(outcome(load(init, type, number)), expected, about);
        }
      }
    }
  },
};

/** Attach types of tracing programs that attach to many functions. */
const multiAttachTypes = [
  AttachType.TRACE_FENTRY_MULTI,
  AttachType.TRACE_FEXIT_MULTI,
  AttachType.TRACE_FSESSION_MULTI,
];

/** The results of PROG_LOAD while its n-th allocation fails, until none fails. */
function starved(kernel: ModelKernel, call: () => number): readonly number[] {
  const answers: number[] = [];
  outcome(call());
  kernel.settle();
  const before = kernel.live();
  for (let n = 1; answers.at(-1) !== 0 && n < 20; n++) {
    kernel.failNth("alloc", n);
    answers.push(outcome(call()));
    kernel.settle();
    proveEqual(kernel.live(), before, `live objects after failed allocation ${n}`);
  }
  kernel.failNth("alloc", 0);
  return answers;
}

const memory: Proof = {
  name: "PROG_LOAD without memory fails and leaks nothing",
  rules: ["PL-12", "PL-13", "PL-19"],
  run(open) {
    const kernel = open();
    const { app, create } = container(kernel, fullDelegation);
    const [token, map] = [create(), stack(kernel.init)];
    const [skb] = programTypes.filter(({ name }) => name === "CGROUP_SKB");
    prove(skb !== undefined, "cgroup programs exist");
    const { EINVAL, ENOMEM } = Errno;
    const answers = starved(kernel, () => load(app, skb, 0, token));
    const loading = [-EINVAL, -EINVAL, -EINVAL, -ENOMEM, -ENOMEM, -ENOMEM];
    proveEqual(answers.slice(0, 6), loading, "answers");
    proveEqual(answers.at(-1), 0, "the last answer");
    const insns = join(insn(0x18, 1, 1, 0, map), insn(0), returning(0));
    const program = { prog_type: ProgType.XDP, insns, insn_cnt: 4, license: "GPL" };
    const using = starved(kernel, () =>
      closed(kernel.init, bpf(kernel.init, "PROG_LOAD", program)),
    );
    proveEqual(using.slice(3, 7), [-ENOMEM, -ENOMEM, -ENOMEM, -ENOMEM], "answers with a map");
    kernel.failNth("alloc", 1);
    load(app, skb, 2, token);
    proveEqual(app.refusal()?.check, "prog.load.attach_type", "the previous check");
    raw.close(app, token);
    kernel.settle();
    proveEqual(kernel.live().tokens, 0, "tokens");
  },
};

const limits: Proof = {
  name: "a program has up to 256 functions and keeps up to 64 maps",
  rules: ["PL-19"],
  run(open) {
    const kernel = open();
    const { init } = kernel;
    const program = { prog_type: ProgType.XDP, license: "GPL" };
    const try_ = (insns: Uint8Array): number =>
      bpf(init, "PROG_LOAD", { ...program, insns, insn_cnt: insns.length / 8 });
    const functions = (n: number): Uint8Array =>
      join(
        ...Array.from({ length: n - 1 }, (_, i) => insn(0x85, 0, 1, 0, n + i)),
        ...Array.from({ length: n }, () => returning(0)),
      );
    prove(try_(functions(256)) >= 0, "256 functions");
    proveEqual(try_(functions(257)), -Errno.E2BIG, "257 functions");
    const map = { map_type: MapType.ARRAY, key_size: 4, value_size: 4, max_entries: 1 };
    const fds = Array.from({ length: 65 }, () => bpf(init, "MAP_CREATE", map));
    const using = (n: number): Uint8Array =>
      join(...fds.slice(0, n).map((fd) => join(insn(0x18, 1, 1, 0, fd), insn(0))), returning(0));
    proveEqual(try_(using(65)), -Errno.E2BIG, "65 maps");
    const fd = try_(join(using(64).slice(0, -16), using(64)));
    prove(fd >= 0, "64 maps, each of them twice");
    for (const one of fds) raw.close(init, one);
    proveEqual(kernel.live().maps, 64, "maps kept by the program");
    raw.close(init, fd);
    kernel.settle();
    proveEqual(kernel.live().maps, 0, "maps without the program");
  },
};

const described: Proof = {
  name: "func_info and kernel variables of programs are not modelled",
  rules: ["PL-19"],
  run(open) {
    const { init } = open();
    const btf = Uint8Array.of(
      ...[0x9f, 0xeb, 1, 0, 24, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 16, 0, 0, 0, 5, 0, 0, 0],
      ...[1, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 0, 32, 0, 0, 1, 0, 0x69, 0x6e, 0x74, 0],
    );
    const prog_btf_fd = bpf(init, "BTF_LOAD", { btf, btf_size: btf.length });
    const given = { prog_type: ProgType.XDP, insns: returning(0), insn_cnt: 2, license: "GPL" };
    const unmodelledName = (more: Partial<ProgLoadAttr>): string => {
      try {
        return String(bpf(init, "PROG_LOAD", { ...given, ...more }));
      } catch (error) {
        return error instanceof NotModelledError ? error.what : String(error);
      }
    };
    const functions = "function and line info of programs";
    proveEqual(unmodelledName({ prog_btf_fd, func_info_cnt: 1 }), functions, "func_info");
    const pseudo = join(insn(0x18, 1, 3, 0, 1), insn(0, 0, 0, 0, prog_btf_fd), returning(0));
    const variables = "kernel variables (ksyms)";
    proveEqual(unmodelledName({ insns: pseudo, insn_cnt: 4 }), variables, "a variable of a module");
  },
};

export const progProofs: readonly Proof[] = [
  classes,
  attachTypes,
  memory,
  limits,
  described,
  ...progLoadedProofs,
];
