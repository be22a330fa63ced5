import type { TSchema } from '@sinclair/typebox';
import { describe, expect, it } from 'vitest';
import { MACHINES } from '../../../../src/actors/replay.ts';
import { type Envelope, TapeEvent } from '../../../../src/events/envelope.ts';
import { eventColour, eventText } from '../../../../src/ui/format/event-label.ts';

/** The `type` of each event of a union; of a pattern, an example that fits it. */
function eventTypes(schema: TSchema): string[] {
  if (Array.isArray(schema.anyOf)) return schema.anyOf.flatMap(eventTypes);
  const { const: name, pattern } = schema.properties.type;
  return [
    name ??
      (pattern.includes('after')
        ? 'xstate.after.CLOSE_LIMIT.session.closing'
        : 'xstate.error.0.query.running'),
  ];
}

/** What the events that carry figures carry. */
const FIELDS = {
  ...{ failure: { code: '57014' }, afterMs: 1, serverMs: 1, rows: 7, rowsAffected: null, columns: 1 },
  ...{
    notices: 2,
    attempt: 1,
    loopMs: 1,
    clockMs: 1,
    rssBytes: 90_000_000,
    entries: 3,
    code: null,
    outcome: 'lost.notRun',
    reason: 'timeout',
  },
  ...{ backend: 'openssh', pid: 7, hop: 0, keyType: 'ssh-ed25519', verdict: 'known' },
};

describe('a line of the tape', () => {
  const envelope = (event: object, state: string, more: Partial<Envelope> = {}) =>
    ({
      seq: 1,
      at: 1,
      actor: 'q',
      kind: 'query',
      machine: 'query@1',
      cause: null,
      event,
      state,
      ...more,
    }) as Envelope;

  it('says the fact and the figure that matters', () => {
    const recorded = envelope({ type: 'query.recorded', seq: 6, afterMs: 0.41 }, 'running.executing');
    expect(eventText(recorded)).toBe('recorded · durable in 0.4 ms');
    expect(eventColour(recorded)).toBe('well');
  });

  it.each([
    [{ verdict: 'read', admission: 'admitted' }, 'classified · read'],
    [{ verdict: 'ddl', admission: 'confirm' }, 'classified · ddl, needs confirmation'],
    [{ verdict: 'write', admission: 'refused', code: 'readOnly.write' }, 'classified · readOnly.write'],
  ])('says what a classifier said: %j', (said, text) => {
    const classified = envelope({ type: 'query.classified', dangers: [], ...said }, 'queued.onConnection');
    expect(eventText(classified)).toBe(text);
  });

  it('counts the rows of a statement that gave no columns', () => {
    const figures = { command: 'SELECT', columns: 0, rows: 3, rowsAffected: null, serverMs: 2 };
    const completed = envelope({ type: 'query.completed', ...figures } as never, 'succeeded');
    expect(eventText(completed)).toBe('completed · 3 rows, 2 ms');
  });

  it.each(eventTypes(TapeEvent))('says %s in words, not as an identifier', (type) => {
    for (const kind of ['query', 'connection', 'session', 'workspace', 'tape'] as const) {
      const text = eventText(envelope({ ...FIELDS, type }, 'x', { kind, actor: 'a' }));
      const words = text.split(' · ')[0]!;
      expect(words).toMatch(/^[a-z]/);
      expect(words).not.toMatch(/[a-z][A-Z]|[._]|[a-z]+\.[a-z]+/);
      expect(text).not.toMatch(/undefined|NaN|\[object/);
    }
  });

  it('walks the whole vocabulary', () => expect(eventTypes(TapeEvent).length).toBeGreaterThan(60));

  it('says what each delay of a machine means', () => {
    const delays = Object.values(MACHINES).flatMap((machine) => Object.keys(machine.implementations.delays));
    expect(delays.length).toBeGreaterThan(5);
    for (const delay of delays) {
      const text = eventText(envelope({ type: `xstate.after.${delay}.a.b` }, 'closing'));
      expect(text).not.toBe('time limit reached');
      expect(text).not.toContain(delay);
    }
  });

  it('says the events of earlier versions as those of today, and unknown ones in words', () => {
    const text = (type: string) => eventText(envelope({ type }, 'x'));
    expect(text('query.dispatched')).toBe('granted a connection');
    expect(text('query.turnGiven')).toBe('granted a slot');
    expect(text('query.somethingNew')).toBe('query something new');
  });

  it('says a cancel that the server has confirmed', () => {
    const event = { type: 'query.failed', failure: { code: '57014' }, stopped: true, confirmedAfterMs: 6 };
    expect(eventText(envelope(event, 'cancelled'))).toBe('cancel confirmed by server · 6 ms');
  });

  it('says what a count came to', () => {
    const counted = (said: object) => envelope({ type: 'query.counted', serverMs: 1, ...said }, 'confirming');
    expect(eventText(counted({ rows: 7 }))).toBe('rows counted · 7 rows');
    expect(eventText(counted({ code: 'count.timeout' }))).toBe('rows counted · count.timeout');
  });

  it('shows an ignored event as quiet, whatever it says', () => {
    expect(eventColour(envelope({ type: 'query.lost' }, 'cancelled', { ignored: true }))).toBe('quiet');
  });

  it('shows a confirmed cancel as waiting, not as a failure', () => {
    expect(eventColour(envelope({ type: 'query.failed' }, 'cancelled'))).toBe('waiting');
    expect(eventColour(envelope({ type: 'query.failed' }, 'failed'))).toBe('failed');
  });
});
