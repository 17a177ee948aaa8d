// SPDX-License-Identifier: MIT
// Who has the lines and the recorders, if there are not enough for all.
import type { Access } from "./access.js";

/**
 * Who shares with others as one. A container can have any number of user namespaces, each with a row of its own.
 * Processes without a manager have no name that they do not choose, so they are one.
 */
export function ownerOf({ owner, userns, who }: Access): string {
  if (owner !== undefined) return `${owner.kind} ${owner.name}`;
  return userns.initial ? who : "";
}

/** Groups values, in the order in which the groups begin. */
export function grouped<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key) ?? [];
    group.push(item);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** The first of each list, then the second of each, and so on. At most `most` of them. */
export function interleaved<T>(
  lists: readonly (readonly T[])[],
  most: number = Number.POSITIVE_INFINITY,
): readonly T[] {
  const taken: T[] = [];
  let left = lists;
  for (let i = 0; left.length > 0 && taken.length < most; i++) {
    left = left.filter(({ length }) => length > i);
    taken.push(...left.slice(0, most - taken.length).flatMap((list) => list.slice(i, i + 1)));
  }
  return taken;
}

/** Chooses at most `most` values, those of each owner in turn. They stay in their order. */
export function shared<T>(
  items: readonly T[],
  most: number,
  keyOf: (item: T) => string,
): readonly T[] {
  if (items.length <= most) return items;
  const chosen = new Set(interleaved(grouped(items, keyOf), most));
  return items.filter((item) => chosen.has(item));
}
