import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { HELP, helpOn } from '../../../src/main/help.ts';
import { parse } from '../../../src/main/options.ts';

/** Each command as its help begins, and how it is called with the fewest words. */
const CALLS: Readonly<Record<string, readonly string[][]>> = {
  serve: [['serve']],
  run: [['run', 'select 1']],
  classify: [['classify']],
  'tape verify|tail': [
    ['tape', 'verify'],
    ['tape', 'tail'],
  ],
  'tape export': [['tape', 'export']],
  history: [['history'], ['history', 'purge']],
  logs: [['logs']],
  orphans: [['orphans']],
  blockers: [['blockers']],
  replay: [['replay', 'a.qtape']],
  doctor: [['doctor']],
};

/** Taken by every command, and so described once. */
const COMMON = new Set(['--data-dir', '--help', '--version']);

/** The command lines of doc/api.md. */
const LINES = readFileSync('doc/api.md', 'utf8').split('## Command line')[1]!.split('```')[1]!;

/** What a text has on each command. */
const partsOf = (text: string): [command: string, part: string][] =>
  text.split(/^ *querytape +/m).flatMap((part) => {
    const words = part.replaceAll(/ +/g, ' ').replace('[serve]', 'serve');
    const command = Object.keys(CALLS).find((name) => words.startsWith(name));
    return command === undefined ? [] : [[command, part]];
  });

const optionsIn = (text: string): string[] =>
  [...new Set(text.match(/--[a-z-]+/g))].filter((option) => !COMMON.has(option)).sort();

const ALL = optionsIn(`${HELP}${LINES}`);

function takes(call: readonly string[], option: string): boolean {
  return [option, `${option}=1`].some((written) => {
    try {
      parse([...call, written]);
      return true;
    } catch {
      return false;
    }
  });
}

describe.each([
  ['the help', HELP],
  ['doc/api.md', LINES],
])('%s', (_, text) => {
  test.each(Object.entries(CALLS))('has every option that %s takes, and no other', (command, calls) => {
    const taken = ALL.filter((option) => calls.some((call) => takes(call, option)));
    const parts = partsOf(text).filter(([name]) => name === command);
    expect(optionsIn(parts.map(([, part]) => part).join())).toEqual(taken);
  });
});

test('has in the help what all commands take, and every command on its own', () => {
  for (const option of COMMON) expect(HELP).toContain(option);
  for (const [command, [call]] of Object.entries(CALLS))
    expect(partsOf(helpOn(call![0]!)).map(([name]) => name)).toContain(command);
});
