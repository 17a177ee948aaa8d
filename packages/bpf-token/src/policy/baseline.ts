// SPDX-License-Identifier: MIT
// The needs of objects that somebody has agreed to, and what changed since.
import { axisNames } from "@bpf-token/delegation";
import type { NeedAxis } from "@bpf-token/object";
import type { Policy, PolicyReason } from "./policy.js";

/** All that a policy consists of: the masks, and the capabilities. */
export const needAxes: readonly NeedAxis[] = [...axisNames, "caps"];

/** The names that an object needs, by mask; `caps` are capabilities. */
export type ObjectNeeds = Readonly<Record<NeedAxis, readonly string[]>>;

/** The needs by object, as the command line names it. */
export type NeedsByObject = Readonly<Record<string, ObjectNeeds>>;

/** A need that an object has and the baseline does not, or the other way round. */
export interface NeedChange {
  readonly object: string;
  readonly kind: "more" | "less";
  readonly axis: NeedAxis;
  readonly name: string;
  /** Why the object needs it; undefined if it does not. */
  readonly reason?: PolicyReason;
}

/** The needs in a policy for one object, without the reasons, which change with each line of its source. */
export function needsOf({ reasons }: Policy): ObjectNeeds {
  const of = (wanted: NeedAxis): readonly string[] =>
    reasons.filter(({ axis }) => axis === wanted).map(({ name }) => name);
  return {
    ...{ cmds: of("cmds"), maps: of("maps"), progs: of("progs"), attachs: of("attachs") },
    caps: of("caps"),
  };
}

/** What objects need more and less than a baseline has for them. An object that it lacks needs all more. */
export function compareNeeds(
  baseline: NeedsByObject,
  policies: ReadonlyMap<string, Policy>,
): readonly NeedChange[] {
  return [...policies].flatMap(([object, policy]) => {
    const before = Object.hasOwn(baseline, object) ? baseline[object] : undefined;
    const now = needsOf(policy);
    return needAxes.flatMap((axis) => {
      const [old, fresh] = [before?.[axis] ?? [], now[axis]];
      const more = fresh.filter((name) => !old.includes(name));
      const less = old.filter((name) => !fresh.includes(name));
      const reasonOf = (name: string): PolicyReason | undefined =>
        policy.reasons.find((one) => one.axis === axis && one.name === name);
      return [
        ...more.map((name): NeedChange => {
          const reason = reasonOf(name);
          return { object, kind: "more", axis, name, ...(reason && { reason }) };
        }),
        ...less.map((name): NeedChange => ({ object, kind: "less", axis, name })),
      ];
    });
  });
}
