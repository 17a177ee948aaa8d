// SPDX-License-Identifier: MIT

/**
 * A JSON document of the program. Its first field, `schema`, names the kind of document and its
 * version: `bpf-token/run@1`. The version increases when a field changes its meaning or is removed.
 */
export function jsonDocument(kind: string, value: object): object {
  return { schema: `bpf-token/${kind}@1`, ...value };
}
