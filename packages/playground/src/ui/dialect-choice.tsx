// SPDX-License-Identifier: MIT
import { type Dialect, dialects } from "@bpf-token/delegation";
import type { JSX } from "preact";
import { route, setFields } from "../store.js";
import { dialectWords } from "./dialect-words.js";
import { Choice } from "./fields.js";

/** The syntax that the address names; that of systemd without one. */
export function dialectOf(fields: ReadonlyMap<string, string>): Dialect {
  return dialects.find((name) => name === fields.get("dialect")) ?? "systemd";
}

/** Chooses the program in whose syntax a policy is written. */
export function DialectChoice(): JSX.Element {
  return (
    <Choice
      label="Policy for"
      value={dialectOf(route.value.fields)}
      values={dialects}
      word={(name) => dialectWords[name]}
      onChange={(next) => setFields({ dialect: next }, "push")}
    />
  );
}
