// SPDX-License-Identifier: MIT
import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { View } from "../state/route.js";
import { linkTo, route } from "../store.js";
import { CopyButton } from "./copy-button.js";
import { inSite } from "./links.js";
import { StartView } from "./start-view.js";
import { Terms } from "./terms.js";

type LazyView = Exclude<View, "start">;

/** Views that are loaded when somebody opens them. */
const loaders: Readonly<Record<LazyView, () => Promise<ComponentType>>> = {
  try: async () => (await import("./try-view.js")).TryView,
  releases: async () => (await import("./releases-view.js")).ReleasesView,
  scenario: async () => (await import("./scenario-view.js")).ScenarioView,
  object: async () => (await import("./object-view.js")).ObjectView,
  verifier: async () => (await import("./verifier-view.js")).VerifierView,
  upstream: async () => (await import("./upstream-view.js")).UpstreamView,
  matrix: async () => (await import("./matrix-view.js")).MatrixView,
};

const titles: Readonly<Record<View, string>> = {
  start: "Find the cause",
  try: "Delegate and try",
  releases: "Releases",
  scenario: "Scenario",
  object: "Object",
  verifier: "Verifier",
  upstream: "token.c",
  matrix: "Matrix",
};

/** The page. */
export function App(): JSX.Element {
  const { view } = route.value;
  useEffect(() => {
    document.title = `${titles[view]} · BPF token playground`;
  }, [view]);
  return (
    <>
      <header class="top">
        <h1>BPF token playground</h1>
        <p>
          <Terms text="A BPF token delegates parts of bpf() to a container. The kernel never says why it refuses a call; this page does." />
        </p>
        <CopyLink />
        <nav aria-label="Views">
          {Object.entries(titles).map(([name, title]) => (
            <a
              key={name}
              href={linkTo(name as View)}
              aria-current={name === view ? "page" : undefined}
            >
              {title}
            </a>
          ))}
          {inSite() && <a href="docs/index.html">Documentation</a>}
        </nav>
      </header>
      {view === "start" ? <StartView /> : <Loaded key={view} view={view} />}
      <footer>
        <p>
          Nothing leaves this page. The model follows the kernel in C of our own (GPL-2.0-only). It
          executes no program, and it has no verifier: the view Verifier runs Linux's own.
        </p>
      </footer>
    </>
  );
}

function Loaded({ view }: { readonly view: LazyView }): JSX.Element {
  const [loaded, setLoaded] = useState<{ readonly Component: ComponentType }>();
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    loaders[view]().then(
      (Component) => setLoaded({ Component }),
      () => setFailed(true),
    );
  }, [view]);
  if (loaded !== undefined) return <loaded.Component />;
  return (
    <main>
      <p class="loading" role="status">
        {failed
          ? "This part of the page could not be loaded. Reload the page with a network."
          : "Loading."}
      </p>
    </main>
  );
}

/** Copies the address, which contains the whole state. */
function CopyLink(): JSX.Element {
  return (
    <p class="copy">
      <CopyButton
        label="Copy link"
        text={() => location.href}
        otherwise="Copy the address of this page."
      />
    </p>
  );
}
