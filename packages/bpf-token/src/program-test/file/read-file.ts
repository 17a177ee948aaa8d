// SPDX-License-Identifier: MIT
import { type Delegation, delegationMasks, parseCapabilities } from "@bpf-token/delegation";
import {
  describe,
  type Node,
  Problems,
  readSource,
  ScenarioError,
  type SourceKind,
} from "@bpf-token/scenario";
import type { Plain } from "../values.js";
import { FieldReader, type Fields } from "./fields.js";
import type {
  Element,
  Expected,
  ExpectedEvents,
  Named,
  Placed,
  StateOf,
  TestCase,
  TestFile,
  TestStep,
} from "./file.js";
import { type Files, plain, readBytes, readPacket } from "./read-bytes.js";
import { keyOf } from "./test-state.js";

const kind: SourceKind = {
  name: "test file",
  needs: "a test file needs at least 'object' and 'tests'",
  limits: { characters: 1 << 24, nodes: 1_000_000, depth: 32 },
};

const FILE = ["object", "programs", "kernels", "variables", "seed", "delegate", "caps", "tests"];
const AXES = ["cmds", "maps", "progs", "attachs"];
const TEST = ["name", "steps"];
const STEP = [
  ...["maps", "variables", "time", "program", "packet", "context", "repeat", "returns"],
  ...["instructions", "verified", "expect"],
];
const EXPECT = ["packet", "context", "maps", "elements", "variables", "events"];
/** What a test with steps may set before them. */
const SETUP = ["maps", "variables", "time"];

/**
 * Reads a file of tests. docs/testing-programs.md describes the format.
 *
 * @param text - the YAML.
 * @param name - the name of the file in problems.
 * @param files - returns the bytes of a file that a packet names.
 * @throws ScenarioError with every problem and its line.
 * @example
 * ```ts
 * const file = readTestFile(readFileSync("filter.test.yaml", "utf8"), "filter.test.yaml", readFileSync);
 * ```
 */
export function readTestFile(text: string, name: string, files: Files): TestFile {
  const problems = new Problems();
  const root = readSource(text, problems, kind);
  const file = root === undefined ? undefined : new FileReader(problems, files).file(root);
  const found = problems.sorted();
  if (found.length > 0 || file === undefined) throw new ScenarioError(found, name);
  return file;
}

class FileReader extends FieldReader {
  readonly #files: Files;

  constructor(problems: Problems, files: Files) {
    super(problems);
    this.#files = files;
  }

  file(root: Node): TestFile {
    const fields = this.fields(root, FILE, "a test file");
    const tests = this.list(fields.get("tests"), "tests");
    for (const needed of ["object", "tests"])
      if (!fields.has(needed)) this.problems.add(root.at, `'${needed}' is missing`);
    return {
      object: this.text(fields.get("object"), "object") ?? "",
      programs: fields.has("programs")
        ? this.list(fields.get("programs"), "programs").map((one) =>
            placed(one, this.text(one, "programs") ?? ""),
          )
        : undefined,
      kernels: this.texts(fields.get("kernels"), "kernels"),
      variables: fields.has("variables") ? this.#named(fields.get("variables")) : undefined,
      seed: this.number(fields.get("seed"), "seed", 2 ** 32 - 1),
      delegation: this.#delegation(fields.get("delegate")),
      capabilities: this.#capabilities(fields.get("caps")),
      tests: tests.map((test) => this.#test(test)),
    };
  }

  #delegation(node: Node | undefined): Delegation | undefined {
    if (node === undefined) return undefined;
    const axes = this.fields(node, AXES, "'delegate'");
    const masks = Object.fromEntries(
      AXES.flatMap((axis) => {
        const value = axes.get(axis);
        return value === undefined ? [] : [[axis, this.#words(value, axis)]];
      }),
    ) as Delegation;
    return this.#parsed(node, () => delegationMasks(masks)) && masks;
  }

  #capabilities(node: Node | undefined): bigint | undefined {
    if (node === undefined) return undefined;
    const words = this.#words(node, "caps");
    return this.#parsed(node, () => parseCapabilities([words].flat().join(",")));
  }

  /** A word such as `any`, or a list of names. */
  #words(node: Node, what: string): string | readonly string[] {
    if (node.kind === "scalar") return this.text(node, what) ?? [];
    return this.texts(node, what)?.filter((word) => word !== "") ?? [];
  }

