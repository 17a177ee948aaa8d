// SPDX-License-Identifier: MIT
/// <reference types="vite/client" />
// The scenarios of the conformance suite, as text.

const files: Readonly<Record<string, string>> = import.meta.glob<string>(
  "../../../conformance/scenarios/*.yaml",
  { query: "?raw", import: "default", eager: true },
);

/** The scenarios by file name. */
export const suite: readonly { readonly file: string; readonly text: string }[] = Object.entries(
  files,
).map(([path, text]) => ({ file: path.replace(/^.*\//, ""), text }));
