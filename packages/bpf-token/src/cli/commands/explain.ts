// SPDX-License-Identifier: MIT
import { existsSync } from "node:fs";
import type { CauseText, ExplainOptions, Explanation, RefusedCall } from "@bpf-token/diagnose";
import type { CheckInfo } from "@bpf-token/uapi";
import type { Paint } from "../../text/paint.js";
import type { Command, Context } from "../command.js";
import { chunksOf } from "../input/chunks.js";
import { readReport } from "../input/report.js";
import { block } from "../text/block.js";
import { explainLines } from "../text/explain-text.js";
import { withPage } from "../text/finding-page.js";
import { proseWidth } from "../text/paint.js";
import { Exit, type ExitCode, UsageError } from "../usage.js";
import { explainLint, isLintId, noFinding } from "./lint/explain-finding.js";

/** `bpf-token explain`: why a text says that BPF failed. */
export const explain: Command = {
  usage: `usage: bpf-token explain [FILE | -] [--release RELEASE] [--from REPORT] [--json]
       bpf-token explain ID [--json]
       bpf-token explain ERRNO --cmd COMMAND [--type TYPE] [--attach TYPE]
                         [--key N --value N --entries N] [--token | --no-token]
                         [--release RELEASE] [--json]

Reads what people paste: logs of strace, error texts of libbpf, bpftool,
cilium/ebpf, aya, BCC, systemd, LXD, Incus and runc, logs of the verifier, of
the kernel and of the audit daemon, mixed in any order. Prints the causes that
fit, most likely first, and for each the fact that decides. Most such texts are
no token matter; the first line says whether this one is. Without FILE reads
standard input, of any size. Nothing is run, and nothing leaves the machine.
With the ID of a finding, such as token.dropped.map or audit.any, prints what is
known about it: the cause, the check of the kernel, the fact that decides, and
the fix; of a finding of bpf-token lint, a wrong and a right example.

The best log is that of: strace -f -v -s 65536 COMMAND

  --cmd COMMAND      the bpf() command that returned ERRNO, such as map_create
  --type TYPE        its map type or program type
  --attach TYPE      its expected attach type
  --key N …          key_size, value_size and max_entries of map_create
  --token            it passed a token with BPF_F_TOKEN_FD
  --no-token         it passed none
  --release RELEASE  the kernel, such as 6.12; excludes causes of other releases
  --from REPORT      a report of the process, by bpf-token doctor --bundle; its
                     facts exclude causes
  --id ID            the same as ID, also if there is a file with this name
  --json             print the explanation as JSON

exit codes: 0 only harmless messages, 1 a cause found, 2 usage, or an input
            cannot be read, 3 no known message found

examples:
  strace -f -v -s 65536 -o strace.log my-loader; bpf-token explain strace.log
  journalctl -u agent | bpf-token explain
  bpf-token explain EPERM --cmd map_create --type hash
  bpf-token explain EINVAL --cmd map_create --type array --key 5 --value 8 \\
    --entries 1
`,
  options: {
    cmd: { type: "string" },
    type: { type: "string" },
    attach: { type: "string" },
    key: { type: "string" },
    value: { type: "string" },
    entries: { type: "string" },
    token: { type: "boolean" },
    "no-token": { type: "boolean" },
    release: { type: "string" },
    from: { type: "string" },
    id: { type: "string" },
  },
  run: async (context) => {
    const { files, values } = context.parsed;
    if (files.length > 1) throw new UsageError("explain: give one file");
    if (typeof values.id === "string") return explainOnlyId(values.id, context);
    const options = await optionsOf(context);
    const [word] = files;
    if (word !== undefined && (await isId(word))) {
      return await (isLintId(word) ? explainLint : explainId)(word, context);
    }
    const errno = word !== undefined && /^E[A-Z0-9]+$/.test(word) ? word : undefined;
    const call = callOptions.find((o) => values[o] !== undefined);
    if (errno === undefined && call !== undefined) {
      throw new UsageError(`explain: --${call} needs an errno, such as EPERM`);
    }
    const explanation =
      errno === undefined
        ? await explainFile(word, options)
        : await explainCall(errno, context, options);
    if (context.json) {
      const candidates = explanation.candidates.map(withPage);
      const harmless = explanation.harmless.map(withPage);
      context.printJson("explain", { ...explanation, candidates, harmless });
    } else {
      const width = proseWidth(context.out);
      for (const line of explainLines(explanation, context.paint, width)) context.line(line);
    }
    return exitOf(explanation);
  },
};

/** Whether a word begins like the id of a finding, and no file has this name. */
async function isId(word: string): Promise<boolean> {
  const [, family] = /^([a-z]\w*)(?:\.\w+)+$/.exec(word) ?? [];
  if (family === undefined || existsSync(word)) return false;
  if (isLintId(word) || family === "audit") return true;
  const { findingIds } = await import("@bpf-token/diagnose");
  return findingIds().some((id) => id.startsWith(`${family}.`));
}

