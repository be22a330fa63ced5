import type { Envelope } from '../envelope.ts';
import type { Outcome } from '../query.ts';
import { type ReadEnvelope, upcast } from '../upcast.ts';
import type { QueryView } from '../views/query-view.ts';
import type { State } from '../views/state.ts';
import { isSeen, type LogEntry, type LogLevel } from './log-entry.ts';
import { actorFields, failureFields, known, queryFields, sessionFields } from './record-fields.ts';

type Rule = readonly [level: LogLevel, message: string];

/**
 * What an operator should see of an event. `info`: what was asked for happened, or the user stopped it. `warn`: it did not, and the
 * program goes on as before. `error`: something is lost, uncertain or stays unavailable until the user acts. An event that is not
 * listed is one step among others, and `debug`.
 */
const RULES: Readonly<Record<string, Rule>> = {
  'tape.opened': ['info', 'Tape opened'],
  'tape.repaired': ['warn', 'Tape repaired: the last write before a crash was cut off'],
  'tape.damaged': ['error', 'Tape damaged: nothing after this record is proven'],
  'tape.cut': ['info', 'Oldest tape segments deleted by retention'],
  'tape.failed': ['error', 'Tape can’t be written: no statement is sent until it can'],
  'tape.recovered': ['info', 'Tape can be written again'],
  'tape.crowded': ['error', 'Too many records wait for the disk: sessions are closing'],
  'workspace.stop': ['info', 'Querytape is stopping'],
  'vault.created': ['info', 'Vault created'],
  'vault.unlocked': ['info', 'Vault unlocked'],
  'vault.locked': ['info', 'Vault locked'],
  'vault.protectionChanged': ['info', 'Vault protection changed'],
  'vault.backupRestored': ['warn', 'Vault restored from its backup'],
  'vault.setAside': ['warn', 'Unreadable vault set aside'],
  'profile.saved': ['info', 'Profile saved'],
  'profile.deleted': ['info', 'Profile deleted'],
  'history.purged': ['info', 'History deleted'],
  'request.refused': ['warn', 'Request refused'],
  'command.refused': ['warn', 'Command refused'],
  'session.open': ['info', 'Session opening'],
  'session.close': ['info', 'Session closing'],
  'session.connectionOpened': ['info', 'Connection opened'],
  'connection.notOpened': ['warn', 'Connection not opened'],
  'connection.idleLimitReached': ['warn', 'Idle transaction reached its limit and is rolled back'],
  'tunnel.asked': ['info', 'SSH asks the user'],
  'tunnel.opened': ['info', 'Tunnel opened'],
  'tunnel.notOpened': ['warn', 'Tunnel not opened'],
  'tunnel.lost': ['warn', 'Tunnel lost: its connections are lost with it'],
  'process.reaped': ['info', 'Process of an earlier run looked for'],
  'query.confirmed': ['info', 'Dangerous statement confirmed'],
  'query.cancel': ['info', 'Cancel requested'],
  'query.deadlinePassed': ['warn', 'Statement timeout reached: cancelling'],
  'query.cancelRefused': ['warn', 'Cancel not delivered'],
  'query.cancelEscalated': ['warn', 'Cancel escalated'],
  'query.notRecorded': ['error', 'Statement not sent: its record could not be written'],
  'query.abandoned': ['error', 'Statement abandoned: its end is not waited for'],
};

const ENDS: Readonly<Record<Outcome, Rule>> = {
  succeeded: ['info', 'Statement succeeded'],
  failed: ['warn', 'Statement failed'],
  refused: ['warn', 'Statement refused'],
  cancelled: ['info', 'Statement cancelled, confirmed by the server'],
  timedOut: ['warn', 'Statement timed out, confirmed by the server'],
  'lost.notRun': ['warn', 'Statement lost before it was sent'],
  'lost.mayHaveCompleted': ['error', 'Statement lost: it may have completed'],
};

/** What the program does for itself, such as reading the catalogue, is a step as long as it succeeds. */
function endRule(outcome: Outcome, query: QueryView | undefined): Rule {
  const [level, message] = ENDS[outcome];
  return level === 'info' && query?.purpose === 'catalogue' ? ['debug', message] : [level, message];
}

