// SPDX-License-Identifier: MIT
import type { DelegatedState } from "@bpf-token/kernel-native/delegate";
import { errnoName } from "@bpf-token/uapi/names";
import type { Context } from "../command.js";
import { type Asked, inferReason, type Refused } from "../exec-infer.js";
import { axes, capabilityNames } from "../exec-words.js";
import { plain, wrap } from "./paint.js";
import { reasonLines, unexplainedLines } from "./reason.js";

/** What was asked for and what came of it. */
export interface Ready {
  readonly program: string;
  readonly place: string;
  readonly asked: Asked;
  readonly state: DelegatedState;
}

const CAP_BPF = 39n;
const LABEL = 18;

/** `exec --explain`: what was set up, on standard error, for the output is the command's. */
export function tellReady(context: Context, ready: Ready): void {
  const { stderr } = context.io;
  const delegated = readMount(ready.state.mount);
  const capabilities = capabilityNames(ready.asked.capabilities);
  if (context.json) {
    const { place, program, state } = ready;
    const reason = state.token === 0 ? {} : inferReason(ready.asked, refusedToken(ready));
    const token = state.token === 0 ? "ok" : (errnoName(state.token) ?? state.token);
    stderr.write(
      `${JSON.stringify({ program, place, delegated, capabilities, token, ...reason })}\n`,
    );
    return;
  }
  const all = capabilities.length === capabilityNames(-1n).length;
  const none = capabilities.length === 0;
  const held = all ? "all" : none ? "none" : `${capabilities.join(", ")}; all others are dropped`;
  const rows: readonly (readonly [string, string])[] = [
    ["user namespace", "new; ids are those of the machine"],
    ["mount namespace", "new; what is mounted in it stays in it"],
    [ready.place, "a BPF FS of that user namespace; it delegates"],
    ...Object.keys(axes).map((axis): readonly [string, string] => {
      return [`  delegate_${axis}`, delegated[axis]?.replaceAll(":", ", ") ?? "nothing"];
    }),
    ["capabilities", held],
    ["a token", tokenLine(ready)],
  ];
  stderr.write(`bpf-token: '${ready.program}' runs with\n`);
  for (const [label, text] of rows) {
    const width = Math.max(40, 78 - LABEL);
    for (const [i, line] of wrap(text, width).entries()) {
      stderr.write(`  ${(i === 0 ? label : "").padEnd(LABEL)} ${line}\n`);
    }
  }
  if (ready.state.token === 0) return;
  for (const line of linesOf(ready.asked, refusedToken(ready))) {
    stderr.write(`  ${" ".repeat(LABEL)} ${line}\n`);
  }
}

function refusedToken({ state }: Ready): Refused {
  return { step: "token", errno: state.token };
}

/** Why a step was refused, as lines; that it is inferred is among them. */
export function linesOf(asked: Asked, refused: Refused): readonly string[] {
  const reason = inferReason(asked, refused);
  const width = Math.max(40, 78 - LABEL);
  if ("refusal" in reason) return reasonLines(reason.refusal, plain, width);
  return unexplainedLines(reason.unexplained, plain, width);
}

/** The masks in a line of mountinfo, by axis. */
function readMount(line: string): Readonly<Record<string, string>> {
  const masks = [...line.matchAll(/[ ,]delegate_(\w+)=([^,\s]+)/g)];
  return Object.fromEntries(masks.map(([, axis = "", value = ""]) => [axis, value]));
}

function tokenLine({ state, asked }: Ready): string {
  if (state.token === 0) return "can be made";
  const name = errnoName(state.token) ?? `error ${state.token}`;
  const missing = ((asked.capabilities >> CAP_BPF) & 1n) === 0n;
  return `cannot be made: ${name}${missing ? "; CAP_BPF is not among --caps" : ""}`;
}
