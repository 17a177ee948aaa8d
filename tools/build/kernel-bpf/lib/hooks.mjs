// SPDX-License-Identifier: MIT
// The answers of LSM hooks without a security module, from lsm_hook_defs.h of the source. The
// capability module is always there: its functions answer for its hooks.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Wrappers of security/security.c whose hook has another name. */
const otherNames = {
  backing_file_free: "backing_file_free_security",
  create_user_ns: "userns_create",
  file_alloc: "file_alloc_security",
  file_free: "file_free_security",
  free_mnt_opts: "sb_free_mnt_opts",
  inode_alloc: "inode_alloc_security",
  inode_free: "inode_free_security",
  prepare_creds: "cred_prepare",
  sb_alloc: "sb_alloc_security",
  sb_free: "sb_free_security",
};
const errnos = { ENOPARAM: 519, EOPNOTSUPP: 95, ENOSYS: 38, EPERM: 1, EINVAL: 22 };

/** Parses the table of hooks: name to default answer. */
export function parseHooks(text) {
  const rows = text.matchAll(/^LSM_HOOK\(\s*[\w *]+?,\s*(-?\w+),\s*(\w+)\s*,/gm);
  return new Map([...rows].map(([, answer, name]) => [name, numberOf(answer)]));
}

function numberOf(answer) {
  if (answer === "LSM_RET_VOID") return 0;
  const errno = errnos[answer.replace(/^-/, "")];
  return errno === undefined ? Number(answer) : -errno;
}

/** Parses the hooks of the capability module: name to function. */
export function parseCapabilityHooks(text) {
  const rows = text.matchAll(/LSM_HOOK_INIT\((\w+),\s*(cap_\w+)\)/g);
  return new Map([...rows].map(([, name, fn]) => [name, fn]));
}

/**
 * Parses the wrappers of security/security.c that pass their arguments to one hook, whatever they are
 * called with: name to hook, and what undoes a refused allocation.
 */
export function parseWrappers(text) {
  const functions = text.matchAll(/^[\w ]+[ *]security_(\w+)\(([^)]*)\)\n\{\n(.*?)\n\}/gms);
  return new Map([...functions].flatMap(([, name, list, body]) => wrapper(name, list, body) ?? []));
}

function wrapper(name, list, body) {
  const params = list.split(",").map((param) => /(\w+)(\[\])?\s*$/.exec(param)?.[1] ?? "");
  const calls = [...body.matchAll(/call_(?:int|void)_hook\((\w+)(?:,\s*([^)]*))?\)/g)];
  const [, hook, args = "void"] = calls[0] ?? [];
  const passed = args.split(",").map((arg) => arg.trim());
  if (calls.length !== 1 || /IS_PRIVATE|for_each_hook/.test(body)) return undefined;
  if (passed.join() !== params.join()) return undefined;
  const after = body.slice(calls[0].index);
  const [, undo, of] = /if \((?:unlikely\()?rc\)?\)\s*(security_\w+)\((\w+)\);/.exec(after) ?? [];
  const about = undo === undefined ? { hook } : { hook, undo: `${undo}(a${params.indexOf(of)})` };
  return [[name, about]];
}

/**
 * Returns two functions. `answer` gives what `security_NAME` answers without a security module: a
 * number, or the function of the capability module that answers; undefined if no hook is known.
 * `wrapper` gives the hook that `security_NAME` calls, undefined if it does not call just one.
 */
export function hooksOf(folder) {
  const read = (path) => readFileSync(join(folder, "linux", path), "utf8");
  const hooks = parseHooks(read("include/linux/lsm_hook_defs.h"));
  const capability = parseCapabilityHooks(read("security/commoncap.c"));
  const wrappers = parseWrappers(read("security/security.c"));
  const answer = (fn) => {
    const name = fn.replace(/^security_/, "");
    const hook = hooks.has(name) ? name : otherNames[name];
    return capability.get(hook) ?? hooks.get(hook);
  };
  const wrapper = (fn) => {
    const found = wrappers.get(fn.replace(/^security_/, ""));
    if (found === undefined || !hooks.has(found.hook)) return undefined;
    const { hook } = found;
    return { ...found, answer: hooks.get(hook), capability: capability.get(hook) };
  };
  return { answer, wrapper };
}
