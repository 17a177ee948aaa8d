// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { compiled } from "./compiled.ts";
import { describeNative } from "./native.ts";
import { cli } from "./run-cli.ts";

// The three commands of docs/hook.md, with Podman, crun, and bpftool as the loader. Podman's settings
// and the files of the hook are in a folder of the test, the mounts in a mount namespace of its own.

const page = readFileSync(
  fileURLToPath(new URL("../../../../docs/hook.md", import.meta.url)),
  "utf8",
);

describeNative("the three commands of docs/hook.md", ["podman", "crun", "bpftool"], () => {
  let folder = "";
  let places: readonly string[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "bpf-token-podman-"));
    const inside = (name: string): string => join(folder, name);
    mkdirSync(inside("hooks.d"));
    places = [
      ...["--dir", inside("hooks.d"), "--program", inside("bpf-token-hook")],
      ...["--config", inside("hook.json")],
    ];
    writeFileSync(inside("ids"), "containers:1000000:1000000\n");
    const storage = { driver: "vfs", graphroot: inside("graph"), runroot: inside("run") };
    const engine = { runtime: "crun", cgroup_manager: "cgroupfs", events_logger: "none" };
    const folders = { tmp_dir: inside("tmp"), hooks_dir: [inside("hooks.d")] };
    writeFileSync(inside("storage.conf"), `[storage]\n${toml(storage)}`);
    writeFileSync(
      inside("containers.conf"),
      `[engine]\n${toml({ ...engine, ...folders })}[containers]\n${toml({ cgroups: "disabled", netns: "none" })}`,
    );
    writeImage(inside("root"));
    spawnSync("tar", [
      "-C",
      inside("root"),
      "--owner=0",
      "--group=0",
      "-cf",
      inside("image.tar"),
      ".",
    ]);
    expect(shell("podman import --quiet image.tar localhost/bpftool").status).toBe(0);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /**
   * Runs a script in the folder, with only cgroup2, which crun requires, and ids for containers. The
   * PID namespace ends what Podman leaves behind: it removes a container in the background. The shell
   * stays its first process, because Podman as process 1 makes cgroups that outlive it.
   */
  function shell(script: string): { status: number | null; stderr: string } {
    const mounts = [
      "mount -t cgroup2 none /sys/fs/cgroup",
      // crun gives its standard streams to root of the container, and thereby this machine's /dev/null.
      "mount --bind /dev/null /dev/null",
      "mount -o remount,bind,ro /dev/null",
      "touch /etc/subuid /etc/subgid",
      "mount --bind ids /etc/subuid",
      "mount --bind ids /etc/subgid",
    ];
    const { status, stderr } = spawnSync(
      "unshare",
      [
        "--mount",
        "--pid",
        "--fork",
        "--mount-proc",
        "sh",
        "-ec",
        [...mounts, script, "exit"].join("\n"),
      ],
      {
        cwd: folder,
        encoding: "utf8",
        env: {
          ...process.env,
          CONTAINERS_CONF: join(folder, "containers.conf"),
          CONTAINERS_STORAGE_CONF: join(folder, "storage.conf"),
        },
      },
    );
    return { status, stderr };
  }

  test("load the object; without the hook, or with less, libbpf gets EPERM", async (context) => {
    cpSync(compiled(context, "count"), join(folder, "count.bpf.o"));
    const { code, out } = await cli(["policy", join(folder, "count.bpf.o"), "--for", "podman"]);
    expect(code).toBe(0);
    expect(page).toContain(out);
    const run = (name: string) =>
      shell(
        `sh ${name} --rm -v ./count.bpf.o:/count.bpf.o:ro localhost/bpftool bpftool prog load count.bpf.o /sys/fs/bpf/count`,
      );
    writeFileSync(join(folder, "run.sh"), out);
    expect(run("run.sh").stderr).toContain("Couldn't load trivial BPF program");
    const install = ["hook", "install", "--allow", join(folder, "run.sh"), "--yes", ...places];
    expect((await cli(install)).code).toBe(0);
    expect(run("run.sh")).toMatchObject({ status: 0 });
    writeFileSync(join(folder, "less.sh"), out.replace("delegate_maps=array", "delegate_maps=0x0"));
    expect(run("less.sh").stderr).toMatch(/map 'packets': failed to create: /);
    writeFileSync(join(folder, "more.sh"), out.replace("delegate_maps=array", "delegate_maps=any"));
    expect(run("more.sh").status).not.toBe(0);
  });
});

function toml(values: Readonly<Record<string, string | readonly string[]>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`)
    .join("");
}

/** The root of an image with bpftool and its libraries. */
function writeImage(root: string): void {
  const program = spawnSync("sh", ["-c", "command -v bpftool"], { encoding: "utf8" }).stdout.trim();
  const { stdout } = spawnSync("ldd", [program], { encoding: "utf8" });
  for (const name of ["dev", "etc", "proc", "sys"])
    mkdirSync(join(root, name), { recursive: true });
  for (const path of stdout.match(/\/\S+/g) ?? []) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    cpSync(path, join(root, path), { dereference: true });
  }
  mkdirSync(join(root, "bin"), { recursive: true });
  cpSync(program, join(root, "bin/bpftool"), { dereference: true });
}
