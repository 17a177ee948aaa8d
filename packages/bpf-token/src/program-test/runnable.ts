// SPDX-License-Identifier: MIT
import type { ProgramSpec } from "@bpf-token/object";
import { ProgType } from "@bpf-token/uapi";
import { typeName } from "../inspect/type-name.js";

/**
 * A kernel cannot run the program, or does not have what a test asks for.
 *
 * @example
 * ```ts
 * if (error instanceof CannotRunError) console.warn(error.message); // native does not count instructions
 * ```
 */
export class CannotRunError extends Error {
  override readonly name = "CannotRunError";
  /** The function that the kernel does not have; undefined for another reason. */
  readonly missing: string | undefined;

  /** @internal */
  constructor(message: string, missing?: string) {
    super(message);
    this.missing = missing;
  }
}

const { XDP, SCHED_CLS, SCHED_ACT, SOCKET_FILTER, CGROUP_SKB, FLOW_DISSECTOR } = ProgType;
/** Program types that BPF_PROG_TEST_RUN runs on a packet. */
const onPackets: ReadonlySet<number> = new Set([
  ...[XDP, SCHED_CLS, SCHED_ACT, SOCKET_FILTER, CGROUP_SKB, FLOW_DISSECTOR, ProgType.NETFILTER],
  ...[ProgType.LWT_IN, ProgType.LWT_OUT, ProgType.LWT_XMIT, ProgType.LWT_SEG6LOCAL],
]);
/** Program types that it runs on a context. */
const onContexts: ReadonlySet<number> = new Set([
  ...[ProgType.SYSCALL, ProgType.RAW_TRACEPOINT, ProgType.SK_LOOKUP],
]);

/** Program types that it also runs without an input. */
const withoutInput: ReadonlySet<number> = new Set([ProgType.SYSCALL, ProgType.RAW_TRACEPOINT]);

/** Whether a run of a program type needs no packet and no context. */
export const runsWithoutInput = (type: number): boolean => withoutInput.has(type);

/** The struct that the context of a program type is; the object's BTF has it. */
const contexts: Readonly<Record<number, string>> = {
  [XDP]: "xdp_md",
  [ProgType.SK_LOOKUP]: "bpf_sk_lookup",
  [FLOW_DISSECTOR]: "bpf_flow_keys",
  ...Object.fromEntries(
    [SCHED_CLS, SCHED_ACT, SOCKET_FILTER, CGROUP_SKB].map((type) => [type, "__sk_buff"]),
  ),
};

/** The name of the struct that the context of a program type is; undefined if it is none. */
export const contextName = (type: number): string | undefined => contexts[type];

/**
 * Checks that a test can run a program on its input. The kernel accepts the call for tracing programs
 * too, but then runs functions of its own, to which the program is not attached.
 *
 * @throws CannotRunError for a program type that a test cannot run; RangeError for a packet or context
 *   that the program type does not have.
 */
export function assertRunnable(
  { name, type, attachBtf }: ProgramSpec,
  input: { readonly packet?: Uint8Array },
): void {
  const kind = typeName("bpf_prog_type", type);
  if (!onPackets.has(type) && !onContexts.has(type)) {
    const hook = attachBtf === undefined ? "" : `, which attaches to ${attachBtf.name}`;
    throw new CannotRunError(
      `the kernel calls ${kind} programs itself, so a test cannot run ${name}${hook}; 'bpf-token verify', or a test that has only 'program' and 'verified', says whether the kernel accepts it`,
    );
  }
  if (onContexts.has(type) && input.packet !== undefined)
    throw new RangeError(`${name} is a ${kind} program: it has a context, and no packet`);
}

/** Why the running kernel does not run a program. */
export const unsafeText = (program: string): string =>
  `on the running kernel a test runs only programs that get a packet, and not ${program}: others can make bpf() calls`;
