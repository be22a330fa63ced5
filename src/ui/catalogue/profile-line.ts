import { html, nothing, type TemplateResult } from 'lit';
import type { FailureText } from '../../events/failure.ts';
import type { Profile } from '../../events/profile.ts';
import { sentences } from '../../events/sentences.ts';
import { type SessionView, sessionOpen } from '../../events/views/session-view.ts';
import type { TunnelView } from '../../events/views/tunnel-view.ts';
import { environmentChip } from '../controls/environment-frame.ts';
import { icon } from '../controls/icons.ts';
import { escapeInvisible } from '../format/escape-invisible.ts';
import { stateColour } from '../format/state-colour.ts';
import { throughText, tunnelBriefText } from '../selectors/tunnel-text.ts';

/** The line of a connection. */
interface ProfileLine {
  readonly id: string;
  readonly profile: Profile;
  readonly session: SessionView | undefined;
  /** The tunnel of a session that has not ended. */
  readonly tunnel: TunnelView | undefined;
  /** Why its session, which is ready, can't be called connected; else empty. */
  readonly unconnected: string;
  /** The folders around it. */
  readonly depth: 0 | 1;
  readonly unfolded: boolean;
  /** It is the profile of the tab in view. */
  readonly current: boolean;
  /** It can be edited. */
  readonly saved: boolean;
  /** In the tab order with the buttons on it, or not. */
  readonly tabindex: 0 | -1;
}

/** What a user does with it. */
interface ProfileActs {
  readonly enter: () => void;
  readonly offer: (event: Event) => void;
  readonly focused: (id: string) => void;
  readonly newTab: () => void;
  readonly reconnect: () => void;
  readonly close: () => void;
}

/** What a profile's session is doing, in the words beside its dot; empty where the dot says enough. */
function sessionWords(state: string): string {
  if (state === 'offline' || state === 'ready') return '';
  if (state === 'failed') return 'failed';
  if (state === 'disconnected') return 'catalogue disconnected';
  return `${state.split('.')[0]}…`;
}

/** The same, or what its tunnel is doing while that does not forward. */
function wordsOf({ session, tunnel }: ProfileLine): string {
  return (tunnel && tunnelBriefText(tunnel)) || sessionWords(session?.state ?? 'offline');
}

/** What there is to know of a connection, one line each. */
function titleOf(line: ProfileLine): string {
  const { profile, session } = line;
  const { name, target, tags = [], notes = '' } = profile;
  const user = target.user ? `${target.user}@` : '';
  const hint = session?.state === 'ready' ? '' : ' · Enter opens it';
  const where = `${name} · ${user}${target.host}:${target.port}/${target.database}${hint}`;
  const way = [throughText(profile.tunnel), line.unconnected || wordsOf(line)]
    .filter((part) => part !== '')
    .join(', ');
  return [where, way, tags.join(', '), notes].filter((part) => part !== '').join('\n');
}

/** The line of a connection: its state, or what its tunnel is doing while that does not forward. */
export function profileLine(line: ProfileLine, acts: ProfileActs): TemplateResult {
  const { id, profile, session, tunnel, depth, tabindex } = line;
  const { name, environment, colour, tags = [] } = profile;
  const state = session?.state ?? 'offline';
  const ready = state === 'ready';
  const words = wordsOf(line);
  const colours = colour ? `;--colour:${colour}` : '';
  return html`<div
    role="treeitem"
    aria-level=${1 + depth}
    aria-expanded=${line.unfolded}
    aria-selected=${line.current}
    data-id=${id}
    class="l1"
    style=${`--indent:${12 * depth}px${colours}`}
    tabindex=${tabindex}
    data-testid="open-profile"
    title=${titleOf(line)}
    @contextmenu=${acts.offer}
    @qt-offer=${acts.offer}
    @click=${acts.enter}
    @focus=${() => acts.focused(id)}
  >
    <span class="dot ${line.unconnected ? 'hollow' : stateColour('session', state)}"></span><span class="name ${ready ? 'strong' : ''}">${escapeInvisible(name)}</span>
    ${tags.length > 0 && !words ? html`<span class="tags">${escapeInvisible(tags.join(', '))}</span>` : nothing}
    ${words ? html`<span class="words">${words}</span>` : nothing}
    <span class="end">
      ${ready ? openActs(tabindex, acts) : nothing}
      ${session && tunnel && !ready ? tunnelActs(session, tabindex, acts) : nothing}
      ${line.saved || ready ? more(name, tabindex, acts.offer) : nothing}
      ${environmentChip(environment)}
    </span>
  </div>`;
}

/**
 * What is most often done with an open connection; the rest is in its menu, so that a name has room. In the tab order while its line is.
 */
function openActs(tabindex: 0 | -1, acts: ProfileActs): TemplateResult {
  return html`
    ${button('plus', 'New query', tabindex, acts.newTab, 'New query on this connection')}
    ${button('power', 'Close the connection', tabindex, acts.close)}
  `;
}

/** What can be done while the way to an open connection is lost, or being opened. */
function tunnelActs({ state }: SessionView, tabindex: 0 | -1, acts: ProfileActs): TemplateResult {
  return html`
    ${sessionOpen(state) ? button('refresh', 'Reconnect now', tabindex, acts.reconnect) : nothing}
    ${button('power', 'Close the connection', tabindex, acts.close)}
  `;
}

function more(name: string, tabindex: 0 | -1, offer: (event: Event) => void): TemplateResult {
  return html`<button
    class="icon act"
    tabindex=${tabindex}
    title="More actions (Shift+F10)"
    aria-label="More for ${name}"
    aria-haspopup="menu"
    @click=${offer}
  >${icon('ellipsis')}</button>`;
}

function button(
  name: Parameters<typeof icon>[0],
  title: string,
  tabindex: 0 | -1,
  act: () => void,
  label = title,
): TemplateResult {
  return html`<button
    class="icon act"
    tabindex=${tabindex}
    title=${title}
    aria-label=${label}
    @click=${apart(act)}
  >${icon(name)}</button>`;
}

/** A click on a button of a line is not one on the line. */
function apart(act: () => void): (event: Event) => void {
  return (event) => {
    event.stopPropagation();
    act();
  };
}

/**
 * Why a connection is not open, below its line: its code, and the beginning of the words.
 *
 * @param isInTab the tab in view says it in full
 */
export function failureLine(
  { code, message, advice }: FailureText,
  depth: 0 | 1,
  isInTab: boolean,
  retry: () => void,
): TemplateResult {
  const why = sentences(message, advice);
  return html`<div class="failure" role="treeitem" aria-level=${2 + depth} title=${`${code}\n${why}`}>
    <div role=${isInTab ? nothing : 'alert'}>
      <b>${code}</b>
      ${isInTab ? nothing : html`<span class="why">${why}</span>`}
    </div>
    <button class="link" @click=${retry}>Retry</button>
  </div>`;
}
