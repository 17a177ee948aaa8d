// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { codeOf, isIn, loadFacts } from "../facts.mjs";
import { validate } from "../validate.mjs";

const good = () => loadFacts(new URL("../facts.json", import.meta.url));

const releases = good().releases.map(({ name }) => name);

/** The errors after one change of the facts. */
function wrong(change: (f: ReturnType<typeof good>) => unknown): string[] {
  const facts = good();
  change(facts);
  return validate(facts);
}

describe("releases compare by age", () => {
  it.each([
    [undefined, 0],
    ["3.18", 0],
    ["6.7", 0],
    ["v10-03", 1],
    ["v10", 2],
    ["v10-reviewed", 3],
    ["6.8", 6008],
    ["6.18", 6018],
    ["2.6.39", 0],
  ])("%s is %i", (release, code) => {
    expect(codeOf(release)).toBe(code);
  });

  it("and text that is not a release is an error", () => {
    expect(codeOf("v11")).toBeNaN();
    expect(isIn({ since: "v10", until: "6.9" }, 3)).toBe(true);
    expect(isIn({ since: "v10", until: "6.9" }, 6009)).toBe(false);
    expect(isIn({ since: "v10" }, 1)).toBe(false);
  });
});

describe("wrong facts are errors that name their place", () => {
  it("correct facts have no errors", () => {
    expect(wrong(() => {})).toEqual([]);
  });

  it.each<[string, (f: ReturnType<typeof good>) => unknown, string[]]>([
    ["a section", (f) => Reflect.deleteProperty(f, "errno"), ["errno: missing"]],
    ["a new section", (f) => Object.assign(f, { more: 1 }), ["more: unknown section"]],
    [
      "a release",
      (f) => Object.assign(f.releases[3] ?? {}, { code: 6010 }),
      ["releases[3] (6.9): code 6010 is not 6009"],
    ],
    [
      "since",
      (f) => Object.assign(f.enums.bpf_cmd?.members[0] ?? {}, { since: "soon" }),
      ["enums.bpf_cmd.members[0] (MAP_CREATE): since 'soon' is not a release"],
    ],
    [
      "until",
      (f) => Object.assign(f.attr.groups.map_create?.fields[14] ?? {}, { until: "v10" }),
      ["attr.groups.map_create.fields[14] (map_token_fd): until 'v10' is not after since 'v10'"],
    ],
    [
      "a value",
      (f) => Object.assign(f.flags.O?.members[1] ?? {}, { value: "0o1" }),
      ["flags.O.members[1] (WRONLY): value '0o1' is not a number"],
    ],
    [
      "a name twice",
      (f) => f.capabilities.push({ name: "BPF", value: 41 }),
      ["capabilities[41] (BPF): twice"],
    ],
    [
      "an alias",
      (f) => Object.assign(f.enums.bpf_cmd?.members[11] ?? {}, { aliasOf: "MAP_CREATE" }),
      [
        "enums.bpf_cmd.members[11] (PROG_RUN): aliasOf 'MAP_CREATE' is not an earlier member of the same value",
      ],
    ],
    [
      "a type",
      (f) => Object.assign(f.structs.open_how?.fields[0] ?? {}, { type: "u33" }),
      ["structs.open_how.fields[0] (flags): type 'u33' is unknown"],
    ],
    [
      "an offset",
      (f) => Object.assign(f.attr.groups.info?.fields[2] ?? {}, { offset: 12 }),
      ["attr.groups.info.fields[2] (info): offset 12 not aligned"],
    ],
    [
      "a field twice",
      (f) => f.attr.groups.token_create?.fields.push({ name: "flags", type: "u32", offset: 8 }),
      ["attr.groups.token_create.fields[2] (flags): twice in the same release"],
    ],
    [
      "a last field",
      (f) => Object.assign(f.attr.commands.TOKEN_CREATE ?? {}, { lastField: [{ field: "fd" }] }),
      releases.map((r) => `attr.commands.TOKEN_CREATE: ${r} has no last field 'fd'`),
    ],
    [
      "a union too small",
      (f) => Object.assign(f.attr.unionSize[2] ?? {}, { size: 160 }),
      releases
        .slice(releases.indexOf("6.18"))
        .map((r) => `attr.commands.PROG_LOAD: ends at 168, beyond the union of ${r}`),
    ],
    [
      "a command without attribute",
      (f) => Reflect.deleteProperty(f.attr.commands, "MAP_FREEZE"),
      ["attr.commands: 'MAP_FREEZE' is missing"],
    ],
    [
      "an argument",
      (f) => Object.assign(f.syscalls[0]?.args[1] ?? {}, { size: { arg: "length" } }),
      ["syscalls[0] (read).buf: size by 'length', which is not an argument"],
    ],
    [
      "a group of flags",
      (f) => Object.assign(f.syscalls[0]?.args[0] ?? {}, { flags: "OO" }),
      ["syscalls[0] (read).fd: flags 'OO' is not a group"],
    ],
  ])("%s", (_, change, expected) => {
    expect(wrong(change)).toEqual(expected);
  });

  it("and anything but an object is an error", () => {
    expect(validate(null)).toEqual(["not an object"]);
    expect(validate([])).toEqual(["not an object"]);
    expect(() => loadFacts("/nowhere/facts.json")).toThrow(/^facts\.json: ENOENT/);
  });
});
