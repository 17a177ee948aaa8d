// SPDX-License-Identifier: MIT
import {
  axisNames,
  bitName,
  bitOf,
  type DelegationAxis,
  delegationAxes,
  delegationNames,
  systemdName,
} from "@bpf-token/delegation";
import { sectionKinds } from "@bpf-token/object";
import {
  type CallNeeds,
  callNeeds,
  checkTable,
  enumMembers,
  type KernelRelease,
  kernelReleases,
  memberSince,
  newestRelease,
  releaseCode,
  releases,
} from "@bpf-token/uapi";
import { type MatrixRow, matrixCompared, matrixNames, matrixRows, sortRows } from "../matrix.js";
import { policyLoaders } from "../policy/loaders.js";
import {
  type CompatEvidence,
  type CompatProduct,
  compatProducts,
  productEvidence,
} from "./products.js";

/** What a call with a token needs. */
export interface CompatNeeds {
  /** The bits of the token. Of `attachs`, a program needs the one of its attach type. */
  readonly masks: Partial<Readonly<Record<DelegationAxis, readonly string[]>>>;
  /** The smallest sufficient sets of capabilities, in the user namespace of the token. */
  readonly capabilities: readonly (readonly string[])[];
}

/** A cell of the compatibility table, as `simple_support_statement` of browser-compat-data. */
export interface CompatStatement {
  /** The first version; `≤1.2` if older ones were not tried; `false` if none; `null` if not known. */
  readonly version_added: string | false | null;
  /** Another name of the feature in this product. */
  readonly alternative_name?: string;
  readonly notes?: readonly string[];
  readonly needs?: CompatNeeds;
  /** Ids of the checks that refuse the call, or ignore the token; docs/checks.md describes them. */
  readonly checks?: readonly string[];
  /** Ids of {@link CompatTable.evidence}. */
  readonly evidence?: readonly string[];
}

/** A feature of the compatibility table. */
export interface CompatFeature {
  readonly description: string;
  readonly support: Readonly<Record<string, CompatStatement | readonly CompatStatement[]>>;
}

/** The compatibility table of BPF tokens, in the shape of browser-compat-data. */
export interface CompatTable {
  readonly __meta: { readonly version: 1; readonly releases: readonly string[] };
  readonly browsers: Readonly<Record<string, Omit<CompatProduct, "since" | "notes">>>;
  readonly evidence: Readonly<Record<string, CompatEvidence>>;
  /** By axis and by name: `bpf.maps.hash.__compat`; the delegation itself is `bpf.delegation`. */
  readonly bpf: Readonly<Record<string, Readonly<Record<string, CompatEntry>>>>;
}

/** A feature in its place in the table. */
export interface CompatEntry {
  readonly __compat: CompatFeature;
}

const linux: readonly KernelRelease[] = kernelReleases.filter((name) => /^\d/.test(name));
const FIRST = "6.9";

/**
 * Returns the compatibility table: for each command, map type, program type and attach type, since when
 * a token covers it and what that needs. The answers are those of the model of each release.
 *
 * @example
 * ```ts
 * const { support } = compatTable().bpf.maps?.rhash?.__compat ?? {};
 * ```
 */
export function compatTable(): CompatTable {
  const products = Object.entries<CompatProduct>(compatProducts);
  const compared = matrixCompared.map(({ name, release, date, reasons }) => [
    `matrix ${name}`,
    {
      what: `each call of the matrix on ${name}`,
      ...{ version: release, date, source: "npm run tool matrix" },
      ...(reasons.length === 0 ? {} : { except: reasons.map(({ why }) => why) }),
    },
  ]);
  const features = axisNames.map((axis) => {
    const names = delegationNames(axis).map((name) => [name, { __compat: featureOf(axis, name) }]);
    return [axis, Object.fromEntries(names)];
  });
  const whole = { description: "a delegation of any type", support: wholeSupport(products) };
  return {
    __meta: { version: 1, releases: linux },
    browsers: Object.fromEntries(
      products.map(([id, { name, type, evidence }]) => [id, { name, type, evidence }]),
    ),
    evidence: { ...Object.fromEntries(compared), ...productEvidence },
    bpf: { delegation: { any: { __compat: whole } }, ...Object.fromEntries(features) },
  };
}

