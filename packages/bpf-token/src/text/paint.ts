// SPDX-License-Identifier: MIT

/** The role of a piece of text, which selects its colour. */
export type Role = "good" | "bad" | "who" | "call" | "quiet" | "strong" | "warn";

/** Adds colours to text by its role, or returns it unchanged. */
export type Paint = (role: Role, text: string) => string;

/** Returns text unchanged. */
export const plain: Paint = (_, text) => text;
