// SPDX-License-Identifier: MIT
import { helpersOf, type ObjectSpec } from "@bpf-token/object";
import { ProgType } from "@bpf-token/uapi";
import type { BpfStep, Steps } from "../../calls/steps.js";
import { LoadError } from "../../load/errors.js";
import { loadObject } from "../../load/load.js";
import type { Session, SessionOptions } from "../../load/session.js";
import { discoverToken, type TokenSource } from "../../token/discover.js";
import { Prober } from "./prober.js";
import { helpers, type LibbpfFeature } from "./samples.js";

/** BTF features in the order in which libbpf probes them. */
const aboutTypes = [
  ...["btf", "btf_global_func", "btf_datasec", "btf_float", "btf_func", "btf_decl_tag"],
  ...["btf_type_tag", "btf_enum64", "btf_qmark_datasec"],
] as readonly LibbpfFeature[];

/** Helpers that libbpf replaces by older ones on kernels that lack them. */
const reads: ReadonlySet<number> = new Set([
  ...[helpers.probe_read_kernel, helpers.probe_read_user],
  ...[helpers.probe_read_kernel_str, helpers.probe_read_user_str],
]);

/** Loads an object, and probes the kernel before each step as libbpf does. */
export function* loadAsLibbpf(
  object: ObjectSpec,
  options: SessionOptions,
  source: TokenSource,
): Steps<Session> {
  const { token } = yield* discoverToken(source);
  const probes = new Schedule(object, options, new Prober(token));
  yield* probes.start();
  const steps = loadObject(
    object,
    options,
    token === undefined ? source : { kind: "given", token },
  );
  try {
    const session = yield* interleaved(steps, probes);
    yield* probes.prepare();
    return session;
  } catch (error) {
    // libbpf finds errors in a program only after it has probed for that program.
    if (error instanceof LoadError && error.phase === "program") {
      yield* probes.beforeProgram(error.subject);
    }
    throw error;
  }
}

function* interleaved<T>(steps: Steps<T>, probes: Schedule): Steps<T> {
  let next = steps.next();
  while (next.done !== true) {
    const step = next.value;
    if (step.do === "bpf") yield* probes.before(step);
    const answer = yield step;
    if (step.do === "bpf") yield* probes.after(step);
    next = steps.next(answer);
  }
  return next.value;
}

/** Decides when libbpf probes which feature. Each feature is probed once. */
class Schedule {
  readonly #object: ObjectSpec;
  readonly #options: SessionOptions;
  readonly #prober: Prober;
  #prepared = false;
  /** Whether a function reads kernel memory; computed on first use. */
  #reads: boolean | undefined;

  constructor(object: ObjectSpec, options: SessionOptions, prober: Prober) {
    this.#object = object;
    this.#options = options;
    this.#prober = prober;
  }

  /** Runs before everything else. */
  *start(): Steps<void> {
    yield* this.#prober.process("memcg_account");
    yield* this.#prober.object("loading");
    const cookie = this.#object.externs.some(({ name }) => name === "LINUX_HAS_BPF_COOKIE");
    if (cookie) yield* this.#prober.object("bpf_cookie");
  }

  /** Runs before a call that the object needs. */
  *before({ cmd, subject }: BpfStep): Steps<void> {
    if (cmd === "BTF_GET_NEXT_ID") {
      // libbpf looks for a program's attach target right before it loads the program.
      if (this.#prepared) yield* this.beforeProgram(undefined);
      yield* this.#prober.object("module_btf");
    } else if (cmd === "BTF_LOAD") {
      yield* this.prepare();
      for (const feature of aboutTypes) yield* this.#prober.object(feature);
    } else if (cmd === "MAP_CREATE") {
      yield* this.prepare();
      if (this.#isOfVariables(subject)) yield* this.#prober.object("global_data");
      yield* this.#prober.object("prog_name");
      yield* this.#prober.process("prog_name");
    } else if (cmd === "PROG_LOAD") {
      yield* this.beforeProgram(subject);
      yield* this.#prober.process("prog_name");
    }
  }

  /** Runs after a call that the object needs. */
  *after({ cmd }: BpfStep): Steps<void> {
    const constants = this.#object.maps.some(({ origin }) => origin === "rodata");
    if (cmd === "PROG_LOAD" && constants) yield* this.#prober.object("prog_bind_map");
  }

  /** Runs when libbpf prepares the object: maps first, then each program. */
  *prepare(): Steps<void> {
    if (this.#prepared) return;
    this.#prepared = true;
    const { maps, functions, programs, btf } = this.#object;
    if (maps.some(({ name }) => this.#isOfVariables(name))) {
      yield* this.#prober.object("array_mmap");
    }
    const wanted = programs.filter(this.#options.wanted);
    // Without func_info in the file, libbpf does not probe for it.
    const infos = functions.some(({ funcInfo }) => funcInfo !== undefined);
    if (wanted.length > 0 && infos) yield* this.#prober.object("btf_func");
    if (wanted.length > 0 && btf !== undefined) yield* this.#prober.object("btf_decl_tag");
    for (const program of wanted) {
      const { funcInfo } = functions[program.function] ?? {};
      if (funcInfo !== undefined) yield* this.#prober.object("arg_ctx_tag");
    }
  }

  #isOfVariables(name: string | undefined): boolean {
    const origin = this.#object.maps.find((map) => map.name === name)?.origin;
    return origin !== undefined && origin !== "definition" && origin !== "legacy";
  }

  /** Runs before a program is loaded; `undefined` for a program without special needs. */
  *beforeProgram(name: string | undefined): Steps<void> {
    yield* this.prepare();
    const { functions, programs } = this.#object;
    // libbpf looks at all functions before it loads the first program, including unused ones.
    this.#reads ??= functions.some(({ insns }) => helpersOf(insns).some((id) => reads.has(id)));
    if (this.#reads) yield* this.#prober.object("probe_read_kern");
    const program = programs.find((one) => one.name === name);
    if (program?.type === ProgType.UNSPEC) return;
    yield* this.#prober.object("prog_name");
    if (program?.attachOptional === true) yield* this.#prober.object("exp_attach_type");
    if (program?.usdt === true) yield* this.#prober.object("uprobe_multi_link");
  }
}
