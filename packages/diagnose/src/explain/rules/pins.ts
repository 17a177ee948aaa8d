// SPDX-License-Identifier: MIT
import { anyOf, inOrder, type Rule } from "./rule.js";

/** Texts about maps that are pinned already. */
export const pinRules: readonly Rule[] = [
  {
    // libbpf prints this before it compares a pinned map with the object's.
    find: inOrder(/failed to get map info for map FD \d+: /, /Invalid argument|-EINVAL\b/),
    causes: ["explain.kernel_old"],
    strength: 3,
    says: () =>
      "the kernel cannot describe a pinned map (BPF_OBJ_GET_INFO_BY_FD, Linux 4.13), so the loader cannot compare it",
  },
  {
    find: anyOf(
      inOrder(/couldn't reuse pinned map at /, /parameter mismatch/),
      /Map specification differs from pinned file!|Map '[^']{0,64}' self-check failed!/,
      /\bmap spec is incompatible with existing map\b/,
    ),
    causes: ["explain.pin_exists", "explain.map_definition"],
    strength: 3,
    says: () =>
      "the map that is pinned under this name has another type, size or flags than the map of the object",
  },
  {
    // libbpf then creates the map again: a second failure has a line of its own.
    find: inOrder(/Invalid argument|-EINVAL\b/, /Retrying without BTF\b/),
    causes: ["explain.probe_answer"],
    strength: 2,
    says: () => "the kernel takes no BTF for this map type, so libbpf creates the map without it",
  },
];
