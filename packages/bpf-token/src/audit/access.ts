// SPDX-License-Identifier: MIT
// Who can reach which delegation: the rows of the table.
import { axisNames, type BpffsPlace, type DelegationMasks, parseMask } from "@bpf-token/delegation";
import {
  type CapabilityReach,
  type HostSnapshot,
  type MountView,
  type ProcessSet,
  placeText,
} from "@bpf-token/diagnose";

/** How many different delegations of one container are judged. A container can mount any number. */
export const MOST_KINDS = 64;
/** How many mount points a row names. */
const MOST_PATHS = 3;
/** How many processes a row names. A container can have any number of mount namespaces, each with a set of its own. */
const MOST_PIDS = 64;

/** What the processes of one container or unit can do with one delegation. */
export interface Access {
  /** The container or unit as people call it, or a process. Partly chosen by the container. */
  readonly who: string;
  readonly owner: ProcessSet["owner"];
  readonly userns: ProcessSet["userns"];
  readonly hostNetwork: boolean | undefined;
  /** The host has the BPF filesystem too, so that the initial user namespace owns it, as a rule. */
  readonly onHost: boolean;
  readonly masks: DelegationMasks;
  readonly processes: number;
  readonly first: ProcessSet["first"];
  /** The numbers of the processes, of many the first ones. */
  readonly pids: readonly number[];
  readonly capabilities: readonly CapabilityReach[];
  /** Those of all processes in the user namespace: each can get a token, or enter the container. */
  readonly peers: readonly CapabilityReach[];
  /** How many BPF filesystems with these masks there are, and where some of them are mounted. */
  readonly filesystems: number;
  readonly paths: readonly string[];
  /** How many tokens with these masks are open. */
  readonly tokens: number;
  /** How many of them are from a BPF filesystem that is mounted nowhere. */
  readonly unmounted: number;
  /** A process that has such a token. */
  readonly holder?: ProcessSet["first"];
  /** How many of them are from a BPF filesystem that only others see. */
  readonly passed: number;
}

/** The rows, and whose further delegations were skipped. */
export interface Accesses {
  readonly rows: readonly Access[];
  /** Who has more different delegations than are judged. */
  readonly tooMany: readonly string[];
}

type Growing = { -readonly [key in keyof Access]: Access[key] };

/** BPF filesystems with the same masks in one view. */
interface Kind {
  readonly masks: DelegationMasks;
  readonly onHost: boolean;
  readonly devices: Set<string>;
  readonly paths: readonly string[];
}

/** Collects who can reach which delegation. */
export function accessesOf(snapshot: HostSnapshot): Accesses {
  const rows = new Rows(snapshot.namespaces);
  const kinds = new Map(snapshot.views.map((view) => [view, kindsOf(view, snapshot.onHost)]));
  const others = new Set<string>();
  const inContainers = snapshot.sets.filter(({ userns }) => !userns.initial);
  for (const { places } of new Set(inContainers.map(({ view }) => view))) {
    for (const { device } of places) others.add(device);
  }
  for (const set of snapshot.sets) {
    for (const kind of kinds.get(set.view)?.all ?? []) {
      // A process of the host cannot create tokens: its row only matters if there is no other.
      if (set.userns.initial && [...kind.devices].every((device) => others.has(device))) continue;
      rows.reach(set, kind);
    }
    if (kinds.get(set.view)?.more === true) rows.tooMany.add(whoOf(set));
  }
  addTokens(rows, snapshot);
  return { rows: rows.finish(), tooMany: [...rows.tooMany] };
}

function addTokens(rows: Rows, { tokens, views }: HostSnapshot): void {
  const wanted = new Set(tokens.map(({ mount }) => mount));
  /** The views that have a mount; its id is unique. */
  const mounted = new Map<number, Set<MountView>>();
  for (const view of views) {
    for (const { id } of view.places) {
      if (wanted.has(id)) mounted.set(id, (mounted.get(id) ?? new Set()).add(view));
    }
  }
  for (const { masks, mount, holders } of tokens) {
    const first = new Map([...holders].reverse().map((holder) => [holder.set, holder]));
    for (const [set, { pid, program }] of first) {
      const own = mounted.get(mount)?.has(set.view) === true;
      const row = rows.token(set, masks);
      if (row === undefined || own) continue;
      if (mounted.has(mount)) row.passed++;
      else {
        row.unmounted++;
        row.holder ??= { pid, program };
      }
    }
  }
}

