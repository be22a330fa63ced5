import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';

const MAIN = resolve(import.meta.dirname, '../../dist/main.js');

interface Ran {
  readonly code: number | null;
  readonly lines: readonly Record<string, unknown>[];
  readonly errors: string;
}

async function classify(engine: string, input: string | Buffer): Promise<Ran> {
  const child = spawn(process.execPath, [MAIN, 'classify', '--engine', engine]);
  const ended = once(child, 'exit');
  child.stdin.end(input);
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await ended;
  const lines = output.split('\n').filter((line) => line !== '');
  return { code, lines: lines.map((line) => JSON.parse(line)), errors };
}

describe('querytape classify', () => {
  it('says of each statement, in order, what it does', async () => {
    const texts = ['SELECT 1', 'DELETE FROM t', "COPY t TO '{DIR}/x'", 'SELEKT'];
    const ran = await classify('postgres', texts.map((sql) => `${JSON.stringify({ sql })}\n`).join(''));
    expect(ran).toMatchObject({ code: 0, errors: '' });
    expect(ran.lines.map(({ verdict }) => verdict)).toEqual(['read', 'write', 'admin', 'unknown']);
    expect(ran.lines[0]).toEqual({
      verdict: 'read',
      dangers: [],
      reason: null,
      position: null,
      statements: 1,
    });
  });

  it('takes the sql_mode, and says of a line that is none what is wrong with it', async () => {
    const sql = 'SELECT "a\\"; DELETE FROM t; -- "';
    const lines = [{ sql }, { sql, sqlMode: 'ANSI_QUOTES' }, { sql: 1 }].map((line) => JSON.stringify(line));
    const ran = await classify('mariadb', [...lines, '{', ''].join('\n'));
    expect(ran.code).toBe(1);
    expect(ran.lines.map(({ verdict, error }) => verdict ?? error)).toEqual([
      'read',
      'write',
      'sql is not a string',
      'not JSON',
    ]);
  });

  it('says of a line that is not UTF-8 so, and ends no line within a text', async () => {
    const latin1 = Buffer.from('{"sql": "SELECT \'caf\xe9\'"}\n', 'latin1');
    const separated = Buffer.from('{"sql": "SELECT 1 \u2028"}\n{"sql": "SELECT \'é\'"}\n');
    const ran = await classify('postgres', Buffer.concat([latin1, separated]));
    expect(ran.code).toBe(1);
    expect(ran.lines.map(({ verdict, error }) => verdict ?? error)).toEqual(['not UTF-8', 'read', 'read']);
  });

  it('judges MongoDB’s statements too', async () => {
    const texts = [
      'db.a.find()',
      'db.a.aggregate([{$facet: {b: [{$out: "c"}]}}])',
      'db.a.drop()',
      'use b',
      'db.a.nope()',
    ];
    const ran = await classify('mongodb', texts.map((sql) => `${JSON.stringify({ sql })}\n`).join(''));
    expect(ran).toMatchObject({ code: 0, errors: '' });
    expect(ran.lines.map(({ verdict }) => verdict)).toEqual(['read', 'write', 'ddl', 'session', 'unknown']);
    expect(ran.lines[1]).toMatchObject({
      position: 32,
      dangers: [{ kind: 'drop', position: 32, length: 4 }],
    });
  });

  it('answers each line before the next one comes', async () => {
    const child = spawn(process.execPath, [MAIN, 'classify', '--engine', 'mysql']);
    for (let n = 0; n < 3; n++) {
      child.stdin.write(`${JSON.stringify({ sql: `SELECT ${n}` })}\n`);
      const [chunk] = await once(child.stdout, 'data');
      expect(JSON.parse(`${chunk}`).verdict).toBe('read');
    }
    const ended = once(child, 'exit');
    child.stdin.end();
    expect(await ended).toEqual([0, null]);
  });

  it('refuses an engine that there is not', async () => {
    expect(await classify('oracle', '')).toMatchObject({ code: 2, lines: [] });
  });
});
