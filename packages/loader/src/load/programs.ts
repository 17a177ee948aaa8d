// SPDX-License-Identifier: MIT
import {
  type Btf,
  bindProgram,
  type LinkedProgram,
  linkProgram,
  type ObjectSpec,
  type ProgramSpec,
  programFunctions,
  relocateCore,
  sectionKind,
} from "@bpf-token/object";
import { NotModelledError } from "@bpf-token/syscall";
import { AttachType, type AttrByCmd, Errno, ProgType } from "@bpf-token/uapi";
import { bpf, kernelBtf, refusedBpf, type Steps } from "../calls/steps.js";
import { missingFor, missingForVerifier } from "../token/missing.js";
import { otherRefusals } from "../token/namespace.js";
import { attachTarget } from "./attach-target.js";
import { progToken } from "./attributes.js";
import { LoadError } from "./errors.js";
import { type Externs, findExterns } from "./externs.js";
import { versionCode } from "./kconfig.js";
import { modulesOf } from "./modules.js";
import type { Session } from "./session.js";
import { resolveStructOps, type StructOps } from "./struct-ops.js";

type ProgAttr = Partial<AttrByCmd["PROG_LOAD"]>;

const INSN = 8;
/** Maximum length of a name in the kernel. */
const NAME = 15;
/** PROG_LOAD returns EAGAIN if a signal interrupts the verifier, so it is tried several times. */
const ATTEMPTS = 5;
const LOG_SIZE = 1 << 16;
const LARGEST_LOG = 1 << 24;

/** An object adjusted to the kernel, with the externs that its programs use. */
export interface Prepared {
  readonly object: ObjectSpec;
  readonly programs: readonly ProgramSpec[];
  readonly externs: Externs;
  readonly structOps: StructOps;
}

/** Adjusts the selected programs to the kernel's BTF. */
export function* prepare(session: Session): Steps<Prepared> {
  const { object } = session;
  const structOps = yield* resolveStructOps(session);
  const programs = object.programs.filter(
    (program) => session.options.wanted(program) && !structOps.without.has(program.name),
  );
  const functions = new Set(programs.flatMap((program) => programFunctions(object, program)));
  const externs = yield* findExterns(session, functions);
  const adjust = object.coreRelocations.some((one) => functions.has(one.function));
  if (!adjust) return { object, programs, externs, structOps };
  return { object: yield* relocated(session, functions), programs, externs, structOps };
}

/** Applies CO-RE. Searches modules for types that vmlinux lacks, unless `kernelBtf` is set. */
function* relocated(session: Session, functions: ReadonlySet<number>): Steps<ObjectSpec> {
  const { object, options } = session;
  const btf = yield* typesOfKernel("CO-RE relocations");
  const adjusted = relocateCore(object, btf, functions);
  if (options.typesGiven || !adjusted.results.some(({ unknown }) => unknown))
    return adjusted.object;
  const modules = (yield* modulesOf(session)).all.map((one) => one.btf);
  if (modules.length === 0) return adjusted.object;
  return relocateCore(object, btf, functions, modules).object;
}

function* typesOfKernel(what: string): Steps<Btf> {
  const btf = yield* kernelBtf();
  if (btf !== undefined) return btf;
  const reason = `${what} need the BTF of the kernel, which does not provide /sys/kernel/btf/vmlinux; pass it as the option kernelBtf`;
  throw new LoadError({ phase: "relocation" }, reason);
}

/** Loads the selected programs. */
export function* loadPrograms(session: Session, prepared: Prepared): Steps<void> {
  for (const program of prepared.programs) {
    const linked = linkProgram(prepared.object, program);
    const fd = yield* loadOne(session, program, linked, prepared);
    session.programs.set(program.name, { spec: program, fd: session.own(fd) });
  }
}

function* loadOne(
  session: Session,
  program: ProgramSpec,
  linked: LinkedProgram,
  prepared: Prepared,
): Steps<number> {
  const place = { phase: "program", subject: program.name } as const;
  if (program.type === ProgType.UNSPEC) {
    const reason = `the section '${program.section}' does not name a program type`;
    throw new LoadError(place, reason);
  }
  const attr = yield* programAttr(session, program, linked, prepared);
  let ret = yield* attempt(session, program, attr);
  if (ret >= 0) return ret;
  const error = yield* refusedBpf("PROG_LOAD", ret);
  const first = error.errno;
  let missing = first === Errno.EPERM ? yield* missingFor(session, asked(program)) : [];
  let log = "";
  if (missing.length === 0) {
    ({ ret, log } = yield* withLog(session, program, attr));
    if (ret >= 0) return ret;
    missing = yield* missingForVerifier(session, prepared.object, program, log);
  }
  const late = ret === -Errno.EINVAL ? tooNew(program, session) : "";
  const other = missing.length === 0 && log === "" ? yield* otherRefusals(first) : "";
  throw new LoadError(place, `${error.message}${late}${other}`, { cause: error, log, missing });
}

