import { css, html } from 'lit';
import { PRODUCTS } from '../../events/engines/engine-name.ts';
import type { Danger } from '../../events/judgement.ts';
import type { Target } from '../../events/profile.ts';
import { escapeInvisible } from '../format/escape-invisible.ts';
import { thousands } from '../format/format.ts';
import { lineOf } from '../query/error-position.ts';
import { DANGER_WORDS } from './confirmations.ts';
import { type Piece, piecesOf, placesOf } from './danger-marks.ts';

/** Dangers listed one by one; more are counted. */
const LISTED_MAX = 50;

/** What a statement with its dangers looks like. */
export const dangerStyles = css`
  pre {
    margin: 0; flex: 0 1 auto; min-height: 86px; max-height: 250px; overflow: auto; padding: 9px 12px; border: 1px solid var(--qt-border);
    border-radius: var(--qt-radius); background: var(--qt-bg); white-space: pre-wrap; overflow-wrap: anywhere; user-select: text;
    line-height: 18px; tab-size: 4; unicode-bidi: plaintext;
  }
  mark {
    background: var(--qt-failed-soft); color: var(--qt-state-failed); font-weight: 600; border-radius: 2px;
    text-decoration: underline 2px; text-underline-offset: 3px; scroll-margin: 40px;
  }
  .staging mark { background: var(--qt-found); color: var(--qt-state-waiting); }
  .gap { display: block; color: var(--qt-fg-faint); font-family: var(--qt-font-sans); padding: 2px 0; }
  ol { margin: 0; padding: 0; list-style: none; display: grid; gap: 4px; max-height: 168px; overflow: auto; flex: none; }
  li { display: grid; grid-template-columns: 62px minmax(0, 1fr); gap: 12px; }
  li .link { text-align: left; justify-self: start; align-self: start; }
  li b { font-weight: 600; }
`;

/** A statement's text with its dangers marked; long parts without any are left out. */
export function markedStatement(text: string, dangers: readonly Danger[]) {
  return html`<pre class="mono" tabindex="0" role="region" aria-label="The statement">${piecesOf(
    text,
    dangers,
  ).map((piece) => pieceOf(piece, dangers))}</pre>`;
}

function pieceOf(piece: Piece, dangers: readonly Danger[]) {
  if (piece.kind === 'gap')
    return html`<span class="gap">… ${thousands(piece.units)} characters without dangers are not shown …</span>`;
  if (piece.kind === 'plain') return escapeInvisible(piece.text);
  const [first] = piece.dangers;
  return html`<mark
    data-danger=${first!}
    title=${piece.dangers.map((n) => dangers[n]!.reason).join(' ')}
  >${escapeInvisible(piece.text)}</mark>`;
}

/** Each danger in a sentence, with its line. `show` brings one into view. */
export function dangerLines(text: string, dangers: readonly Danger[], show: (danger: number) => void) {
  const places = placesOf(text, dangers);
  const listed = dangers.slice(0, LISTED_MAX).map(({ kind, reason }, n) => {
    const line = lineOf(text, places[n]!.start);
    return html`<li>
      <button
        type="button"
        class="link"
        aria-label="Show danger ${n + 1}, line ${line}"
        @click=${() => show(n)}
      >line ${thousands(line)}</button>
      <span><b>${DANGER_WORDS[kind]}.</b> ${escapeInvisible(reason)}</span>
    </li>`;
  });
  const more = dangers.length - listed.length;
  return more > 0
    ? [...listed, html`<li><span></span><span>and ${thousands(more)} more</span></li>`]
    : listed;
}

/** Where a statement would run: server, database and user. */
export function targetFacts({ engine, host, port, database, user }: Target) {
  const server = host.startsWith('/') ? `${host} (socket)` : `${host}:${port}`;
  const facts = [
    ['Server', `${PRODUCTS[engine]} at ${server}`],
    ['Database', database || 'the default one'],
    ['Signed in as', user || 'no user'],
  ];
  return html`<dl>${facts.map(([name, words]) => html`<div><dt>${name}</dt><dd>${words}</dd></div>`)}</dl>`;
}
