import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { beforeEach, expect, it } from 'vitest';
import { NAME_KINDS, type NameKind } from '../../../src/events/bundle.ts';
import type { Envelope } from '../../../src/events/envelope.ts';
import { logLine } from '../../../src/events/log/log-entry.ts';
import { recordEntries } from '../../../src/events/log/record-entries.ts';
import { withTraceIds } from '../../../src/events/otlp/otlp-json.ts';
import type { Profile } from '../../../src/events/profile.ts';
import { apply, emptyState } from '../../../src/events/views/state.ts';
import { bundleContent } from '../../../src/main/bundle-content.ts';
import { hashedId } from '../../../src/main/otlp/hashed-id.ts';
import { dataPaths } from '../../../src/main/paths.ts';
import { writeBundle } from '../../../src/store/bundle/write-bundle.ts';
import { goldenTape } from '../golden-tape.ts';
import { makeTape, testFolder } from '../store/bundle/bundle-folder.ts';

const folder = testFolder();

/** Names that the tape and the profiles bear, by the kind that keeps them; `ids` are kept with all. */
const NAMES = {
  hosts: ['canary-host.example', 'canary-tls.example'],
  users: ['canary_user', 'canary_role'],
  databases: ['canary_database', 'canary_auth'],
  schemas: ['canary_schema'],
  tables: ['canary_table', 'canary_other'],
  columns: ['canary_column', 'canary_function', 'Canary Column'],
} satisfies Record<NameKind, string[]>;
const IDS = ['canary-profile', 'canary-tab'];
/** What is never in a bundle, whatever is kept. */
const SECRETS = [
  'canary-user/',
  'canary-unknown',
  'canary-name',
  'canary-notes',
  'canary-folder',
  'canary-tag',
  '/canary/ca.pem',
  'canary-member',
];

const SHAPES = [
  'SELECT o.canary_column, "Canary Column" FROM canary_schema.canary_table o JOIN canary_other USING (canary_column)',
  'SELECT canary_function(?) FROM canary_database.canary_schema.canary_table',
  'ALTER ROLE canary_role SET canary_column TO ?',
];

const PROFILE: Profile = {
  profileId: 'canary-profile',
  name: 'canary-name',
  folder: 'canary-folder',
  tags: ['canary-tag'],
  notes: 'canary-notes',
  environment: 'production',
  readOnly: true,
  target: {
    engine: 'mongodb',
    host: 'canary-host.example',
    port: 27017,
    database: 'canary_database',
    user: 'canary_user',
    tls: { mode: 'verify-full', caFile: '/canary/ca.pem', serverName: 'canary-tls.example' },
    mongo: { authSource: 'canary_auth', hosts: ['canary-member:1'], replicaSet: 'canary-member' },
  },
};

beforeEach(() => {
  let shapes = 0;
  const records = goldenTape('statements').map((record): Envelope => {
    const text = JSON.stringify(record)
      .replaceAll('"p1"', '"canary-profile"')
      .replace(/"(session-\d+\.)?t1"/g, '"$1canary-tab"');
    const planted = JSON.parse(text) as Envelope;
    if (planted.event.type !== 'query.classified') return planted;
    return { ...planted, event: { ...planted.event, shape: SHAPES[shapes++ % SHAPES.length]! } };
  });
  writeLog(records);
  return makeTape(folder.path, records);
});

/** The log as those records give it, with what no record has: a defect, ids of traces, a field that is not known. */
function writeLog(records: readonly Envelope[]): void {
  const views = emptyState();
  const entries = records.flatMap((record) => recordEntries(record, apply(views, record), 'trace'));
  const lines = entries.map((entry) => logLine(withTraceIds(entry, hashedId)));
  const defect = logLine({
    at: records.at(-1)!.at,
    level: 'error',
    name: 'querytape.defect',
    message: 'A defect ended one statement',
    fields: {
      'exception.type': 'TypeError',
      'exception.stacktrace': '    at run (file:///home/canary-user/querytape/main.js:10:5)',
      'querytape.unknown': 'canary-unknown',
    },
  });
  const long = {
    ...defect,
    'db.system.name': 'postgresql',
    'db.query.summary': `SELECT "canary_${'x'.repeat(241)}`,
  };
  const text = [...lines, defect, long].map((line) => `${JSON.stringify(line)}\n`).join('');
  mkdirSync(dataPaths(folder.path).logs, { mode: 0o700 });
  writeFileSync(join(dataPaths(folder.path).logs, 'querytape.2026-01-01.1.log'), text);
}

