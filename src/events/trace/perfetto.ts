import type { Envelope } from '../envelope.ts';
import { upcast } from '../upcast.ts';
import { apply, emptyState } from '../views/state.ts';
import type { Span } from './span.ts';
import { SpanFold } from './span-fold.ts';

/** Records whose place is remembered, so that an arrow can lead from a cause to its effect. */
const CAUSES_MAX = 8192;
/** Lanes whose number is remembered; an actor that is older gets another one. */
const LANES_MAX = 50_000;
const MICROSECONDS = 1000;

interface Place {
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
}

/**
 * Writes records as a Chrome trace (the JSON array format that Perfetto and chrome://tracing read): a process per profile, a lane per
 * actor, a slice per span, an instant per record, arrows from cause to effect, and the rows of each statement as a counter.
 * `args.seq` leads back to the record. Memory is bounded, whatever the length of the tape.
 */
export async function* perfettoTrace(records: AsyncIterable<readonly Envelope[]>): AsyncGenerator<string> {
  const writer = new PerfettoWriter();
  yield '[\n';
  for await (const envelopes of records) {
    const text = envelopes.map((envelope) => writer.add(envelope)).join('');
    if (text !== '') yield text;
  }
  // A last event without a comma after it: the array is JSON as a whole.
  yield `${writer.end()}{"ph":"M","name":"trace_end","pid":0,"tid":0,"args":{}}\n]\n`;
}

class PerfettoWriter {
  #state = emptyState();
  readonly #spans = new SpanFold();
  /** The program itself is process 0. */
  readonly #processes = new Map<string, number>();
  readonly #lanes = new Map<string, Place>();
  readonly #causes = new Map<number, Place>();
  #lastAt = 0;
  #lastTid = 0;
  #isProgramNamed = false;

  add(record: Envelope): string {
    this.#state = apply(this.#state, record);
    this.#lastAt = record.at;
    const { seq, actor, at, cause, kind, event, state } = upcast(record);
    const written: string[] = [];
    const lane = this.#lane(actor, kind, this.#profileOf(actor, record), written);
    const place = { ...lane, ts: at * MICROSECONDS };
    written.push(line({ ph: 'i', s: 't', name: event.type, cat: kind, ...place, args: { seq, state } }));
    if ('rows' in event && event.rows !== undefined)
      written.push(line({ ph: 'C', name: 'rows', id: actor, ...place, args: { rows: event.rows } }));
    const from = cause === null ? undefined : this.#causes.get(cause);
    if (from && from.tid !== place.tid) {
      const flow = { name: event.type === 'query.cancel' ? 'cancel' : 'cause', cat: 'cause', id: seq };
      written.push(line({ ph: 's', ...flow, ...from }), line({ ph: 'f', bp: 'e', ...flow, ...place }));
    }
    remember(this.#causes, seq, place, CAUSES_MAX);
    for (const span of this.#spans.add(record, this.#state)) written.push(this.#slice(span, written));
    return written.join('');
  }

  end(): string {
    const written: string[] = [];
    for (const span of this.#spans.rest(this.#lastAt, this.#state)) written.push(this.#slice(span, written));
    return written.join('');
  }

  #slice(span: Span, written: string[]): string {
    const { pid, tid } = this.#lane(span.actor, span.kind, span.profileId, written);
    const { startAt, endAt, kind, name, attributes, seq } = span;
    const [ts, dur] = [startAt * MICROSECONDS, Math.max(0, endAt - startAt) * MICROSECONDS];
    return line({ ph: 'X', name, cat: kind, ts, dur, pid, tid, args: { ...attributes, seq } });
  }

  #profileOf(actor: string, { event }: Envelope): string {
    const { sessions, queries, connections } = this.#state;
    if (event.type === 'xstate.init' && 'profileId' in event.input) return event.input.profileId ?? '';
    const sessionId = queries[actor]?.sessionId ?? connections[actor]?.sessionId ?? actor;
    return sessions[sessionId]?.profileId ?? '';
  }

  /** An actor's lane; its name, and its process', are written as it is first met. */
  #lane(actor: string, kind: string, profileId: string, written: string[]): Pick<Place, 'pid' | 'tid'> {
    const known = this.#lanes.get(actor);
    if (known) return { pid: known.pid, tid: known.tid };
    let pid = profileId === '' ? 0 : this.#processes.get(profileId);
    if (pid === undefined) {
      pid = this.#processes.size + 1;
      this.#processes.set(profileId, pid);
      written.push(
        line({ ph: 'M', name: 'process_name', pid, tid: 0, args: { name: `profile ${profileId}` } }),
      );
    } else if (pid === 0 && !this.#isProgramNamed) {
      this.#isProgramNamed = true;
      written.push(line({ ph: 'M', name: 'process_name', pid, tid: 0, args: { name: 'querytape' } }));
    }
    const tid = ++this.#lastTid;
    remember(this.#lanes, actor, { pid, tid, ts: 0 }, LANES_MAX);
    const name = kind === 'statement' ? 'query' : kind;
    written.push(line({ ph: 'M', name: 'thread_name', pid, tid, args: { name: `${name} ${actor}` } }));
    return { pid, tid };
  }
}

/** Forgets the oldest beyond `max`. */
function remember<K>(map: Map<K, Place>, key: K, place: Place, max: number): void {
  map.set(key, place);
  if (map.size > max) map.delete(map.keys().next().value!);
}

function line(event: object): string {
  return `${JSON.stringify(event)},\n`;
}