  #parsed<T>(node: Node, parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      this.problems.add(node.at, error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  #test(node: Node): TestCase {
    const fields = this.fields(node, [...TEST, ...STEP], "a test");
    const name = this.text(fields.get("name"), "name") ?? "";
    if (name === "") this.problems.add(node.at, "a test needs a name");
    const steps = fields.get("steps");
    const own = STEP.find((key) => fields.has(key) && !SETUP.includes(key));
    const isSetup = SETUP.some((key) => fields.has(key));
    if (steps !== undefined && own !== undefined)
      this.problems.add(steps.at, `'steps' and '${own}' exclude each other`);
    const doesNothing = !fields.has("program") && !fields.has("expect");
    if (steps === undefined && doesNothing)
      this.problems.add(node.at, "a test needs 'program', 'expect' or 'steps'");
    return {
      ...node.at,
      name,
      steps:
        steps === undefined
          ? [this.#step(fields, node)]
          : [
              ...(isSetup ? [this.#step(fields, node)] : []),
              ...this.list(steps, "steps").map((step) =>
                this.#step(this.fields(step, STEP, "a step"), step),
              ),
            ],
    };
  }

  #step(fields: Fields, node: Node): TestStep {
    const packet = fields.get("packet");
    const context = fields.get("context");
    const named = fields.get("program");
    const program = this.text(named, "program");
    for (const needs of ["packet", "context", "repeat", "returns", "instructions", "verified"]) {
      const found = fields.get(needs);
      if (found !== undefined && program === undefined)
        this.problems.add(found.at, `'${needs}' needs 'program', the program to run`);
    }
    return {
      ...node.at,
      set: this.#state(fields),
      time: this.#time(fields.get("time")),
      program: named && program !== undefined ? placed(named, program) : undefined,
      packet: packet && readPacket(packet, this.#files, this.problems),
      context: context && placed(context, this.#context(context)),
      repeat: this.number(fields.get("repeat"), "repeat", 1_000_000, 1),
      expect: this.#expected(fields),
    };
  }

  #expected(fields: Fields): Expected {
    const node = fields.get("expect");
    const inner: Fields =
      node === undefined ? new Map() : this.fields(node, EXPECT, "what is expected");
    const [returns, packet] = [fields.get("returns"), inner.get("packet")];
    const context = inner.get("context");
    const bytes = (of: Node): Uint8Array => readPacket(of, this.#files, this.problems);
    const budget = (name: string): Placed<number> | undefined => {
      const [at, most] = [
        fields.get(name),
        this.number(fields.get(name), name, Number.MAX_SAFE_INTEGER),
      ];
      return at && most !== undefined ? placed(at, most) : undefined;
    };
    return {
      ...this.#state(inner),
      returns: returns && placed(returns, this.#returned(returns)),
      packet: packet && placed(packet, isText(packet, "unchanged") ? "unchanged" : bytes(packet)),
      context: context && placed(context, this.#context(context)),
      elements: this.placed(
        inner.get("elements"),
        "elements",
        (value) => this.number(value, "elements", 2 ** 32) ?? 0,
      ),
      instructions: budget("instructions"),
      verified: budget("verified"),
      events: this.#events(inner.get("events")),
    };
  }

  /** Members of a struct, or bytes. */
  #context(node: Node): Uint8Array | Plain {
    const isFile = node.kind === "map" && node.entries.some(({ key }) => key === "file");
    return node.kind === "map" && !isFile
      ? plain(node)
      : readBytes(node, this.#files, this.problems);
  }

  #events(node: Node | undefined): ReadonlyMap<string, Placed<ExpectedEvents>> {
    return this.placed(node, "events", (value) => {
      const fields =
        value.kind === "list" ? undefined : this.fields(value, ["type", "list"], "events");
      const list = fields === undefined ? value : fields.get("list");
      return {
        type: this.text(fields?.get("type"), "type"),
        list: this.list(list, "events").map((one) => placed(one, plain(one))),
      };
    });
  }

  #state(fields: Fields): StateOf {
    return {
      maps: this.placed(fields.get("maps"), "maps", (value) => this.#elements(value)),
      variables: this.#named(fields.get("variables")),
    };
  }

  #elements(node: Node): readonly Element[] {
    if (node.kind === "map")
      return node.entries.map(({ key, at, value }) => ({
        key: { ...at, value: keyOf(key) },
        value: placed(value, plain(value)),
      }));
    return this.list(node, "the elements of a map").map((pair) => {
      const items = pair.kind === "list" ? pair.items : [];
      if (items.length !== 2) this.problems.add(pair.at, "an element is a list: [key, value]");
      const [key = pair, value = pair] = items;
      return { key: placed(key, plain(key)), value: placed(value, plain(value)) };
    });
  }

  #named(node: Node | undefined): Named {
    return this.placed(node, "variables", plain);
  }

  #returned(node: Node): number | string {
    const value = node.kind === "scalar" ? node.value : undefined;
    if (
      typeof value === "number" &&
      Number.isInteger(value) &&
      value >= -(2 ** 31) &&
      value < 2 ** 32
    )
      return value < 0 ? value + 2 ** 32 : value;
    if (typeof value === "string" && /^[A-Z_]+$/.test(value)) return value;
    this.problems.add(
      node.at,
      `'returns' is a number from -2147483648 to 4294967295, or a name such as XDP_DROP, not ${describe(node)}`,
    );
    return 0;
  }

  #time(node: Node | undefined): bigint | undefined {
    if (node === undefined) return undefined;
    const text = node.kind === "scalar" ? node.source : "";
    const [, digits = "", unit = "ns"] = /^(\d{1,15})(ns|us|ms|s)?$/.exec(text) ?? [];
    const factor = { ns: 1n, us: 1_000n, ms: 1_000_000n, s: 1_000_000_000n }[unit];
    if (digits !== "" && factor !== undefined) return BigInt(digits) * factor;
    this.problems.add(node.at, `'time' is a time such as 5s or 20ms, not ${describe(node)}`);
    return undefined;
  }
}

const placed = <T>({ at }: Node, value: T): Placed<T> => ({ ...at, value });

function isText(node: Node, text: string): boolean {
  return node.kind === "scalar" && node.value === text;
}
