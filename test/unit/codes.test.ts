import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const DOC = join(ROOT, 'doc/api.md');
const BEGIN = '<!-- The codes, as test/unit/codes.test.ts reads them from the source. -->\n';
const END = '<!-- The end of the codes. -->\n';
/** Where a code is given to the outside: an error or a refusal is made of it, a record or an answer holds it. */
const GIVEN =
  /(?:\b(?:Refused|VaultError|ConfigError|HistoryError|PolicyError|TapeError|BundleError|StatementError|DriverError)\(\s*|\bcode(?:: | = |\) => )\s*|\b(?:turnAway|notFound|refused|nothing)\([^'"`]{0,40}|requestRefused\()['"`]([a-z][A-Za-z]*\.(?:[a-z][A-Za-z0-9]+|\$\{))/g;
/** Where it may be one: also names of facts and states stand there. */
const PERHAPS = /(?:\breturn | \? | : )['"`]([a-z][A-Za-z]*\.(?:[a-z][A-Za-z0-9]+|\$\{))['"`]?/g;
/** Words with a dot that are no codes. */
const NO_CODE =
  /^(?:lost|queued|reconnecting|opening|running|target)\.|^(?:token\.launch|my\.cnf|db\.getSiblingDB|n\.nspname|session\.(?:abort|commit)Transaction|ssh\.…)$/;
const CLOSE = /const CLOSE_[A-Z]+ = (\d{4});/g;

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:ts|mjs)$/.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}

/** Types of messages are names of facts and commands, which stand beside codes in the same places. */
function messageTypes(texts: readonly string[]): Set<string> {
  return new Set(
    texts.flatMap((text) => [...text.matchAll(/message\('([^']+)'/g)].map((found) => found[1]!)),
  );
}

function listed(): string {
  const texts = ['actors', 'drivers', 'events', 'main', 'server', 'store'].flatMap((room) =>
    sources(join(ROOT, 'src', room)),
  );
  const types = messageTypes(texts);
  const matches = (pattern: RegExp): string[] =>
    texts.flatMap((text) => [...text.matchAll(pattern)].map((found) => found[1]!));
  const perhaps = matches(PERHAPS)
    .map((code) => code.replace(/\$\{$/, '…'))
    .filter((code) => !types.has(code));
  // Of a code that is put together only the area is known here.
  const given = matches(GIVEN).map((code) => code.replace(/\$\{$/, '…'));
  const codes = new Set([...given, ...perhaps].filter((code) => !NO_CODE.test(code)));
  const closes = new Set(matches(CLOSE));
  const areas = new Map<string, string[]>();
  for (const code of [...codes].sort()) {
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
