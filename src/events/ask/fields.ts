import { ACTOR_KINDS } from '../actor-kinds.ts';
import type { Failure } from '../failure.ts';
import type { Life, Row } from './row.ts';

/** What an expression speaks of. */
export type Subject = keyof Row;

/**
 * What a field holds. `elapsed` is read as the time since which it counts, and grows while nothing happens; all other kinds change with
 * a record only.
 */
export type FieldKind = 'text' | 'number' | 'bytes' | 'duration' | 'elapsed' | 'flag';

/** What is read of a row; null where there is nothing to read. */
export type FieldValue = string | number | boolean | null;

/** A field of a subject. */
export interface Field {
  readonly kind: FieldKind;
  /** What it can be, where that is a short list. */
  readonly values?: readonly string[];
  readonly says: string;
  readonly read: (row: Row) => FieldValue;
}

type Fields = Readonly<Record<string, Field>>;
type Reads<T> = (member: T) => FieldValue | undefined;

/** Makes fields of one subject, each null where the row has none of it. */
function fieldsOf<T>(
  member: (row: Row) => T | null,
  fields: Readonly<
    Record<string, readonly [kind: FieldKind, says: string, read: Reads<T>, values?: readonly string[]]>
  >,
): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, [kind, says, read, values]]) => {
      const field: Field = {
        kind,
        says,
        read: (row) => {
          const one = member(row);
          return one === null ? null : (read(one) ?? null);
        },
        ...(values ? { values } : {}),
      };
      return [name, field];
    }),
  );
}

/** What every actor has. */
function lifeFields(life: (row: Row) => Life | null): Fields {
  return fieldsOf(life, {
    age: ['elapsed', 'since it was created', ({ createdAt }) => createdAt],
    inState: ['elapsed', 'since it entered its state', ({ stateAt }) => stateAt],
    quiet: ['elapsed', 'since its last event', ({ lastAt }) => lastAt],
  });
}

/** What has a state; the tape's own records have none. */
const WITH_STATE = ACTOR_KINDS.filter((kind) => kind !== 'tape');

const codeOf = (failure: Failure | null): string | null => failure?.code ?? null;

const session: Fields = {
  ...lifeFields((row) => row.session?.life ?? null),
  ...fieldsOf((row) => row.session?.view ?? null, {
    id: ['text', 'its id', ({ sessionId }) => sessionId],
    state: ['text', 'ready, opening.connecting, reconnecting …', ({ state }) => state],
    engine: ['text', 'the engine', ({ engine }) => engine],
    environment: [
      'text',
      'of its profile',
      ({ environment }) => environment,
      ['development', 'staging', 'production'],
    ],
    profile: ['text', 'id of its profile', ({ profileId }) => profileId],
    readOnly: ['flag', 'whether it may only read', ({ readOnly }) => readOnly],
    interrupted: ['number', 'tabs whose transaction was lost', ({ interrupted }) => interrupted.length],
    failure: ['text', 'code of why it is not ready', ({ failure }) => codeOf(failure)],
  }),
};

const connection: Fields = {
  ...lifeFields((row) => row.connection?.life ?? null),
  ...fieldsOf((row) => row.connection, {
    id: ['text', 'its id', ({ view }) => view.connectionId],
    state: [
      'text',
      'its state',
      ({ view }) => view.state,
      ['opening', 'idle', 'busy', 'expired', 'closing', 'closed', 'lost'],
    ],
    session: ['text', 'id of its session', ({ view }) => view.sessionId],
    tab: ['text', 'id of its tab', ({ view }) => view.tabId],
    purpose: ['text', 'what it is for', ({ view }) => view.purpose, ['catalogue', 'tab']],
    transaction: [
      'text',
      'what transaction it is in',
      ({ view }) => view.transaction,
      ['none', 'open', 'failed'],
    ],
    transactionAge: ['elapsed', 'since its transaction began', ({ view }) => view.transactionSince],
    idle: [
      'elapsed',
      'since it runs no statement',
      ({ view, life }) => (view.state === 'idle' ? life.stateAt : null),
    ],
    busy: [
      'elapsed',
      'since it runs a statement',
      ({ view, life }) => (view.state === 'busy' ? life.stateAt : null),
    ],
    opening: ['duration', 'how long it took to open', ({ view }) => view.openedAfterMs],
    held: ['number', 'kinds of state it holds of its session', ({ view }) => view.held.length],
    failure: ['text', 'code of why it was not opened, or was lost', ({ view }) => codeOf(view.failure)],
  }),
};

