// SPDX-License-Identifier: MIT

/** The versions of the documents that have changed. All others are version 1. */
const versions: Readonly<Record<string, number>> = {
  // 2: `needs` is the policy of `bpf-token policy`, by default for libbpf.
  inspect: 2,
};

/**
 * A JSON document of the program. Its first field, `schema`, names the kind of document and its
 * version: `bpf-token/run@1`. The version increases when a field changes its meaning or is removed.
 */
export function jsonDocument(kind: string, value: object): object {
  return { schema: `bpf-token/${kind}@${versions[kind] ?? 1}`, ...value };
}
