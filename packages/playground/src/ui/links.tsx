// SPDX-License-Identifier: MIT
import { pageOf } from "@bpf-token/uapi";
import type { JSX } from "preact";

/** Whether the page is part of the site, which has a page for each check. */
export const inSite = (): boolean => document.documentElement.dataset.site !== undefined;

/** The id of a check; in the site, a link to its page. */
export function CheckName({ id }: { readonly id: string }): JSX.Element {
  if (!inSite()) return <code>{id}</code>;
  return (
    <a href={pageOf(id)}>
      <code>{id}</code>
    </a>
  );
}
