// SPDX-License-Identifier: MIT
import { useEffect, useRef, useState } from "preact/hooks";
import { JobClient } from "../job-client.js";
import type { JobName, Jobs, Reply } from "../messages.js";

/** The state of work in a worker. */
export interface JobState<Name extends JobName> {
  /** The newest result; it stays until the next one. */
  readonly output: Jobs[Name]["output"] | undefined;
  /** What the result answers, which is an older input while a new one is worked on. */
  readonly answered: Jobs[Name]["input"] | undefined;
  readonly crash: string | undefined;
  readonly busy: boolean;
  /** Ends the work. */
  readonly cancel: () => void;
}

/**
 * Asks a worker of this component, and again whenever the input changes.
 *
 * @param input - undefined: there is nothing to ask. Pass the same object for the same question.
 */
export function useJob<Name extends JobName>(
  name: Name,
  input: Jobs[Name]["input"] | undefined,
): JobState<Name> {
  const [reply, setReply] = useState<readonly [Reply<Name>, Jobs[Name]["input"]] | undefined>();
  const [busy, setBusy] = useState(false);
  const ref = useRef<JobClient<Name> | undefined>(undefined);
  useEffect(() => () => ref.current?.stop(), []);
  useEffect(() => {
    if (input === undefined) {
      setReply(undefined);
      return;
    }
    ref.current ??= new JobClient(name, (next, of) => {
      setReply([next, of]);
      if (!next.partial) setBusy(false);
    });
    setBusy(true);
    ref.current.ask(input);
  }, [name, input]);
  const cancel = (): void => {
    ref.current?.stop();
    setBusy(false);
  };
  return { output: reply?.[0].output, answered: reply?.[1], crash: reply?.[0].crash, busy, cancel };
}
