// SPDX-License-Identifier: MIT
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Args,
  type Check,
  formatScenario,
  type Needs,
  parseScenario,
  type Scenario,
  type Step,
  type Value,
  withoutPositions,
} from "../src/index.ts";
import { structNames } from "../src/language/buffers.ts";
import { calls, type Param } from "../src/language/calls.ts";

/** Texts that YAML could parse as other types. */
const awkward = [
  ...["null", "~", "true", "no", "12", "0x10", "1e3", "0o7", ".inf", "- a", "# c", "a: b", "*x"],
  ...["&x", "!t", "{a}", "[a]", "'", '"', "|", ">", "%", "@", "`", " x ", "a\nb\n\n", "\t", "ä—😀"],
  ...["\u0085", "\u2028", "\ufeff", "\u0001", "<<", "=", "x #y", "2026-01-01", "a\\nb"],
];
const text = fc
  .oneof(fc.constantFrom(...awkward), fc.string({ unit: "grapheme", maxLength: 20 }))
  .map((s) => s.replaceAll("$", "$$$$").replaceAll("\0", ""));
const plain = text.map((s) => s.trimEnd()).filter((s) => s !== "");
const line = plain.map((s) => s.replace(/[\r\n]/g, "")).filter((s) => s !== "");

const integer = (low: bigint, high: bigint): fc.Arbitrary<Value> =>
  fc
    .oneof(
      fc.bigInt(low, high),
      fc.constantFrom(low, high, 0n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n),
    )
    .filter((v) => v >= low && v <= high)
    .map((v) => (Number.isSafeInteger(Number(v)) ? Number(v) : v));
const anyInteger = integer(-(2n ** 63n), 2n ** 64n - 1n);
const size = fc.nat(1 << 20);

const buffer: fc.Arbitrary<Value> = fc.oneof(
  size.map((zero) => ({ zero })),
  fc.uint8Array({ maxLength: 9 }).map((b) => ({
    hex: Array.from(b, (x) => x.toString(16).padStart(2, "0")).join(" "),
  })),
  fc.array(integer(-128n, 255n)).map((bytes) => ({ bytes })),
  fc.array(integer(-(2n ** 31n), 2n ** 32n - 1n)).map((u32) => ({ u32 })),
  fc.array(anyInteger).map((u64) => ({ u64 })),
  text.map((t) => ({ text: t })),
  fc.tuple(text, fc.nat(999)).map(([repeat, times]) => ({ repeat, times })),
  fc.constantFrom(...structNames).map((struct) => ({ struct })),
  fc.constant({ insns: ["mov r0 0", "ld r1 0xffffffffffffffff", "exit"] }),
  fc.constantFrom({ program: "return_0" }, { btf: "int" }),
);
const pointer: fc.Arbitrary<Value> = fc.oneof(
  fc.constant(null),
  text,
  fc.constant("bad_address"),
  buffer,
);
const attr: fc.Arbitrary<Value> = fc.oneof(
  fc.constant(null),
  fc.constant("bad_address"),
  fc.record(
    {
      map_type: fc.constantFrom<Value>("HASH", "BPF_MAP_TYPE_ARRAY", 99),
      key_size: integer(-(2n ** 31n), 2n ** 32n - 1n),
      map_extra: anyInteger,
      map_flags: fc.subarray<Value>(["TOKEN_FD", "BPF_F_NO_PREALLOC", 8]),
      map_name: text.filter((t) => new TextEncoder().encode(t).length <= 16),
      excl_prog_hash: pointer,
    },
    { requiredKeys: [] },
  ),
);
const names = fc.oneof(
  fc.constantFrom<Value>("all", "none"),
  fc.subarray<Value>(["BPF", "CAP_SYS_ADMIN"]),
);
const extent = fc.tuple(size, size, size).map((e): Value => e);

/** A value of a parameter; undefined omits the parameter. */
function maybeValue(param: Param): fc.Arbitrary<Value | undefined> {
  const some = givenValue(param);
  return param.required ? some : fc.option(some, { nil: undefined });
}

function givenValue(param: Param): fc.Arbitrary<Value> {
  switch (param.kind) {
    case "number": {
      const words = param.groups.flatMap((g) => Object.keys(g.members)).slice(0, 5);
      const one = words.length === 0 ? anyInteger : fc.oneof(anyInteger, fc.constantFrom(...words));
      return fc.oneof(one, fc.array(one, { maxLength: 3 }));
    }
    case "pointer":
      return pointer;
    case "attr":
      return attr;
    case "tail":
      return buffer;
    case "poke":
      return fc.dictionary(fc.nat(4095).map(String), integer(0n, 255n));
    case "task":
      return fc.constant("main");
    case "new-task":
      return fc.constant("unused");
    case "word":
      return fc.constantFrom(...param.words);
    case "text":
      return text;
    case "ids":
      return fc.oneof(extent, fc.array(extent, { minLength: 1 }));
    case "mask": {
      const mask = integer(0n, 2n ** 64n - 1n);
      return fc.oneof(text, mask, fc.array(fc.oneof(text, integer(0n, 63n))));
    }
    case "answer":
      return fc.constantFrom<Value>("EPERM", "EACCES", 0, 1);
    case "names":
      return names;
    case "sets":
      return fc.record({ drop: names, raise: names, only: names }, { requiredKeys: [] });
  }
}

