// SPDX-License-Identifier: MIT
// Reads from a log of strace at which stops the recorder handles each thread, and how it continues it.

const requests: Readonly<Record<string, string>> = {
  ...{ CONT: "continue", SYSCALL: "step", LISTEN: "listen", GETEVENTMSG: "message" },
  ...{ SEIZE: "seize", INTERRUPT: "interrupt", GET_SYSCALL_INFO: "info" },
};

function ptraceText(args: string, result: string): string {
  const [, request = "", data = ""] = /^PTRACE_(\w+), \d+(?:, [^,]+, (.*))?$/.exec(args) ?? [];
  const name = requests[request] ?? request;
  if (result.startsWith("-1")) return `${name} fails`;
  if (name === "info") return `info ${/PTRACE_SYSCALL_INFO_(\w+)/.exec(data)?.[1]?.toLowerCase()}`;
  return name !== "message" && name !== "seize" && /^SIG|^[1-9]/.test(data)
    ? `${name} ${data}`
    : name;
}

function waitText(status: string): string {
  const event = /PTRACE_EVENT_(\w+)/.exec(status)?.[1];
  const signal = /WSTOPSIG\(s\) == (\w+)( \| 0x80)?/.exec(status);
  const end = /WEXITSTATUS\(s\) == (\d+)|WTERMSIG\(s\) == (\w+)/.exec(status);
  if (end !== null) return `ends ${end[1] ?? end[2]}`;
  if (event !== undefined) return `event ${event}${event === "STOP" ? ` ${signal?.[1]}` : ""}`;
  return signal?.[2] === undefined ? `signal ${signal?.[1]}` : "call";
}

/** For each thread, in the order of their first stops, what happens to it. */
export function stopsIn(log: string): readonly (readonly string[])[] {
  const threads = new Map<string, string[]>();
  for (const row of log.split("\n")) {
    const [, name, args = "", result = ""] = /^(\w+)\((.*)\)\s+= (.*)$/.exec(row) ?? [];
    const tid = name === "wait4" ? result.split(" ")[0] : /^\w+, (\d+)/.exec(args)?.[1];
    if (tid === undefined || (name === "wait4" && !(Number(tid) > 0))) continue;
    const text =
      name === "ptrace" ? ptraceText(args, result) : name === "wait4" ? waitText(args) : "";
    if (text !== "") threads.set(tid, [...(threads.get(tid) ?? []), text]);
  }
  return [...threads.values()];
}
