import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CAUSES } from '../../../src/events/diagnosis/causes.ts';
import type { Envelope } from '../../../src/events/envelope.ts';
import { parse } from '../../../src/main/options.ts';
import { replayCommand } from '../../../src/main/replay.ts';
import { writeBundle } from '../../../src/store/bundle/write-bundle.ts';
import { openTape } from '../../../src/store/tape/tape.ts';
import { renumbering } from '../golden-tape.ts';
import { contentOf } from '../store/bundle/bundle-folder.ts';

let folder: string;
let out: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'querytape-verbs-'));
  out = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((piece) => {
    out += piece;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

/**
 * A tape with the records of a golden one, sealed as they are, though `edit` changes what they say. Its own first record comes before
 * them.
 */
async function tapeOf(golden: string, edit = (record: Envelope): Envelope => record): Promise<Envelope[]> {
  rmSync(folder, { recursive: true, force: true });
  const tape = await openTape({ folder, fold: { initial: () => 0, apply: (count) => count + 1 } });
  const lines = readFileSync(join(import.meta.dirname, `../../replay/${golden}.jsonl`), 'utf8')
    .trim()
    .split('\n');
  const append = renumbering((record) => tape.append(record));
  for (const line of lines) append(edit(JSON.parse(line) as Envelope));
  await tape.close();
  return lines.map((line) => JSON.parse(line) as Envelope);
}

/** Runs `querytape replay FOLDER …` as the command line does. */
async function replay(...args: string[]): Promise<number> {
  out = '';
  const { options, words } = parse(['replay', folder, ...args]);
  return replayCommand(options, words[0]!, words[1], words[2]);
}

function lines(): Record<string, unknown>[] {
  return out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const CANCELLED = 'query-5';

describe('querytape replay', () => {
  it('takes no span that ends before it begins', async () => {
    await tapeOf('cancels');
    await expect(replay('events', '--from', '9', '--to', '3')).rejects.toThrow(
      '--to (3) comes before --from (9).',
    );
    const [day, before] = ['2026-02-02T00:00:00Z', '2026-02-01T00:00:00Z'];
    await expect(replay('events', '--from', day, '--to', before)).rejects.toThrow('comes before');
    await expect(replay('--format', 'otlp', '--from', '9', '--to', '3')).rejects.toThrow('comes before');
    expect(await replay('events', '--from', '3', '--to', '3', '--json')).toBe(0);
    expect(lines().map(({ seq }) => seq)).toEqual([3]);
  });

  it('gives its verdicts, and exits 1 where the tape is damaged', { tags: ['slow'] }, async () => {
    await tapeOf('cancels');
    expect(await replay('verdicts', '--json')).toBe(0);
    expect(lines()).toMatchObject([
      { checked: 'signature', holds: true, verdict: 'unsigned' },
      { checked: 'chain', holds: true },
      { checked: 'states', holds: true, verdict: 'reproduced' },
    ]);
    const path = join(folder, '00000001.jsonl');
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1] = bytes[bytes.length >> 1]! ^ 1;
    writeFileSync(path, bytes);
    expect(await replay('verdicts', '--json')).toBe(1);
    expect(lines()).toMatchObject([
      { checked: 'signature', holds: true, verdict: 'unsigned' },
      { checked: 'chain', holds: false },
      { checked: 'states', holds: false, verdict: 'notReplayed' },
    ]);
  });

  it('calls no state of an empty tape reproduced', { tags: ['slow'] }, async () => {
    writeFileSync(join(folder, '00000001.jsonl'), '');
    expect(await replay('verdicts')).toBe(1);
    expect(out).toMatch(
      /^signature {2}No signature: .*\nchain {6}whole: no records\nstates {5}notProvable\n$/,
    );
    await expect(replay()).rejects.toThrow('has no record to prove');
  });

  it('calls a record damaged that its machine can not have received, though all of it is sealed', async () => {
    const isSubmit = ({ event }: Envelope) => event.type === 'query.submit';
    await tapeOf('cancels', (one) =>
      isSubmit(one) ? { ...one, event: { type: 'query.submit' } as never } : one,
    );
    expect(await replay('verdicts')).toBe(1);
    expect(out).toMatch(/\nchain {6}damaged: records 1 to \d+\nstates {5}notReplayed\n$/);
    for (const verb of [
      ['diagnose'],
      ['events'],
      ['explain', CANCELLED],
      ['ask', 'rows > 1'],
      ['state-at', '99'],
    ])
      await expect(replay(...verb)).rejects.toMatchObject({ code: 'record.event' });
  });

  it('says in words how the proof went', { tags: ['slow'] }, async () => {
    const golden = await tapeOf('cancels');
    expect(await replay()).toBe(0);
    expect(out).toMatch(
      /\nNo signature: .*\.\nEvery recorded state was reached: \d+ records, \d+ actors, state [0-9a-f]{64}\.\n$/,
    );
    const { seq, state } = golden.find(({ event }) => event.type === 'connection.leased')!;
    await tapeOf('cancels', (one) => (one.seq === seq ? { ...one, state: 'closed' } : one));
    expect(await replay()).toBe(1);
    expect(out).toContain(`seq ${seq + 1}: `);
    expect(out).toContain(`\nDiverged at seq ${seq + 1}: expected closed, got ${state}: `);
  });

  it('says in words how much of a tape that begins later is provable, or that none of it is', {
    tags: ['slow'],
  }, async () => {
    const golden = await tapeOf('cancels');
    const whole = folder;
    // One more than on the golden tape.
    const created = golden.findLast(({ event }) => event.type === 'xstate.init')!.seq + 1;
    const from = async (fromSeq: number): Promise<void> => {
      folder = join(whole, `${fromSeq}.qtape`);
      await writeBundle(folder, { ...(await contentOf(whole, { fromSeq })), folder: whole });
    };
    try {
      await from(created);
      expect(await replay()).toBe(0);
      expect(out).toMatch(/\nNot proved: \d+ records? of actors created before this tape begins\.\n/);
      expect(out).toMatch(/\nEvery provable state was reached: \d+ records/);
      await from(created + 1);
      expect(await replay()).toBe(1);
      expect(out).toMatch(/\nNot provable: no actor was created on this tape: \d+ records, 0 actors/);
    } finally {
      folder = whole;
    }
  });

  it('says in words which record sent what was not received, and what was received but not sent', {
    tags: ['slow'],
  }, async () => {
    const golden = await tapeOf('cancels');
    const { seq, actor, cause } = golden.find(({ event }) => event.type === 'query.ended')!;
    // A record that a query has sent becomes one that came from outside.
    await tapeOf('cancels', (one) => (one.seq === seq ? { ...one, cause: null } : one));
    expect(await replay()).toBe(1);
    expect(out).toContain(
      `\nseq ${seq + 1}: ${actor} got query.ended; nothing sent it and no timer was set for it\n`,
    );
    expect(out).toMatch(
      new RegExp(
        `\nseq ${cause! + 1}: .*; its step sent query.ended to ${actor}, which did not receive it\n`,
      ),
    );
    expect(await replay('verdicts')).toBe(1);
    expect(out).toMatch(/\nstates {5}diverged at seq \d+: .* got .*: /);
  });

  it.each([
    ['query@1', 'Not provable: written by query@1, which this version no longer has'],
    ['query@999', 'Written by a newer version (query@999)'],
  ])('says in words that %s wrote a tape', { tags: ['slow'] }, async (machine, words) => {
    await tapeOf('cancels', (one) => (one.kind === 'query' ? { ...one, machine } : one));
    expect(await replay()).toBe(1);
    expect(out).toContain(`\n${words}: `);
    expect(await replay('verdicts')).toBe(1);
  });

  it('diagnoses: a line for each cause, or sentences with what to do', { tags: ['slow'] }, async () => {
    await tapeOf('cancels');
    expect(await replay('diagnose', '--json')).toBe(0);
    expect(lines().map(({ cause }) => cause)).toEqual(CAUSES.map(({ name }) => name));
    await replay('--diagnose');
    expect(out).toContain('Every recorded state was reached');
    expect(out).toMatch(/Not found: .*TLS failed/);
  });

  it('says what was at a record: the same as a fold up to there', async () => {
    await tapeOf('cancels');
    expect(await replay('state-at', '5', '--json')).toBe(0);
    expect(lines()[0]).toMatchObject({ kind: 'tape', seq: 5 });
    expect(lines().map(({ kind }) => kind)).toEqual(['tape', 'session', 'connection']);
    expect(lines()[2]).toMatchObject({ state: 'opening' });
    await expect(replay('state-at', '99999')).rejects.toThrow('The tape has no record 99999.');
    await expect(replay('state-at', 'noon')).rejects.toThrow('a record');
  });

  it('lists the records that are asked for', async () => {
    const golden = await tapeOf('cancels');
    const wanted = golden.filter(
      ({ event, actor }) => event.type.startsWith('query.c') && actor === CANCELLED,
    );
    expect(wanted.length).toBeGreaterThan(1);
    expect(await replay('events', '--actor', CANCELLED, '--type', 'query.c*', '--json')).toBe(0);
    expect(lines().map(({ event }) => event)).toEqual(wanted.map(({ event }) => event));
    await replay('events', '--from', '4', '--to', '6', '--json');
    expect(lines().map(({ seq }) => seq)).toEqual([4, 5, 6]);
    await replay('events', '--to', new Date(golden[1]!.at).toISOString(), '--from', '2', '--json');
    expect(lines().map(({ seq }) => seq)).toEqual([2, 3]);
  });

  it('explains one statement in sentences, each with its record', async () => {
    await tapeOf('cancels');
    expect(await replay('explain', CANCELLED)).toBe(0);
    expect(out).toMatch(
      /was submitted in the tab t1.*\n(.*\n)*.*asked to stop: by the user.*\n(.*\n)*.*It ended: cancelled\. \[seq \d+\]/,
    );
    expect(await replay('explain', CANCELLED, '--json')).toBe(0);
    const [first] = lines();
    expect(first).toMatchObject({ seq: expect.any(Number), sentence: expect.any(String) });
    expect(lines().find(({ cause }) => cause === 'crash')).toMatchObject({ answer: 'no' });
    await expect(replay('explain', 'query-x')).rejects.toThrow('The tape has no statement query-x.');
  });

  it('asks an expression of every record, and names the place of what is wrong with one', async () => {
    const golden = await tapeOf('cancels');
    const own = golden.filter(({ event, kind }) => event.type === 'query.cancel' && kind === 'query');
    expect(await replay('ask', 'query.id != none and event.type = query.cancel', '--json')).toBe(0);
    const hits = lines();
    // The tape has a record of its own before them.
    expect(hits.slice(0, -1).map(({ seq }) => seq)).toEqual(own.map(({ seq }) => seq + 1));
    const readAs = '(query.id != none) and (event.type = "query.cancel")';
    const total = { count: own.length, listed: own.length, records: golden.length + 1, readAs };
    expect(hits.at(-1)).toEqual(total);
    await replay('ask', 'query.outcome = cancelled and running > 1 s');
    expect(out).toContain(' records: (query.outcome = "cancelled") and (query.running > 1000)\n');
    await replay('ask', 'query.outcome = cancelled');
    expect(out).toMatch(/query query-5/);
    await expect(replay('ask', 'query.rows > many')).rejects.toThrow('At character 14: Expected a number');
  });

  it.each([
    [['guess'], 'verdicts, diagnose'],
    [['events', 'all'], 'events takes options only'],
    [['explain'], 'explain needs QUERY_ID'],
    [['diagnose', '--until', '3'], 'does not take --until'],
    [['--actor', 'x'], 'does not take --actor'],
    [['--no-open'], 'does not take --no-open'],
    [['--open', '--diagnose'], '--open does not take --diagnose'],
    [['--from', '1'], 'does not take --from'],
    [['--format', 'qtape'], '--format is one of perfetto, otlp.'],
    [['--format', 'otlp', '--until', '3'], '--format does not take --until'],
    [['--format', 'otlp', '--from', 'noon'], '--from takes'],
    [['diagnose', '--format', 'otlp'], 'diagnose does not take --format'],
  ])('is wrong usage: %j', async (args, message) => {
    await expect(replay(...args)).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringContaining(message),
    });
  });
});
