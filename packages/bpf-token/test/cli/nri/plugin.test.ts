// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { putBytes, putNumber } from "../../../src/cli/nri/wire.ts";
import { type Answer, call, type Pairs, putCreate } from "./fake-runtime.ts";

const asked: Pairs = [
  ["bpf-token/delegate_cmds", "map_create"],
  ["bpf-token/delegate_maps.container.loader", "array"],
];

describe("the plugin", () => {
  let folder = "";
  let settings = { program: "", config: "", required: false };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "bpf-token-nri-"));
    settings = { program: join(folder, "hook"), config: join(folder, "json"), required: false };
    writeFileSync(settings.program, "", { mode: 0o755 });
    writeFileSync(settings.config, "{}");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const create = (request: Uint8Array): Answer & { lines: readonly string[] } =>
    call(settings, "CreateContainer", request);

  test("adds the hook, and the annotations of the pod", () => {
    const answer = create(putCreate([["other/key", "x"], ...asked]));
    expect(answer).toMatchObject({ error: "", annotations: asked, timeouts: [20] });
    expect(answer.hooks).toEqual([
      [settings.program, "bpf-token-hook", "--config", settings.config],
    ]);
    expect(answer.lines).toEqual(["default/packets/loader: added the hook"]);
  });

  test("leaves containers without annotations alone", () => {
    for (const required of [true, false]) {
      settings = { ...settings, required };
      for (const pod of [[], [["other/key", "x".repeat(1 << 20)] as const]]) {
        const { error, payload, lines } = create(putCreate(pod));
        expect([error, payload.length, lines]).toEqual(["", 0, []]);
      }
    }
  });

  test("does not set an annotation that the container has, and prefers the container's", () => {
    const [first, second] = asked as [Pairs[0], Pairs[0]];
    const answer = create(putCreate(asked, [[first[0], "prog_load"]]));
    expect(answer.annotations).toEqual([second]);
    expect(answer.hooks).toHaveLength(1);
  });

  test("of two plugins, only the first adds the hook", () => {
    const { hooks, annotations, lines } = create(putCreate(asked, asked, [settings.program]));
    expect([hooks, annotations]).toEqual([[], []]);
    expect(lines[0]).toMatch(/another plugin .* has already added the hook/);
  });

  test("takes the prefix from the configuration of the host", () => {
    writeFileSync(settings.config, '{"prefix":"a.org/"}');
    expect(create(putCreate(asked)).hooks).toEqual([]);
    expect(create(putCreate([["a.org/delegate_maps", "array"]])).hooks).toHaveLength(1);
  });

  test("with a prefix of the host, --require refuses without the program", () => {
    settings = { ...settings, program: join(folder, "none"), required: true };
    writeFileSync(settings.config, '{"prefix":"a.org/"}');
    expect(create(putCreate([["a.org/delegate_maps", "array"]])).error).toMatch(/cannot be used/);
    expect(create(putCreate(asked)).error).toBe("");
  });

  test.each(["none", "broken"])(
    "without a configuration, --require knows no prefix: %s",
    (name) => {
      settings = { ...settings, config: join(folder, name), required: true };
      writeFileSync(join(folder, "broken"), "{");
      const errorOf = (key: string): string => create(putCreate([[key, "array"]])).error;
      for (const key of ["a.org/delegate_maps", "a.org/delegate_cmds.container.x", asked[0]?.[0]]) {
        expect(errorOf(key ?? "")).toMatch(/so the hook cannot run\. Fix: bpf-token hook install$/);
      }
      for (const key of ["a.org/delegate_mapsx", "a.org/maps", "delegate_maps"]) {
        expect(errorOf(key)).toBe("");
      }
    },
  );

  test("an empty prefix in the configuration does not make every annotation count", () => {
    writeFileSync(settings.config, '{"prefix":""}');
    expect(create(putCreate([["other/key", "x"]])).payload).toHaveLength(0);
  });

  test("of a key that comes twice, the last value counts", () => {
    const key = "bpf-token/delegate_maps";
    const { annotations } = create(
      putCreate([
        [key, "array"],
        [key, "hash"],
      ]),
    );
    expect(annotations).toEqual([[key, "hash"]]);
  });

  test.each([
    ["a megabyte", "x".repeat(1 << 20), /have 1048\d+ bytes; the limit is 131072$/],
    ["a NUL", "array\0", /an annotation contains a NUL\. Fix: remove it$/],
  ])("refuses a pod whose annotation has %s", (_name, value, reason) => {
    const { error, hooks, lines } = create(putCreate([["bpf-token/delegate_maps", value]]));
    expect(error).toMatch(reason);
    expect(error).toMatch(/^bpf-token: default\/packets\/loader: /);
    expect([hooks, lines]).toEqual([[], [error.replace("bpf-token: ", "")]]);
  });

  test.each([
    ["the program is missing", () => rmSync(settings.program), /hook cannot be used \(ENOENT\)/],
    ["the configuration is missing", () => rmSync(settings.config), /json cannot be used \(ENO/],
    ["the configuration is no JSON", () => writeFileSync(settings.config, "{"), /json is no JSON/],
  ])("if %s, the container starts without a delegation, or not at all", (_name, act, reason) => {
    act();
    const open = create(putCreate(asked));
    expect([open.error, open.payload.length]).toEqual(["", 0]);
    expect(open.lines[0]).toMatch(reason);
    expect(open.lines[0]).toMatch(/starts without a delegation$/);
    settings = { ...settings, required: true };
    const closed = create(putCreate(asked));
    expect(closed.error).toMatch(reason);
    expect(closed.error).toMatch(/Fix: bpf-token hook install$/);
    expect(create(putCreate([])).error).toBe("");
  });

  test("a request that cannot be read is refused only with --require", () => {
    const broken = putBytes(1, Buffer.from("32ff", "hex"));
    expect(create(broken)).toMatchObject({ error: "", lines: [expect.stringContaining("ends")] });
    settings = { ...settings, required: true };
    expect(create(broken).error).toMatch(/cannot read the request/);
  });

  test("subscribes to the creation of containers only", () => {
    const { payload } = call(settings, "Configure", putBytes(2, "containerd"));
    expect(Buffer.from(payload)).toEqual(putNumber(2, 1 << 3));
  });

  test("takes a long list of containers in parts", () => {
    const parts = call(settings, "Synchronize", putNumber(3, 1)).payload;
    expect(Buffer.from(parts)).toEqual(putNumber(2, 1));
    expect(call(settings, "Synchronize", putBytes(1, "")).payload).toHaveLength(0);
  });

  test("an error has no control characters of a name, which clients of the runtime print", () => {
    const pod = putBytes(
      1,
      putBytes(2, "\u001b[2J\nok"),
      putBytes(6, putBytes(1, asked[0]?.[0] ?? "")),
    );
    rmSync(settings.program);
    settings = { ...settings, required: true };
    expect(create(pod).error).toContain("/\\u001b[2J\\u000aok/");
    expect(call(settings, "\u001b[2J", Buffer.alloc(0)).error).toContain("\\u001b[2J");
  });

  test("answers what it does not know with an error", () => {
    expect(call(settings, "Weather", Buffer.alloc(0)).error).toBe(
      "bpf-token: there is no method Weather",
    );
    expect(call(settings, "Shutdown", Buffer.alloc(0)).error).toBe("");
  });
});
