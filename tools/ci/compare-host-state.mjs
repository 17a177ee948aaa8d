// SPDX-License-Identifier: MIT

/** Sysctls that change on their own, with the reason. */
export const restless = [
  { name: /^fs\/(dentry|inode)-(state|nr)$/, why: "counts cached objects" },
  { name: /^fs\/(file-nr|aio-nr)$/, why: "counts open files" },
  { name: /^fs\/quota\//, why: "counts lookups" },
  { name: /^fs\/nfs\//, why: "counts of a network file system" },
  { name: /^kernel\/ns_last_pid$/, why: "the PID of the newest process" },
  { name: /^kernel\/random\/(uuid|entropy_avail)$/, why: "random on each read" },
  { name: /^kernel\/pty\/nr$/, why: "counts open terminals" },
  {
    name: /^kernel\/perf_(event_max_sample_rate|cpu_time_max_percent)$/,
    why: "the kernel lowers it when sampling takes too long",
  },
  { name: /^kernel\/sched_domain\//, why: "follows the CPU load" },
  { name: /^net\/netfilter\/nf_conntrack_count$/, why: "counts connections" },
];

/** One line per thing that is new, gone or changed between two host states. */
export function differences(before, now) {
  return Object.keys(now).flatMap((what) => {
    const [old, fresh] = [before[what] ?? {}, now[what]];
    const names = [...new Set([...Object.keys(old), ...Object.keys(fresh)])].sort();
    return names.flatMap((name) => difference(what, name, old[name], fresh[name]));
  });
}

function difference(what, name, old, fresh) {
  if (old === fresh) return [];
  if (what === "sysctls" && restless.some(({ name: pattern }) => pattern.test(name))) return [];
  if (old === undefined) return [`new: ${what}: ${name}`];
  if (fresh === undefined) return [`gone: ${what}: ${name}`];
  return [`changed: ${what}: ${name}: ${JSON.stringify(old)}, now ${JSON.stringify(fresh)}`];
}
