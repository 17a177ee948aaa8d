// SPDX-License-Identifier: MIT
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runProgram } from "@bpf-token/kernel-native/program";
import { createKernel } from "@bpf-token/kernel-wasm";
import { afterEach, expect, test } from "vitest";
import { openContainer } from "../../src/explain/setup.ts";
import { describeNative } from "./native.ts";
import { useProgramFolder } from "./program-folder.ts";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
describeNative("runProgram() on the model", ["cc", "pgrep"], programs);

function programs(): void {
  const { compile, file } = useProgramFolder();
  const kernels: { close(): void }[] = [];
  afterEach(() => {
    for (const kernel of kernels.splice(0)) kernel.close();
  });

  /** A task with a container that delegates everything. */
  function openTask() {
    const kernel = createKernel({ release: "7.3" });
    kernels.push(kernel);
    const options = ["delegate_cmds=any", "delegate_maps=any"];
    return openContainer(kernel, { options, capabilities: -1n }, "/sys/fs/bpf");
  }
  const shell = (script: string, ...args: readonly string[]) =>
    runProgram({ command: ["sh", "-c", script, "sh", ...args], task: openTask() });

  test("runs timers of this process while the program makes calls", async () => {
    const mark = file("mark");
    const timer = setTimeout(() => writeFileSync(mark, ""), 20);
    // `test` makes intercepted calls until the timer has created the file.
    expect(await shell('until test -e "$1"; do uname >/dev/null; done', mark)).toBe(0);
    clearTimeout(timer);
  });

  test("answers a call after a pause", async () => {
    expect(await shell('sleep 0.05; test "$(uname -r)" = 7.3.0')).toBe(0);
  });

  test("keeps no file that the program has closed", async () => {
    const here = readdirSync("/proc/self/fd").length;
    let most = 0;
    let maps = 0;
    const count = async (calls: number): Promise<void> => {
      const task = openTask();
      const status = await runProgram({
        command: [compile("refused"), `${calls}`],
        task,
        onCall: ({ task: of, result }) => {
          if (result >= 0) maps++;
          most = Math.max(most, task.kernel.openFds(of).length);
        },
      });
      expect(status).toBe(0);
    };
    await count(300);
    expect(maps).toBeGreaterThan(300);
    expect(most).toBeLessThan(12);
    expect(readdirSync("/proc/self/fd").length).toBeLessThanOrEqual(here);
  });

  test("fails before it starts the program if there is no addon", async () => {
    const cli = path("../../bin/bpf-token.js");
    const command = ["exec", "--subject", "model@7.3", "--delegate", "cmds=any", "--"];
    const run = spawnSync(process.execPath, [cli, ...command, "touch", file("started")], {
      encoding: "utf8",
      env: { PATH: process.env.PATH, BPF_TOKEN_ADDON: "/nowhere.node" },
    });
    expect(run).toMatchObject({ status: 3, stdout: "" });
    expect(run.stderr).toContain("its addon is not built. Fix: run 'npm run tool build:addon'");
    expect(readdirSync(file(""))).not.toContain("started");
  });

  test.each([
    ["no-such-program", 127, "there is no such program"],
    ["", 127, "there is no such program"],
    ["./nowhere", 127, "it or its interpreter does not exist"],
    ["interpreted", 127, "it or its interpreter does not exist"],
    ["/tmp", 126, "it is a directory, or not executable"],
    ["plain", 126, "it is a directory, or not executable"],
    ["\u001b[31m\u009b\u007fred é", 127, "there is no such program"],
  ])("says why %j cannot be run", (program, status, why) => {
    writeFileSync(file("plain"), "text");
    writeFileSync(file("interpreted"), "#!/nowhere/interpreter\n", { mode: 0o755 });
    const name = ["plain", "interpreted"].includes(program) ? file(program) : program;
    const command = ["exec", "--subject", "model@7.3", "--delegate", "cmds=any", "--", name];
    const run = spawnSync(process.execPath, [path("../../bin/bpf-token.js"), ...command], {
      encoding: "utf8",
    });
    const shown = name.replace("\u001b", "?").replace("\u009b", "\ufffd?").replace("\u007f", "?");
    expect(run).toMatchObject({
      status,
      stderr: `bpf-token-intercept: cannot run '${shown}': ${why}\n`,
    });
  });

  test("runs a script without a first line for its interpreter with the shell, as a shell does", async () => {
    writeFileSync(file("script"), 'test "$1" = "an argument" && test "$#" = 2 || exit 4\n', {
      mode: 0o755,
    });
    const run = (...args: readonly string[]) =>
      runProgram({ command: [file("script"), ...args], task: openTask() });
    expect(await run("an argument", "")).toBe(0);
    expect(await run("an argument")).toBe(4);
  });

  test("says who ended the program if only the interceptor is killed", async () => {
    const script = 'kill -KILL "$PPID"; uname; sleep 3600';
    await expect(shell(script)).rejects.toThrow("SIGKILL ended the interceptor");
  });

  test("leaves no process of the program when its own process is killed", async () => {
    const cli = path("../../bin/bpf-token.js");
    const mark = `3600.${process.pid}`;
    const args = ["exec", "--subject", "model@7.3", "--delegate", "cmds=any", "--"];
    const script = `(sleep ${mark} & sleep ${mark}) & echo on >"$1"; sleep ${mark}`;
    const own = spawn(process.execPath, [cli, ...args, "sh", "-c", script, "sh", file("on")]);
    const started = () =>
      readdirSync(file("")).includes("on") && readFileSync(file("on")).length > 0;
    while (!started()) await new Promise((resolve) => setTimeout(resolve, 5));
    own.kill("SIGKILL");
    await once(own, "exit");
    const running = () => spawnSync("pgrep", ["-f", `^sleep ${mark}`]).status === 0;
    // They end in the background; the limit of the test is the limit of the wait.
    while (running()) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(running()).toBe(false);
  });
}
