// SPDX-License-Identifier: MIT
// Changes of a state after which its calls succeed. Every change is tried on the model.
import {
  addCapabilities,
  bitName,
  bitOf,
  type DelegationAxis,
  delegationAxes,
  mountWith,
  parseMask,
  sinceRelease,
} from "@bpf-token/delegation";
import type { DecisionStep } from "@bpf-token/syscall";
import { Capability, type KernelRelease, releaseCode } from "@bpf-token/uapi";
import {
  attachTypeNames,
  axisNames,
  capabilities,
  releases,
  type TryState,
  withMask,
} from "../state/try-state.js";
import { askModel, type StageResult } from "./ask.js";

/** A change of the state, as one sentence and as the new state. */
export interface Change {
  readonly text: string;
  readonly state: TryState;
}

/** Changes that together let every call succeed. */
export interface Fix {
  readonly changes: readonly string[];
  readonly state: TryState;
}

/** More changes than any state needs. */
const LIMIT = 30;

/**
 * Finds the changes that let the calls of a state succeed, the most usual way first.
 *
 * @param results - what the model answered to the state.
 */
export function findFixes(state: TryState, results: readonly StageResult[]): readonly Fix[] {
  return candidates(state, results).flatMap((first) => complete(first));
}

/** Follows the first candidate of each further refusal, until nothing is refused. */
function complete(first: Change): readonly Fix[] {
  const changes = [first.text];
  let { state } = first;
  while (changes.length < LIMIT) {
    const results = askModel(state);
    if (results[results.length - 1]?.errno === undefined) return [{ changes, state }];
    const [next] = candidates(state, results);
    if (next === undefined) return [];
    changes.push(next.text);
    state = next.state;
  }
  return [];
}

/** The changes that remove the cause of a refusal. */
function candidates(state: TryState, results: readonly StageResult[]): readonly Change[] {
  const cause = results[results.length - 1]?.decisions[0];
  if (cause === undefined) return [];
  if (cause.check.startsWith("lsm.")) {
    return [{ text: "let the LSM allow it", state: { ...state, lsm: "none" } }];
  }
  return (byCheck[cause.check] ?? addMissing)(state, cause);
}

type FixRule = (state: TryState, cause: DecisionStep) => readonly Change[];

const openRoot: FixRule = (state) => [
  {
    text: "open the root directory of the bpffs, without O_PATH",
    state: { ...state, fd: "root" },
  },
];
const hostDelegates: FixRule = (state) => [
  {
    text: "let the host set the options and create the filesystem",
    state: { ...state, delegator: "host" },
  },
];

const byCheck: Readonly<Record<string, FixRule>> = {
  "fsopen.may_mount": (state) => [
    {
      text: "create the mount namespace together with the user namespace",
      state: { ...state, place: "container" },
    },
  ],
  "fsconfig.value": shorten,
  "option.delegate.item": correctNames,
  "option.delegate.range": correctNames,
  "option.delegate.capable": hostDelegates,
  "fsconfig.create.capable": hostDelegates,
  "bpffs.fill.capable": hostDelegates,
  "token.create.fd": openRoot,
  "token.create.root": openRoot,
  "token.create.bpffs": openRoot,
  "token.create.userns": sameNamespace,
  "token.create.init_ns": leaveHost,
  "token.create.delegation": delegateAction,
  "token.dropped.attach": delegateAttachType,
  "map.create.type": (state) => newer(state, "maps", state.map),
  "prog.load.attach_type": otherAttachType,
  "prog.load.type": (state) => newer(state, "progs", state.prog),
};

/** Replaces a mask that is too long for an option by its number. */
function shorten(state: TryState): readonly Change[] {
  const axis = axisNames.find((name) => state.masks[name].length > 255);
  if (axis === undefined) return [];
  const number = `0x${parseMask(axis, knownWords(state, axis).join(":"), "ignore").toString(16)}`;
  return [{ text: `write delegate_${axis} as a number`, state: withMask(state, axis, number) }];
}

/** Keeps the words of a mask that the kernel knows, by their names. */
function knownWords(state: TryState, axis: DelegationAxis): readonly string[] {
  return state.masks[axis].split(":").flatMap((word) => {
    const bit = bitOf(axis, word, state.release);
    if (bit !== undefined) return [bitName(axis, bit, state.release) ?? word];
    // A name of a newer kernel is no number, and this kernel refuses it.
    if (bitOf(axis, word) !== undefined) return [];
    try {
      parseMask(axis, word);
      return [word];
    } catch {
      return [];
    }
  });
}

function correctNames(state: TryState): readonly Change[] {
  for (const axis of axisNames) {
    const text = knownWords(state, axis).join(":");
    if (text === state.masks[axis]) continue;
    const write = text === "" ? `remove delegate_${axis}` : `write delegate_${axis}=${text}`;
    return [{ text: write, state: withMask(state, axis, text) }, ...newerForNames(state, axis)];
  }
  return [];
}

