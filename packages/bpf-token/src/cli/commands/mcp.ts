// SPDX-License-Identifier: MIT
import type { Command, Context } from "../command.js";
import { Exit, type ExitCode, UsageError } from "../usage.js";

/** `bpf-token mcp`: answers for assistants. */
export const mcp: Command = {
  usage: `usage: bpf-token mcp

A server of the Model Context Protocol on standard input and output, for
assistants that would otherwise guess why bpf() failed. Its tools run the
commands explain, policy, translate, doctor --from and verify, and return what
these print. They read the files that are named, load nothing into the kernel,
write nothing and use no network.

An assistant starts it as its MCP server with the command 'bpf-token mcp'.

exit codes: 0 the input ended, 2 usage
`,
  options: {},
  words: [],
  run: execute,
};

async function execute({ parsed, io, json, run, version }: Context): Promise<ExitCode> {
  if (parsed.files.length > 0) throw new UsageError("mcp: unexpected argument");
  if (json) throw new UsageError("mcp: the output is that of the protocol, without --json");
  const { serve } = await import("../mcp/serve.js");
  await serve(run, io.env, await version());
  return Exit.FINE;
}