function wholeSupport(
  products: readonly (readonly [string, CompatProduct])[],
): CompatFeature["support"] {
  return Object.fromEntries(
    products.map(([id, { since, evidence, notes }]) => {
      const cells = since.map((version_added) => ({
        version_added,
        ...(notes === undefined ? {} : { notes }),
        evidence: id === "linux" ? comparedSince(FIRST) : evidence,
      }));
      return [id, cells.length === 1 && cells[0] !== undefined ? cells[0] : cells];
    }),
  );
}

/**
 * Returns one feature of the table: since when a token covers a name, and what that needs.
 *
 * @param axis - the mask that has the name.
 * @param name - as in mount options, in any case.
 * @throws RangeError for a name that no release has.
 * @example
 * ```ts
 * featureOf("cmds", "btf_get_fd_by_id").support.linux; // { version_added: "6.15", … }
 * ```
 */
export function featureOf(axis: DelegationAxis, name: string): CompatFeature {
  const bit = bitOf(axis, name);
  if (bit === undefined) throw new RangeError(`no release has '${name}' in ${axis}`);
  const description = `${delegationAxes[axis].what} ${name.toLowerCase()} with a token`;
  const kernel = linuxCell(axis, bit);
  if (kernel.version_added === false) return { description, support: { linux: kernel } };
  const systemd = systemdCell(axis, name.toLowerCase(), bit);
  return { description, support: { linux: kernel, libbpf: libbpfCell(axis, bit), systemd } };
}

/** The real kernels, not older than a release, that gave the answers of the model. */
function comparedSince(release: string): readonly string[] {
  return matrixCompared
    .filter((one) => codeOf(one.release) >= codeOf(release))
    .map(({ name }) => `matrix ${name}`);
}

const codeOf = (release: string): number => releaseCode(release as KernelRelease);

const rowKinds = { cmds: "btf", maps: "map", progs: "prog", attachs: "" } as const;

/** The row of the matrix that creates an object of a type; none for most commands. */
function rowOf(axis: DelegationAxis, bit: number, release: KernelRelease): MatrixRow | undefined {
  const all = enumMembers(delegationAxes[axis].kind, newestRelease);
  const names = all.flatMap(({ name, value }) =>
    value === bit ? [`${rowKinds[axis]} ${name}`] : [],
  );
  const name = matrixNames(newestRelease).find((one) => names.includes(one));
  return name === undefined ? undefined : sortRows(matrixRows(name, { release }))[0];
}

function linuxCell(axis: DelegationAxis, bit: number): CompatStatement {
  const named = memberSince(delegationAxes[axis].kind, bit) ?? FIRST;
  const known = linux.filter((release) => codeOf(release) >= codeOf(named));
  if (axis === "attachs") return { version_added: named, evidence: comparedSince(named) };
  const needs = callNeeds(callOf(axis, bit));
  if (needs.bits.length === 0) return withoutToken(needs);
  const row = rowOf(axis, bit, newestRelease)?.withToken;
  if (row === undefined && axis !== "cmds") return withoutObjects;
  const works = known.find((release) => rowOf(axis, bit, release)?.withToken?.sets.length !== 0);
  if (works === undefined) return withoutObjects;
  const since = works === known[0] ? named : works;
  const doubt = works === known[0] ? undefined : recalled(works, needs);
  const then = row?.then === undefined ? [] : [`${row.then} without a target, after these checks`];
  return {
    version_added: since,
    ...noteOf([...then, ...(doubt === undefined ? [] : [doubt])]),
    needs: { masks: masksOf(axis, bit, needs), capabilities: row?.sets ?? setsOf(needs) },
    checks: checksOf(needs),
    evidence: comparedSince(since),
  };
}

const noteOf = (notes: readonly string[]): { notes?: readonly string[] } =>
  notes.length === 0 ? {} : { notes };

const withoutObjects = {
  version_added: false,
  notes: ["the kernel creates no such object"],
} as const;

/** The commands without a token; some need a capability in the initial user namespace. */
function withoutToken({ capabilities }: CallNeeds): CompatStatement {
  const names = capabilities.map(({ name }) => `CAP_${name}`).join(" and ");
  const needs = names === "" ? [] : [`needs ${names} in the initial user namespace`];
  return { version_added: false, notes: ["takes no token", ...needs] };
}

const MAP_CREATE = 0;
const PROG_LOAD = 5;

