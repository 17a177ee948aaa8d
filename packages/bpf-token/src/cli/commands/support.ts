// SPDX-License-Identifier: MIT
import { defaultRelease, kernelReleases } from "@bpf-token/uapi";
import { describeHost, type HostSupport } from "../../support/host.js";
import { wrap } from "../../text/wrap.js";
import type { Command, Context } from "../command.js";
import { proseWidth } from "../text/paint.js";
import { machineRows, printRows, processRows } from "../text/support-text.js";
import { Exit, kernelOptions, UsageError } from "../usage.js";
import { printCompat } from "./support/compat.js";
import { printMatrix } from "./support/matrix.js";
import { printChanges, printModel } from "./support/model.js";
import { printSubject } from "./support/subject.js";

/** `bpf-token support`: the kernels available here, and what this process may do. */
export const support: Command = {
  usage: `usage: bpf-token support [--subject S] [--model] [--matrix] [--compat] [--json]
       bpf-token support --changes FROM:TO [--delegation FILE] [--json]

Prints for each kernel whether it runs on this machine and, if not, what is
missing. For the running kernel, prints its settings, commands and types. For
this process, prints what it may do, alone and with each token that it can
create. To find a type, support creates an object of it and closes it again.

  --subject S        describe another kernel: model, model@6.12, guest:7.3,
                     guest:uml
  --model            print what the model omits on purpose, and why
  --changes FROM:TO  print the differences between two releases, rule by rule
  --delegation FILE  with --changes: print what changes for the delegation in it
                     ('-': standard input); 'translate --help' lists the forms
  --matrix           print the capabilities that each map and program type
                     needs, with and without a token; --type NAME selects one
                     type, --release R another release than the default
  --compat           print since when Linux supports what with a token; --type
                     NAME prints one command or type in full
  --json             print the result as JSON

examples:
  bpf-token support
  bpf-token support --subject guest:uml
  bpf-token support --model
  bpf-token support --changes 6.18:7.3
  echo cmds=any,maps=any | bpf-token support --changes 6.18:7.3 --delegation -
  bpf-token support --matrix --type xdp
  bpf-token support --compat --type btf_get_fd_by_id
  bpf-token support --json
`,
  options: {
    ...kernelOptions,
    model: { type: "boolean" },
    changes: { type: "string" },
    delegation: { type: "string" },
    matrix: { type: "boolean" },
    compat: { type: "boolean" },
    type: { type: "string" },
  },
  run: async (context) => {
    if (context.parsed.files.length > 0) {
      throw new UsageError("support: unexpected argument; it takes options only");
    }
    if (context.parsed.values.delegation !== undefined && !("changes" in context.parsed.values)) {
      throw new UsageError("support: --delegation needs --changes FROM:TO");
    }
    if (context.parsed.values.model === true) return printModel(context);
    if (context.parsed.values.matrix === true) return printMatrix(context);
    if (context.parsed.values.compat === true) return printCompat(context);
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
    const [first = "", ...rest] = wrap(text, proseWidth(context.out) - 17);
    line(`${ok ? paint("good", "yes") : paint("warn", "no ")}  ${name.padEnd(10)}  ${first}`);
    for (const row of rest) line(`${" ".repeat(17)}${row}`);
  };
  say(true, "model", `Linux ${linux.join(", ")} (default ${defaultRelease})`);
  line(`                 the patches before the merge: ${posted.join(", ")}`);
  line("                 names the check of every refusal");
  const { native } = here;
  const running = `the running kernel, Linux ${native.release}`;
  say(native.ok, "native", native.ok ? running : (native.why ?? "not available here"));
  for (const [name, { ok, why }] of Object.entries(guests)) {
    const what = name === "uml" ? "User-mode Linux" : `Linux ${name} in QEMU`;
    say(ok, `guest:${name}`, ok ? what : (why ?? "not available here"));
  }
  printRows(context, "The running kernel", machineRows(here));
  printRows(context, "This process", processRows(here));
}
