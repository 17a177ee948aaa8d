// SPDX-License-Identifier: MIT

/** What a piece of text is, for colours. */
export type Role = "good" | "bad" | "who" | "call" | "quiet" | "strong" | "warn";

/** Adds colours to text by its role, or leaves it as it is. */
export type Paint = (role: Role, text: string) => string;

/** Leaves text as it is. */
export const plain: Paint = (_, text) => text;
