// SPDX-License-Identifier: MIT
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { describeNative, tree } from "../native.ts";
import { allowed, asked, capabilities, FakeContainer, hook, hostMounts } from "./container.ts";
import { HeldHook, stateOf } from "./held.ts";

/** The options of a mount with all of what the tests ask for, as mountinfo prints them. */
const OPTIONS =
  "delegate_cmds=map_create:prog_load,delegate_maps=array,delegate_progs=xdp,delegate_attachs=xdp";

describeNative("bpf-token-hook", () => {
  let box: FakeContainer;
  let before: readonly string[] = [];
  beforeEach(async () => {
    before = hostMounts();
    box = await FakeContainer.start();
  });
  afterEach(async () => {
    expect(hostMounts()).toEqual(before);
    // Only the fake container itself is left of this process's children.
    expect(tree(process.pid).filter(({ state }) => state !== "Z").length).toBeLessThan(8);
    await box.remove();
  });

  const refused = (state: object | string, reason: RegExp): void => {
    const { status, stderr } = box.hook(state);
    expect(stderr).toMatch(reason);
    // One line of printable ASCII, which names the program.
    expect(stderr).toMatch(/^bpf-token-hook: [ -~]+\n$/);
    expect(status).toBe(1);
    expect(box.mounts()).toEqual([]);
  };

  test("mounts a bpffs with the delegation in the container, and nothing outside", () => {
    expect(box.hook()).toEqual({ status: 0, stderr: "" });
    expect(box.mounts()).toEqual([`/sys/fs/bpf rw,${OPTIONS}`]);
    // The directories that it created belong to root of the container, here to us.
    expect(statSync(join(box.root, "sys/fs/bpf")).uid).toBe(0);
  });

  test("leaves no process in the namespaces of the container if that is stopped", async (context) => {
    if (spawnSync("strace", ["-V"]).status !== 0) return context.skip("there is no strace");
    const ids = ["--map-users=0:7000:1", "--map-groups=0:7000:1", "--setuid=0", "--setgid=0"];
    const words = ["--user", "--mount", ...ids, "sh", "-c", "echo ready; exec sleep 3600"];
    const other = spawn("unshare", words, { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void other.kill("SIGKILL"));
    await once(other.stdout, "data");
    // What a process of the container could send while the two have the same user.
    const stop = ["-e", "trace=setresuid", "-e", "inject=setresuid:signal=SIGSTOP"];
    const run = spawnSync(
      "strace",
      ["-f", "-o", "/dev/null", ...stop, hook, "--config", box.config],
      {
        input: JSON.stringify(box.state({ pid: other.pid })),
        encoding: "utf8",
        timeout: 60_000,
        killSignal: "SIGKILL",
      },
    );
    expect(run.stderr).toMatch(/did not answer within 10 seconds/);
    // strace ends with the last process that it follows.
    expect([run.status, run.signal]).toEqual([1, null]);
  });

  test("has at most 200 kB and needs no library", () => {
    expect(statSync(hook).size).toBeLessThanOrEqual(200_000);
    expect(readFileSync(hook).includes("ld-linux")).toBe(false);
  });

  test("prints its revision, by which doctor recognises older hooks", () => {
    const { stdout, status } = spawnSync(hook, ["--version"], { encoding: "utf8" });
    expect([stdout, status]).toEqual(["bpf-token-hook revision 2\n", 0]);
    expect(readFileSync(hook).includes("bpf-token-hook revision ")).toBe(true);
  });

  test("does nothing without an annotation, and for the sandbox of a pod", () => {
    expect(box.hook(box.state({ annotations: { other: "x" } }))).toEqual({ status: 0, stderr: "" });
    expect(box.hook(box.state({ annotations: undefined })).status).toBe(0);
    const sandbox = { ...asked, "io.kubernetes.cri.container-type": "sandbox" };
    expect(box.hook(box.state({ annotations: sandbox })).status).toBe(0);
    expect(box.mounts()).toEqual([]);
  });

  test.each([
    ["names in any case, with prefix", "BPF_MAP_CREATE:Prog_Load"],
    ["a mask", "0x21"],
    ["an octal mask", "041"],
    ["a number replaces what stands before it", "btf_load:0x21"],
  ])("accepts %s", (_name, cmds) => {
    expect(
      box.hook(box.state({ annotations: { ...asked, "bpf-token/delegate_cmds": cmds } })),
    ).toEqual({ status: 0, stderr: "" });
    expect(box.mounts()).toEqual([`/sys/fs/bpf rw,${OPTIONS}`]);
  });

  test("delegates everything if the allow-list and the annotation say any", () => {
    box.writeConfig({ allow: { cmds: "any" } });
    const annotations = { "bpf-token/delegate_cmds": "any" };
    expect(box.hook(box.state({ annotations })).status).toBe(0);
    expect(box.mounts()).toEqual(["/sys/fs/bpf rw,delegate_cmds=any"]);
  });

  test.each(["0x2a", "0X2A", "052", "42"])("reads the number %s in an annotation", (number) => {
    box.writeConfig({ allow: { cmds: "any" } });
    const annotations = { "bpf-token/delegate_cmds": number };
    expect(box.hook(box.state({ annotations }))).toEqual({ status: 0, stderr: "" });
    const names = "map_lookup_elem:map_delete_elem:prog_load";
    expect(box.mounts()).toEqual([`/sys/fs/bpf rw,delegate_cmds=${names}`]);
  });

  test.each([
    ["\\u0041", "A"],
    ["\\u00e9", "\\\\xc3\\\\xa9"],
    ["\\u07ff", "\\\\xdf\\\\xbf"],
    ["\\u0800", "\\\\xe0\\\\xa0\\\\x80"],
    ["\\u20AC", "\\\\xe2\\\\x82\\\\xac"],
  ])("decodes the escape %s", (word, shown) => {
    const whole = JSON.stringify(box.state({ annotations: { "bpf-token/delegate_cmds": "TEXT" } }));
    refused(whole.replace("TEXT", word), new RegExp(`unknown word '${shown}'`));
  });

  test("uses the configured prefix and mount point, and numbers of bits in the allow-list", () => {
    box.writeConfig({ allow: { cmds: [0] }, prefix: "example.org/", path: "/run/bpf/token" });
    const annotations = { "example.org/delegate_cmds": "map_create", ...asked };
    expect(box.hook(box.state({ annotations })).status).toBe(0);
    expect(box.mounts()).toEqual(["/run/bpf/token rw,delegate_cmds=map_create"]);
  });

  test("annotations of one container replace those of the pod", () => {
    const annotations = {
      ...asked,
      "bpf-token/delegate_cmds.container.probe": "map_create",
      "io.kubernetes.cri.container-name": "probe",
    };
    expect(box.hook(box.state({ annotations })).status).toBe(0);
    expect(box.mounts()).toEqual(["/sys/fs/bpf rw,delegate_cmds=map_create"]);
  });

  test.each(["io.kubernetes.cri.container-type", "io.kubernetes.cri-o.ContainerType"])(
    "delegates to a container of the type %s 'container', and not to a sandbox",
    (key) => {
      const mountsOf = (type: string) => {
        expect(box.hook(box.state({ annotations: { ...asked, [key]: type } }))).toEqual({
          ...{ status: 0, stderr: "" },
        });
        return box.mounts().length;
      };
      expect([mountsOf("sandbox"), mountsOf("sandboxes"), mountsOf("container")]).toEqual([
        0, 1, 2,
      ]);
    },
  );

  test("of two names of a container, that of the CRI counts", () => {
    const annotations = {
      "bpf-token/delegate_cmds.container.probe": "map_create",
      "bpf-token/delegate_cmds.container.other": "prog_load",
      "io.kubernetes.cri.container-name": "probe",
      "io.kubernetes.container.name": "other",
    };
    expect(box.hook(box.state({ annotations })).status).toBe(0);
    expect(box.mounts()).toEqual(["/sys/fs/bpf rw,delegate_cmds=map_create"]);
  });

  test("annotations of another container do not count", () => {
    const annotations = {
      "bpf-token/delegate_cmds.container.probe": "map_create",
      "io.kubernetes.container.name": "web",
    };
    expect(box.hook(box.state({ annotations }))).toEqual({ status: 0, stderr: "" });
    expect(box.mounts()).toEqual([]);
  });

  test.each([
    [
      "one bit beyond the allow-list",
      { "bpf-token/delegate_maps": "array:hash" },
      /does not permit 'hash' in maps/,
    ],
    [
      "any beyond the allow-list",
      { "bpf-token/delegate_progs": "any" },
      /does not permit 'unspec' in progs/,
    ],
    [
      "a bit without a name",
      { "bpf-token/delegate_cmds": "0x8000000000000021" },
      /does not permit '63' in cmds/,
    ],
    [
      "a misspelt annotation",
      { "bpf-token/delegate_attaches": "xdp" },
      /unknown annotation .*delegate_attaches/,
    ],
    ["an unknown name", { "bpf-token/delegate_maps": "arry" }, /unknown word 'arry'/],
    [
      "a comma",
      { "bpf-token/delegate_cmds": "map_create,prog_load" },
      /unknown word 'map_create,prog_load'/,
    ],
    ["an empty value", { "bpf-token/delegate_cmds": "" }, /unknown word ''/],
    [
      "a number that is too large",
      { "bpf-token/delegate_cmds": "0x10000000000000000" },
      /unknown word/,
    ],
    ["a value that is no text", { "bpf-token/delegate_cmds": 33 }, /is no text/],
    ["a very long value", { "bpf-token/delegate_cmds": "map_create:".repeat(1000) }, /too long/],
    ["a very long key", { [`bpf-token/${"x".repeat(3000)}`]: "1" }, /unknown annotation/],
    [
      "a key of more than 4 kB",
      { [`bpf-token/delegate_cmds${"x".repeat(5000)}`]: "map_create" },
      /an annotation with the prefix bpf-token\/ has a name that contains a NUL or is too long/,
    ],
    [
      "a key with a NUL",
      { "bpf-token/delegate_cmds\0": "map_create" },
      /an annotation with the prefix bpf-token\/ has a name that contains a NUL or is too long/,
    ],
    [
      "control characters",
      { "bpf-token/delegate_cmds": "\u001b[2J\r\n" },
      /unknown word '\\x1b\[2J\\x0d\\x0a'/,
    ],
    [
      "text that is not ASCII",
      { "bpf-token/delegate_cmds": "\u009b2J" },
      /unknown word '\\xc2\\x9b2J'/,
    ],
    ["a NUL", { "bpf-token/delegate_cmds": "map_create\0" }, /is no text/],
    [
      "a container name that is unknown",
      { "bpf-token/delegate_cmds.container.a": "map_create" },
      /does not name this container/,
    ],
    [
      "an empty container name",
      { "bpf-token/delegate_cmds.container.": "map_create" },
      /unknown annotation/,
    ],
  ])("refuses %s", (_name, annotations, reason) => {
    refused(box.state({ annotations: { ...asked, ...annotations } }), reason);
  });

  test("refuses more annotations than a pod needs", () => {
    const many = Array.from({ length: 300 }, (_, i) => [
      `bpf-token/delegate_cmds.container.c${i}`,
      "map_create",
    ]);
    const annotations = { ...Object.fromEntries(many), "io.kubernetes.container.name": "web" };
    refused(box.state({ annotations }), /more than 256 annotations/);
  });

  test("refuses a state that is cut at any place", () => {
    const whole = JSON.stringify(box.state());
    for (let size = 0; size < whole.length; size += 7)
      refused(whole.slice(0, size), /cannot be used/);
  });

  test.each([
    ["no JSON", "hello", /it is no JSON/],
    ["a list", "[1]", /no JSON object/],
    ["something after the object", "{}{}", /follows the JSON object/],
    ["keys without values", '{"annotations" "x"}', /it is no JSON/],
  ])("refuses a state that is %s", (_name, state, reason) => refused(state, reason));

  test("refuses a key that is there twice", () => {
    const whole = JSON.stringify(box.state());
    refused(`{"annotations":{},${whole.slice(1)}`, /the key 'annotations' twice/);
    const value = '"bpf-token/delegate_maps":"array"';
    refused(whole.replace(value, `${value},${value}`), /'bpf-token\/delegate_maps' twice/);
  });

  test.each([
    ["no pid", { pid: 0 }, /no valid pid/],
    ["a pid that does not exist", { pid: 0x7ffffffe }, /does not exist/],
    ["a negative pid", { pid: -1 }, /no valid pid/],
    ["a relative bundle", { bundle: "bundle" }, /no valid bundle/],
    ["a bundle without config.json", { bundle: "/proc" }, /config\.json cannot be read \(ENOENT\)/],
    ["a running container", { status: "running" }, /not being created.*createRuntime/],
  ])("refuses a state with %s", (_name, changes, reason) => refused(box.state(changes), reason));

  test("refuses a state of more than 1 MiB", () => {
    refused(box.state({ filler: "x".repeat(1 << 20) }), /cannot be read \(EFBIG\)/);
  });

  test("reads a state of exactly 1 MiB", () => {
    const empty = JSON.stringify(box.state({ filler: "" })).length;
    const state = box.state({ filler: "x".repeat((1 << 20) - empty) });
    expect(box.hook(state)).toEqual({ status: 0, stderr: "" });
  });

  test.each([
    [4 << 20, 0, /^$/],
    [(4 << 20) + 1, 1, /cannot be read \(EFBIG\)/],
  ])("reads an allow-list of at most 4 MiB: %i bytes", (size, status, reason) => {
    box.writeConfig(JSON.stringify({ allow: allowed }).padEnd(size));
    const run = box.hook("", ["--check"]);
    expect([run.status, run.stderr]).toEqual([status, expect.stringMatching(reason)]);
  });

  test("refuses a container in the user namespace of the host", () => {
    refused(box.state({ pid: process.pid }), /no user namespace of its own/);
  });

  test("refuses a container that has ended", async () => {
    const state = box.state();
    await box.stop();
    const { status, stderr } = box.hook(state);
    expect([status, stderr]).toEqual([1, expect.stringMatching(/does not exist|ended/)]);
  });

  test("refuses a rootless engine", () => {
    const flags = ["--user", "--map-root-user", hook, "--config", box.config];
    const { status, stderr } = spawnSync("unshare", flags, {
      input: JSON.stringify(box.state()),
      encoding: "utf8",
    });
    // There, the files of root belong to root, so the allow-list is accepted.
    expect(stderr).toMatch(/the engine is rootless: it runs in a user namespace/);
    expect([status, box.mounts()]).toEqual([1, []]);
  });

  test("refuses a rootless engine that does not map root of the host", () => {
    const { status, stderr } = spawnSync("unshare", ["--user", hook, "--config", box.config], {
      input: JSON.stringify(box.state()),
      encoding: "utf8",
    });
    expect(stderr).toMatch(/the engine is rootless: it runs in a user namespace/);
    expect([status, box.mounts()]).toEqual([1, []]);
  });

  test("refuses a container without CAP_BPF", () => {
    const process = { capabilities: capabilities("CAP_NET_ADMIN") };
    box.writeBundle({ root: { path: "rootfs" }, process });
    refused(box.state(), /has no CAP_BPF/);
  });

  test.each([
    ["is no JSON", "allow", /it is no JSON/],
    ["has no allow", {}, /no object 'allow'/],
    ["has an unknown key", { allow: {}, allows: 1 }, /unknown key 'allows'/],
    ["has an unknown mask", { allow: { map: [] } }, /unknown key 'map'/],
    ["has an unknown name", { allow: { maps: ["arry"] } }, /unknown name 'arry' in 'maps'/],
    ["has a bit beyond 63", { allow: { maps: [64] } }, /no number from 0 to 63/],
    ["has a text for a list", { allow: { maps: "array" } }, /no list and no "any" in 'maps'/],
    ["has a relative path", { allow: allowed, path: "bpf" }, /no absolute path/],
    ["has a path with ..", { allow: allowed, path: "/sys/../../x" }, /no absolute path/],
    ["has a path with //", { allow: allowed, path: "/sys//bpf" }, /no absolute path/],
    ["has a path that ends with /", { allow: allowed, path: "/sys/bpf/" }, /no absolute path/],
    ["has the root as path", { allow: allowed, path: "/" }, /no absolute path/],
    ["has a path with .", { allow: allowed, path: "/sys/./bpf" }, /no absolute path/],
    ["has a path that ends with ..", { allow: allowed, path: "/sys/.." }, /no absolute path/],
    ["has an empty prefix", { allow: allowed, prefix: "" }, /would count/],
  ])("refuses an allow-list that %s", (_name, config, reason) => {
    box.writeConfig(config);
    refused(box.state(), reason);
    expect(box.hook("", ["--check"])).toMatchObject({ status: 1 });
  });

  test.each([
    ["only such a key", { "bpf-token/delegate_cmds\0": "map_create" }],
    ["only a key of more than 4 kB", { [`bpf-token/${"x".repeat(5000)}`]: "map_create" }],
  ])("refuses a container that has %s", (_name, annotations) => {
    refused(box.state({ annotations }), /contains a NUL or is too long/);
  });

  test("ignores such keys of other programs", () => {
    const annotations = { ...asked, "other/\0": "x", "bpf-\0token/": "x", ["y".repeat(5000)]: "x" };
    expect(box.hook(box.state({ annotations }))).toEqual({ status: 0, stderr: "" });
    expect(box.mounts()).toEqual([`/sys/fs/bpf rw,${OPTIONS}`]);
  });

  test("refuses a long key that is there twice", () => {
    const key = `"bpf-token/delegate_maps.container.${"c".repeat(240)}":"array"`;
    const whole = JSON.stringify(
      box.state({ annotations: { "io.kubernetes.container.name": "web" } }),
    );
    refused(whole.replace('"annotations":{', `"annotations":{${key},${key},`), /c' twice/);
  });

  test.each([" ", "\t", "\n", "\r\n"])("accepts an allow-list that ends with %j", (end) => {
    box.writeConfig(`${JSON.stringify({ allow: allowed }, null, "\t")}${end}`);
    expect(box.hook()).toEqual({ status: 0, stderr: "" });
  });

  test.each(["664", "646", "666", "620", "602"])("refuses an allow-list of mode %s", (mode) => {
    chmodSync(box.config, mode);
    refused(box.state(), /can be written by others than root/);
  });

  test.each(["644", "600", "755", "400"])("accepts an allow-list of mode %s", (mode) => {
    chmodSync(box.config, mode);
    expect(box.hook()).toEqual({ status: 0, stderr: "" });
  });

  test("refuses an allow-list that another user owns, or that is missing", () => {
    chownSync(box.config, 1000, 0);
    refused(box.state(), /can be written by others than root/);
    rmSync(box.config);
    refused(box.state(), /cannot be read \(ENOENT\)/);
    mkdirSync(box.config);
    refused(box.state(), /no regular file/);
  });

  test("--check reads the configuration only", () => {
    expect(box.hook("", ["--check"])).toEqual({ status: 0, stderr: "" });
    expect(box.hook("", ["--chekc"])).toMatchObject({ status: 1 });
  });

  describe("as the wrapper of a runtime", () => {
    const wrapper = (...words: readonly string[]): { status: number | null; stderr: string } => {
      const args = ["--hook-config", box.config, ...words];
      const { status, stderr } = spawnSync(hook, args, {
        argv0: "bpf-token-runtime",
        cwd: "/",
        encoding: "utf8",
      });
      return { status, stderr };
    };
    const hasHook = (): boolean =>
      readFileSync(join(box.folder, "config.json"), "utf8").includes("bpf-token-hook");

    test.each<readonly [string, (folder: string) => readonly string[]]>([
      ["--bundle DIR", (dir) => ["--bundle", dir]],
      ["--bundle=DIR", (dir) => [`--bundle=${dir}`]],
      ["-b DIR", (dir) => ["-b", dir]],
      ["-b=DIR", (dir) => [`-b=${dir}`]],
      ["-bDIR", (dir) => [`-b${dir}`]],
      ["-bundle=DIR", (dir) => [`-bundle=${dir}`]],
      ["the last of two", (dir) => ["--bundle", "/proc", "-b", dir]],
    ])("finds the bundle of %s", (_name, words) => {
      box.writeConfig({ allow: allowed, runtime: "/bin/true" });
      box.writeBundle({ root: { path: "rootfs" }, annotations: asked });
      expect(wrapper("create", ...words(box.folder), "one")).toEqual({ status: 0, stderr: "" });
      expect(hasHook()).toBe(true);
    });

    test("adds nothing without an annotation", () => {
      box.writeConfig({ allow: allowed, runtime: "/bin/true" });
      box.writeBundle({ root: { path: "rootfs" }, annotations: { other: "x" } });
      const before = readFileSync(join(box.folder, "config.json"), "utf8");
      expect(wrapper("create", "-b", box.folder, "one")).toEqual({ status: 0, stderr: "" });
      expect(readFileSync(join(box.folder, "config.json"), "utf8")).toBe(before);
    });

    test.each(['"', "\\", "\u0007"])(
      "refuses a path with %j, which JSON would escape",
      (character) => {
        const config = join(box.folder, `hook${character}.json`);
        writeFileSync(config, JSON.stringify({ allow: allowed, runtime: "/bin/true" }));
        box.writeBundle({ root: { path: "rootfs" }, annotations: asked });
        const args = ["--hook-config", config, "create", "-b", box.folder, "one"];
        const { status, stderr } = spawnSync(hook, args, {
          argv0: "bpf-token-runtime",
          encoding: "utf8",
        });
        expect(stderr).toContain(
          "a path of the hook has a character that JSON would need to escape",
        );
        expect([status, hasHook()]).toEqual([1, false]);
      },
    );

    test("refuses a path of the bundle that is too long", () => {
      box.writeConfig({ allow: allowed, runtime: "/bin/true" });
      expect(wrapper("create", "-b", `/${"x".repeat(5000)}`, "one")).toEqual({
        ...{ status: 1, stderr: expect.stringContaining("the path of the bundle is too long") },
      });
    });

    test("names the file that it cannot create", () => {
      box.writeConfig({ allow: allowed, runtime: "/bin/true" });
      box.writeBundle({ root: { path: "rootfs" }, annotations: asked });
      mkdirSync(join(box.folder, "config.json.bpf-token"));
      const { status, stderr } = wrapper("create", "-b", box.folder, "one");
      expect(stderr).toMatch(/config\.json\.bpf-token cannot be created \(EEXIST\)\n$/);
      expect([status, hasHook()]).toEqual([1, false]);
    });

    test("adds nothing for other commands, and a wrong allow-list does not block them", () => {
      box.writeConfig({ allow: { maps: ["arry"] }, runtime: "/bin/true" });
      box.writeBundle({ root: { path: "rootfs" }, annotations: asked });
      expect(wrapper("kill", "one").status).toBe(0);
      expect(wrapper("create", "-b", box.folder, "one")).toEqual({
        status: 1,
        stderr: expect.stringContaining("unknown name 'arry'") as string,
      });
      expect(hasHook()).toBe(false);
    });
  });

  test("refuses a container whose user namespace maps no id 0", () => {
    rmSync(join(box.root, "sys"), { recursive: true, force: true });
    const user = spawn(
      "unshare",
      ["--user", "--mount", "sh", "-c", "echo ready; exec sleep 3600"],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    return once(user.stdout, "data").then(() => {
      try {
        refused(box.state({ pid: user.pid }), /has no user id 0, .* Fix: map an id of the host/);
        expect(existsSync(join(box.root, "sys"))).toBe(false);
      } finally {
        user.kill("SIGKILL");
      }
    });
  });

  test("symlinks in the container stay in the container", () => {
    mkdirSync(join(box.root, "inside"));
    symlinkSync("/../../../../../inside", join(box.root, "sys"));
    expect(box.hook().status).toBe(0);
    expect(box.mounts()).toEqual([`/inside/fs/bpf rw,${OPTIONS}`]);
  });

  test.each([
    ["a loop", "/sys", /\(ELOOP\)/],
    ["a magic link", "/proc/self/root", /cannot be (opened|created)/],
    ["a missing place of the host", "/etc/bpf-token-none", /\(E(NOENT|EXIST)\)/],
  ])("refuses a path that is %s", (_name, target, reason) => {
    symlinkSync(target, join(box.root, "sys"));
    refused(box.state(), reason);
  });

  test("refuses a mount point that is a file", () => {
    mkdirSync(join(box.root, "sys/fs"), { recursive: true });
    symlinkSync("/etc", join(box.root, "sys/fs/bpf"));
    box.writeConfig({ allow: allowed, path: "/config.json" });
    box.writeBundle({ root: { path: "." } });
    refused(box.state(), /mount point .* cannot be opened \(ENOTDIR\)/);
  });

  test("finds out that the container has moved the mount point", async () => {
    const held = await HeldHook.start(box);
    renameSync(join(box.root, "deep"), join(box.root, "moved"));
    mkdirSync(join(box.root, HeldHook.path), { recursive: true });
    const { status, stderr } = await held.continue();
    expect(stderr).toMatch(/the BPF filesystem is not at \/deep\/.* after the mount \(EBUSY\)\n$/);
    expect(status).toBe(1);
  });

  test("killed, it leaves no process, also if the container stops the one inside", async () => {
    const held = await HeldHook.start(box);
    process.kill(held.inside, "SIGSTOP");
    process.kill(held.pid, "SIGKILL");
    const gone = (): void => expect(stateOf(held.inside)).toMatch(/^[ZX]?$/);
    await vi.waitFor(gone, { timeout: 60_000, interval: 20 }).catch((error: unknown) => {
      process.kill(held.inside, "SIGKILL");
      throw error;
    });
  });

  test("two hooks at once each mount", async () => {
    const other = await FakeContainer.start();
    try {
      const runs = [box, other].map(async (one) => {
        const child = spawn(hook, ["--config", one.config], { stdio: ["pipe", "inherit", "pipe"] });
        child.stdin.end(JSON.stringify(one.state()));
        return (await once(child, "exit"))[0];
      });
      expect(await Promise.all(runs)).toEqual([0, 0]);
      for (const one of [box, other]) expect(one.mounts()).toEqual([`/sys/fs/bpf rw,${OPTIONS}`]);
    } finally {
      await other.remove();
    }
  });

  test("killed in the middle, it leaves no process", async () => {
    for (let i = 0; i < 20; i++) {
      const child = spawn(hook, ["--config", box.config], { stdio: ["pipe", "ignore", "ignore"] });
      const ended = once(child, "exit");
      child.stdin.on("error", () => {});
      child.stdin.end(JSON.stringify(box.state()));
      setTimeout(() => child.kill("SIGKILL"), i / 4);
      await ended;
    }
    const left = spawnSync("pgrep", ["-fx", `${hook} --config ${box.config}`], {
      encoding: "utf8",
    });
    expect(left.stdout).toBe("");
  });
});