function callOf(axis: DelegationAxis, bit: number): Parameters<typeof callNeeds>[0] {
  if (axis === "maps") return { cmd: MAP_CREATE, mapType: bit };
  return axis === "progs" ? { cmd: PROG_LOAD, progType: bit } : { cmd: bit };
}

/** The bits of a call; for a program, each attach type that its section names can ask for. */
function masksOf(axis: DelegationAxis, bit: number, { bits }: CallNeeds): CompatNeeds["masks"] {
  const attach = axis === "progs" ? sectionsOf(axis, bit).map((kind) => kind.attach) : [];
  const all = [...new Set(attach)].flatMap(
    (attachType) => callNeeds({ cmd: PROG_LOAD, progType: bit, attachType }).bits,
  );
  const names = new Map<DelegationAxis, Set<string>>();
  for (const one of [...bits.filter((b) => b.axis !== "attachs" || all.length === 0), ...all]) {
    const word = bitName(one.axis, one.bit) ?? String(one.bit);
    names.set(one.axis, (names.get(one.axis) ?? new Set()).add(word));
  }
  return Object.fromEntries([...names].map(([mask, words]) => [mask, [...words]]));
}

/** Of a command that creates objects of several types: what each of them needs. */
function setsOf({ capabilities }: CallNeeds): readonly (readonly string[])[] {
  return [capabilities.map(({ name }) => `CAP_${name}`), ["CAP_SYS_ADMIN"]];
}

const dropped = { cmds: "cmd", maps: "map", progs: "prog", attachs: "attach" } as const;

function checksOf({ bits, capabilities }: CallNeeds): readonly string[] {
  const rules = new Set(capabilities.map(({ rule }) => rule));
  const refusing = checkTable().filter(
    ({ errno, rules: of }) => errno === "EPERM" && of.some((rule) => rules.has(rule)),
  );
  return [
    ...bits.map(({ axis }) => `token.dropped.${dropped[axis]}`),
    ...refusing.map((c) => c.id),
  ];
}

/** Says that the release of a change is from memory, where it is. */
function recalled(release: KernelRelease, { capabilities }: CallNeeds): string | undefined {
  const rules = capabilities.map(({ rule }) => rule);
  const before = linux[linux.indexOf(release) - 1];
  const change = releases(before, release).find(({ rule }) => rules.includes(rule));
  return change?.evidence === "recalled" ? "the release is recalled from memory" : undefined;
}

function sectionsOf(axis: DelegationAxis, bit: number) {
  return [...sectionKinds.values()].filter((kind) =>
    axis === "progs" ? kind.type === bit : axis === "attachs" && kind.attach === bit,
  );
}

function libbpfCell(axis: DelegationAxis, bit: number): CompatStatement {
  const [first] = compatProducts.libbpf.since;
  const { evidence } = compatProducts.libbpf;
  if (axis === "maps") return { version_added: first, evidence };
  if (axis === "cmds") {
    if (callNeeds({ cmd: bit }).bits.length === 0) return { version_added: false };
    const name = bitName("cmds", bit)?.toUpperCase() ?? "";
    const loaders = Object.entries(policyLoaders).filter(([word]) => /^libbpf@\d/.test(word));
    const able = loaders.find(([, { notes }]) => !notes.some((note) => note.includes(name)));
    return { version_added: able?.[0].replace("libbpf@", "") ?? false, evidence };
  }
  const kinds = sectionsOf(axis, bit);
  if (kinds.length === 0) return { version_added: false, notes: ["no section name has it"] };
  if (kinds.some(({ since }) => since === undefined)) return { version_added: first, evidence };
  const versions = kinds.flatMap(({ since }) => (since === undefined ? [] : [since.libbpf]));
  const oldest = versions.sort((a, b) => Number(a.slice(2)) - Number(b.slice(2)))[0];
  return { version_added: oldest ?? false, evidence };
}

function systemdCell(axis: DelegationAxis, name: string, bit: number): CompatStatement {
  const { since, evidence } = compatProducts.systemd;
  const own = bitName(axis, bit) === name ? systemdName(axis, bit) : undefined;
  if (own === undefined) return { version_added: false, notes: ["no name; write any"], evidence };
  // Which version of systemd added a name is known only of those that are as old as tokens.
  const old = (memberSince(delegationAxes[axis].kind, bit) ?? FIRST) === FIRST;
  return { version_added: old ? since[0] : null, alternative_name: own, evidence };
}