const query: Fields = {
  ...lifeFields((row) => row.query?.life ?? null),
  ...fieldsOf((row) => row.query?.view ?? null, {
    id: ['text', 'its id', ({ queryId }) => queryId],
    state: ['text', 'queued.inSession, streaming, cancelling.requested …', ({ state }) => state],
    session: ['text', 'id of its session', ({ sessionId }) => sessionId],
    connection: ['text', 'id of its connection', ({ connectionId }) => connectionId],
    tab: ['text', 'id of its tab', ({ tabId }) => tabId],
    purpose: ['text', 'what it is for', ({ purpose }) => purpose],
    verdict: [
      'text',
      'what it does',
      ({ verdict }) => verdict,
      ['read', 'write', 'ddl', 'transaction', 'session', 'admin', 'unknown'],
    ],
    outcome: [
      'text',
      'how it ended',
      ({ outcome }) => outcome,
      ['succeeded', 'failed', 'refused', 'cancelled', 'timedOut', 'lost'],
    ],
    refused: ['text', 'code of why it was refused', ({ refusedCode }) => refusedCode],
    failure: ['text', 'code of why it failed', ({ failure }) => codeOf(failure)],
    shape: ['text', 'the statement without its values', ({ shape }) => shape],
    command: ['text', 'the server’s word for what it did', ({ command }) => command],
    dangers: ['text', 'what is dangerous about it', ({ dangers }) => dangers.join(' ')],
    running: [
      'elapsed',
      'since it was sent',
      ({ dispatchedAt, outcome }) => (outcome === null ? dispatchedAt : null),
    ],
    timeout: ['duration', 'how long it may run', ({ timeoutMs }) => timeoutMs],
    recording: ['duration', 'until its record was on disk', ({ recordedMs }) => recordedMs],
    firstRow: ['duration', 'until its first row', ({ firstRowMs }) => firstRowMs],
    server: ['duration', 'how long the server took', ({ serverMs }) => serverMs],
    paused: ['duration', 'how long reading paused', ({ pausedMs }) => pausedMs],
    pausedBy: ['text', 'why reading pauses', ({ pausedBy }) => pausedBy, ['budget', 'disk']],
    rows: ['number', 'rows that arrived', ({ rows }) => rows],
    bytes: ['bytes', 'bytes that arrived', ({ bytes }) => bytes],
    columns: ['number', 'columns of its result', ({ columns }) => columns],
    affected: ['number', 'rows it changed', ({ rowsAffected }) => rowsAffected],
    notices: ['number', 'notices of the server', ({ notices }) => notices],
    complete: ['flag', 'whether every row is here', ({ rowsComplete }) => rowsComplete],
    cut: ['text', 'why rows are missing', ({ cut }) => cut],
    cancel: ['text', 'why it was to be cancelled', ({ cancel }) => cancel?.reason],
    cancelAge: ['elapsed', 'since the cancel', ({ cancel }) => cancel?.at],
    cancelAttempts: ['number', 'cancels that were sent', ({ cancel }) => cancel?.attempts],
    cancelConfirmed: [
      'duration',
      'from the cancel to its confirmation',
      ({ cancel }) => cancel?.confirmedAfterMs,
    ],
    escalation: [
      'text',
      'what was done beyond a cancel',
      ({ cancel }) => cancel?.escalation,
      ['terminate', 'abandon'],
    ],
    orphaned: ['flag', 'whether the program ended before it', ({ orphaned }) => orphaned],
  }),
};

const actor: Fields = {
  ...lifeFields((row) => row.actor),
  ...fieldsOf((row) => row.actor, {
    id: ['text', 'its id', ({ id }) => id],
    kind: ['text', 'what it is', ({ kind }) => kind, WITH_STATE],
    machine: ['text', 'its machine, as query@7', ({ machine }) => machine],
    state: ['text', 'its state, as its machine names it', ({ state }) => state],
  }),
};

const event: Fields = fieldsOf((row) => row.event, {
  type: ['text', 'query.cancel, connection.lost …', ({ record }) => record.event.type],
  actor: ['text', 'id of its actor', ({ record }) => record.actor],
  kind: ['text', 'kind of its actor', ({ record }) => record.kind, ACTOR_KINDS],
  state: ['text', 'the state it led to, as its machine names it', ({ record }) => record.state],
  before: ['text', 'the state before it', ({ before }) => before],
  ignored: ['flag', 'whether it was ignored', ({ record }) => record.ignored === true],
  failure: [
    'text',
    'code of the failure it reports',
    ({ record }) => ('failure' in record.event ? codeOf(record.event.failure as Failure | null) : null),
  ],
  seq: ['number', 'its number', ({ record }) => record.seq],
});

/** Every field by its subject. */
export const FIELDS: Readonly<Record<Subject, Fields>> = { session, connection, query, actor, event };

/** The subjects, the most specific first: it is what a hit names. */
export const SUBJECTS: readonly Subject[] = ['query', 'connection', 'session', 'actor', 'event'];

/** Units of durations in milliseconds, and of sizes in bytes. */
export const UNITS: Readonly<Record<'duration' | 'bytes', Readonly<Record<string, number>>>> = {
  duration: { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 },
  bytes: { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 },
};

/** What a field's values are measured in; null where they are no measure. */
export function unitsOf(kind: FieldKind): Readonly<Record<string, number>> | null {
  if (kind === 'duration' || kind === 'elapsed') return UNITS.duration;
  return kind === 'bytes' ? UNITS.bytes : null;
}
