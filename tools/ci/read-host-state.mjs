// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * What a machine has, by kind and name; the value of a mount is how often it is there.
 *
 * @param {{ root?: string, run?: string }} options - where its files are; the run of CI that asks:
 *   groups of other runs' executors do not count.
 */
export function readHostState({ root = "/", run } = {}) {
  const mounts = readMounts(join(root, "proc/self/mountinfo"));
  const places = (...types) => [
    ...new Set(mounts.filter(({ type }) => types.includes(type)).map(({ place }) => place)),
  ];
  return {
    mounts: counted(mounts.map(({ line }) => line)),
    "names in BPF file systems": present(
      places("bpf").flatMap((place) => names(join(root, place)).map((name) => join(place, name))),
    ),
    cgroups: present(
      places("cgroup", "cgroup2").flatMap((place) =>
        names(join(root, place), { folders: true })
          .filter((name) => !isOthers(name, root, run))
          .map((name) => join(place, name)),
      ),
    ),
    sysctls: Object.fromEntries(
      names(join(root, "proc/sys"), { files: true }).map((name) => [
        name,
        read(join(root, "proc/sys", name)),
      ]),
    ),
  };
}

/**
 * The processes that inherited the name of a run, but for `but` and those that it descends from.
 *
 * @param {string} run
 * @param {{ root?: string, but?: number }} options
 */
export function processesOf(run, { root = "/", but } = {}) {
  const mine = new Set();
  for (let pid = but; pid > 0 && !mine.has(pid); pid = parentOf(pid, root)) mine.add(pid);
  return readdirSync(join(root, "proc"))
    .filter((name) => /^\d+$/.test(name) && !mine.has(Number(name)) && isOf(run, name, root))
    .map((pid) => ({ pid: Number(pid), command: commandOf(pid, root) }));
}

/**
 * A state without the groups that are new and hold processes of others only: who else uses the
 * machine made them meanwhile.
 *
 * @param {object} now - a state of the machine.
 * @param {object} before - an older one.
 * @param {{ root?: string, run?: string }} options - as of {@link readHostState}.
 */
export function withoutOthers(now, before, { root = "/", run } = {}) {
  const groups = Object.entries(now.cgroups).filter(
    ([name]) => name in before.cgroups || !holdsOthers(name, root, run),
  );
  return { ...now, cgroups: Object.fromEntries(groups) };
}

/** Without the numbers of a mount and its parent, which are others after each remount. */
function readMounts(file) {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((text) => {
      const words = text.split(" ");
      const type = words[words.indexOf("-") + 1];
      return { place: unescaped(words[4]), type, line: words.slice(3).join(" ") };
    });
}

/** Blanks in a path are written in octal. */
function unescaped(text) {
  return text.replace(/\\(\d{3})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 8)));
}

function counted(lines) {
  const counts = {};
  for (const line of lines) counts[line] = (counts[line] ?? 0) + 1;
  return counts;
}

function present(lines) {
  return Object.fromEntries(lines.map((line) => [line, "there"]));
}

/** What is below a folder, by its path from there; what ends while it is read is not there. */
function names(folder, { folders = false, files = false } = {}) {
  const all = !folders && !files;
  const walk = (below) =>
    entries(join(folder, below)).flatMap((entry) => {
      const name = join(below, entry.name);
      const wanted = all || (entry.isDirectory() ? folders : files);
      return [...(wanted ? [name] : []), ...(entry.isDirectory() ? walk(name) : [])];
    });
  return walk("");
}

function entries(folder) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (["ENOENT", "EACCES", "ENOTDIR"].includes(error.code)) return [];
    throw error;
  }
}

/** The text of a file, or why it has none: some sysctls are only written. */
function read(file) {
  try {
    return readFileSync(file, "latin1");
  } catch (error) {
    return `cannot be read: ${error.code}`;
  }
}

/** Whether a group is that of a living executor which is none of this run. */
function isOthers(name, root, run) {
  const pid = /(?:^|\/)bpf-exec-(\d+)(?:\/|$)/.exec(name)?.[1];
  if (pid === undefined || commandOf(pid, root) === "") return false;
  return run === undefined || !isOf(run, pid, root);
}

/** Whether a group holds processes, and none of this run. */
function holdsOthers(group, root, run) {
  if (run === undefined) return false;
  const pids = read(join(root, group, "cgroup.procs")).match(/^\d+$/gm) ?? [];
  const alive = pids.filter((pid) => commandOf(pid, root) !== "");
  return alive.length > 0 && alive.every((pid) => !isOf(run, pid, root));
}

function isOf(run, pid, root) {
  const environment = read(join(root, "proc", String(pid), "environ")).split("\0");
  return environment.includes(`BPF_TOKEN_CI_RUN=${run}`) && commandOf(pid, root) !== "";
}

/** Its words; none of a process that has ended and only waits for its parent. */
function commandOf(pid, root) {
  const text = read(join(root, "proc", String(pid), "cmdline"));
  return text.startsWith("cannot be read") ? "" : text.replaceAll("\0", " ").trim();
}

function parentOf(pid, root) {
  const stat = read(join(root, "proc", String(pid), "stat"));
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] ?? 0);
}
