// SPDX-License-Identifier: MIT
import type { BpfError } from "@bpf-token/syscall";
import { contextCodec } from "./context.js";
import type { LoadedObject } from "./loaded-object.js";
import { hasOwnSubsystem } from "./own-subsystem.js";
import { contextName } from "./runnable.js";

/**
 * The members of a context that a run takes. The kernel fills the others itself, and wants them zero.
 * net/bpf/test_run.c: convert___skb_to_skb, xdp_convert_md_to_buff.
 */
export const takenMembers: Readonly<Record<string, readonly string[]>> = {
  __sk_buff: [
    ...["mark", "priority", "ingress_ifindex", "ifindex", "cb", "tstamp", "wire_len"],
    ...["gso_segs", "gso_size", "hwtstamp"],
  ],
  xdp_md: ["data", "data_end", "ingress_ifindex", "rx_queue_index"],
};

/**
 * Why the kernel refused a run because of its context; undefined for other reasons.
 *
 * @param bytes - the context of the run.
 */
export function refusedContextText(
  object: LoadedObject,
  program: string,
  bytes: Uint8Array | undefined,
  { code }: BpfError,
): string | undefined {
  const name = contextName(object.collection.program(program).spec.type);
  const members = name === undefined ? undefined : takenMembers[name];
  const hasType = name !== undefined && object.object.btf?.id(name, "STRUCT") !== undefined;
  if (bytes === undefined || members === undefined || !hasType) return undefined;
  const codec = contextCodec(object, program);
  const whole = new Uint8Array(codec.size);
  whole.set(bytes.subarray(0, codec.size));
  const values = codec.decode(whole) as Readonly<Record<string, unknown>>;
  const given = (member: string): boolean => Number(values[member] ?? 0) !== 0;
  if (code === "ENODEV") {
    const { ifindex, ingress_ifindex: ingress } = values;
    const index = given("ifindex") ? ifindex : ingress;
    const others = hasOwnSubsystem(object.kernel) ? "; a module has only lo, which is 1" : "";
    return `it has no interface ${index}${others}`;
  }
  if (code !== "EINVAL") return undefined;
  const filled = Object.keys(values).find((member) => !members.includes(member) && given(member));
  if (filled !== undefined)
    return `it fills ${filled} of the context itself; a run takes ${members.join(", ")}`;
  return given("rx_queue_index") && !given("ingress_ifindex")
    ? "rx_queue_index of the context needs ingress_ifindex"
    : undefined;
}
