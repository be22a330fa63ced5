import type { LogValue } from '../log/log-entry.ts';
import { failureFields, known, sessionFields } from '../log/record-fields.ts';
import type { ReadEnvelope } from '../upcast.ts';
import type { State } from '../views/state.ts';
import { tunnelEnded } from '../views/tunnel-view.ts';
import { finished, type OpenSpan, type Span } from './span.ts';

/** What is open of one tunnel: its loss, in it an opening, in that the step of a hop. */
interface OpenTunnel {
  readonly of: Pick<Span, 'trace' | 'profileId' | 'actor'>;
  readonly hops: number;
  lost: OpenSpan | null;
  opening: OpenSpan | null;
  step: { readonly span: OpenSpan; readonly hop: number } | null;
}

/**
 * Spans of the tunnels of sessions, below their session: each opening, in it the steps of each hop (`reach`, `verify`, `signIn`), and each
 * loss, which lasts until the tunnel forwards again or ends and holds the attempts to open it. The tunnel of a test has none.
 */
export class TunnelSpans {
  readonly #open = new Map<string, OpenTunnel>();

  /** Adds to `ended` the spans that end with a record of a tunnel. */
  add({ actor, at, seq, state, event }: ReadEnvelope, views: State, ended: Span[]): void {
    if (event.type === 'xstate.init' && 'tunnelId' in event.input) {
      const { sessionId, profileId, hops } = event.input;
      if (sessionId === null) return;
      const of = { trace: sessionId, profileId: profileId ?? sessionId, actor };
      this.#open.set(actor, { of, hops, lost: null, opening: null, step: null });
    }
    const tunnel = this.#open.get(actor);
    if (!tunnel) return;
    if (event.type === 'tunnel.lost') {
      finishOpening(tunnel, at, fieldsOf(views, tunnel, failureFields(event.failure)), ended);
      tunnel.lost ??= begun(tunnel, 'tunnel lost', 'tunnel', tunnel.of.trace, at, seq);
    }
    const isDialling = /^(?:opening|reopening\.dialling)\b/.test(state ?? '');
    if (isDialling && !tunnel.opening) {
      const name = tunnel.lost ? 'tunnel reopen' : 'tunnel open';
      tunnel.opening = begun(tunnel, name, 'tunnel', tunnel.lost?.key ?? tunnel.of.trace, at, seq);
      if (tunnel.hops > 0) beginStep(tunnel, 'reach', 0, at, seq);
    }
    if (event.type === 'tunnel.hopReached') nextStep(tunnel, 'verify', event.hop, at, seq, ended);
    else if (event.type === 'tunnel.signInBegan') nextStep(tunnel, 'signIn', event.hop, at, seq, ended);
    else if (event.type === 'tunnel.signedIn') {
      finishStep(tunnel, at, ended);
      if (event.hop + 1 < tunnel.hops) beginStep(tunnel, 'reach', event.hop + 1, at, seq);
    } else if (event.type === 'tunnel.notOpened')
      finishOpening(tunnel, at, fieldsOf(views, tunnel, failureFields(event.failure)), ended);
    else if (event.type === 'tunnel.opened') {
      finishOpening(tunnel, at, fieldsOf(views, tunnel), ended);
      finishLoss(tunnel, at, views, ended);
    }
    if (tunnelEnded(state ?? '')) this.#end(actor, at, views, ended);
  }

  /** Ends the spans of a session's tunnels with the session. */
  endSession(sessionId: string, at: number, views: State, ended: Span[]): void {
    for (const [actor, { of }] of this.#open) if (of.trace === sessionId) this.#end(actor, at, views, ended);
  }

  /** Ends all spans, cut at `at`. */
  rest(at: number, views: State, ended: Span[]): void {
    for (const actor of [...this.#open.keys()]) this.#end(actor, at, views, ended);
  }

  #end(actor: string, at: number, views: State, ended: Span[]): void {
    const tunnel = this.#open.get(actor)!;
    this.#open.delete(actor);
    finishOpening(tunnel, at, fieldsOf(views, tunnel, { 'querytape.unfinished': true }), ended);
    finishLoss(tunnel, at, views, ended);
  }
}

function begun(
  { of }: OpenTunnel,
  name: string,
  kind: Span['kind'],
  parent: string,
  startAt: number,
  seq: number,
): OpenSpan {
  return {
    ...of,
    key: `${of.actor}/${name.replace('tunnel ', '')}@${seq}`,
    parent,
    kind,
    name,
    startAt,
    seq,
  };
}

function beginStep(tunnel: OpenTunnel, name: string, hop: number, at: number, seq: number): void {
  if (tunnel.opening) tunnel.step = { span: begun(tunnel, name, 'phase', tunnel.opening.key, at, seq), hop };
}

function nextStep(
  tunnel: OpenTunnel,
  name: string,
  hop: number,
  at: number,
  seq: number,
  ended: Span[],
): void {
  finishStep(tunnel, at, ended);
  beginStep(tunnel, name, hop, at, seq);
}

function finishStep(tunnel: OpenTunnel, at: number, ended: Span[], isError = false): void {
  if (tunnel.step)
    ended.push(finished(tunnel.step.span, at, isError, { 'querytape.tunnel.hop': tunnel.step.hop }));
  tunnel.step = null;
}

function finishOpening(
  tunnel: OpenTunnel,
  at: number,
  fields: Record<string, LogValue>,
  ended: Span[],
): void {
  if (!tunnel.opening) return;
  const isError = 'error.type' in fields;
  finishStep(tunnel, at, ended, isError);
  ended.push(finished(tunnel.opening, at, isError, fields));
  tunnel.opening = null;
}

function finishLoss(tunnel: OpenTunnel, at: number, views: State, ended: Span[]): void {
  if (tunnel.lost) ended.push(finished(tunnel.lost, at, true, fieldsOf(views, tunnel)));
  tunnel.lost = null;
}

function fieldsOf(
  views: State,
  { of }: OpenTunnel,
  more: Parameters<typeof known>[0] = {},
): Record<string, LogValue> {
  const backend = views.tunnels[of.actor]?.backend;
  return known({
    ...sessionFields(views, of.trace),
    'querytape.tunnel.id': of.actor,
    'querytape.tunnel.backend': backend,
    ...more,
  });
}
