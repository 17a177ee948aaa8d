// SPDX-License-Identifier: MIT

/**
 * A JSON document of the program. Its first field, `schema`, names the kind of document and its
 * version: `bpf-token/run@1`. The version counts up when a field changes its meaning or goes.
 */
export function jsonDocument(kind: string, value: object): object {
  return { schema: `bpf-token/${kind}@1`, ...value };
}
