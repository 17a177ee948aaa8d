// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Context, ProgramIo } from "../command.js";
import { InconclusiveError } from "../usage.js";
import { McpServer, StdioServerTransport } from "./sdk.js";
import { type Given, type McpTool, type ToolArgv, tools } from "./tools.js";

/** Characters of an answer. */
const LONGEST = 200_000;
/** Bytes of a request. The longest text has 1 MiB, of which JSON can escape each character. */
const LONGEST_MESSAGE = 10 << 20;

/** The answer of a tool. */
export type ToolAnswer = {
  readonly content: { readonly type: "text"; readonly text: string }[];
  readonly isError?: boolean;
};

/**
 * Answers requests of the Model Context Protocol on standard input and output, until the input ends.
 *
 * @param version - of the program.
 * @throws InconclusiveError if the connection ends for another reason.
 */
export async function serve(
  run: Context["run"],
  env: ProgramIo["env"],
  version: string,
): Promise<void> {
  const server = new McpServer({ name: "bpf-token", title: "bpf-token", version });
  let last: Promise<unknown> = Promise.resolve();
  for (const tool of tools) {
    const { name, title, description, inputSchema } = tool;
    const annotations = { readOnlyHint: true, openWorldHint: false };
    server.registerTool(name, { title, description, inputSchema, annotations }, (given) => {
      // One after the other: a command may take all of one CPU.
      const answer = last.then(() => answerOf(tool, given as Given, { run, env }));
      last = answer.catch(() => undefined);
      return answer;
    });
  }
  const transport = new StdioServerTransport(process.stdin, process.stdout, {
    maxBufferSize: LONGEST_MESSAGE,
  });
  const closed = new Promise<void>((resolve) => {
    process.stdin.once("end", resolve);
    process.stdin.once("close", resolve);
  });
  const lost = closeOf(transport);
  await server.connect(transport);
  const error = await Promise.race([closed, lost]);
  // The client ends the server this way and reads nothing more. The files of the last call are removed.
  await last;
  await server.close();
  if (error instanceof Error) throw new InconclusiveError(`mcp: ${reasonOf(error)}`);
}

/** The last error of a connection that closes. */
const closeOf = (transport: StdioServerTransport): Promise<Error | undefined> =>
  new Promise((resolve) => {
    let last: Error | undefined;
    transport.onerror = (error) => {
      last = error;
    };
    transport.onclose = () => resolve(last);
  });

const reasonOf = ({ message }: Error): string =>
  message.includes("maximum size")
    ? `the client sent a message of more than ${LONGEST_MESSAGE >> 20} MiB`
    : `the connection to the client is lost: ${message}`;

/** Runs the command of a tool. */
export async function answerOf(
  tool: McpTool,
  given: Given,
  { run, env }: { readonly run: Context["run"]; readonly env: ProgramIo["env"] },
): Promise<ToolAnswer> {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-mcp-"));
  let text = "";
  const write = (piece: string): unknown => (text += piece);
  try {
    const argv = withFiles(tool.argvOf(given), folder);
    const code = await run([...argv, "--no-color"], { stdout: { write }, stderr: { write }, env });
    const plain = text.replaceAll(`${folder}/`, "").trimEnd();
    // 2: the request is wrong; 3: no answer. 1 stands for findings, which are an answer.
    return {
      content: [{ type: "text", text: cut(plain) }],
      ...(code > 1 ? { isError: true } : {}),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The arguments of a command, with the paths of files for its texts. */
function withFiles(argv: ToolArgv, folder: string): readonly string[] {
  return argv.map((word) => {
    if (typeof word === "string") return word;
    const path = join(folder, word.name);
    writeFileSync(path, word.text, { mode: 0o600 });
    return path;
  });
}

const cut = (text: string): string =>
  text.length > LONGEST ? `${text.slice(0, LONGEST)}\n(cut after ${LONGEST} characters)` : text;