/** Offers the first release that knows every name of a mask. */
function newerForNames(state: TryState, axis: DelegationAxis): readonly Change[] {
  const words = state.masks[axis].split(":");
  const release = releases.find((name) =>
    words.every((word) => bitOf(axis, word) === undefined || bitOf(axis, word, name) !== undefined),
  );
  if (release === undefined || releaseCode(release) <= releaseCode(state.release)) return [];
  return [{ text: `use Linux ${release}`, state: { ...state, release } }];
}

function sameNamespace(state: TryState): readonly Change[] {
  if (state.owner === "host" && state.place !== "host") {
    return [
      {
        text: "let the container call fsopen(), so that its user namespace owns the bpffs",
        state: { ...state, owner: "container" },
      },
    ];
  }
  return [
    {
      text: "create the token in the user namespace that owns the bpffs",
      state: { ...state, place: "container" },
    },
  ];
}

function leaveHost(state: TryState): readonly Change[] {
  const inside: Change = {
    text: "run the program in a container with its own user and mount namespace and bpffs",
    state: { ...state, place: "container", owner: "container" },
  };
  if (state.action === "token") return [inside];
  return [inside, { text: "use no token on the host", state: { ...state, token: false } }];
}

const commandOf = { token: "map_create", map: "map_create", prog: "prog_load", btf: "btf_load" };

function delegateAction(state: TryState): readonly Change[] {
  return [delegate(state, "cmds", commandOf[state.action])];
}

/** Adds a name to a mask. A kernel without the name needs to be a newer one. */
function delegate(state: TryState, axis: DelegationAxis, name: string): Change {
  const low = name.toLowerCase();
  if (bitOf(axis, low, state.release) === undefined) {
    const [change] = newer(state, axis, name);
    if (change !== undefined) return change;
  }
  const text = [state.masks[axis], low].filter((part) => part !== "").join(":");
  return { text: mountWith(`delegate_${axis}=${text}`), state: withMask(state, axis, text) };
}

/** The first release that has a type. */
function newer(state: TryState, axis: DelegationAxis, name: string): readonly Change[] {
  const release = releases.find((each) => bitOf(axis, name, each) !== undefined);
  if (release === undefined || releaseCode(release) <= releaseCode(state.release)) return [];
  return [
    {
      text: `use Linux ${sinceText(axis, name, release)} or newer: it has the ${delegationAxes[axis].what}`,
      state: { ...state, release },
    },
  ];
}

function sinceText(axis: DelegationAxis, name: string, release: KernelRelease): string {
  return sinceRelease(axis, bitOf(axis, name) ?? -1) ?? release;
}

function addCapability(state: TryState, name: (typeof capabilities)[number]): Change {
  const caps = capabilities.filter((each) => each === name || state.caps.includes(each));
  return { text: addCapabilities(undefined, [name]), state: { ...state, caps } };
}

/** Delegates the bit that the check requires, or passes a token, or adds the capability. */
function addMissing(state: TryState, { check, missing }: DecisionStep): readonly Change[] {
  if (missing === undefined) return [];
  const { axis, bit } = missing;
  if (axis !== "caps") return [delegate(state, axis, bitName(axis, bit) ?? String(bit))];
  if (check === "token.create.capable") return [addCapability(state, "BPF")];
  const passes = state.token && state.flag;
  if (state.place !== "host" && !passes) {
    const text = state.token ? "set BPF_F_TOKEN_FD in the call" : "create a token and pass it";
    return [{ text, state: { ...state, token: true, flag: true } }];
  }
  const lacking = capabilities.filter(
    (name) => Capability[name] === bit && !state.caps.includes(name),
  );
  if (lacking.length === 0 && state.place === "nested") {
    const text = "run the program in the user namespace of the token";
    return [{ text, state: { ...state, place: "container" } }];
  }
  return lacking.slice(0, 1).map((name) => addCapability(state, name));
}

/** A kernel without the attach type has no bit for it, so that no mask can allow it. */
function delegateAttachType(state: TryState, cause: DecisionStep): readonly Change[] {
  if (cause.missing !== undefined) return addMissing(state, cause);
  return [...newer(state, "attachs", state.attach), ...otherAttachType(state)];
}

/** The first attach type with which root on the host can load the program. */
function otherAttachType(state: TryState): readonly Change[] {
  const host: TryState = {
    ...state,
    place: "host",
    token: false,
    caps: [...capabilities],
    lsm: "none",
  };
  const attach = attachTypeNames.find(
    (name) => askModel({ ...host, attach: name }).at(-1)?.errno === undefined,
  );
  if (attach === undefined) return [];
  const text = `set expected_attach_type to ${attach.toLowerCase()}`;
  return [{ text, state: { ...state, attach } }];
}