/** Prints what is known about a finding, whatever files there are. */
function explainOnlyId(id: string, context: Context): Promise<ExitCode> {
  if (context.parsed.files.length > 0) throw new UsageError("explain: give --id or a file");
  return (isLintId(id) ? explainLint : explainId)(id, context);
}

/** Prints what is known about a finding. */
async function explainId(id: string, context: Context): Promise<ExitCode> {
  const { findingIds, findingText } = await import("@bpf-token/diagnose");
  const { checkById } = await import("@bpf-token/uapi");
  const { auditText, auditTexts } = await import("../../audit/texts.js");
  const text = auditText(id) ?? findingText(id);
  if (text === undefined) throw noFinding(id, [...findingIds(), ...Object.keys(auditTexts)]);
  if (context.json) context.printJson("explain-id", withPage({ id, ...text }));
  else {
    const lines = findingLines(id, text, checkById(id), context.paint, proseWidth(context.out));
    for (const line of lines) context.line(line);
  }
  return Exit.FINE;
}

/** Formats everything that is known about a finding: `bpf-token explain ID`. */
function findingLines(
  id: string,
  { cause, decides, fix }: CauseText,
  check: CheckInfo | undefined,
  paint: Paint,
  width: number,
): readonly string[] {
  return [
    paint("bad", id),
    ...block("cause", [cause], width),
    ...(check === undefined
      ? []
      : [
          ...block("answer", [check.errno ?? "the kernel continues"], width),
          ...block("kernel", [`${check.func}() of ${check.file}`], width),
        ]),
    ...block("check", [decides], width),
    ...block("fix", fix, width),
    ...(check === undefined ? [] : block("rules", [check.rules.join(", ")], width)),
  ];
}

const callOptions = ["cmd", "type", "attach", "key", "value", "entries", "token", "no-token"];

const exitOf = ({ candidates, harmless }: Explanation): ExitCode =>
  candidates.length > 0 ? Exit.FINDINGS : harmless.length > 0 ? Exit.FINE : Exit.CANNOT_TELL;

async function optionsOf({ parsed: { values } }: Context): Promise<ExplainOptions> {
  const { release, from } = values;
  if (typeof release === "string" && !/^\d{1,3}\.\d{1,3}(?:[.-]|$)/.test(release)) {
    throw new UsageError(
      `explain: --release needs a kernel release such as 6.12, got '${release}'`,
    );
  }
  return {
    ...(typeof release === "string" ? { release } : {}),
    ...(typeof from === "string" ? { facts: await readReport(from) } : {}),
  };
}

async function explainCall(
  errno: string,
  { parsed: { values } }: Context,
  options: ExplainOptions,
): Promise<Explanation> {
  if (typeof values.cmd !== "string") {
    throw new UsageError("explain: an errno needs --cmd, such as --cmd map_create");
  }
  if (values.token === true && values["no-token"] === true) {
    throw new UsageError("explain: give only one of --token, --no-token");
  }
  const token = values.token === true ? true : values["no-token"] === true ? false : undefined;
  const sizes = sizesOf(values);
  const call: RefusedCall = {
    errno,
    cmd: values.cmd,
    ...(sizes === undefined ? {} : { sizes }),
    ...(typeof values.type === "string" ? { type: values.type } : {}),
    ...(typeof values.attach === "string" ? { attach: values.attach } : {}),
    ...(token === undefined ? {} : { token }),
  };
  const { explainErrno } = await import("@bpf-token/diagnose");
  try {
    return explainErrno(call, options);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`explain: ${error.message}`);
  }
}

function sizesOf(values: Context["parsed"]["values"]): RefusedCall["sizes"] {
  const names = ["key", "value", "entries"] as const;
  if (names.every((name) => values[name] === undefined)) return undefined;
  const [key, value, entries] = names.map((name) => {
    const text = String(values[name] ?? "");
    if (/^\d{1,10}$/.test(text)) return Number(text);
    throw new UsageError("explain: --key, --value and --entries belong together; each is a number");
  }) as [number, number, number];
  return { key, value, entries };
}

async function explainFile(
  file: string | undefined,
  options: ExplainOptions,
): Promise<Explanation> {
  if (file === undefined && process.stdin.isTTY) {
    throw new UsageError("explain: give a file, an errno, or a text on standard input");
  }
  const { TextExplainer } = await import("@bpf-token/diagnose");
  const explainer = new TextExplainer(options);
  const decoder = new TextDecoder();
  let start = "";
  for await (const chunk of chunksOf(file ?? "-")) {
    const text = decoder.decode(chunk, { stream: true });
    if (start.length < RECORDING.length) {
      start += text.slice(0, RECORDING.length);
      if (start.startsWith(RECORDING)) {
        const name = file ?? "-";
        throw new UsageError(
          `explain: '${name}' is a recording; run: bpf-token trace --from ${name}`,
          "",
        );
      }
    }
    explainer.push(text);
  }
  return explainer.finish();
}

/** How a file of `trace -o` starts. */
const RECORDING = '{"schema":"bpf-token/trace@';
