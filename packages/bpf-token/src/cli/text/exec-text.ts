// SPDX-License-Identifier: MIT
import { axisNames, capabilityNames } from "@bpf-token/delegation";
import type { DelegatedState } from "@bpf-token/kernel-native/delegate";
import { errnoName, pageOf } from "@bpf-token/uapi/names";
import { formatRefusal, formatUnexplained } from "../../explain/refusal.js";
import {
  explainSetup,
  type Setup,
  type SetupFailure,
  type SetupReason,
} from "../../explain/setup.js";
import { wrap } from "../../text/wrap.js";
import type { Context } from "../command.js";
import { createMachineModel } from "../input/machine-model.js";
import { jsonDocument } from "../json.js";

/** The setup of a command. */
export interface Ready {
  readonly program: string;
  /** The directory where the bpffs is mounted. */
  readonly place: string;
  readonly setup: Setup;
  readonly state: DelegatedState;
}

const CAP_BPF = 39n;
const LABEL = 18;

/** `exec --explain`: prints the setup on standard error, since standard output is the command's. */
export function printSetup(context: Context, ready: Ready): void {
  const { stderr } = context.io;
  const delegated = readMount(ready.state.mount);
  const capabilities = capabilityNames(ready.setup.capabilities);
  if (context.json) {
    const { place, program, state } = ready;
    const reason = state.token === 0 ? {} : reasonJson(ready);
    const token = state.token === 0 ? "ok" : (errnoName(state.token) ?? state.token);
    const report = { program, place, delegated, capabilities, token, ...reason };
    stderr.line(JSON.stringify(jsonDocument("exec", report)));
    return;
  }
  const all = capabilities.length === capabilityNames(-1n).length;
  const none = capabilities.length === 0;
  const held = all ? "all" : none ? "none" : `${capabilities.join(", ")}; all others are dropped`;
  const rows: readonly (readonly [string, string])[] = [
    ["user namespace", "new; user and group IDs are those of the host"],
    ["mount namespace", "new; mounts in it are not visible on the host"],
    [ready.place, "a BPF filesystem of that user namespace"],
    ...axisNames.map((axis): readonly [string, string] => {
      return [`  delegate_${axis}`, delegated[axis]?.replaceAll(":", ", ") ?? "nothing"];
    }),
    ["capabilities", held],
    ["token", tokenLine(ready)],
  ];
  stderr.line(`bpf-token: '${ready.program}' runs with:`);
  for (const [label, text] of rows) {
    const width = Math.max(40, 78 - LABEL);
    for (const [i, line] of wrap(text, width).entries()) {
      stderr.line(`  ${(i === 0 ? label : "").padEnd(LABEL)} ${line}`);
    }
  }
  if (ready.state.token === 0) return;
  for (const line of reasonLines(ready.setup, refusedToken(ready))) {
    stderr.line(`  ${" ".repeat(LABEL)} ${line}`);
  }
}

function refusedToken({ state }: Ready): SetupFailure {
  return { step: "token", errno: state.token };
}

function reasonJson(ready: Ready): object {
  const reason = infer(ready.setup, refusedToken(ready));
  if (!("refusal" in reason)) return reason;
  return { refusal: { ...reason.refusal, page: pageOf(reason.refusal.check) } };
}

function infer(setup: Setup, failure: SetupFailure): SetupReason {
  const model = createMachineModel();
  try {
    return explainSetup(model, setup, failure);
  } finally {
    model.close();
  }
}

/** The inferred reason for a refused step, as lines. */
export function reasonLines(setup: Setup, failure: SetupFailure): readonly string[] {
  const reason = infer(setup, failure);
  const width = Math.max(40, 78 - LABEL);
  if ("refusal" in reason) return formatRefusal(reason.refusal, { width });
  return formatUnexplained(reason.unexplained, { width });
}

/** Parses the delegate masks of a mountinfo line, by axis. */
function readMount(line: string): Readonly<Record<string, string>> {
  const masks = [...line.matchAll(/[ ,]delegate_(\w+)=([^,\s]+)/g)];
  return Object.fromEntries(masks.map(([, axis = "", value = ""]) => [axis, value]));
}

function tokenLine({ state, setup }: Ready): string {
  if (state.token === 0) return "can be created";
  const name = errnoName(state.token) ?? `error ${state.token}`;
  const missing = ((setup.capabilities >> CAP_BPF) & 1n) === 0n;
  return missing
    ? `cannot be created: ${name}, because --caps lacks CAP_BPF`
    : `cannot be created: the kernel returns ${name}`;
}
