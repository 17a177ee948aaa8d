// SPDX-License-Identifier: MIT
import { kernelReleases, newestRelease } from "@bpf-token/uapi";
import { describeHost, type HostSupport } from "../../support/host.js";
import type { Command, Context } from "../command.js";
import { machineRows, printRows, processRows } from "../text/support-text.js";
import { Exit, kernelOptions, UsageError } from "../usage.js";
import { printMatrix } from "./support-matrix.js";
import { printChanges, printModel } from "./support-model.js";
import { printSubject } from "./support-subject.js";

/** `bpf-token support`: which kernels can answer here, what the running one has, who we are. */
export const support: Command = {
  summary: "which kernels can answer here, what they have, what you may do",
  usage: `usage: bpf-token support [--subject S] [--model] [--changes FROM:TO]
                         [--matrix] [--json] [--no-color]

Says for each kernel whether it runs on this machine and, if not, what is
missing; of the running one what it was told and which commands and types it
has; of this process what it may do, by itself and by the tokens that it can
make. Types are found by making one of each; nothing of it stays.

  --subject S        what another kernel has: model, model@6.12, guest:7.3,
                     guest:uml
  --model            what the model leaves out on purpose, and why
  --changes FROM:TO  what differs between two releases, rule by rule
  --matrix           what it takes to make each type of map and program, with
                     and without a token; --type NAME for one of them,
                     --release R for another release than the newest

examples:
  bpf-token support
  bpf-token support --subject guest:uml
  bpf-token support --model
  bpf-token support --changes 6.12:6.18
  bpf-token support --matrix --type xdp
  bpf-token support --json
`,
  options: {
    ...kernelOptions,
    model: { type: "boolean" },
    changes: { type: "string" },
    matrix: { type: "boolean" },
    type: { type: "string" },
  },
  run: async (context) => {
    if (context.parsed.files.length > 0) {
      throw new UsageError("support takes no files");
    }
    if (context.parsed.values.model === true) return printModel(context);
    if (context.parsed.values.matrix === true) return printMatrix(context);
    const { backend, changes, release, subject } = context.parsed.values;
    if (typeof changes === "string") return printChanges(context, changes);
    if (backend !== undefined || subject !== undefined || release !== undefined) {
      await printSubject(context);
      return Exit.FINE;
    }
    const here = await describeHost(context.io.host);
    const guests = await probeGuests();
    if (context.json) {
      const model = { ok: true, releases: kernelReleases };
      const { native, machine, types, process } = here;
      const kernel = { release: native.release, ...machine, types };
      context.printJson("support", { model, native, guests, kernel, process });
      return Exit.FINE;
    }
    print(context, here, guests);
    return Exit.FINE;
  },
};

type Guests = Readonly<Record<string, { readonly ok: boolean; readonly why?: string }>>;

async function probeGuests(): Promise<Guests> {
  const { guestNames, probeGuest } = await import("@bpf-token/kernel-native");
  return Object.fromEntries(guestNames.map((name) => [name, probeGuest(name)]));
}

function print(context: Context, here: HostSupport, guests: Guests): void {
  const { paint, line } = context;
  const linux = kernelReleases.filter((name) => /^\d/.test(name));
  const posted = kernelReleases.filter((name) => !/^\d/.test(name));
  const say = (ok: boolean, name: string, text: string): void => {
    line(`${ok ? paint("good", "yes") : paint("warn", "no ")}  ${name.padEnd(10)}  ${text}`);
  };
  say(true, "model", `Linux ${linux.join(", ")} (default ${newestRelease})`);
  line(`                 the patches before they were merged: ${posted.join(", ")}`);
  line("                 names the check behind every refusal");
  const { native } = here;
  const running = `the running kernel, Linux ${native.release}`;
  say(native.ok, "native", native.ok ? running : (native.why ?? "cannot run here"));
  for (const [name, { ok, why }] of Object.entries(guests)) {
    const what = name === "uml" ? "User-mode Linux" : `Linux ${name} in QEMU`;
    say(ok, `guest:${name}`, ok ? what : (why ?? "cannot run here"));
  }
  printRows(context, "The running kernel", machineRows(here));
  printRows(context, "This process", processRows(here));
}
