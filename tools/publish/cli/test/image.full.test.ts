// SPDX-License-Identifier: MIT
// The OCI image: its layout, and what a container of it prints.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { onPath } from "../../../lib/run.mjs";
import { inputFolder, ownProgram, pack, printed } from "./programs.ts";

const MINUTES_5 = 300_000;
const isRoot = process.getuid?.() === 0;
const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

interface Descriptor {
  readonly digest: string;
  readonly size: number;
  readonly mediaType: string;
}

describe("the OCI image", () => {
  let folder = "";
  let tar = "";
  const at = (name: string): string => join(folder, name);
  const blob = ({ digest }: Descriptor): string =>
    at(`layout/blobs/sha256/${digest.replace("sha256:", "")}`);
  const read = (one: Descriptor): unknown => JSON.parse(readFileSync(blob(one), "utf8"));
  const build = (name: string): string => {
    pack(at(name), "image", "--arch", process.arch, "--no-cache", "--quick");
    return join(at(name), readdirSync(at(name))[0] ?? "");
  };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "bpf-token-image-"));
    tar = build("first");
    mkdirSync(at("layout"));
    execFileSync("tar", ["-xf", tar, "-C", at("layout")]);
  }, MINUTES_5);
  afterAll(() => rmSync(folder, { recursive: true }));

  test(
    "is the same bytes in the next build",
    () => {
      expect(readFileSync(build("second")).equals(readFileSync(tar))).toBe(true);
    },
    MINUTES_5,
  );

  test("names each blob by its hash, and has one image for each architecture", () => {
    const blobs = readdirSync(at("layout/blobs/sha256"));
    for (const name of blobs)
      expect(sha256(readFileSync(at(`layout/blobs/sha256/${name}`)))).toBe(name);
    const top = JSON.parse(readFileSync(at("layout/index.json"), "utf8"));
    const index = read(top.manifests[0]) as { manifests: (Descriptor & { platform: object })[] };
    const [image] = index.manifests;
    if (image === undefined) throw new Error("the index has no image");
    const architecture = process.arch === "x64" ? "amd64" : process.arch;
    expect(image.platform).toEqual({ architecture, os: "linux" });
    const { config, layers } = read(image) as { config: Descriptor; layers: Descriptor[] };
    const used = [top.manifests[0], image, config, ...layers] as Descriptor[];
    expect(used.map(({ digest }) => digest.slice(7)).sort()).toEqual(blobs.sort());
    expect(read(config)).toMatchObject({ config: { Entrypoint: ["/usr/bin/bpf-token"] } });
  });

  test("has the licence of each library, and says where its source is", () => {
    const layers = readdirSync(at("layout/blobs/sha256")).map((name) =>
      at(`layout/blobs/sha256/${name}`),
    );
    const [layer = ""] = layers.sort((a, b) => readFileSync(b).length - readFileSync(a).length);
    mkdirSync(at("root"));
    execFileSync("tar", ["--zstd", "-xf", layer, "-C", at("root")]);
    const documents = at("root/usr/share/doc");
    const text = readFileSync(join(documents, "bpf-token/libraries.txt"), "utf8");
    const named = [...text.matchAll(/^(\S+) \S+ of Debian; complete source: https:/gm)];
    expect(named).toHaveLength(3);
    for (const [, name = ""] of named)
      expect(readFileSync(join(documents, name, "copyright"), "utf8")).toContain("License");
  });

  test(
    "runs in Podman, also with a read-only root file system and as another user",
    (context) => {
      context.skip(!isRoot, "only root can run Podman so");
      context.skip(!onPath("podman") || !onPath("crun"), "podman and crun are not installed");
      const input = inputFolder();
      const store = ["--root", at("graph"), "--runroot", at("run"), "--tmpdir", at("tmp")];
      const engine = ["--runtime=crun", "--cgroup-manager=cgroupfs", "--events-backend=none"];
      const podman = ["podman", ...store, "--storage-driver=vfs", ...engine];
      // crun requires cgroup2 alone. The PID namespace ends what Podman leaves in the background.
      // Podman as process 1 makes cgroups that outlive it, and crun gives its streams to others.
      const script = [
        "mount -t cgroup2 none /sys/fs/cgroup",
        "mount --bind /dev/null /dev/null",
        "mount -o remount,bind,ro /dev/null",
        '"$@"',
        "exit",
      ].join("\n");
      const own = [
        "unshare",
        "--mount",
        "--pid",
        "--fork",
        "--mount-proc",
        "sh",
        "-ec",
        script,
        "sh",
      ];
      const [program = "", ...words] = [...own, ...podman, "load", "--quiet"];
      execFileSync(program, [...words, "--input", tar], { stdio: "ignore" });
      const inside = ["run", "--rm", "--network=none", "--cgroups=disabled"];
      const run = (more: readonly string[], ...words: string[]) =>
        printed(
          [
            ...[...own, ...podman, ...inside, "--volume", `${input}:/input:ro`, "--workdir=/input"],
            ...[...more, "localhost/bpf-token:0.0.0", ...words],
          ],
          input,
        );
      const model = ["exec", "--subject", "model@7.3", "--delegate", "cmds=any", "--explain", "--"];
      for (const words of [
        ["--version"],
        ["explain", "log"],
        ["policy", "x.bpf.o", "--for", "systemd", "--no-prove"],
        ["load", "x.bpf.o", "--subject", "model@7.3", "--delegate", "cmds=any,maps=any,progs=any"],
      ])
        expect(run([], ...words)).toEqual(printed([ownProgram, ...words], input));
      const started = [...model, "/usr/bin/bpf-token", "--version"];
      for (const more of [["--read-only"], ["--user=1000"]])
        expect(run(more, ...started)).toMatchObject({ status: 0, stdout: "0.0.0\n" });
      execFileSync(program, [...own.slice(1), ...podman, "rmi", "--all", "--force"], {
        stdio: "ignore",
      });
      rmSync(input, { recursive: true });
    },
    MINUTES_5,
  );
});