/** Older kernels answer EINVAL to attach types and flags that they do not know. */
function tooNew({ section }: ProgramSpec, { options }: Session): string {
  const since = sectionKind(section)?.since?.linux;
  const { kernelRelease } = options;
  if (since === undefined || versionCode(kernelRelease) >= versionCode(since)) return "";
  return `; SEC("${section}") needs Linux ${since} or later, and this kernel is ${kernelRelease}`;
}

/** Rule PL-03: for attach type 0 the kernel uses a default before it checks the token. */
function asked({ type, attach }: ProgramSpec) {
  const zero: Readonly<Record<number, number>> = {
    [ProgType.CGROUP_SOCK]: AttachType.CGROUP_INET_SOCK_CREATE,
    [ProgType.SK_REUSEPORT]: AttachType.SK_REUSEPORT_SELECT,
  };
  const attachType = attach === 0 ? (zero[type] ?? 0) : attach;
  return { cmd: "PROG_LOAD", progType: type, attachType } as const;
}

function* attempt(session: Session, program: ProgramSpec, attr: ProgAttr): Steps<number> {
  const about = { subject: program.name };
  for (let n = 1; ; n++) {
    let ret: number;
    try {
      ret = yield* bpf("PROG_LOAD", attr, about);
    } catch (error) {
      if (!(error instanceof NotModelledError) || attr.func_info_cnt === undefined) throw error;
      session.note(program.name, `loaded without func_info and line_info: ${error.message}`);
      ret = yield* bpf("PROG_LOAD", withoutInfo(attr), about);
    }
    if (ret !== -Errno.EAGAIN || n === ATTEMPTS) return ret;
  }
}

function withoutInfo(attr: ProgAttr): ProgAttr {
  const info = /^(func|line)_info/;
  return Object.fromEntries(Object.entries(attr).filter(([name]) => !info.test(name)));
}

/** Loads the program again with a log buffer, which grows until the verifier's log fits. */
function* withLog(
  session: Session,
  program: ProgramSpec,
  attr: ProgAttr,
): Steps<{ readonly ret: number; readonly log: string }> {
  for (let size = LOG_SIZE; ; size *= 4) {
    const bytes = new Uint8Array(size);
    const log = { log_level: 1, log_size: size, log_buf: { bytes } };
    const ret = yield* attempt(session, program, { ...attr, ...log });
    if (ret === -Errno.ENOSPC && size < LARGEST_LOG) continue;
    const end = bytes.indexOf(0);
    return { ret, log: new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end)) };
  }
}

function* programAttr(
  session: Session,
  program: ProgramSpec,
  linked: LinkedProgram,
  { externs, structOps }: Prepared,
): Steps<ProgAttr> {
  const { object, maps, btfFd, token } = session;
  const insns = bindProgram(linked, object.externs, {
    map: (name) => maps.get(name)?.fd ?? -1,
    extern: (name) => externs.values.get(name),
  });
  return {
    prog_type: program.type,
    expected_attach_type: program.attach,
    prog_name: program.name.slice(0, NAME),
    license: object.license,
    // Before Linux 5.0, kprobe programs had to give the version of the running kernel.
    kern_version: object.kernelVersion || versionCode(session.options.kernelRelease),
    insn_cnt: insns.length / INSN,
    insns: { bytes: insns, dir: "in" },
    ...progToken(token, program.flags),
    ...(btfFd === undefined ? {} : { prog_btf_fd: btfFd, ...infos(linked) }),
    ...(externs.fds.length === 0 ? {} : { fd_array: { bytes: words(externs.fds), dir: "in" } }),
    ...memberOf(structOps, program),
    ...(yield* attachTarget(session, program)),
  };
}

/** Returns the attach target of a struct_ops program: the struct type and the member. */
function memberOf({ members }: StructOps, { name, type }: ProgramSpec): ProgAttr {
  const member = members.get(name);
  if (member === undefined && type === ProgType.STRUCT_OPS) {
    const reason = "it is a struct_ops program, but no loaded struct_ops map refers to it";
    throw new LoadError({ phase: "program", subject: name }, reason);
  }
  if (member === undefined) return {};
  return { attach_btf_id: member.typeId, expected_attach_type: member.index };
}

function infos({ funcInfo, lineInfo }: LinkedProgram): ProgAttr {
  return {
    ...(funcInfo === undefined
      ? {}
      : {
          func_info: { bytes: funcInfo.bytes, dir: "in" },
          func_info_cnt: funcInfo.count,
          func_info_rec_size: funcInfo.recordSize,
        }),
    ...(lineInfo === undefined
      ? {}
      : {
          line_info: { bytes: lineInfo.bytes, dir: "in" },
          line_info_cnt: lineInfo.count,
          line_info_rec_size: lineInfo.recordSize,
        }),
  };
}

function words(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) view.setUint32(4 * i, value, true);
  return bytes;
}
