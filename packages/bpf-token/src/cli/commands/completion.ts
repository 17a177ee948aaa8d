// SPDX-License-Identifier: MIT
import type { Command } from "../command.js";
import { completionFor, shells } from "../text/completion-text.js";
import { common, Exit, oneOf, UsageError } from "../usage.js";

/** `bpf-token completion`: completion of commands and options for a shell. */
export const completion: Command = {
  usage: `usage: bpf-token completion bash|zsh|fish [--json]

Prints a script that completes the commands and options of bpf-token, and the
words that some of them take. The shell reads it at its start. The program must
be in PATH as 'bpf-token'.

  --json             print the commands and options as JSON

exit codes: 0 fine, 2 usage

examples:
  bpf-token completion bash > /etc/bash_completion.d/bpf-token
  bpf-token completion zsh > ~/.zsh/completions/_bpf-token
  bpf-token completion fish > ~/.config/fish/completions/bpf-token.fish
`,
  options: {},
  words: shells,
  run: async (context) => {
    const { files } = context.parsed;
    if (files.length > 1) throw new UsageError("completion: give one shell");
    const shell = oneOf("shell", files[0] ?? "", shells);
    const commands = (await context.commands()).map(({ name, summary, command }) => ({
      name,
      summary,
      options: Object.keys({ ...common, ...command.options }).sort(),
      words: command.words ?? [],
      values: command.values ?? {},
    }));
    if (context.json) context.printJson("completion", { shell, commands });
    else context.out.lines(completionFor(shell, commands));
    return Exit.FINE;
  },
};
