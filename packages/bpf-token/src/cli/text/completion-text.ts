// SPDX-License-Identifier: MIT

/** The shells that have a completion. */
export const shells = ["bash", "zsh", "fish"] as const;

/** A command with its options, without dashes. */
export interface Completed {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly string[];
  /** What the first argument can be; empty for a file. */
  readonly words: readonly string[];
  /** What an option can be, by option. */
  readonly values: Readonly<Record<string, readonly string[]>>;
}

/** Returns the script that completes commands, options and known words; others complete as file names. */
export function completionFor(
  shell: (typeof shells)[number],
  commands: readonly Completed[],
): string {
  return { bash, zsh, fish }[shell](commands);
}

const flags = ({ options }: Completed): string => options.map((name) => `--${name}`).join(" ");
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * A row for each place with known words: `policy --for`, and `hook` with the first argument after it.
 *
 * @param place - the name of the command, a space, and the word before the completed one.
 */
function valueRows(
  commands: readonly Completed[],
  row: (place: readonly [place: string, words: string]) => string,
): string {
  const places = commands.flatMap(({ name, words, values }) => [
    ...(words.length > 0 ? [[`${name} ${name}`, words.join(" ")] as const] : []),
    ...Object.entries(values).map(
      ([option, list]) => [`${name} --${option}`, list.join(" ")] as const,
    ),
  ]);
  return places.map(row).join("\n");
}

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
    case "\${COMP_WORDS[1]} \${COMP_WORDS[COMP_CWORD-1]}" in
${valueRows(commands, ([place, words]) => `      "${place}") words="${words}" ;;`)}
      *) case "$word" in -*) ;; *) return ;; esac ;;
    esac
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
  case "$words[2] $words[CURRENT-1]" in
${valueRows(commands, ([place, words]) => `    "${place}") compadd -- ${words}; return ;;`)}
  esac
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
  const lines = commands.flatMap(({ name, summary, options, words, values }) => {
    const within = `complete -c bpf-token -n '__fish_seen_subcommand_from ${name}'`;
    const known = (option: string): string => {
      const list = values[option];
      return list === undefined ? "" : ` -x -a '${list.join(" ")}'`;
    };
    return [
      `complete -c bpf-token -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`,
      ...(words.length > 0 ? [`${within} -f -a '${words.join(" ")}'`] : []),
      ...options.map((option) => `${within} -l ${option}${known(option)}`),
    ];
  });
  return `# fish completion of bpf-token\n${lines.join("\n")}\n`;
}
