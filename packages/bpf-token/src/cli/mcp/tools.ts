// SPDX-License-Identifier: MIT
// The tools of `bpf-token mcp`. Each runs a command, so its answer is that of the command line.
import { dialects } from "@bpf-token/delegation";
import { policyLoaders } from "../../policy/loaders.js";
import { array, object, oneOf, string } from "./sdk.js";

/** Characters of a pasted text. */
const LONGEST = 1 << 20;

/** A text that a command reads as a file. */
export interface TextFile {
  readonly name: string;
  readonly text: string;
}

/** A command line. A text stands for the path of a file that has it. */
export type ToolArgv = readonly (string | TextFile)[];

/** One tool of the server. */
export interface McpTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: ReturnType<typeof object>;
  /** @param given - what `inputSchema` accepts. */
  readonly argvOf: (given: Given) => ToolArgv;
}

/** Arguments that the schema of a tool has checked. */
export type Given = Readonly<Record<string, string | readonly string[] | undefined>>;

const text = (what: string) => string().min(1).max(LONGEST).describe(what);
const path = string()
  .min(1)
  .describe("the path of a compiled BPF object (.o) that this machine has");
const release = string()
  .regex(/^\d{1,3}\.\d{1,3}([.-].*)?$/)
  .optional()
  .describe("the Linux release, such as 6.12");
const loader = oneOf(Object.keys(policyLoaders))
  .optional()
  .describe("what loads the object; default libbpf, whose probes need more");
const objects = array(path).min(1).max(64);

/** `--name value`, if there is one. */
const option = (name: string, value: Given[string]): readonly string[] =>
  typeof value === "string" ? [`--${name}`, value] : [];

/** Paths as arguments. One that begins with '-' must not be read as an option. */
const paths = (value: Given[string]): readonly string[] =>
  (typeof value === "string" ? [value] : (value ?? [])).map((one) =>
    one.startsWith("-") ? `./${one}` : one,
  );

const file = (name: string, text: Given[string]): TextFile => ({ name, text: String(text) });

/** The tools, in the order in which the server lists them. */
export const tools: readonly McpTool[] = [
  {
    name: "explain",
    title: "Why did the kernel refuse this?",
    description:
      "Reads a pasted error message, log of strace, of the verifier or of a container manager, and lists the causes that fit, with the fact that decides and the fix. Ask it before you claim why bpf() failed.",
    inputSchema: object({ text: text("the error message or log, as it is"), release }),
    argvOf: (given) => ["explain", file("text", given.text), ...option("release", given.release)],
  },
  {
    name: "explain_finding",
    title: "What does this id mean?",
    description:
      "Describes a finding or a check of the kernel by its id, such as token.dropped.map or lint.separator.",
    inputSchema: object({ id: string().regex(/^[a-z]\w*(\.\w+)+$/) }),
    // The assistant may have started the server in the folder of anybody: no file of it is the answer.
    argvOf: ({ id }) => ["explain", ...option("id", id)],
  },
  {
    name: "policy",
    title: "What is the least delegation for this object?",
    description:
      "Computes the least BPF token delegation and the capabilities with which a loader can load compiled BPF objects, with a reason for each bit. With 'for', prints complete settings of one container manager instead. Loads nothing into the kernel.",
    inputSchema: object({ objects, for: oneOf(dialects).optional(), loader, release }),
    argvOf: (given) => [
      ...["policy", ...paths(given.objects), "--no-prove"],
      ...["for", "loader", "release"].flatMap((name) => option(name, given[name])),
    ],
  },
  {
    name: "check_settings",
    title: "Do these settings suffice for this object?",
    description:
      "Compares a delegation with what compiled BPF objects need: a systemd unit, keys of Incus or LXD, annotations, mount options or lines of /proc/PID/mountinfo. Reports what is missing and what is superfluous.",
    inputSchema: object({ objects, settings: text("the settings, as they are"), loader, release }),
    argvOf: (given) => [
      ...["policy", ...paths(given.objects), "--no-prove", "--check"],
      file("settings", given.settings),
      ...["loader", "release"].flatMap((name) => option(name, given[name])),
    ],
  },
  {
    name: "translate_settings",
    title: "The same delegation for another manager",
    description:
      "Reads a BPF token delegation in any form and prints it as settings of another container manager. Reports what has no effect.",
    inputSchema: object({
      settings: text("the settings, as they are"),
      to: oneOf(dialects),
      release,
    }),
    argvOf: (given) => [
      "translate",
      file("settings", given.settings),
      ...["to", "release"].flatMap((name) => option(name, given[name])),
    ],
  },
  {
    name: "doctor_report",
    title: "What does the process of this report lack?",
    description:
      "Judges a report that 'bpf-token doctor --bundle FILE' or bpf-token-collect wrote on another machine: why its process cannot create or use a BPF token, and what to change.",
    inputSchema: object({
      report: text("the report, as JSON"),
      objects: objects.optional(),
      release,
    }),
    argvOf: (given) => [
      ...["doctor", ...paths(given.objects), "--from"],
      file("report", given.report),
      ...option("release", given.release),
    ],
  },
  {
    name: "verify",
    title: "Does the verifier accept this object?",
    description:
      "Loads each program of a compiled BPF object on Linux's own verifier, compiled to WebAssembly, and prints the verdicts with source lines. Needs a module that the user built once; otherwise it says how. Loads nothing into the kernel.",
    inputSchema: object({
      object: path,
      release: oneOf(["6.12", "7.3", "both"]).optional(),
      capabilities: string()
        .regex(/^[\w,]+$/)
        .optional()
        .describe("of the process, such as 'bpf,net_admin'; default all"),
    }),
    argvOf: (given) => [
      ...["verify", ...paths(given.object), ...option("release", given.release)],
      ...option("caps", given.capabilities),
    ],
  },
];
