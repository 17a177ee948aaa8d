// SPDX-License-Identifier: MIT

import type { Command, Context } from "../command.js";
import { absolute, usualPlaces } from "../hook/install.js";
import { Exit, type ExitCode, InconclusiveError, UsageError } from "../usage.js";

const SOCKET = "/var/run/nri/nri.sock";

/** `bpf-token nri`: a plugin of NRI that adds the OCI hook to containers. */
export const nri: Command = {
  usage: `usage: bpf-token nri [--socket PATH] [--require]

Runs a plugin of NRI, the plugin interface of containerd and CRI-O. It adds the
hook of 'bpf-token hook install' to each container whose pod has annotations for
it, and passes the annotations on. Other containers start as without the plugin.
It connects again after the runtime was restarted, and ends with SIGTERM.

  --socket PATH   default: ${SOCKET}
  --require       containers with annotations do not start while the hook is not
                  installed; default: they start without a delegation
  --program FILE  the hook; default: ${usualPlaces.program}
  --config FILE   default: ${usualPlaces.config}
  --json          at the end, print how many containers got the hook, as JSON

Standard error gets a line when the plugin is connected or loses its connection,
and one for each container with annotations. containerd 2 has NRI enabled;
docs/kubernetes.md describes 1.7. While the plugin does not run, containers
start without a delegation, with --require too.

exit codes: 0 ended by a signal, 2 usage, 3 not root

examples:
  bpf-token nri
  bpf-token nri --require --socket /run/nri/nri.sock
`,
  options: {
    socket: { type: "string" },
    require: { type: "boolean" },
    program: { type: "string" },
    config: { type: "string" },
  },
  words: [],
  run: execute,
};

async function execute({ parsed, io, json, printJson }: Context): Promise<ExitCode> {
  const { values, files } = parsed;
  if (files.length > 0) throw new UsageError(`nri: unknown argument '${files[0]}'`);
  const { NRI_PLUGIN_SOCKET, NRI_PLUGIN_NAME, NRI_PLUGIN_IDX } = io.env;
  const settings = {
    socket: chooseSocket(values.socket, NRI_PLUGIN_SOCKET),
    program: absolute("nri", "program", values.program ?? usualPlaces.program),
    config: absolute("nri", "config", values.config ?? usualPlaces.config),
    required: values.require === true,
    name: NRI_PLUGIN_NAME ?? "bpf-token",
    index: NRI_PLUGIN_IDX ?? "10",
  };
  if (process.geteuid?.() !== 0) {
    throw new InconclusiveError("nri: only root can use the socket of NRI");
  }
  const { servePlugin } = await import("../nri/serve.js");
  const ended = new AbortController();
  const stop = (): void => ended.abort();
  process.once("SIGTERM", stop).once("SIGINT", stop);
  const log = (line: string): void => io.stderr.line(`bpf-token nri: ${line}`);
  const added = await servePlugin({ ...settings, log, signal: ended.signal });
  process.removeListener("SIGTERM", stop).removeListener("SIGINT", stop);
  if (json) printJson("nri", { added });
  return Exit.FINE;
}

/** The runtime passes the number of a file descriptor to a plugin that it starts itself. */
function chooseSocket(path: unknown, passed: string | undefined): string | number {
  if (path !== undefined || passed === undefined) return absolute("nri", "socket", path ?? SOCKET);
  if (/^[0-9]{1,6}$/.test(passed)) return Number(passed);
  throw new UsageError("nri: NRI_PLUGIN_SOCKET is no file descriptor");
}
