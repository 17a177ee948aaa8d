// SPDX-License-Identifier: MIT
// C of the calls that end in a program or start from one: hooks of security modules, and kfuncs as a
// program calls them. core-c/kernel-bpf/include/calls.h declares the tables.

const cTypes = { i32: "unsigned", i64: "unsigned long" };
/** Hooks of core-c/kernel-bpf/security.c. */
const ownHooks = ["capable"];
/**
 * Kfuncs that need what the module does not have, that a program never calls as such, or that only
 * tests have. Their code would only make the module larger.
 */
const WITHOUT = new RegExp(
  [
    "^(css_|cgroup_|bpf_(arena_|crypto_|cgroup_|iter_css|iter_task_vma|throw|verify_pkcs7",
    "cpumask_|iter_task_|get_(dentry|file)_xattr|get_fsverity|sock_destroy|sk_assign_tcp|xdp_|task_under_cgroup|task_get_cgroup|session_",
    "lookup_(user|system)_key|key_put|wq_|sock_addr_|copy_from_user_str|map_sum_elem|rdonly_cast",
    "cast_to_kern|kfunc_call_|fentry_test|modify_return_test))",
  ].join("|"),
);

/** Whether the module can have a kfunc. */
export function isCallable(name) {
  return !WITHOUT.test(name);
}

/** A program has five registers for arguments. */
const REGISTERS = 5;

const head = [
  "struct lsm_hook { const char *name; long answer; const void *image; };",
  "struct kfunc_call {",
  "\tconst char *name;",
  "\tunsigned long (*call)(unsigned long, unsigned long, unsigned long, unsigned long, unsigned long);",
  "};",
  "unsigned long run_hook(struct lsm_hook *hook, const unsigned long *args, unsigned long answer);",
];

function declaration({ name, params, results }) {
  const list = params.map((type, i) => `${cTypes[type]} a${i}`).join(", ");
  return `${results.length === 0 ? "void" : cTypes[results[0]]} ${name}(${list || "void"})`;
}

function call(name, { params }) {
  return `${name}(${params.map((_, i) => `a${i}`).join(", ")})`;
}

/** A wrapper of security/security.c: the capability module answers first, then a program. */
function hook(fn, { hook: name, answer, capability, undo }) {
  const passed = fn.params.map((_, i) => `a${i}`).join(", ");
  const first = capability === undefined ? `${answer}` : call(capability, fn);
  const run = `run_hook(&hook_${name}, (unsigned long[]){ ${passed || 0} }, ${first})`;
  const lines =
    fn.results.length === 0 ? [`\t${run};`] : [`\t${cTypes[fn.results[0]]} rc = ${run};`];
  if (undo !== undefined) lines.push(`\tif (rc)\n\t\t${undo};`);
  if (fn.results.length > 0) lines.push("\treturn rc;");
  return [
    ...(capability === undefined ? [] : [`${declaration({ ...fn, name: capability })};`]),
    `static struct lsm_hook hook_${name} = { "bpf_lsm_${name}", ${answer} };`,
    `${declaration(fn)}\n{\n${lines.join("\n")}\n}`,
  ];
}

/** Names of functions stay in the module, so these are short. */
function kfunc(fn, i) {
  const regs = Array.from({ length: REGISTERS }, (_, i) => `unsigned long a${i}`).join(", ");
  const body =
    fn.results.length === 0
      ? `\t${call(fn.name, fn)};\n\treturn 0;`
      : `\treturn ${call(fn.name, fn)};`;
  return [`${declaration(fn)};`, `static unsigned long k${i}(${regs})\n{\n${body}\n}`];
}

/**
 * Writes the C text.
 *
 * @param hooks - pairs of a function and what `hooksOf` says about it.
 * @param kfuncs - the kfuncs that the module has, with their types.
 */
export function writeCalls(hooks, kfuncs) {
  const callable = kfuncs.filter(({ params }) => params.length <= REGISTERS);
  const prototypes = hooks.map(([fn]) => `${declaration(fn)};`);
  return `${[
    ...head,
    ...prototypes,
    ...ownHooks.map((name) => `extern struct lsm_hook hook_${name};`),
    ...hooks.flatMap(([fn, about]) => hook(fn, about)),
    "struct lsm_hook *const lsm_hooks[] = {",
    ...[...ownHooks, ...hooks.map(([, about]) => about.hook)].map((name) => `\t&hook_${name},`),
    "};",
    `const int lsm_hooks_count = ${ownHooks.length + hooks.length};`,
    ...callable.flatMap(kfunc),
    "const struct kfunc_call kfunc_calls[] = {",
    ...callable.map(({ name }, i) => `\t{ "${name}", k${i} },`),
    "};",
    `const int kfunc_calls_count = ${callable.length};`,
  ].join("\n")}\n`;
}
