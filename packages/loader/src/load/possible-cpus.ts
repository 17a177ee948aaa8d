// SPDX-License-Identifier: MIT
import { read, type Steps } from "../calls/steps.js";

/** How many processors a kernel may ever have: as many parts has a per-CPU value. */
export function* possibleCpus(): Steps<number> {
  const list = yield* read("/sys/devices/system/cpu/possible");
  if (typeof list !== "number") return countList(new TextDecoder().decode(list));
  // A task without a sysfs: those that there are now; hardly ever are more possible.
  const stat = yield* read("/proc/stat");
  if (typeof stat === "number") return 1;
  return new TextDecoder().decode(stat).match(/^cpu\d+ /gm)?.length ?? 1;
}

/** How many numbers a list like `0-3,8` has. */
export function countList(text: string): number {
  return text
    .trim()
    .split(",")
    .map((range) => {
      const [first = 0, last = first] = range.split("-").map(Number);
      return last - first + 1;
    })
    .reduce((sum, count) => sum + count, 0);
}
