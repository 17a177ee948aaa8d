// SPDX-License-Identifier: MIT
import { pageOf } from "@bpf-token/uapi/names";

/** The command that prints more about a finding; it needs no network and no site. */
export const moreAbout = (id: string): string => `bpf-token explain ${id}`;

/** Adds the page about its id to a finding, for JSON. */
export function withPage<Finding extends { readonly id: string }>(
  finding: Finding,
): Finding & { readonly page: string } {
  return { ...finding, page: pageOf(finding.id) };
}
