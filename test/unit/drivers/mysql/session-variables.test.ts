import { describe, expect, it } from 'vitest';
import { classifyMysql } from '../../../../src/drivers/mysql/classify.ts';
import type { Client } from '../../../../src/drivers/mysql/client.ts';
import { SessionVariables } from '../../../../src/drivers/mysql/session-variables.ts';
import type { TextQuery } from '../../../../src/drivers/mysql/text-query.ts';

/** A client whose server is gone. */
const GONE = {
  stream: { destroyed: false, once: () => {}, off: () => {} },
  addCommand: (command: TextQuery) => command.lose({ code: 'gone', source: 'connection', message: 'gone' }),
} as unknown as Client;

describe('what a text is judged by', () => {
  it('is nothing before the server has said it, and after it did not answer', async () => {
    const variables = new SessionVariables();
    const verdict = () => classifyMysql('mariadb', 'SELECT 1', variables.facts).verdict;
    expect(verdict()).toBe('unknown');
    await expect(variables.ask(GONE)).rejects.toThrow('gone');
    expect(verdict()).toBe('unknown');
  });

  it('is the server’s word in the packet of a statement', () => {
    const variables = new SessionVariables();
    expect(variables.hear({ sql_mode: 'ANSI_QUOTES' })).toBe(false);
    expect(variables.facts.sqlMode).toBe('ANSI_QUOTES');
    expect(variables.hear({ character_set_client: 'gbk' })).toBe(true);
    expect(variables.hear({ character_set_results: 'utf8mb4' })).toBe(false);
  });

  it.each([
    ['SET x = 1', true],
    ['set@x=1', true],
    ['CALL p()', true],
    ['execute immediate @x', true],
    ['BEGIN NOT ATOMIC SET x = 1; END', true],
    ['SELECT 1 /*!50000 , SET */', true],
    ['UPDATE t SET a = 1 /*M! , */', true],
    ['/* UPDATE */ SET x = 1', true],
    ['PREPARE p FROM "SET x = 1"', true],
    ['UPDATE t SET a = 1', false],
    ["  insert into t values ('call')", false],
    ['CREATE TABLE settings (n INT)', false],
    ['SELECT 1', false],
  ])('may be changed by %s: %s', (text, may) => {
    expect(new SessionVariables().mayHaveChanged(text)).toBe(may);
  });
});
