// SPDX-License-Identifier: MIT

/** Actions that have to run even if a signal or `process.exit()` ends the process. */
const actions = new Set<() => void>();
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

function runAll(): void {
  for (const action of actions) action();
  actions.clear();
}

/** Cleans up, then lets the signal have its usual effect. */
function onSignal(signal: NodeJS.Signals): void {
  runAll();
  unlisten();
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}

function unlisten(): void {
  process.off("exit", runAll);
  for (const signal of signals) process.off(signal, onSignal);
}

/**
 * Runs an action when the process ends early, by `process.exit()`, an uncaught error or a signal.
 *
 * @returns a function that unregisters the action.
 */
export function beforeExit(action: () => void): () => void {
  if (actions.size === 0) {
    process.on("exit", runAll);
    for (const signal of signals) process.on(signal, onSignal);
  }
  actions.add(action);
  return () => {
    if (actions.delete(action) && actions.size === 0) unlisten();
  };
}
