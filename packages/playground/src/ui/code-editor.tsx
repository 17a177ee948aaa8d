// SPDX-License-Identifier: MIT
import {
  autocompletion,
  type CompletionContext,
  type CompletionResult,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { Annotation, EditorState, type Extension } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { completionOf } from "../scenario/completion.js";
import type { Vocabulary } from "../scenario/vocabulary.js";

/** A problem of the text, for the editor. */
export interface EditorProblem {
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

/** What others do with the editor. */
export interface EditorHandle {
  /** Selects a line. */
  jump(line: number): void;
}

/** The coloured parts of YAML; a whole grammar would exceed the budget of the view. */
const language = StreamLanguage.define({
  name: "scenario",
  token: (stream) => {
    if (stream.match(/^#.*/)) return "comment";
    if (stream.match(/^[\w.]+(?=:(\s|$))/)) return "propertyName";
    if (stream.match(/^(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')/)) return "string";
    if (stream.match(/^\$\w+/)) return "variableName";
    if (stream.match(/^(?:0x[0-9a-f]+|\d+)\b/i)) return "number";
    if (stream.match(/^[A-Z][A-Z0-9_]+\b/)) return "keyword";
    if (!stream.match(/^(?:\w+|\s+)/)) stream.next();
    return null;
  },
});

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--accent)" },
  { tag: [tags.string, tags.variableName], color: "var(--warn)" },
  { tag: tags.comment, color: "var(--quiet)" },
  { tag: [tags.number, tags.bool, tags.keyword], color: "var(--good)" },
]);

/** Marks a change that the page made, not the visitor. */
const FromPage = Annotation.define<boolean>();

const look = EditorView.theme({
  "&": {
    border: "1px solid var(--control)",
    borderRadius: "6px",
    background: "var(--paper)",
    color: "var(--ink)",
    fontSize: "0.85rem",
  },
  ".cm-scroller": { fontFamily: "var(--mono)", minHeight: "20rem", maxHeight: "70vh" },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { background: "var(--panel)", color: "var(--quiet)", border: "none" },
  ".cm-tooltip": {
    background: "var(--panel)",
    color: "var(--ink)",
    border: "1px solid var(--control)",
  },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": {
    background: "var(--accent)",
    color: "var(--paper)",
  },
  ".cm-completionDetail": { color: "inherit", fontStyle: "normal", fontSize: "0.85em" },
});

/**
 * An editor of scenarios with the words of their schema. It stands in a shadow root: there its
 * styles need no exception in the page's policy.
 */
export function CodeEditor(props: {
  readonly label: string;
  readonly text: string;
  readonly problems: readonly EditorProblem[];
  readonly vocabulary: Vocabulary | undefined;
  readonly onInput: (text: string) => void;
  readonly handle: { current: EditorHandle | undefined };
}): JSX.Element {
  const { label, text, problems, handle } = props;
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const sent = useRef(new Set<string>());

  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const root = element.shadowRoot ?? element.attachShadow({ mode: "open" });
    const editor = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: latest.current.text,
        extensions: extensions(latest, label, sent.current),
      }),
    });
    view.current = editor;
    handle.current = { jump: (line) => jump(editor, line) };
    return () => {
      handle.current = undefined;
      editor.destroy();
    };
  }, [label, handle]);

  useEffect(() => {
    const editor = view.current;
    if (editor !== undefined) showText(editor, text, sent.current);
  }, [text]);

  useEffect(() => {
    const editor = view.current;
    if (editor !== undefined) showProblems(editor, problems);
  }, [problems]);

  return <div class="editor" ref={host} />;
}

/** Replaces the text of the editor, unless it is one that the editor sent itself. */
function showText(editor: EditorView, text: string, sent: Set<string>): void {
  const isShown = editor.state.doc.toString() === text;
  // A text that comes back late from the editor itself must not replace a newer one.
  const isOwn = sent.has(text);
  if (isOwn && !isShown) return;
  sent.clear();
  if (isShown) return;
  const changes = { from: 0, to: editor.state.doc.length, insert: text };
  editor.dispatch({ changes, annotations: FromPage.of(true) });
}

type Latest = {
  readonly current: {
    readonly vocabulary: Vocabulary | undefined;
    readonly onInput: (text: string) => void;
  };
};

function extensions(latest: Latest, label: string, sent: Set<string>): readonly Extension[] {
  const complete = ({ state, pos, explicit }: CompletionContext): CompletionResult | null => {
    const { vocabulary } = latest.current;
    const found = vocabulary && completionOf(state.sliceDoc(0, pos), vocabulary);
    if (!found || (found.from === pos && !explicit)) return null;
    return {
      from: found.from,
      validFor: /^[\w$.]*$/,
      options: found.words.map(({ label: word, detail }) => ({
        label: word,
        apply: found.keys ? `${word}: ` : word,
        type: found.keys ? "property" : "constant",
        ...(detail !== undefined && { detail }),
      })),
    };
  };
  return [
    lineNumbers(),
    lintGutter(),
    history(),
    language,
    syntaxHighlighting(colours),
    autocompletion({ override: [complete], icons: false }),
    // The Tab key leaves the editor: nobody is caught in it.
    keymap.of([...defaultKeymap, ...historyKeymap]),
    EditorView.domEventHandlers({ beforeinput: replaceSelection }),
    EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", tabindex: "0" }),
    EditorView.updateListener.of((update) => {
      if (!update.docChanged) return;
      if (update.transactions.some((one) => one.annotation(FromPage) === true)) return;
      const text = update.state.doc.toString();
      sent.add(text);
      latest.current.onInput(text);
    }),
    look,
  ];
}

/**
 * Replaces a selection itself: Chromium would give the new text the look of the old one by an inline
 * style, which the policy of the page forbids.
 */
function replaceSelection(event: InputEvent, editor: EditorView): boolean {
  const { main } = editor.state.selection;
  if (event.inputType !== "insertText" || event.data === null || main.empty) return false;
  event.preventDefault();
  editor.dispatch(editor.state.replaceSelection(event.data), {
    userEvent: "input.type",
    scrollIntoView: true,
  });
  return true;
}

function showProblems(editor: EditorView, problems: readonly EditorProblem[]): void {
  const { doc } = editor.state;
  const diagnostics = problems.map(({ line, column, text }) => {
    const { from, to } = doc.line(Math.min(Math.max(line, 1), doc.lines));
    const start = Math.min(from + Math.max(column - 1, 0), to);
    return { from: start, to, severity: "error" as const, message: text };
  });
  editor.dispatch(setDiagnostics(editor.state, diagnostics));
}

function jump(editor: EditorView, line: number): void {
  const { from, to } = editor.state.doc.line(Math.min(line, editor.state.doc.lines));
  editor.focus();
  editor.dispatch({ selection: { anchor: from, head: to }, scrollIntoView: true });
}
