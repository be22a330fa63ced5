import { describe, expect, it } from 'vitest';
import { SCRIPT_STATEMENTS_MAX } from '../../../src/actors/limits.ts';
import { Refused } from '../../../src/actors/refused.ts';
import { statementsOf } from '../../../src/actors/script-text.ts';
import { mongodbDriver } from '../../../src/drivers/mongodb/driver.ts';

function refusalOf(read: () => unknown): { code: string; message: string } {
  try {
    read();
  } catch (error) {
    if (error instanceof Refused) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('was not refused');
}

describe('the text of a script', () => {
  it('is its statements as they were typed, each with its place and its data', () => {
    const text = '-- a\nselect 1;\ncopy t from stdin;\n1;\n\\.\n/*+ b */ select 2 -- c\n';
    expect(statementsOf('postgres', text, {})).toEqual([
      { text: '-- a\nselect 1', params: [], offset: 0 },
      { text: 'copy t from stdin', params: [], offset: 15, copyData: '1;\n' },
      { text: '/*+ b */ select 2 -- c', params: [], offset: text.indexOf('/*+') },
    ]);
  });

  it('whose third MongoDB statement can never run is refused before the first is sent, with its line', () => {
    const driver = mongodbDriver();
    const text = 'db.a.insertOne({ n: 1 })\ndb.a.find()\ndb.a.frobnicate({ n: 1 })';
    const refusal = refusalOf(() => statementsOf('mongodb', text, {}, driver));
    expect(refusal.code).toBe('script.cannotRun');
    expect(refusal.message).toMatch(/^Line 3, column \d+: .*frobnicate.* Nothing was run\.$/s);
    expect(statementsOf('mongodb', text.split('\n').slice(0, 2).join('\n'), {}, driver)).toHaveLength(2);
  });

  it('is refused at its first fault, whatever the line ends are', () => {
    const refusal = refusalOf(() => statementsOf('postgres', "select 1;\r\n\r\n \\d x\r\nselect 'a", {}));
    expect(refusal.message).toMatch(/^Line 3, column 2: \\d is a command of psql/);
  });

  it('may have as many statements as the limit says', () => {
    expect(statementsOf('postgres', 'select 1;'.repeat(SCRIPT_STATEMENTS_MAX), {})).toHaveLength(
      SCRIPT_STATEMENTS_MAX,
    );
    expect(
      refusalOf(() => statementsOf('postgres', 'select 1;'.repeat(SCRIPT_STATEMENTS_MAX + 1), {})).code,
    ).toBe('script.tooLong');
  });

  it('carries how its strings were read only where it is one of several, and where that matters', () => {
    const modes = (text: string) => statementsOf('mysql', text, { sqlMode: '' }).map(({ mode }) => mode);
    expect(modes("select 'a\\n'; select 1")).toEqual(['strings backslash', undefined]);
    expect(modes("select 'a\\n'")).toEqual([undefined]);
  });
});
