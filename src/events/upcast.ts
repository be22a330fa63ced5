import type { Envelope, TapeEvent } from './envelope.ts';

/**
 * Events as earlier versions of this program wrote them. A tape outlives the program that wrote it: whoever folds a tape reads each
 * record through `upcast`, so that views, search and diagnosis know the present vocabulary alone. Only a replay reads records as they
 * are, because a machine's states are proved by the chart that wrote them.
 *
 * | written until | then | now |
 * |---|---|---|
 * | query@10 | `query.dispatched` | `query.granted` |
 * | query@10 | `query.turnGiven` | `query.slotGranted` |
 * | session@10 | `query.turnWanted` | `query.slotRequested` |
 * | query@10 | `query.submitted` after the query's `xstate.init` | fields of that `xstate.init` |
 * | session@10 | `fingerprint`, `statementBytes` beside the input of `query.submit` | in its input |
 * | session@10 | states `ready`, `reconnecting…`, `disconnected` | `open.connected`, `open.reconnecting…`, `open.disconnected` |
 */
type EarlierEvent =
  | { readonly type: 'query.dispatched' }
  | { readonly type: 'query.turnGiven' }
  | { readonly type: 'query.turnWanted'; readonly queryId: string };

/** A fact that had a record of its own once, and is a part of another one now. */
interface QuerySubmitted {
  readonly type: 'query.submitted';
  readonly fingerprint: string;
  readonly statementBytes: number;
}

/** A record whose event may be one that only earlier versions wrote. */
export type ReadEnvelope = Omit<Envelope, 'event'> & { readonly event: TapeEvent | QuerySubmitted };

/** A record in the present vocabulary. Records of this version, and of newer ones, are returned as they are. */
export function upcast(envelope: Envelope): ReadEnvelope {
  const event = envelope.event as TapeEvent | EarlierEvent;
  switch (event.type) {
    case 'query.dispatched':
      return { ...envelope, event: { type: 'query.granted' } };
    case 'query.turnGiven':
      return { ...envelope, event: { type: 'query.slotGranted' } };
    case 'query.turnWanted':
      return { ...withState(envelope), event: { type: 'query.slotRequested', queryId: event.queryId } };
    default:
      return withState(envelope);
  }
}

/** The session's states got a parent. */
function withState(envelope: Envelope): Envelope {
  const { kind, state } = envelope;
  if (kind !== 'session' || state === null) return envelope;
  if (state === 'ready') return { ...envelope, state: 'open.connected' };
  return /^(?:reconnecting|disconnected)\b/.test(state) ? { ...envelope, state: `open.${state}` } : envelope;
}
