// SPDX-License-Identifier: MIT
// Runs programs of the kernel's selftests once, as their test_loader.c does, and compares what they
// return with the value that the test expects and with a real kernel.

import { missing } from "./compare.mjs";

const DATA = 64;
const SYSCALL = 31;
/** What prog_tests/verifier.c writes to element 0 of a map before it runs a program. */
const prepared = {
  verifier_array_access: "map_array_ro",
  verifier_value_ptr_arith: "map_array_48b",
};

/** Parses `__retval()`; `any` stands for POINTER_VALUE. */
export function parseRetval(text) {
  if (text === "POINTER_VALUE" || text === "0xcafe4all" || text === "0xbadcafe") return "any";
  if (text === "TEST_DATA_LEN") return DATA;
  if (/^_?INT_MIN$/.test(text)) return 0x80000000;
  const value = Number(/^-?(0x)?[0-9a-f]+$/i.test(text) ? BigIntOf(text) : Number.NaN);
  return Number.isNaN(value) ? undefined : value >>> 0;
}

function BigIntOf(text) {
  const value = text.startsWith("-") ? -BigInt(text.slice(1)) : BigInt(text);
  return Number(BigInt.asIntN(32, value));
}

/**
 * Reads the tags of a selftest's functions.
 *
 * @returns by program: `retval` if the test runs it, and whether other programs need it.
 */
export function readExpectations(btf) {
  const found = new Map();
  for (const id of btf.idsOfKind("DECL_TAG")) {
    const { name, type } = btf.type(id);
    const [, key, , value = ""] = /^comment:(?:\d+:)?test_(\w+)(=(.*))?$/s.exec(name) ?? [];
    if (key === undefined) continue;
    const program = btf.name(type);
    const about = found.get(program) ?? { auxiliary: false };
    if (key === "auxiliary") about.auxiliary = true;
    if (key === "retval") about.retval = parseRetval(value);
    if (key === "linear_size") about.linear = Number(value);
    found.set(program, about);
  }
  return found;
}

/** Loads a program with those that it needs, and runs it. Returns `{ retval }` or `{ why }`. */
function runOne({ loader, syscall, task, options, other }, spec, program, about, wanted) {
  const programs = (one) => one === program || about.get(one.name)?.auxiliary === true;
  let collection;
  try {
    collection = loader.Collection.load(task, spec, {
      token: "never",
      externs: "all",
      ...options,
      programs,
    });
    prepare(syscall.bpf, task, collection, wanted.object);
    const data = program.type === SYSCALL ? {} : { data: new Uint8Array(DATA), repeat: 1 };
    const context = wanted.linear === undefined ? {} : { context: contextOf(wanted.linear) };
    return { retval: collection.program(program.name).testRun({ ...data, ...context }).retval };
  } catch (error) {
    if (
      error instanceof loader.LoadError ||
      error.name === "BpfError" ||
      error.name === "ObjectFormatError"
    )
      return { why: error.message.split("\n")[0] };
    return other(error);
  } finally {
    close(collection);
  }
}

function close(collection) {
  try {
    collection?.close();
  } catch (error) {
    if (error.name !== "KernelLostError" && error.name !== "BpfKernelTrap") throw error;
  }
}

/** `data_end` of a struct __sk_buff. */
function contextOf(size) {
  const context = new Uint8Array(192);
  new DataView(context.buffer).setUint32(80, size, true);
  return context;
}

function prepare(bpf, task, collection, object) {
  const name = prepared[object.replace(/\.o$/, "")];
  if (name === undefined) return;
  const value = new Uint32Array(12);
  value[0] = 28;
  value[7] = 0xabcdef12;
  const element = { key: new Uint8Array(4), value: new Uint8Array(value.buffer) };
  bpf(task, "MAP_UPDATE_ELEM", { map_fd: collection.map(name).fd.fd, ...element });
}

/** An object that does not parse already counts among the verdicts. */
function parsed(object, bytes, name) {
  try {
    return object.parseObject(new Uint8Array(bytes), { name });
  } catch (error) {
    if (!(error instanceof object.ObjectFormatError)) throw error;
    return undefined;
  }
}

/**
 * Runs the programs of an object for which its test expects a value.
 *
 * @param packages - as `judge` of the verdicts takes them, and `syscall`.
 * @param [only] - the names of the programs to run; all if undefined.
 * @returns by program: the expected value, and what the run returned.
 */
export function runAll(packages, bytes, name, only) {
  const spec = parsed(packages.object, bytes, name);
  if (spec?.btf === undefined) return new Map();
  const about = readExpectations(spec.btf);
  const wanted = spec.programs.filter((one) => {
    return about.get(one.name)?.retval !== undefined && only?.has(one.name) !== false;
  });
  return new Map(
    wanted.map((program) => {
      const expected = { ...about.get(program.name), object: name };
      const outcome = runOne(packages, spec, program, about, expected);
      return [program.name, { expected: expected.retval, ...outcome }];
    }),
  );
}

function isExpected({ expected, retval }) {
  return retval !== undefined && (expected === "any" || retval === expected);
}

/**
 * The share of the programs that return what they do on a real kernel. Programs that need the pages of
 * an arena, which the module does not have, do not count.
 */
export function rightRuns({ runs, runsExpected, runsAsGuest, runsOfArenas }) {
  return (runsExpected + runsAsGuest) / (runs - runsOfArenas);
}

/** The programs that ran and did not return what their tests expect. */
export function unexpected(runs) {
  const wrong = [...runs].filter(([, one]) => !isExpected(one) && !one.isNotModelled);
  return new Set(wrong.map(([name]) => name));
}

function text({ retval, why }) {
  return retval === undefined ? why : `${retval | 0}`;
}

/**
 * Adds to the counts and to the lines about differences.
 *
 * @param ours - of {@link runAll} on the module.
 * @param theirs - of the programs in {@link unexpected} on the guest.
 */
export function compareRuns(result, object, ours, theirs) {
  for (const [program, mine] of ours) {
    result.runs++;
    if (isExpected(mine)) {
      result.runsExpected++;
      continue;
    }
    const real = theirs.get(program);
    if (mine.isNotModelled) {
      result.runsNotModelled++;
      if (mine.why.includes("arena")) result.runsOfArenas++;
      result.differences.push(`does not run: ${object} ${program}: ${missing(mine.why)}`);
      continue;
    }
    const isEqual = text(mine) === text(real);
    if (isEqual) result.runsAsGuest++;
    const kind = isEqual ? "unexpected value on both" : "different run";
    const value = mine.expected === "any" ? "any value" : `${mine.expected | 0}`;
    const both = `expected ${value}, module ${text(mine)}, guest ${text(real)}`;
    result.differences.push(`${kind}: ${object} ${program}: ${both}`);
  }
}