/** Everything in a bundle that a reader can search. */
async function textOf(namesKept: readonly NameKind[]): Promise<string> {
  const file = join(folder.path, 'a.qtape');
  const paths = dataPaths(folder.path);
  await writeBundle(file, await bundleContent({ paths, selection: {}, namesKept, profiles: [PROFILE] }));
  const parts = Object.values(unzipSync(readFileSync(file)));
  expect(Buffer.from(unzipSync(readFileSync(file))['log.jsonl']!).toString()).toContain('db.query.summary');
  return parts.map((part) => Buffer.from(part).toString()).join('\n');
}

it('has by default no name, no id that a client has chosen, no path and no secret', async () => {
  const text = await textOf([]);
  expect(text).toContain('query.classified');
  expect(text).toMatch(/FROM schema_[0-9a-f]{10}\.table_[0-9a-f]{10} table_[0-9a-f]{10} JOIN/);
  expect(text.match(/canary.{0,20}/i)).toBeNull();
  expect(text).not.toContain(folder.path);
});

it('has the names that are kept, and still no secret', async () => {
  const text = await textOf(NAME_KINDS);
  for (const name of [...Object.values(NAMES).flat(), ...IDS]) expect(text).toContain(name);
  for (const secret of SECRETS) expect(text).not.toContain(secret);
});

it.each(NAME_KINDS)('has of all names only %s where those alone are kept', async (kind) => {
  const text = await textOf([kind]);
  for (const one of NAME_KINDS)
    for (const name of NAMES[one]) expect([name, text.includes(name)]).toEqual([name, one === kind]);
  for (const id of IDS) expect(text).not.toContain(id);
});

it('replaces a name by the same word throughout, and by another one in the next bundle', {
  tags: ['slow'],
}, async () => {
  const [first, second] = [await textOf([]), await textOf([])];
  const words = (text: string) => new Set(text.match(/(?<=FROM schema_)[0-9a-f]{10}/g));
  expect(words(first).size).toBe(1);
  expect(words(second)).not.toEqual(words(first));
  const fingerprints = (text: string) => new Set(text.match(/(?<="fingerprint":")[0-9a-f]+/g));
  expect(fingerprints(first).size).toBeGreaterThan(1);
  expect([...fingerprints(second)].filter((one) => fingerprints(first).has(one))).toEqual([]);
});

it('has the log with the words of the events, its stacks without folders, and counts its lines', async () => {
  await textOf([]);
  const parts = unzipSync(readFileSync(join(folder.path, 'a.qtape')));
  const text = (name: string): string => Buffer.from(parts[name]!).toString();
  const lines = text('log.jsonl').trimEnd().split('\n');
  expect(JSON.parse(text('manifest.json')).logLines).toBe(lines.length);
  expect(text('summary.txt')).toContain(`The last ${lines.length} lines of the log`);
  const tape = text('tape/00000001.jsonl');
  const found = (from: string, pattern: RegExp) => new Set(from.match(pattern));
  for (const pattern of [/schema_[0-9a-f]{10}/g, /id-[0-9a-f]{16}/g]) {
    expect(found(text('log.jsonl'), pattern).size).toBeGreaterThan(0);
    expect([...found(text('log.jsonl'), pattern)].filter((word) => !tape.includes(word))).toEqual([]);
  }
  const defect = lines
    .map((line) => JSON.parse(line))
    .find((line) => line['event.name'] === 'querytape.defect');
  expect(defect['exception.stacktrace']).toBe('    at run (main.js:10:5)');
  expect(lines.at(-1)).not.toContain('db.query.summary');
});