function ruleOf({ event, kind, ignored }: ReadEnvelope, views: State): Rule {
  if (ignored) return ['trace', 'Event ignored'];
  switch (event.type) {
    case 'xstate.init':
      return kind === 'workspace' ? ['info', 'Querytape started'] : ['debug', `Actor created: ${kind}`];
    case 'query.ended':
      return endRule(event.outcome, views.queries[event.queryId]);
    case 'query.progressed':
      return ['trace', event.type];
    case 'session.ended':
      return event.outcome === 'failed' ? ['error', 'Session failed'] : ['info', 'Session closed'];
    case 'session.connectionLost':
      return event.transaction === 'none'
        ? ['warn', 'Connection lost']
        : ['error', 'Connection lost with an open transaction'];
    case 'profile.tested':
      return event.code === null ? ['info', 'Connection test succeeded'] : ['warn', 'Connection test failed'];
    case 'policy.changed':
      return event.problems === 0
        ? ['info', 'Policy changed']
        : ['error', 'Policy can’t be read as it is meant: the strictest holds'];
    default:
      if (event.type.startsWith('xstate.error.')) return ['error', 'Effect failed: a defect of Querytape'];
      return Object.hasOwn(RULES, event.type) ? RULES[event.type]! : ['debug', event.type];
  }
}

/** The semantic conventions' name for the class of an error. */
const ERROR_TYPE = 'error.type';

/** An event's own fields that are plain values, under the product's names. */
const OWN: Readonly<Record<string, string>> = {
  code: ERROR_TYPE,
  command: 'querytape.command.name',
  times: 'querytape.times',
  reason: 'querytape.reason',
  outcome: 'querytape.outcome',
  step: 'querytape.cancel.step',
  attempt: 'querytape.cancel.attempt',
  afterMs: 'querytape.after_ms',
  rows: 'querytape.rows',
  bytes: 'querytape.bytes',
  verdict: 'querytape.verdict',
  admission: 'querytape.admission',
  transaction: 'querytape.transaction',
  protection: 'querytape.vault.protection',
  problems: 'querytape.policy.problems',
  profileId: 'querytape.profile.id',
  backend: 'querytape.tunnel.backend',
  hop: 'querytape.tunnel.hop',
  keyType: 'querytape.tunnel.key_type',
  kind: 'querytape.prompt.kind',
  commandHash: 'querytape.tunnel.command_hash',
  pid: 'querytape.tunnel.process.id',
  segments: 'querytape.tape.segments',
  segment: 'querytape.tape.segment',
  cutBytes: 'querytape.tape.cut_bytes',
  line: 'querytape.tape.line',
};

function ownFields(event: ReadEnvelope['event']): Record<string, string | number | null | undefined> {
  const fields: Record<string, string | number | null | undefined> = {};
  for (const [key, value] of Object.entries(event)) {
    const name = OWN[key];
    if (name !== undefined && (typeof value === 'string' || typeof value === 'number')) fields[name] = value;
  }
  if ('failure' in event && event.failure !== null) Object.assign(fields, failureFields(event.failure));
  if ('flavour' in event) fields['querytape.server.version'] = `${event.flavour} ${event.version}`;
  if (event.type === 'xstate.init' && 'runId' in event.input) {
    fields['service.version'] = event.input.version;
    fields['querytape.process.id'] = event.input.processId;
    fields['process.runtime.version'] = event.input.node;
  }
  return fields;
}

/**
 * The log's entries for one record, none where they are below `least`. The first record of a run also has one for each statement that
 * an earlier run of the program has left without an end.
 *
 * @param views the fold up to the record, or further
 */
export function recordEntries(record: Envelope, views: State, least: LogLevel): LogEntry[] {
  const envelope = upcast(record);
  const { at, seq, event } = envelope;
  const [level, message] = ruleOf(envelope, views);
  const entries: LogEntry[] = [];
  if (isSeen(level, least)) {
    const query = event.type === 'query.ended' ? views.queries[event.queryId] : undefined;
    const fields = known({
      ...actorFields(envelope, views),
      ...ownFields(event),
      ...(query && event.type === 'query.ended' ? queryFields(query, event.outcome) : {}),
      'querytape.seq': seq,
    });
    entries.push({ at, level, name: event.type, message, fields });
  }
  if (envelope.kind === 'workspace' && event.type === 'xstate.init')
    entries.push(...orphanEntries(at, seq, views).filter((one) => isSeen(one.level, least)));
  return entries;
}

function orphanEntries(at: number, seq: number, views: State): LogEntry[] {
  return Object.values(views.queries)
    .filter((query) => query.orphaned && query.endedAt === at)
    .map((query) => ({
      at,
      level: query.outcome === 'lost.mayHaveCompleted' ? 'error' : 'warn',
      name: 'query.orphaned',
      message: 'Statement was running when Querytape ended',
      fields: known({
        ...sessionFields(views, query.sessionId),
        'querytape.tab.id': query.tabId,
        'querytape.connection.id': query.connectionId,
        'querytape.query.id': query.queryId,
        ...queryFields(query),
        'querytape.seq': seq,
      }),
    }));
}
