// SPDX-License-Identifier: MIT
// Processes that inherited a variable, with their memory.
import { readdirSync, readFileSync } from "node:fs";

/** Reads a file of /proc; the process may have ended. */
function read(pid, name) {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "latin1");
  } catch {
    return "";
  }
}

/** The processes, except zombies, whose environment contains a text; empty on other systems than Linux. */
export function processesWith(text) {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && read(name, "environ").includes(text))
    .map((pid) => {
      const status = read(pid, "status");
      const peak = Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024;
      return { pid: Number(pid), name: /^Name:\t(.*)/m.exec(status)?.[1] ?? "", megabytes: peak };
    });
}
