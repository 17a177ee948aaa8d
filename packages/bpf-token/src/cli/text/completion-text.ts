// SPDX-License-Identifier: MIT

/** The shells that have a completion. */
export const shells = ["bash", "zsh", "fish"] as const;

/** A command with its options, without dashes. */
export interface Completed {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly string[];
}

/** Returns the script that completes commands and options; arguments complete as file names. */
export function completionFor(
  shell: (typeof shells)[number],
  commands: readonly Completed[],
): string {
  return { bash, zsh, fish }[shell](commands);
}

const flags = ({ options }: Completed): string => options.map((name) => `--${name}`).join(" ");
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function bash(commands: readonly Completed[]): string {
  return `# bash completion of bpf-token
_bpf_token() {
  local word="\${COMP_WORDS[COMP_CWORD]}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${commands.map(({ name }) => name).join(" ")} help --help --version"
  else
    case "\${COMP_WORDS[1]}" in
${commands.map((one) => `      ${one.name}) words="${flags(one)}" ;;`).join("\n")}
    esac
    case "$word" in -*) ;; *) return ;; esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _bpf_token bpf-token
`;
}

function zsh(commands: readonly Completed[]): string {
  return `#compdef bpf-token
# zsh completion of bpf-token
_bpf_token() {
  local -a commands
  commands=(
${commands.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}`).join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  if [[ $words[CURRENT] != -* ]]; then
    _files
    return
  fi
  case $words[2] in
${commands.map((one) => `    ${one.name}) compadd -- ${flags(one)} ;;`).join("\n")}
  esac
}
compdef _bpf_token bpf-token
`;
}

function fish(commands: readonly Completed[]): string {
  const lines = commands.flatMap(({ name, summary, options }) => [
    `complete -c bpf-token -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`,
    ...options.map(
      (option) => `complete -c bpf-token -n '__fish_seen_subcommand_from ${name}' -l ${option}`,
    ),
  ]);
  return `# fish completion of bpf-token\n${lines.join("\n")}\n`;
}
