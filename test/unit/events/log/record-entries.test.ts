import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Envelope } from '../../../../src/events/envelope.ts';
import type { LogEntry, LogLevel } from '../../../../src/events/log/log-entry.ts';
import { recordEntries } from '../../../../src/events/log/record-entries.ts';
import { systemName } from '../../../../src/events/log/record-fields.ts';
import { apply, emptyState } from '../../../../src/events/views/state.ts';

const TAPES = resolve(import.meta.dirname, '../../../replay');

function recordsOf(tape: string): Envelope[] {
  return readFileSync(join(TAPES, `${tape}.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Envelope);
}

/** The log of records, each with the views as they are after it. */
function logOf(records: readonly Envelope[], least: LogLevel = 'info'): LogEntry[] {
  const state = emptyState();
  return records.flatMap((envelope) => {
    apply(state, envelope);
    return recordEntries(envelope, state, least);
  });
}

const brief = ({ level, name, fields }: LogEntry) =>
  [level, name, fields['querytape.outcome'] ?? fields['error.type']].filter(Boolean).join(' ');

describe('the log of a tape', () => {
  it('names the tunnel and its session in each entry of a tunnel, and in those of its session about it', () => {
    const records = recordsOf('tunnels');
    const entries = logOf(records, 'trace');
    const lost = entries.find(({ name }) => name === 'tunnel.lost')!;
    const interrupted = entries.find(({ name }) => name === 'tunnel.interrupted')!;
    for (const { fields } of [lost, interrupted]) {
      expect(fields['querytape.tunnel.id']).toBe(records.find(({ kind }) => kind === 'tunnel')!.actor);
      expect(fields['querytape.session.id']).toMatch(/^session-/);
      expect(fields['db.system.name']).toBeDefined();
    }
  });

  it('reads a tape of a version that has another engine', () => {
    const text = JSON.stringify(recordsOf('statements')).replaceAll(
      '"engine":"postgres"',
      '"engine":"sqlite"',
    );
    const systems = logOf(JSON.parse(text)).map(({ fields }) => fields['db.system.name']);
    expect(systems.filter((name) => name !== undefined)).toContain('sqlite');
    expect(systems).not.toContain('postgresql');
  });

  it('has one line at info per statement of the user, by its outcome', () => {
    const ends = logOf(recordsOf('statements')).filter(({ name }) => name === 'query.ended');
    expect(ends.map(brief)).toEqual([
      'info query.ended succeeded',
      'warn query.ended failed',
      'info query.ended succeeded',
      'info query.ended cancelled',
      'warn query.ended failed',
    ]);
    expect(ends[1]!.fields).toMatchObject({
      'db.system.name': 'postgresql',
      'deployment.environment.name': 'development',
      'error.type': '42601',
      'db.response.status_code': '42601',
      'querytape.session.id': 'session-2',
      'querytape.tab.id': 't1',
      'querytape.connection.id': 'session-2.c2',
      'querytape.profile.id': 'p1',
    });
    expect(ends[1]!.fields['querytape.query.id']).toMatch(/^query-/);
    expect(ends[1]!.fields['querytape.seq']).toBeGreaterThan(0);
  });

  it('names the command that an event comes from', () => {
    const cancels = logOf(recordsOf('cancels')).filter(({ name }) => name === 'query.cancel');
    expect(cancels.length).toBeGreaterThan(1);
    for (const { fields } of cancels) expect(fields['querytape.command.id']).toMatch(/^command-/);
  });

  it('calls a statement that may have completed an error, as the server has to be looked at', () => {
    const found = logOf(recordsOf('losses')).find(
      ({ fields }) => fields['querytape.outcome'] === 'lost.mayHaveCompleted',
    );
    expect(found).toMatchObject({ level: 'error', name: 'query.ended' });
  });

  it('names the statements that an earlier run left without an end', () => {
    const records = recordsOf('cancels');
    const running = records.findIndex(({ event }) => event.type === 'query.recorded');
    const start = { ...records[0]!, seq: running + 2, at: records[running]!.at + 1, actor: 'run-2' };
    const orphans = logOf([...records.slice(0, running + 1), start]).filter(
      ({ name }) => name === 'query.orphaned',
    );
    expect(orphans.map(brief)).toEqual(['error query.orphaned lost.mayHaveCompleted']);
  });

  it('holds nothing below the least level, and everything at trace', () => {
    const records = recordsOf('losses');
    expect(new Set(logOf(records, 'warn').map(({ level }) => level))).toEqual(new Set(['warn', 'error']));
    expect(logOf(records, 'trace').length).toBeGreaterThanOrEqual(records.length);
  });

  it('has fields of plain values only, and names engines as OpenTelemetry does', () => {
    for (const tape of ['statements', 'cancels', 'losses', 'transactions', 'refusals', 'counts', 'turns'])
      for (const { fields } of logOf(recordsOf(tape), 'trace'))
        for (const value of Object.values(fields))
          expect(['string', 'number', 'boolean']).toContain(typeof value);
    expect((['postgres', 'mysql', 'mariadb', 'mongodb'] as const).map(systemName)).toEqual([
      'postgresql',
      'mysql',
      'mariadb',
      'mongodb',
    ]);
  });
});
