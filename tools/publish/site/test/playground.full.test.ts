// SPDX-License-Identifier: MIT
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compileFile } from "../../../../packages/object/test/compile.mjs";
import { exampleObject } from "../../../../packages/playground/src/verify/example.ts";
import { chromiumSkipLine, findChromium } from "../../../lib/chromium.mjs";
import { root } from "../../../lib/run.mjs";
import { fixButtons } from "./fix-buttons.ts";
import { axeFindings, type ServedPlayground, servePlayground } from "./playground-page.ts";

const views = [
  "",
  "situation=map-type",
  "view=releases",
  "view=scenario&other=6.12",
  "view=start&text=EPERM",
  "view=object",
  "view=verifier",
  "view=upstream",
  "view=matrix&q=xdp",
];
const hostile = "<img src=x onerror=alert(1)>\u202e\u0007&\"'";

const executablePath = findChromium();
if (executablePath === undefined) test("the page", (context) => context.skip(chromiumSkipLine));
describe.runIf(executablePath !== undefined)("the playground in Chromium", () => {
  let served: ServedPlayground;
  let url = "";
  let open: ServedPlayground["open"];

  beforeAll(async () => {
    served = await servePlayground(executablePath ?? "");
    ({ url, open } = served);
  });
  afterAll(() => served?.close());

  const errno = (page: Page) => page.locator(".verdict .errno").textContent();
  const becomes = (page: Page, text: string | RegExp) =>
    page.locator(".verdict .errno", { hasText: text }).waitFor();

  test("shows a refusal, and a fix that the keyboard presses", async () => {
    const { page, problems } = await open("situation=map-type");
    expect(await errno(page)).toBe("EPERM");
    expect(await page.locator(".row.ignored").textContent()).toContain("token.dropped.map");
    await page.locator(".fix.first button").focus();
    await page.keyboard.press("Enter");
    await becomes(page, "succeeds");
    expect(page.url()).toContain("maps=array:hash");
    await page.goBack();
    await becomes(page, "EPERM");
    await page.goForward();
    await becomes(page, "succeeds");
    expect(problems).toEqual([]);
  });

  test("every fix of each situation makes the call succeed", async () => {
    const { page, problems } = await open("situation=map-type");
    const select = page.getByLabel("Situation");
    const pressed: Record<string, string[]> = {};
    const values = await select
      .locator("option:not([value=''])")
      .evaluateAll((options) => options.map((option) => (option as HTMLOptionElement).value));
    for (const value of values) {
      const show = async (): Promise<void> => {
        await select.selectOption(value);
        await becomes(page, value === "works" ? "succeeds" : /^E/);
      };
      await show();
      const buttons = page.locator(".verdict .fix button");
      pressed[value] = await buttons.allTextContents();
      for (const i of pressed[value].keys()) {
        await show();
        await buttons.nth(i).click();
        await becomes(page, "succeeds");
        expect(await page.locator(".stage:not(.passed)").count()).toBe(0);
      }
    }
    expect(pressed).toEqual(fixButtons());
    expect(problems).toEqual([]);
  });

  test("a link restores the state, byte by byte, also without a network", async () => {
    const { page, problems } = await open("situation=map-type");
    await page.getByLabel("Release", { exact: true }).selectOption("6.12");
    await page.getByLabel("CAP_NET_ADMIN").uncheck();
    await page.getByLabel("delegate_maps", { exact: true }).fill("hash:array");
    // Playwright learns of replaceState() later.
    const link = await page.evaluate(() => location.href);
    const other = await open(new URL(link).hash.slice(1));
    expect(other.page.url()).toBe(link);
    expect(await other.page.getByLabel("Release", { exact: true }).inputValue()).toBe("6.12");
    expect(await other.page.getByLabel("CAP_NET_ADMIN").isChecked()).toBe(false);
    await becomes(other.page, "succeeds");
    await other.page.context().setOffline(true);
    await other.page.getByLabel("CAP_BPF").uncheck();
    await becomes(other.page, "EPERM");
    expect([...problems, ...other.problems]).toEqual([]);
  });

  test("'my container gets EPERM loading XDP under Incus' leads to the keys in two clicks", async () => {
    const { page, problems } = await open("situation=map-type");
    // 1. The list of situations: one title has the words of the sentence.
    const select = page.getByLabel("Situation");
    const titles = await select.locator("option").allTextContents();
    const fitting = titles.filter((title) =>
      ["incus", "xdp", "eperm"].every((word) => title.toLowerCase().includes(word)),
    );
    expect(fitting).toEqual(["Incus: XDP program gets EPERM"]);
    await select.selectOption({ label: fitting[0] ?? "" });
    // The keys are on the page now, without a further click.
    const settings = page.getByLabel("Settings", { exact: true });
    await settings.getByRole("heading", { name: "Settings after the fix" }).waitFor();
    const keys = await settings.locator("pre").textContent();
    expect(keys?.split("\n").filter((line) => !line.startsWith("#"))).toEqual([
      "security.bpffs.delegate_cmds=map_create,prog_load,obj_get,btf_load,link_create",
      "security.bpffs.delegate_maps=array",
      "security.bpffs.delegate_progs=socket_filter,xdp,cgroup_sock",
      "security.bpffs.delegate_attachs=cgroup_inet_ingress,cgroup_inet_sock_create,xdp",
    ]);
    expect(await errno(page)).toBe("EPERM");
    // 2. The fix: the call succeeds, and the keys stay.
    await page.locator(".fix.first button", { hasText: ":prog_load" }).click();
    await becomes(page, "succeeds");
    expect(await settings.locator("pre").textContent()).toBe(keys);
    expect(problems).toEqual([]);
  });

  test("a term shows its meaning on focus and on hover, until Escape", async () => {
    const { page, problems } = await open("situation=map-type");
    const term = page.getByRole("banner").getByRole("button", { name: "BPF token" });
    const meaning = page.getByRole("tooltip");
    await term.focus();
    expect(await meaning.textContent()).toContain("file descriptor");
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press("Escape");
    expect(await meaning.count()).toBe(0);
    await term.hover();
    await meaning.waitFor();
    await page.mouse.move(0, 0);
    await meaning.waitFor({ state: "detached" });
    expect(problems).toEqual([]);
  });

  test("a short link opens a situation, and an embedded page has no head", async () => {
    const { page, problems } = await open("situation=fsmount-fd");
    await becomes(page, "EBADF");
    await page.goto(`${url}?embed#situation=lsm`);
    await becomes(page, "EPERM");
    expect(await page.getByRole("heading", { level: 1 }).isVisible()).toBe(false);
    expect(await page.getByLabel("Situation").inputValue()).toBe("lsm");
    expect(problems).toEqual([]);
  });

  test("after the first visit, every view opens without a server", async () => {
    const { page, problems } = await open("situation=map-type");
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await page.context().setOffline(true);
    for (const view of views) {
      await page.goto("about:blank");
      await page.goto(`${url}#${view}`);
      await page.locator("main .verdict, main .card, main table").first().waitFor();
    }
    expect(problems).toEqual([]);
  });

  test("hostile text is shown as text", async () => {
    const { page, problems } = await open(`maps=${encodeURIComponent(hostile)}`);
    await becomes(page, "EINVAL");
    expect(await page.getByLabel("delegate_maps", { exact: true }).inputValue()).toBe(hostile);
    await page.goto(`${url}#view=start&text=${encodeURIComponent(`EPERM ${hostile}`)}`);
    await page.locator("main.start .verdict").waitFor();
    expect(await page.locator("textarea").inputValue()).toContain("onerror");
    await page.goto(`${url}#view=object`);
    await page.setInputFiles("input[type=file]", {
      name: `${hostile}.o`,
      mimeType: "application/octet-stream",
      buffer: Buffer.from("no object"),
    });
    expect(await page.locator(".problem").textContent()).toContain("<img");
    expect(await page.locator("img").count()).toBe(0);
    expect(problems).toEqual([]);
  });

  test("an object has a policy, and a cleared bit says what breaks", async (context) => {
    const object = compileFile(`${root}packages/bpf-token/test/fixtures/count.bpf.c`);
    if (object === undefined) return context.skip("the object view: no clang to compile an object");
    const { page, problems } = await open("view=object&dialect=incus");
    await page.getByRole("button", { name: "Use an example" }).click();
    const policy = page.locator("pre.policy");
    await policy.filter({ hasText: "security.bpffs.delegate_progs=socket_filter,xdp" }).waitFor();
    await page.setInputFiles("input[type=file]", {
      name: "count.bpf.o",
      mimeType: "application/octet-stream",
      buffer: Buffer.from(object),
    });
    await policy.filter({ hasText: "security.bpffs.delegate_maps=array" }).waitFor();
    await page.getByText("calls of bpf() with a token").click();
    expect(await page.locator("ol.points").textContent()).toMatch(
      /MAP_CREATE packets.*PROG_LOAD count/,
    );
    await page.getByLabel("maps array").uncheck();
    expect(await policy.textContent()).not.toContain("delegate_maps");
    expect(await page.locator(".problem").textContent()).toContain("EPERM");
    await page.getByLabel("Policy for").selectOption("systemd");
    expect(await policy.textContent()).toContain("PrivateBPF=yes");
    expect(page.url()).toContain("dialect=systemd");
    expect(problems).toEqual([]);
  });

  test("the other views answer, and their links lead to a state", async () => {
    const { page, problems } = await open(
      "view=releases&release=6.12&maps=insn_array&map=INSN_ARRAY",
    );
    await page.getByRole("row", { name: "6.19" }).getByText("changed").waitFor();
    await page.getByRole("link", { name: "Linux 6.18" }).click();
    await becomes(page, "EINVAL");
    await page.getByRole("link", { name: "Scenario" }).click();
    await becomes(page, "passed");
    await page.getByLabel("Compare with").selectOption("6.12");
    await page.getByText("Both releases give the same answers").waitFor();
    const editor = page.getByRole("textbox", { name: "A scenario" });
    // Text that replaces a selection keeps its look in Chromium by an inline style, unless the editor does it.
    const write = async (text: string): Promise<void> => {
      await editor.press("Control+a");
      await page.keyboard.insertText(text);
    };
    await write("name: x\nsteps:\n  - fsopne: bpf\n");
    await page.getByRole("button", { name: "Line 3" }).click();
    await page.locator(".editor :focus").waitFor();
    await page.locator(".cm-lint-marker-error").waitFor();
    await write("name: x\nsteps:\n  - bpf: TOKEN_C");
    await page.keyboard.press("Control+End");
    await page.keyboard.press("Control+Space");
    await page.locator(".cm-tooltip-autocomplete", { hasText: "TOKEN_CREATE" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Show the scenarios of the suite" }).click();
    await page.getByLabel("A scenario of the suite").selectOption("info-token.yaml");
    await becomes(page, "passed");
    const source = page.getByRole("link", { name: "Download TypeScript" });
    expect(await source.getAttribute("href")).toContain("createKernel");
    await page.getByRole("link", { name: "Matrix" }).click();
    await page.getByLabel("Filter by words").fill("map queue");
    await page.getByRole("link", { name: "Try map queue" }).click();
    await becomes(page, "succeeds");
    expect(page.url()).toContain("map=QUEUE");
    await page.goBack();
    expect(await page.getByLabel("Filter by words").inputValue()).toBe("map queue");
    expect(problems).toEqual([]);
  });

  test("the model answers the whole matrix in the page, until it is cancelled", async () => {
    const { page, problems } = await open("view=matrix&release=6.12&q=lirc");
    const row = page.getByRole("row", { name: "prog lirc_mode2" }).first();
    await page.getByText(/made 3\d\d,\d{3} calls in this page\. Every answer is the/).waitFor();
    expect(await row.textContent()).toContain("guest:6.12: EINVAL, because the kernel is built");
    expect(await page.locator("tr.changed").count()).toBe(0);
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole("button", { name: "Ask again" }).click();
    await page.getByRole("progressbar", { name: "Calls of the model" }).waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByText("The rows are the stored ones.").waitFor();
    expect(problems).toEqual([]);
  });

  test("the front door: an error, then settings and an object, then the answer as Markdown", async () => {
    const { page, problems } = await open();
    const field = page.locator("textarea");
    await field.fill("libbpf: failed to create BPF token from '/sys/fs/bpf': -2");
    await page.locator(".verdict", { hasText: "token" }).waitFor();
    await field.fill("[Service]\nPrivateBPF=yes\nBPFDelegateCommands=BPFMapCreate\n");
    await page.getByText("Drop your object to see what is missing for it.").waitFor();
    await page.setInputFiles("input[type=file]", {
      name: "x.bpf.o",
      mimeType: "application/octet-stream",
      buffer: Buffer.from(exampleObject()),
    });
    await page.locator(".verdict", { hasText: "x.bpf.o does not load" }).waitFor();
    expect(await page.locator(".verdict").textContent()).toContain("cmds prog_load");
    expect(await page.locator("pre.policy").textContent()).toContain("BPFDelegatePrograms=");
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "Copy the answer as Markdown" }).click();
    await page.getByText("Copied.").waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toContain("Least delegation for `x.bpf.o`");
    expect(await axeFindings(page)).toEqual([]);
    // The object stays for the other views, and the text for a reload.
    await page.getByRole("link", { name: "Object", exact: true }).click();
    await page.getByText("Chosen: x.bpf.o").waitFor();
    await page.getByRole("link", { name: "Find the cause" }).click();
    await page.reload();
    expect(await field.inputValue()).toContain("PrivateBPF=yes");
    expect(problems).toEqual([]);
  });

  test("a long text is explained, and the page stays usable", async () => {
    const { page, problems } = await open();
    const line = `${"x".repeat(5_000_000)} bpf(BPF_MAP_CREATE, {}, 80) = -1 EPERM\n`;
    await page.setInputFiles("input[type=file]", {
      name: "strace.log",
      mimeType: "text/plain",
      buffer: Buffer.from(line),
    });
    await page.getByText("This text is too long for a link.").waitFor();
    await page.locator(".verdict").waitFor();
    expect(page.url()).not.toContain("text=");
    expect(await page.locator("textarea").inputValue()).toBe("");
    await page.getByText("strace.log, 5.0 MB").waitFor();
    expect(problems).toEqual([]);
  });

  test.each(views)(
    "'%s' has no finding of axe in both themes, and fits 360 pixels",
    async (hash) => {
      for (const dark of [false, true]) {
        const { page, problems } = await open(hash, { width: 360, dark });
        expect(await axeFindings(page)).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
        expect(problems).toEqual([]);
        await page.close();
      }
    },
  );
});