/** Groups the BPF filesystems of a view that delegate something. */
function kindsOf(
  { places }: MountView,
  onHost: ReadonlySet<string>,
): { all: Kind[]; more: boolean } {
  const kinds = new Map<string, Kind>();
  let more = false;
  for (const place of places) {
    const masks = masksOf(place);
    if (axisNames.every((axis) => masks[axis] === 0n)) continue;
    const key = `${masksKey(masks)} ${onHost.has(place.device)}`;
    const known = kinds.get(key);
    if (known === undefined && kinds.size === MOST_KINDS) {
      more = true;
      continue;
    }
    const kind = known ?? {
      masks,
      onHost: onHost.has(place.device),
      devices: new Set(),
      paths: [],
    };
    kind.devices.add(place.device);
    const paths = kind.paths.length < MOST_PATHS ? [...kind.paths, place.path] : kind.paths;
    kinds.set(key, { ...kind, paths });
  }
  return { all: [...kinds.values()], more };
}

/** The masks of a mount, as the kernel prints them. */
export function masksOf({ delegates }: Pick<BpffsPlace, "delegates">): DelegationMasks {
  const mask = (axis: keyof DelegationMasks): bigint => {
    const text = delegates[`delegate_${axis}`] ?? "";
    return text === "" ? 0n : parseMask(axis, text, "ignore");
  };
  return { cmds: mask("cmds"), maps: mask("maps"), progs: mask("progs"), attachs: mask("attachs") };
}

/** Equal masks have the same text. */
export const masksKey = (masks: DelegationMasks): string =>
  axisNames.map((axis) => masks[axis]).join(" ");

class Rows {
  readonly tooMany = new Set<string>();
  readonly #peers: HostSnapshot["namespaces"];
  readonly #rows = new Map<string, Growing>();
  readonly #counts = new Map<string, number>();
  /** The processes that a row has already. */
  readonly #sets = new Map<Growing, Set<ProcessSet>>();

  constructor(peers: HostSnapshot["namespaces"]) {
    this.#peers = peers;
  }

  reach(set: ProcessSet, { masks, onHost, devices, paths }: Kind): void {
    const row = this.#row(set, masks, onHost);
    if (row === undefined) return;
    row.filesystems = Math.max(row.filesystems, devices.size);
    row.paths = [...new Set([...row.paths, ...paths])].slice(0, MOST_PATHS);
  }

  token(set: ProcessSet, masks: DelegationMasks): Growing | undefined {
    const row = this.#row(set, masks, false);
    if (row !== undefined) row.tokens++;
    return row;
  }

  #row(set: ProcessSet, masks: DelegationMasks, onHost: boolean): Growing | undefined {
    const who = whoOf(set);
    const owner = `${who} ${set.userns.inode} ${set.hostNetwork}`;
    const key = `${owner} ${masksKey(masks)} ${onHost}`;
    const known = this.#rows.get(key);
    const row = known ?? this.#start(owner, set, { who, masks, onHost });
    if (row === undefined) return undefined;
    const sets = this.#sets.get(row) ?? new Set();
    if (sets.has(set)) return row;
    this.#rows.set(key, row);
    this.#sets.set(row, sets.add(set));
    row.processes += set.count;
    if (row.pids.length < MOST_PIDS) {
      row.pids = [...new Set([...row.pids, ...set.pids])].slice(0, MOST_PIDS);
    }
    row.capabilities = distinct([...row.capabilities, ...set.capabilities]);
    if (set.first.pid < row.first.pid) row.first = set.first;
    return row;
  }

  #start(
    owner: string,
    set: ProcessSet,
    what: Pick<Access, "who" | "masks" | "onHost">,
  ): Growing | undefined {
    const count = (this.#counts.get(owner) ?? 0) + 1;
    this.#counts.set(owner, count);
    if (count > MOST_KINDS) {
      this.tooMany.add(what.who);
      return undefined;
    }
    const { userns, hostNetwork, first } = set;
    return {
      ...{ ...what, owner: set.owner, userns, hostNetwork, first, pids: [], processes: 0 },
      ...{ capabilities: [], filesystems: 0, paths: [] },
      peers: this.#peers.get(userns.inode) ?? [],
      ...{ tokens: 0, unmounted: 0, passed: 0 },
    };
  }

  finish(): readonly Access[] {
    return [...this.#rows.values()];
  }
}

const distinct = (all: readonly CapabilityReach[]): readonly CapabilityReach[] => [
  ...new Map(all.map((one) => [`${one.held} ${one.reachable}`, one])).values(),
];

/** A process as text. It chooses its name, which could read as a sentence. */
export const nameOf = ({ pid, program }: ProcessSet["first"]): string =>
  `${pid} (${placeText(program)})`;

/** What people call the container or unit of some processes. */
function whoOf({ owner, first, userns }: ProcessSet): string {
  if (owner === undefined) {
    return userns.initial ? "the host" : `process ${nameOf(first)}`;
  }
  const id = /^[0-9a-f]{13,64}$/.test(owner.name) ? owner.name.slice(0, 12) : owner.name;
  const name = placeText(owner.title ?? id);
  return owner.kind === "systemd" ? name : `${owner.kind} ${name}`;
}