const needs: fc.Arbitrary<Needs> = fc.record(
  {
    since: fc.constantFrom("6.9", "6.10", "v10", "6.18"),
    until: fc.constantFrom("6.20", "v10-reviewed"),
    features: fc.subarray<"sysctl" | "lsm">(["sysctl", "lsm"]),
  },
  { requiredKeys: [] },
);

const check: fc.Arbitrary<Check> = fc.oneof(
  fc.constant({}),
  fc.constantFrom<Check>({ errno: "EPERM" }, { errno: "EINVAL", decisions: [] }),
  anyInteger.map((value) => ({ value })),
);
const releases = fc.dictionary(fc.constantFrom("6.9", "6.10", "v10-03"), check, { minKeys: 1 });
const expectation = fc.oneof(
  check.filter((c) => Object.keys(c).length > 0),
  releases.map((by) => ({ releases: by })),
);

/** Removes undefined members. */
function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as T;
}

const step: fc.Arbitrary<Step> = fc
  .constantFrom(...calls.values())
  .filter((spec) => spec.name !== "fork")
  .chain((spec) => {
    const values = fc.tuple(...spec.params.map(maybeValue));
    const args = values
      .map(
        (list): Args =>
          defined(Object.fromEntries(spec.params.map((p, i) => [p.name, list[i]]))) as Args,
      )
      .filter((made) => spec.someOf?.every((name) => made[name] === undefined) !== true)
      .filter((made) => spec.name !== "bpf" || fits(made));
    const maybe = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: undefined });
    return fc
      .tuple(args, maybe(plain), maybe(expectation), maybe(needs))
      .map(
        ([made, say, expect, need]) =>
          defined({ by: "main", call: spec.name, args: made, say, expect, needs: need }) as Step,
      );
  });

/** Chooses a command that has the fields. */
function fits({ cmd, attr: fields }: Args): boolean {
  const named = typeof fields === "object" && fields !== null && Object.keys(fields).length > 0;
  return !named || cmd === 0 || cmd === "MAP_CREATE";
}

const scenario: fc.Arbitrary<Scenario> = fc
  .tuple(
    fc.record(
      {
        name: line,
        about: plain,
        needs,
        sysctl: fc.constant({ "kernel.unprivileged_bpf_disabled": 2 }),
        backends: fc.subarray(["model", "native"], { minLength: 1 }),
      },
      { requiredKeys: ["name"] },
    ),
    fc.oneof(
      fc.constant([{ name: "main" }]),
      plain.map((about) => [{ name: "main", about }]),
    ),
    fc.subarray(["TC-07", "OP-12a"]),
    fc.array(step, { maxLength: 5 }),
  )
  .map(([head, tasks, rules, steps]) => ({ ...head, tasks, rules, steps }));

test("a formatted scenario parses to the same value", () => {
  fc.assert(
    fc.property(scenario, (made) => {
      const written = formatScenario(made);
      expect(withoutPositions(parseScenario(written))).toEqual(made);
    }),
    { numRuns: 400 },
  );
});

test("formats scenarios in the usual style", () => {
  const source = `name: an example
tasks:
  host: root
  app: null
steps:
  - fork: app
  - by: app
    fsopen: bpf
    as: ctx
  - by: app
    bpf: TOKEN_CREATE
    attr:
      bpffs_fd: $ctx
    expect: EPERM
    say: Not that.
  - exec: null
`;
  expect(formatScenario(parseScenario(source))).toBe(source);
});

test("the parser returns a value or problems for any text", () => {
  const piece = fc.constantFrom(
    ...["name: x\n", "steps:\n", "  - ", "fsopen: ", "bpf: MAP_CREATE\n", "    attr: ", "{ ", "} "],
    ...[
      "[",
      "]",
      "$x",
      "${",
      "&a ",
      "*a ",
      "\t",
      "\n",
      "as: ",
      "expect: ",
      ": ",
      "- ",
      "0x",
      "'",
      '"',
    ],
  );
  fc.assert(
    fc.property(
      fc.array(fc.oneof(piece, fc.string({ maxLength: 5 })), { maxLength: 30 }),
      (parts) => {
        try {
          const read = parseScenario(parts.join(""));
          expect(withoutPositions(parseScenario(formatScenario(read)))).toEqual(
            withoutPositions(read),
          );
        } catch (error) {
          expect((error as Error).name).toBe("ScenarioError");
          expect((error as Error).message).toMatch(/^scenario:\d+:\d+: .+$/);
        }
      },
    ),
    { numRuns: 1000 },
  );
});
