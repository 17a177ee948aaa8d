// SPDX-License-Identifier: MIT
// Calls that are refused for their arguments, the verifier's refusals among them.
import { bitName } from "@bpf-token/delegation";
import { wrongMapFields } from "@bpf-token/uapi";
import { findRule } from "../rules/index.js";
import { quoted } from "../rules/rule.js";
import { because, type JudgedCall } from "./judged.js";
import { field, numberField, type StraceCall } from "./line.js";
import { bitsOf, type Create, helperCapability } from "./needs.js";

/**
 * Judges a call whose errno is not EPERM.
 *
 * @param main - whether the failure can end the program.
 * @param lostProbe - whether libbpf's probe for the map of variables was refused before.
 */
export function judgeArguments(
  command: Create,
  call: StraceCall,
  main: boolean,
  lostProbe: boolean,
): JudgedCall | undefined {
  const { args, errno } = call;
  if (!main) return because(["explain.probe_answer"], undefined, { main: false });
  if (command === "MAP_CREATE") {
    if (errno === "EINVAL") {
      return because(["explain.map_definition", "explain.kernel_old"], wrongFields(args));
    }
    if (errno === "E2BIG") return because(["map.create.too_big", "bpf.tail"]);
    if (errno === "EOPNOTSUPP") return because(["explain.kernel_old", "explain.kernel_config"]);
    return undefined;
  }
  if (command === "BTF_LOAD") return because(["explain.btf_upload"], undefined, { main: false });
  const buffer = field(args, "log_buf") ?? "";
  const log = buffer.startsWith('"') ? buffer : "";
  const last = lastLineIn(log);
  const known = findRule(last ?? "") ?? findRule(log);
  if (known !== undefined) {
    return because(known.rule.causes, known.rule.says?.(known.match), { main: true });
  }
  const helper = last === undefined ? helperCapability(args) : undefined;
  if (helper !== undefined && (errno === "EINVAL" || errno === "EACCES")) {
    return because(
      ["explain.verifier_capability", "explain.verifier"],
      `the verifier rejects the program, and it accepts one of its helpers only from a caller with CAP_${helper.name}; the log does not show its reason`,
    );
  }
  const reason =
    last === undefined ? undefined : `the verifier rejects the program: ${quoted(last)}`;
  if (errno === "EACCES") {
    return reason === undefined
      ? because(["explain.verifier", "explain.verifier_capability"])
      : because(["explain.verifier"], reason);
  }
  if (errno === "EINVAL" && lostProbe && reason === undefined) {
    return because(
      ["explain.libbpf_probe", "explain.verifier"],
      "libbpf may not have created the map of the program's variables, because its probe for it was refused",
    );
  }
  if (errno === "EINVAL") return because(["explain.verifier", "explain.kernel_old"], reason);
  if (errno === "E2BIG") return because(["explain.program_size", "bpf.tail"]);
  if (errno === "ENOSPC") return because(["explain.log_buffer"], undefined, { main: false });
  return undefined;
}

/** Names the sizes that the map type refuses. */
function wrongFields(args: string): string | undefined {
  const type = bitsOf("MAP_CREATE", args).maps;
  const size = (name: string): number | undefined => numberField(args, name);
  const [keySize, valueSize, maxEntries] = [
    size("key_size"),
    size("value_size"),
    size("max_entries"),
  ];
  if (type === undefined || keySize === undefined) return undefined;
  if (valueSize === undefined || maxEntries === undefined) return undefined;
  const wrong = wrongMapFields({ type, keySize, valueSize, maxEntries });
  if (wrong.length === 0) return undefined;
  const list = wrong.map(
    ({ field: name, required, actual }) => `${name} ${actual}, required ${required}`,
  );
  return `a map of type ${bitName("maps", type) ?? type} has ${list.join("; ")}`;
}

/** The last line of a log as strace prints it, with `\\n` for line ends. */
function lastLineIn(log: string): string | undefined {
  return log
    .replace(/^"|"(?:\.\.\.)?$/g, "")
    .split("\\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("processed "))
    .at(-1);
}
