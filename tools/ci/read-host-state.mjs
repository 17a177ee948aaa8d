// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** What programs open as they start; a container runtime may give them to another user. */
const devices = ["null", "zero", "full", "random", "urandom", "tty"];

/**
 * The state of a host, by kind and name; the value of a mount is how many times it is mounted.
 *
 * @param {{ root?: string, run?: string }} options - `root`, the folder that holds /proc and /sys;
 *   `run`, the CI run that reads: cgroups of executors of other runs are not included.
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
    devices: Object.fromEntries(
      devices.map((name) => [join("/dev", name), accessOf(join(root, "dev", name))]),
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
 * The processes that inherited the name of a run, except `but` and its ancestors.
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
 * The state without new cgroups that contain only processes of others: other users of the host
 * created them in the meantime.
 *
 * @param {object} now - a host state.
 * @param {object} before - an older host state.
 * @param {{ root?: string, run?: string }} options - as of {@link readHostState}.
 */
export function withoutOthers(now, before, { root = "/", run } = {}) {
  const groups = Object.entries(now.cgroups).filter(
    ([name]) => name in before.cgroups || !holdsOthers(name, root, run),
  );
  return { ...now, cgroups: Object.fromEntries(groups) };
}

/** Lines without the ids of the mount and its parent, which change on each remount. */
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

/** mountinfo escapes blanks in a path in octal. */
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

/** Everything below a folder, as relative paths. Entries that vanish meanwhile are not included. */
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

/** Who may open a file: "UID:GID MODE". */
function accessOf(file) {
  const status = statSync(file, { throwIfNoEntry: false });
  if (status === undefined) return "missing";
  return `${status.uid}:${status.gid} ${(status.mode & 0o7777).toString(8).padStart(4, "0")}`;
}

/** The content of a file, or the error: some sysctls are write-only. */
function read(file) {
  try {
    return readFileSync(file, "latin1");
  } catch (error) {
    return `cannot be read: ${error.code}`;
  }
}

/** Whether a cgroup belongs to a running executor of another run. */
function isOthers(name, root, run) {
  const pid = /(?:^|\/)bpf-exec-(\d+)(?:\/|$)/.exec(name)?.[1];
  if (pid === undefined || commandOf(pid, root) === "") return false;
  return run === undefined || !isOf(run, pid, root);
}

/** Whether a cgroup contains processes, but none of this run. */
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

/** The command line; empty for a zombie. */
function commandOf(pid, root) {
  const text = read(join(root, "proc", String(pid), "cmdline"));
  return text.startsWith("cannot be read") ? "" : text.replaceAll("\0", " ").trim();
}

function parentOf(pid, root) {
  const stat = read(join(root, "proc", String(pid), "stat"));
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] ?? 0);
}
