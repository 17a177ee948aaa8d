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
 * Returns the answer of `security_NAME` without a security module: a number, or the function of the
 * capability module that answers; undefined if no hook is known.
 */
export function hookAnswers(folder) {
  const read = (path) => readFileSync(join(folder, "linux", path), "utf8");
  const hooks = parseHooks(read("include/linux/lsm_hook_defs.h"));
  const capability = parseCapabilityHooks(read("security/commoncap.c"));
  return (wrapper) => {
    const name = wrapper.replace(/^security_/, "");
    const hook = hooks.has(name) ? name : otherNames[name];
    return capability.get(hook) ?? hooks.get(hook);
  };
}
