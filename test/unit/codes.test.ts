import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { STATES } from '../../src/events/states.ts';

const ROOT = join(import.meta.dirname, '../..');
const DOC = join(ROOT, 'doc/api.md');
const BEGIN = '<!-- The codes, as test/unit/codes.test.ts reads them from the source. -->\n';
const END = '<!-- The end of the codes. -->\n';
/** A word with a dot, which is a code unless the lists below say what else it is. */
const DOTTED = /'([a-z][A-Za-z]*\.[a-z][A-Za-z0-9]+)'/g;
/** Where a code is given to the outside, whatever else has its name. */
const GIVEN =
  /(?:\b(?:Refused|VaultError|ConfigError|HistoryError|PolicyError|TapeError|BundleError|StatementError|DriverError)\(\s*|\bcode(?:: | = |\) => )\s*|\b(?:turnAway|notFound|refused|nothing|failureText)\([^'"`]{0,40}|requestRefused\()['"`]([a-z][A-Za-z]*\.(?:[a-z][A-Za-z0-9]+|\$\{))/g;
/** Where a code is put together, of which only the area is known here. */
const MADE = /(?:\breturn | \? | : )`([a-z][A-Za-z]*\.\$\{)/g;
/** Names of messages and of lines of the log. */
const NAMES = [/\bmessage\(\s*'([^']+)'/g, /\.say\(\s*[^,]+,\s*'([^']+)'/g];
/** Columns of catalogues, attributes of telemetry, files, what XState calls its own, what a seed holds, names of earlier versions. */
const OTHER_WORDS =
  /\.(?:jsonl|pid|log|exe|qtv|qtape|txt|html|sock|conf|cnf)$|^(?:[a-z]{1,2}|xstate|querytape|event|failure|service|error|exception|lsid|order|price)\.|^(?:command\.comment|query\.(?:dispatched|orphaned|submitted|turnGiven|turnWanted)|reconnecting\.(?:connecting|tunnel)|data\.making|(?:capabilities|demo|doctor|machines|manifest|package|profiles|running|signature|versions)\.json|(?:fingerprint|private|public)\.key|tunnel\.hostKeys|server\.port|target\.host|token\.launch|db\.getSiblingDB|session\.(?:abort|commit)Transaction|ssh\.…)$/;
const CLOSE = /const CLOSE_[A-Z]+ = (\d{4});/g;

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:ts|mjs)$/.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}

function listed(): string {
  const texts = ['actors', 'drivers', 'events', 'main', 'server', 'store'].flatMap((room) =>
    sources(join(ROOT, 'src', room)),
  );
  const matches = (pattern: RegExp): string[] =>
    texts.flatMap((text) => [...text.matchAll(pattern)].map((found) => found[1]!));
  const words = (pattern: RegExp): string[] => matches(pattern).map((word) => word.replace(/\$\{$/, '…'));
  const others = new Set([...NAMES.flatMap(matches), ...Object.values(STATES).flat()]);
  const codes = [
    ...words(GIVEN),
    ...words(MADE),
    ...words(DOTTED).filter((word) => !others.has(word)),
  ].filter((word) => !OTHER_WORDS.test(word));
  const closes = new Set(matches(CLOSE));
  const areas = new Map<string, string[]>();
  for (const code of [...new Set(codes)].sort()) {
    const area = code.split('.')[0]!;
    areas.set(area, [...(areas.get(area) ?? []), code]);
  }
  const lines = [...areas].map(
    ([area, some]) => `- \`${area}\`: ${some.map((code) => `\`${code}\``).join(' ')}\n`,
  );
  return `${lines.join('')}- WebSocket close codes: ${[...closes].sort().join(' ')}\n`;
}

it('doc/api.md lists every code that the program gives', () => {
  const doc = readFileSync(DOC, 'utf8');
  const [before = '', rest = ''] = doc.split(BEGIN);
  const [list = '', after = ''] = rest.split(END);
  const expected = listed();
  if (process.env.QUERYTAPE_UPDATE_DOC) writeFileSync(DOC, before + BEGIN + expected + END + after);
  else expect(list, 'run this test with QUERYTAPE_UPDATE_DOC=1 to write the list again').toBe(expected);
});
