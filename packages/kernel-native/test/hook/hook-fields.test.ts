// SPDX-License-Identifier: MIT
// Each field that the hook reads, with each kind of wrong value.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { describeNative } from "../native.ts";
import { allowed, asked, FakeContainer, hook } from "./container.ts";

describeNative("bpf-token-hook", () => {
  let box: FakeContainer;
  beforeEach(async () => {
    box = await FakeContainer.start();
  });
  afterEach(() => box.remove());

  const refuses = (state: object | string, message: string): void => {
    const { status, stderr } = box.hook(state);
    expect([status, box.mounts()]).toEqual([1, []]);
    expect(stderr).toContain(message);
  };

  /** The state as a text with another value of a field. */
  const stateWith = (field: string, value: string): string =>
    JSON.stringify(box.state({ [field]: "VALUE" })).replace('"VALUE"', value);

  test.each([
    ...[
      "0",
      "1",
      "-1",
      "-5000",
      "1.5",
      "5e3",
      "2147483648",
      "99999999999999999999",
      "true",
      "null",
    ],
    ...['"5000"', "[5000]", '{"a":1}', "50x", "5:0", "5/0"],
  ])("refuses the pid %s", (value) => refuses(stateWith("pid", value), "has no valid pid"));

  test.each(['"running"', '"stopped"', '""', '"Creating"', "1", "null", '"creatingx"'])(
    "refuses the status %s",
    (value) => refuses(stateWith("status", value), "the container is not being created"),
  );

  test.each(['""', '"relative"', "1", "null", "[]", `"/${"x".repeat(5000)}"`])(
    "refuses the bundle %s",
    (value) => refuses(stateWith("bundle", value), "has no valid bundle"),
  );

  test.each(['"one"', '"a-b_c.d"', '"\\u0061"'])("names the container %s", (value) => {
    const state = stateWith("id", value).replace('"creating"', '"running"');
    refuses(state, `container ${JSON.parse(value) as string}: `);
  });

  test.each(["1", "null", "[]", "true"])("names no container if its id is %s", (value) => {
    const state = stateWith("id", value).replace('"creating"', '"running"');
    refuses(state, "bpf-token-hook: the state has the status 'running'");
  });

  test.each<[object, string]>([
    [{}, "has no root.path"],
    [{ root: {} }, "has no root.path"],
    [{ root: { path: 1 } }, "has no root.path"],
    [{ root: ["path"] }, "has no root.path"],
    [{ root: { path: "x".repeat(4090) } }, "root.path in"],
    [{ root: { path: "nowhere" } }, "cannot be opened (ENOENT)"],
    [{ root: { path: "/nowhere" } }, "its root /nowhere cannot be opened (ENOENT)"],
  ])("refuses a bundle with %j", (config, message) => {
    box.writeBundle(config);
    refuses(box.state(), message);
  });

  test.each([
    ...["64", "99999999999", "-1", "1.5", "true", "null", '"nonsense"', '"0x"', "[0]", '{"a":1}'],
  ])("refuses %s in the allow-list", (item) => {
    box.writeConfig(`{"allow":{"cmds":[${item}]}}`);
    refuses(box.state({ annotations: { "bpf-token/delegate_cmds": "0x1" } }), "allow");
  });

  test("takes an absolute path of the root", () => {
    box.writeBundle({ root: { path: box.root } });
    expect(box.hook()).toEqual({ status: 0, stderr: "" });
  });

  test.each([
    [["--config"], "unknown argument '--config'"],
    [["--check", "--config"], "unknown argument '--config'"],
    [["-check"], "unknown argument '-check'"],
    [["--check", "x"], "unknown argument 'x'"],
  ])("refuses the arguments %j", (args, message) => {
    const { status, stderr } = spawnSync(hook, args, { encoding: "utf8" });
    expect([status, stderr]).toEqual([1, expect.stringContaining(message)]);
  });

  test("refuses a container in the mount namespace of the host", async () => {
    const words = ["--user", "--map-root-user", "sh", "-c", "echo ready; exec sleep 3600"];
    const other = spawn("unshare", words, { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void other.kill("SIGKILL"));
    await once(other.stdout, "data");
    const { stderr } = box.hook(box.state({ pid: other.pid }));
    expect(stderr).toContain("the hook runs in the mount namespace of the container");
  });

  test("opens a path of more directories than it may have open files", () => {
    const path = "/a".repeat(200);
    mkdirSync(join(box.root, "/a".repeat(199)), { recursive: true });
    box.writeConfig({ allow: allowed, path });
    const words = ["--nofile=100", hook, "--config", box.config];
    const input = JSON.stringify(box.state());
    const { status, stderr } = spawnSync("prlimit", words, { input, encoding: "utf8" });
    expect([status, stderr, box.mounts().length]).toEqual([0, "", 1]);
  });

  describe("as the wrapper of a runtime", () => {
    const wrap = (...args: readonly string[]) => {
      const words = ["--hook-config", box.config, ...args];
      const options = { argv0: "bpf-token-runtime", cwd: box.folder, encoding: "utf8" } as const;
      const { status, stderr } = spawnSync(hook, words, options);
      return { status, stderr };
    };

    test.each([["create"], ["kill"]])("of %s refuses a wrong runtime", (command) => {
      const self = join(box.folder, "self");
      symlinkSync(hook, self);
      const rows: readonly (readonly [unknown, string])[] = [
        [undefined, "'runtime' is missing in"],
        ["", "'runtime' is missing in"],
        ["true", "'runtime' is missing in"],
        [self, "is this wrapper itself"],
        [hook, "is this wrapper itself"],
        ["/nowhere", "/nowhere cannot be executed (ENOENT)"],
      ];
      for (const [runtime, message] of rows) {
        box.writeConfig({ allow: allowed, runtime });
        const { status, stderr } = wrap(command, "one");
        expect([runtime, status, stderr]).toEqual([runtime, 1, expect.stringContaining(message)]);
      }
    });

    test.each([
      ["{}", '{"hooks":{"createRuntime":[HOOK]},'],
      ['{"hooks":{}}', '{"hooks":{"createRuntime":[HOOK]}'],
      ['{"hooks":{"poststop":[]}}', '{"hooks":{"createRuntime":[HOOK],"poststop":[]}'],
      ['{"hooks":{"createRuntime":[]}}', '{"hooks":{"createRuntime":[HOOK]}'],
      [
        '{"hooks":{"createRuntime":[{"path":"/x"}]}}',
        '{"hooks":{"createRuntime":[HOOK,{"path":"/x"}]}',
      ],
    ])("adds the hook to %s", (config, start) => {
      const file = join(box.folder, "config.json");
      const annotations = `"annotations":${JSON.stringify(asked)}}`;
      const text = config === "{}" ? `{${annotations}` : `${config.slice(0, -1)},${annotations}`;
      writeFileSync(file, text);
      box.writeConfig({ allow: allowed, runtime: "/bin/true" });
      expect(wrap("create", "one")).toEqual({ status: 0, stderr: "" });
      const args = `["bpf-token-hook","--config",${JSON.stringify(box.config)}]`;
      const added = `{"path":${JSON.stringify(hook)},"args":${args},"timeout":20}`;
      const found = readFileSync(file, "utf8");
      expect(found.replace(added, "HOOK").slice(0, start.length)).toBe(start);
      expect(JSON.parse(found)).toMatchObject({ annotations: asked });
    });

    test.each([
      ['{"hooks":[]', "is no object"],
      ['{"hooks":{"createRuntime":{}}', "is no list"],
      ['{"hooks":{"createRuntime":1}', "is no list"],
    ])("refuses %s", (start, message) => {
      const file = join(box.folder, "config.json");
      writeFileSync(file, `${start},"annotations":${JSON.stringify(asked)}}`);
      box.writeConfig({ allow: allowed, runtime: "/bin/true" });
      expect(wrap("create", "one")).toEqual({
        status: 1,
        stderr: expect.stringContaining(message),
      });
    });
  });
});
