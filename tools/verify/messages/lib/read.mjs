// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";

const read = (name) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), "utf8"));

/** The packages whose messages are checked. `files` are kept; `about` limits the strings to a word. */
export const packages = read("packages.json");
/** Patterns of messages that `explain` need not know, by the reason. */
export const irrelevant = read("irrelevant.json");
