// SPDX-License-Identifier: MIT
// Writes a native program of the executable to a folder from which no other user can replace it: root
// runs it from there.
import { createHash, randomBytes } from "node:crypto";
import {
  accessSync,
  constants,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

const FIX =
  "set XDG_CACHE_HOME to a folder of yours that allows programs, or run bpf-token-collect here and 'bpf-token doctor --from REPORT' on another machine";

const digest = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** An existing folder, and the folders below it that are created. */
function bases({ uid, env, memory }) {
  const { XDG_CACHE_HOME: cache, HOME: home, TMPDIR: temporary } = env;
  return [
    ...(cache ? [[cache, "bpf-token"]] : []),
    ...(home ? [[home, ".cache", "bpf-token"]] : []),
    [temporary || "/tmp", `bpf-token-${uid}`],
    [memory, `bpf-token-${uid}`],
  ];
}

/**
 * Resolves a folder.
 *
 * @throws Error if another user could replace it or a folder above it.
 */
function trusted(path, uid) {
  const real = realpathSync(path);
  // Where a user namespace does not map root, the files of root belong to the overflow user.
  const owners = [0, uid, lstatSync("/").uid];
  for (let at = real; ; at = dirname(at)) {
    const { uid: owner, mode } = lstatSync(at);
    if (!owners.includes(owner)) throw new Error(`${at} belongs to another user`);
    if ((mode & 0o022) !== 0 && (mode & 0o1000) === 0)
      throw new Error(`other users can write to ${at}`);
    if (at === "/") return real;
  }
}

function createFolder(path, mode) {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
}

/** Creates a folder of this user alone, or accepts one that is. */
function ownFolder(path, uid) {
  createFolder(path, 0o700);
  const stat = lstatSync(path);
  if (!stat.isDirectory()) throw new Error(`${path} is not a folder`);
  if (stat.uid !== uid) throw new Error(`${path} belongs to another user`);
  if ((stat.mode & 0o022) !== 0) throw new Error(`other users can write to ${path}`);
  return path;
}

function isIntact(path, { bytes }, uid) {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile()) return false;
  if (stat.uid !== uid || (stat.mode & 0o022) !== 0 || stat.size !== bytes.length) return false;
  return digest(readFileSync(path)) === digest(bytes);
}

/** Another process may install the same file: each writes its own, and one name gets the last. */
function install(path, { bytes }) {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  try {
    writeFileSync(temporary, bytes, { flag: "wx", mode: 0o700 });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function extractBelow([base, ...names], file, build, uid) {
  const last = names.pop();
  let folder = trusted(base, uid);
  for (const name of names) {
    createFolder(join(folder, name), 0o700);
    folder = trusted(join(folder, name), uid);
  }
  const parts = [last, build, ...dirname(file.name).split("/")];
  for (const name of parts) folder = ownFolder(join(folder, name), uid);
  const path = join(folder, file.name.split("/").at(-1));
  if (!isIntact(path, file, uid)) install(path, file);
  try {
    accessSync(path, constants.X_OK);
  } catch {
    throw new Error(`${folder} is mounted with noexec`);
  }
  return path;
}

/** The words of a system error, or the message of one of ours. */
const reason = ({ message }) => /^E\w+: ([^,]+),/.exec(message)?.[1] ?? message;

/**
 * Extracts a file.
 *
 * @param file - its `name`, a relative path, and its `bytes`.
 * @param build - the name of the folder; different builds have different names.
 * @param owner - the `uid` and the `env` of the process, and the last folder to try, `memory`.
 * @returns the path.
 * @throws Error if no folder can have it, with the reasons and the fix.
 */
export function extract(file, build, { uid, env, memory = "/dev/shm" }) {
  const reasons = [];
  for (const base of bases({ uid, env, memory })) {
    try {
      return extractBelow(base, file, build, uid);
    } catch (error) {
      reasons.push(`${base[0]}: ${reason(error)}`);
    }
  }
  const name = file.name.split("/").at(-1);
  throw new Error(`no folder can have the program ${name} (${reasons.join("; ")}). Fix: ${FIX}`);
}
