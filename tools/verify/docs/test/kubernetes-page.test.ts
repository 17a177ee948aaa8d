// SPDX-License-Identifier: MIT
// docs/kubernetes.md: its YAML and TOML are valid, and the hook does with them what the page says.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ANNOTATION_PREFIX } from "@bpf-token/delegation";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { usualPlaces } from "../../../../packages/bpf-token/src/cli/hook/install.ts";
import { compiled } from "../../../../packages/bpf-token/test/cli/compiled.ts";
import { cli } from "../../../../packages/bpf-token/test/cli/run-cli.ts";
import { FakeContainer } from "../../../../packages/kernel-native/test/hook/container.ts";
import { describeNative } from "../../../../packages/kernel-native/test/native.ts";
import { root } from "../../../lib/run.mjs";
import {
  containerdTables,
  criTable,
  NRI,
  pageObject,
  pageRuntime,
  pageTables,
  yamlObjects,
} from "../lib/kubernetes.ts";

const text = readFileSync(`${root}docs/kubernetes.md`, "utf8");
const pod = pageObject("Pod");
const { annotations } = pod.metadata;
const allow = pageObject("ConfigMap").data.allow ?? "";
const setup = pageObject("DaemonSet").spec.template.spec;
/** Names that the page does not delegate. */
const others: Readonly<Record<string, string>> = {
  ...{ cmds: "map_freeze", maps: "hash", progs: "kprobe", attachs: "tcx_ingress" },
};
const yaml = (code: string): string => `\`\`\`yaml\n${code}\n\`\`\`\n`;

describe("the YAML", () => {
  test("has the three objects of the page", () => {
    const kinds = yamlObjects(text).map(({ kind }) => kind);
    expect(kinds).toEqual(["ConfigMap", "DaemonSet", "Pod"]);
  });

  test.each([
    ["a key twice", "kind: Pod\nkind: Pod"],
    ["an open list", "kind: [Pod"],
    ["a tab", "kind:\n\tname: Pod"],
  ])("is refused with %s", (_, code) => {
    expect(() => yamlObjects(yaml(code))).toThrow(/^kubernetes\.md:1: /);
  });

  test("has only text as values of annotations, as Kubernetes requires", () => {
    const values = [...Object.values(annotations), allow];
    expect(values.filter((value) => typeof value !== "string" || value === "")).toEqual([]);
    expect(values).toHaveLength(5);
  });

  test("mounts the folders that the commands use", () => {
    const volumes = new Map(setup.volumes.map((volume) => [volume.name, volume]));
    const containers = [...setup.initContainers, ...setup.containers];
    for (const { volumeMounts } of containers) {
      for (const { name, mountPath } of volumeMounts) {
        const volume = volumes.get(name);
        if (volume?.configMap === undefined) expect(volume?.hostPath?.path).toBe(mountPath);
        else expect(volume.configMap.name).toBe(pageObject("ConfigMap").metadata.name);
      }
    }
    const [install, nri] = containers.map((one) =>
      one.volumeMounts.map(({ mountPath }) => mountPath),
    );
    const { program, config, hooks } = usualPlaces;
    const folders = [dirname(program), dirname(config)];
    expect(install).toEqual(["/allow", ...folders, hooks]);
    expect(nri).toEqual(["/var/run/nri", ...folders]);
  });
});

test("the pod is the policy of the object", async (context) => {
  const object = compiled(context, "count");
  const { code, out } = await cli(["policy", object, "--for", "k8s"]);
  const policy = parse(out) as typeof pod;
  expect(code).toBe(0);
  const forLoader = Object.entries(policy.metadata.annotations).map(([key, value]) => [
    `${key}.container.loader`,
    value,
  ]);
  expect(annotations).toEqual(Object.fromEntries(forLoader));
  expect(pod.spec.hostUsers).toBe(policy.spec.hostUsers);
  expect(pod.spec.containers[0]?.securityContext).toEqual(
    policy.spec.containers[0]?.securityContext,
  );
});

describe("the TOML", () => {
  test("has the tables of containerd 1.7", () => {
    expect(containerdTables(text).map(({ version }) => version)).toEqual([2, 2]);
    expect(pageTables(NRI).plugins).toEqual({ [NRI]: { disable: false } });
    expect(criTable("1.7")).toBe("io.containerd.grpc.v1.cri");
    expect(Object.keys(pageTables(criTable("1.7")).plugins)).toEqual([criTable("1.7")]);
  });

  test("is that of containerd 2 with the version and the name that the page gives", () => {
    expect(criTable("2.1")).toBe("io.containerd.cri.v1.runtime");
    expect(text).toContain("For containerd 2, `version` is 3");
  });

  test("passes the annotations of the hook to its wrapper", () => {
    expect(pageRuntime()).toEqual({
      runtime_type: "io.containerd.runc.v2",
      pod_annotations: [`${ANNOTATION_PREFIX}*`],
      options: { BinaryName: "/usr/local/libexec/bpf-token-runtime" },
    });
  });

  test.each(["version = 2\n[plugins", "version = 2\n[a]\n[a]", "version = "])(
    "is refused: %j",
    (code) => {
      expect(() => containerdTables(`\`\`\`text\n${code}\n\`\`\`\n`)).toThrow();
    },
  );
});

describeNative("the hook, with the allow-list and the annotations of the page", () => {
  let box: FakeContainer;
  beforeEach(async () => {
    box = await FakeContainer.start();
    // The command of the init container, with the places of the test.
    const [, program, ...words] = setup.initContainers[0]?.command ?? [];
    expect([program, words.slice(0, 2)]).toEqual(["bpf-token", ["hook", "install"]]);
    const folder = join(box.folder, "host");
    mkdirSync(folder);
    const file = join(folder, "allow");
    writeFileSync(file, allow);
    const places = [
      ...["--dir", join(folder, "hooks.d"), "--program", join(folder, "bpf-token-hook")],
      ...["--config", box.config],
    ];
    const command = words.map((word) => (word === "/allow/allow" ? file : word));
    expect(command).toContain(file);
    expect(await cli([...command, ...places])).toMatchObject({ code: 0, err: "" });
  });
  afterEach(() => box.remove());

  const run = (name: string, more: object = {}): ReturnType<FakeContainer["hook"]> =>
    box.hook(
      box.state({
        annotations: { ...annotations, "io.kubernetes.cri.container-name": name, ...more },
      }),
    );

  test("gives the container exactly the policy of the page", () => {
    expect(run("loader")).toEqual({ status: 0, stderr: "" });
    // The names of the page are in the order of the kernel.
    expect(box.mounts()).toEqual([`/sys/fs/bpf rw,${allow}`]);
  });

  test("gives another container of the pod nothing", () => {
    expect(run("other")).toEqual({ status: 0, stderr: "" });
    expect(box.mounts()).toEqual([]);
  });

  test.each(Object.keys(annotations))("refuses one name more in %s", (key) => {
    const axis = Object.keys(others).find((name) => key.includes(`delegate_${name}.`)) ?? "";
    const more = others[axis] ?? "";
    const { status, stderr } = run("loader", { [key]: `${annotations[key]}:${more}` });
    expect(stderr).toContain(`does not permit '${more}'`);
    expect([status, box.mounts()]).toEqual([1, []]);
  });
});
