// SPDX-License-Identifier: MIT
import { ProgType } from "@bpf-token/uapi";

/** Names of return values by program type. */
const actions: Readonly<Record<number, readonly string[]>> = {
  [ProgType.XDP]: ["XDP_ABORTED", "XDP_DROP", "XDP_PASS", "XDP_TX", "XDP_REDIRECT"],
  [ProgType.SCHED_CLS]: [
    ...["TC_ACT_OK", "TC_ACT_RECLASSIFY", "TC_ACT_SHOT", "TC_ACT_PIPE", "TC_ACT_STOLEN"],
    ...["TC_ACT_QUEUED", "TC_ACT_REPEAT", "TC_ACT_REDIRECT", "TC_ACT_TRAP"],
  ],
};

/** Names of -1. */
const unspecified: Readonly<Record<number, string>> = { [ProgType.SCHED_CLS]: "TC_ACT_UNSPEC" };

/** The name of a return value: `XDP_DROP`. Undefined if the program type has none for it. */
export function actionName(type: number, returned: number): string | undefined {
  return (returned | 0) === -1 ? unspecified[type] : actions[type]?.[returned];
}

/** The names that a program type has, in the order of their values; that of -1 is the last. */
export function actionNames(type: number): readonly string[] {
  const last = unspecified[type];
  return [...(actions[type] ?? []), ...(last === undefined ? [] : [last])];
}

/** Whether a program type has a return value of this name. */
export function isActionName(name: string): boolean {
  const types = [...Object.keys(actions), ...Object.keys(unspecified)].map(Number);
  return types.some((type) => actionNames(type).includes(name));
}
