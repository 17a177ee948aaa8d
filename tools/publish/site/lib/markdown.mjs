// SPDX-License-Identifier: MIT
// @ts-check
import { dirname, join } from "node:path/posix";
import { pageOf } from "@bpf-token/uapi";
import MarkdownIt from "markdown-it";
import { slug } from "../../../lib/slug.mjs";
import { addressOf, between, siteLink } from "./addresses.mjs";

/** @param {string} text */
export const escapeHtml = (text) =>
  text.replace(/[&<>"]/g, (one) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[one] ?? "&quot;");

/** The title of a page. @param {string} text - Markdown */
export const titleOf = (text) => (/^# (.*)$/m.exec(text)?.[1] ?? "").replaceAll("`", "");

/**
 * Renders a page of the repository. Headings get GitHub's anchors, links lead to pages of the site,
 * a link with the name of a file shows the title of the page, and the id of a check leads to its page.
 *
 * @param {string} text - Markdown
 * @param {string} source - the page as a path of the repository
 * @param {ReadonlySet<string>} checks - the ids of checks
 * @param {ReadonlyMap<string, string>} titles - the title of each page of the site, by address
 * @returns {string} HTML
 */
export function renderPage(text, source, checks, titles) {
  const markdown = new MarkdownIt({ html: false, linkify: false });
  const { rules } = markdown.renderer;
  rules.heading_open = (tokens, index) => {
    const token = tokens[index];
    return `<${token?.tag} id="${escapeHtml(slug(textOf(tokens[index + 1])))}">`;
  };
  rules.link_open = (tokens, index, options, _env, self) => {
    const [token, label] = tokens.slice(index);
    const href = siteLink(String(token?.attrGet("href")), source);
    token?.attrSet("href", href);
    const title = titles.get(join(dirname(addressOf(source)), href));
    if (title !== undefined && label?.content.endsWith(".md")) label.content = title;
    return self.renderToken(tokens, index, options);
  };
  rules.code_inline = (tokens, index) => {
    const code = tokens[index]?.content ?? "";
    const html = `<code>${escapeHtml(code)}</code>`;
    if (!checks.has(code)) return html;
    return `<a href="${between(addressOf(source), pageOf(code))}">${html}</a>`;
  };
  rules.table_open = () => '<div class="table"><table>';
  rules.table_close = () => "</table></div>";
  return markdown.render(text.replace(/^<!--[\s\S]*?-->$/gm, ""));
}

/** The text of an inline token. @param {import("markdown-it/lib/token.mjs").default | undefined} token */
function textOf(token) {
  return (token?.children ?? []).map(({ content }) => content).join("");
}
