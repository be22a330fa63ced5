import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const DOC = join(ROOT, 'doc/security.md');
const BEGIN = '<!-- The attacks, as test/unit/attacks.test.ts reads them from the tests’ titles. -->\n';
const END = '<!-- The end of the attacks. -->\n';

/** Who attacks. A test's title begins with one of them, and says the attack and what happens instead. */
const ATTACKERS = [
  'a hostile server',
  'a local user',
  'a web page',
  'a malicious file',
  'a stolen laptop',
  'an agent',
] as const;
const TITLE = new RegExp(`(['"\`])(${ATTACKERS.join('|')}): ((?:\\\\.|(?!\\1).)+)\\1`, 'g');
/** What stands for a value in the title of a test with several. */
const PLACEHOLDER = /%[sdijo]|\$\{[^}]*\}|\$[a-z][\w.]*/g;

interface Attack {
  readonly attacker: string;
  readonly words: string;
  readonly file: string;
}

function attacks(): Attack[] {
  return readdirSync(join(ROOT, 'test'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /(?:\.test|contract)\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => path !== import.meta.filename)
    .sort()
    .flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(TITLE)].map(([, , attacker, words]) => ({
        attacker: attacker!,
        words: words!.replaceAll("\\'", "'").replace(PLACEHOLDER, '…').replaceAll('|', '\\|'),
        file: relative(ROOT, path),
      })),
    );
}

function table(): string {
  const all = attacks();
  return ATTACKERS.map((attacker) => {
    const rows = all
      .filter((attack) => attack.attacker === attacker)
      .map(({ words, file }) => `| ${words} | ${file.replace('test/', '')} |\n`);
    const name = attacker[0]!.toUpperCase() + attacker.slice(1);
    return `### ${name}\n\n| attack, and what happens instead | test |\n|---|---|\n${rows.join('')}\n`;
  }).join('');
}

it('doc/security.md lists every attack that a test makes', () => {
  const doc = readFileSync(DOC, 'utf8');
  const [before = '', rest = ''] = doc.split(BEGIN);
  const [list = '', after = ''] = rest.split(END);
  const expected = table();
  if (process.env.QUERYTAPE_UPDATE_DOC) writeFileSync(DOC, before + BEGIN + expected + END + after);
  else expect(list, 'run this test with QUERYTAPE_UPDATE_DOC=1 to write the table again').toBe(expected);
});

it('every attacker attacks somewhere', () => {
  const seen = new Set(attacks().map(({ attacker }) => attacker));
  expect(ATTACKERS.filter((attacker) => !seen.has(attacker))).toEqual([]);
});
