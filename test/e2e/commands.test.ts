import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Command } from '../../src/events/command.ts';
import { DRAFT_TITLE_UNITS_MAX, DRAFT_UNITS_MAX } from '../../src/events/limits.ts';
import type { ReplayReport } from '../../src/events/replay-report.ts';
import { Client } from '../../src/main/client.ts';
import { IMPORT_BYTES_MAX } from '../../src/store/limits.ts';
import {
  atTerminal,
  dataFolder,
  type Ended,
  environmentOf,
  removeFolder,
  runCommand,
  type Started,
  startQuerytape,
} from './client.ts';

const run = promisify(execFile);
const MAIN = process.env.QUERYTAPE_TEST_MAIN ?? resolve(import.meta.dirname, '../../dist/main.js');
/** The demo's statements are confirmed as production's are. */
const CONFIRMED = { QUERYTAPE_POLICY_DEVELOPMENT_CONFIRM_DANGEROUS: 'true' };
const folder = dataFolder();
const env = environmentOf(folder);
let program: Started;
let client: Client;

beforeAll(async () => {
  program = await startQuerytape(folder, ['--demo']);
  client = new Client(program.url);
});

afterAll(async () => {
  await program?.stop();
  removeFolder(folder);
});

const cli = (...args: string[]): Promise<Ended> => runCommand(args, env);

// biome-ignore lint/suspicious/noControlCharactersInRegex: none of these may reach a terminal.
const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
const ON_DEMO = ['run', '--profile', 'Demo', '--data-dir', folder];
const script = (...args: string[]): Promise<Ended> => cli(...ON_DEMO, ...args);

describe('a script’s session ends with the script', () => {
  beforeAll(async () => {
    await script('create table leased (n int); insert into leased values (1)');
  });

  const living = async (): Promise<number> =>
    Object.values((await client.state()).state.sessions).filter(({ state }) => state !== 'offline').length;

  it.each(['SIGTERM', 'SIGHUP', 'SIGKILL', 'EPIPE'] as const)(
    'when %s ends it: statement, transaction and locks go',
    async (end) => {
      const text =
        'begin; update leased set n = n + 1 where n < 100; select 1 as shown; select pg_sleep(300)';
      const child = spawn(process.execPath, [MAIN, ...ON_DEMO, '--format', 'csv', text], {
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const ended = once(child, 'exit');
      await client.until(({ queries }) =>
        Object.values(queries).some(
          ({ state, scriptIndex, sessionId }) =>
            scriptIndex === 3 && state === 'executing' && sessionId !== undefined,
        )
          ? true
          : undefined,
      );
      if (end === 'EPIPE') {
        // Nothing is written while it sleeps, so its reader's end is noticed with the next write; Ctrl-C brings one.
        child.stdout.destroy();
        child.kill('SIGINT');
      } else child.kill(end);
      await ended;
      await expect.poll(living).toBe(0);
      const left = await script(
        '--format',
        'csv',
        "select count(*) from pg_stat_activity where query like '%pg_sleep(300)%' and pid <> pg_backend_pid()",
      );
      expect(left.out).toBe('count\r\n0\r\n');
      // Neither its change nor its lock is left.
      expect((await script('--format', 'csv', 'update leased set n = n where n > 0 returning n')).out).toBe(
        'n\r\n1\r\n',
      );
    },
  );

  it('that one Ctrl-C ends where nothing of it was sent yet', async () => {
    const child = spawn(process.execPath, [MAIN, ...ON_DEMO, '-'], {
      env,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const ended = once(child, 'exit');
    // More than the pipe holds, so that it reads once all of it is taken.
    await new Promise((taken) => child.stdin.write('-'.repeat(1 << 20), taken));
    child.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
  });

  it('so that many that are cut off never fill the sessions', async () => {
    for (let round = 0; round < 3; round++) {
      const child = spawn(
        process.execPath,
        [MAIN, ...ON_DEMO, '--format', 'csv', 'select generate_series(1, 2000000)'],
        { env, stdio: ['ignore', 'pipe', 'ignore'] },
      );
      const ended = once(child, 'exit');
      await once(child.stdout, 'data');
      child.stdout.destroy();
      await ended;
    }
    await expect.poll(living).toBe(0);
  });
});

describe('the end of a lease', () => {
  const refusals = async (): Promise<readonly string[]> => {
    const text = await (await client.get('/metrics')).text();
    return text.split('\n').filter((line) => line.startsWith('querytape_command_refusals_total{'));
  };

  it('closes no session that has ended, so that nothing is refused', async () => {
    const before = await refusals();
    expect((await script('select 1')).code).toBe(0);
    const lease = await client.lease();
    const { sessionId } = await client.command({
      type: 'session.open',
      profileId: 'demo',
      leaseId: lease.leaseId,
    });
    await client.until(({ sessions }) => sessions[sessionId!]?.state === 'ready' || undefined);
    await client.command({ type: 'session.close', sessionId: sessionId! });
    await client.until(({ sessions }) => sessions[sessionId!]?.state === 'offline' || undefined);
    const closed = once(lease.socket, 'close');
    lease.socket.close();
    await closed;
    // A refusal that came of it would be recorded before the end of this script.
    expect((await script('select 1')).code).toBe(0);
    expect(await refusals()).toEqual(before);
  });
});

describe('the demo database', () => {
  it('goes with a program that is killed', async () => {
    const killed = dataFolder();
    const one = await startQuerytape(killed, ['--demo']);
    const { profiles } = await new Client(one.url).state();
    const { port } = profiles.find(({ name }) => name === 'Demo')!.target;
    const listens = (): Promise<boolean> =>
      new Promise((resolve) => {
        const socket = connect({ port, host: '127.0.0.1' }, () => resolve(true));
        socket.on('error', () => resolve(false));
        socket.on('close', () => resolve(false));
        socket.on('connect', () => socket.destroy());
      });
    expect(await listens()).toBe(true);
    await one.kill();
    await expect.poll(listens).toBe(false);
    const again = await startQuerytape(killed, ['--demo']);
    expect(await again.stop()).toBe(0);
    removeFolder(killed);
  });
});

describe('a reader that leaves', () => {
  it.each([
    ['--help'],
    ['history', '--json', '--data-dir', folder],
    ['replay', '--json', folder],
    ['doctor', '--json', '--data-dir', folder],
    ['orphans', '--data-dir', folder],
  ])('is no defect of %s', async (...args) => {
    const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    const [code] = await once(child, 'close');
    expect([code, said]).toEqual([0, '']);
  });
});

describe('an output that takes nothing more', () => {
  it.each([
    ['--version'],
    ['history', '--json', '--data-dir', folder],
    [...ON_DEMO, '--format', 'csv', 'select 1'],
    [...ON_DEMO, '--format', 'csv', 'select generate_series(1, 100000)'],
  ])('is said once, and is no success, of %s', async (...args) => {
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', full, 'pipe'] });
    let said = '';
    child.stderr!.on('data', (chunk) => {
      said += chunk;
    });
    const [code] = await once(child, 'close');
    closeSync(full);
    expect(said.match(/^Standard output can't be written: .*ENOSPC/gm)).toHaveLength(1);
    expect(code).toBe(1);
  });
});

describe('wrong usage', () => {
  it.each([
    [['serve', 'extra']],
    [['serve', '--port', 'x']],
    [['serve', '--port', '70000']],
    [['serve', '--port', '-1']],
    [['serve', '--limit', '3']],
    [['run', '--profile', 'Demo', 'select 1', 'select 2']],
    [['run']],
    [['run', '--profile', 'Demo']],
    [['run', '--profile', 'Demo', '--format', 'xml', 'select 1']],
    [['run', '--profile', 'Demo', '--port', '1', 'select 1']],
    [['run', '--profile=', 'select 1']],
    [['classify', 'select 1', '--engine', 'postgres']],
    [['classify', '--engine', 'oracle']],
    [['tape']],
    [['tape', 'burn']],
    [['tape', 'tail', '--output', 'x']],
    [['tape', 'export', '--output', '-']],
    [['tape', 'verify', 'x']],
    [['history', 'purge', '--search', 'x']],
    [['history', 'burn']],
    [['history', '--limit', '0']],
    [['replay']],
    [['replay', '/nowhere']],
    [['replay', 'a', 'b']],
    [['doctor', 'x']],
    [['orphans', '--search', 'x']],
    [['doctor', '--go-on']],
  ])('%j is reported with code 2', async (args) => {
    const { code, out, err } = await cli(...args);
    const [sentence, blank, ...help] = err.trimEnd().split('\n');
    expect([code, out, blank]).toEqual([2, '', '']);
    expect(sentence).toMatch(/\S/);
    // The help on this command alone, so that the sentence is still seen above it.
    for (const line of help.filter((one) => /^ {2}\S/.test(one)))
      expect(line).toMatch(new RegExp(`^ {2}querytape \\[?${args[0]}\\b`));
    expect(help.length).toBeGreaterThan(0);
  });

  it('of a command that there is not, or of an option of none, says where the commands are listed', async () => {
    expect((await cli('selec', '1')).err).toBe(
      'There is no command selec.\n\n  querytape --help lists the commands.\n',
    );
    expect((await cli('--prot', '1')).err).toBe(
      "Unknown option '--prot'.\n\n  querytape --help lists the commands.\n",
    );
  });
});

describe('--help', () => {
  it('is of every command, or of the one that is named', async () => {
    const whole = await cli('--help');
    expect(whole).toMatchObject({ code: 0, err: '' });
    expect(whole.out).toMatch(/^querytape \d.*\n\n {2}querytape \[serve\][\s\S]*\n {2}Exit: 0 success/);
    const one = await cli('blockers', '--help');
    expect(one).toMatchObject({ code: 0, err: '' });
    expect(one.out).toMatch(/^ {2}querytape blockers [\s\S]*that run\.\n$/);
    expect(whole.out).toContain(one.out);
  });
});

describe('a tape', () => {
  it('that is not there is not proven', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'querytape-empty-'));
    for (const args of [
      ['replay', empty],
      ['replay', '--json', empty],
      ['tape', 'verify', '--data-dir', empty],
      ['tape', 'export', '--data-dir', empty],
      ['tape', 'tail', '--data-dir', empty],
      ['orphans', '--data-dir', empty],
    ]) {
      const { code, out, err } = await cli(...args);
      expect([code, out, err]).toEqual([1, '', `There is no tape in ${empty} (tape.absent)\n`]);
    }
    expect(await cli('replay', '--until', '0', folder)).toMatchObject({ code: 1, out: '' });
    removeFolder(empty);
  });

  it('is verified and exported from a record on', async () => {
    const whole = JSON.parse((await cli('tape', 'verify', '--json', '--data-dir', folder)).out);
    const part = await cli('tape', 'verify', '--json', '--from', '10', '--data-dir', folder);
    expect(JSON.parse(part.out)).toMatchObject({ ok: true, firstSeq: 10 });
    expect(JSON.parse(part.out).records).toBeLessThan(JSON.parse(part.out).lastSeq);
    expect(whole.firstSeq).toBe(1);
    const beyond = await cli('tape', 'export', '--from', '99999999', '--data-dir', folder);
    expect(beyond).toMatchObject({ code: 1, out: '', err: expect.stringContaining('bundle.empty') });
    const wrong = await cli('tape', 'export', '--names', 'some', '--data-dir', folder);
    expect(wrong).toMatchObject({ code: 2, out: '', err: expect.stringContaining('--names takes') });
    const file = join(folder, 'bundle.qtape');
    const preview = await cli('tape', 'export', '--preview', '--from', '10', '--data-dir', folder);
    expect(preview).toMatchObject({ code: 0, out: expect.stringContaining('Nothing was written') });
    const made = await cli(
      'tape',
      'export',
      '--json',
      '--from',
      '10',
      '--output',
      file,
      '--data-dir',
      folder,
    );
    expect(JSON.parse(made.out)).toMatchObject({ file, ok: true });
    expect(await cli('replay', file)).toMatchObject({
      code: 0,
      out: expect.stringContaining('Signature checked'),
    });
  });

  it('is proven by the program that writes it, and up to a record', async () => {
    const whole = (await (await client.post('/api/replays', {})).json()) as ReplayReport;
    expect(whole).toMatchObject({ verdict: 'reproduced', matched: true, mismatches: [] });
    expect(new Set(whole.actors.map(({ machine }) => machine.split('@')[0]))).toEqual(
      new Set(['workspace', 'session', 'tab', 'script', 'connection', 'query']),
    );
    const part = (await (await client.post('/api/replays', { until: 10 })).json()) as ReplayReport;
    expect(part).toMatchObject({ verdict: 'reproduced', records: 10 });
  });
});

describe('what run prints', () => {
  it('names the statement, the line, the place and the server’s words of an error', async () => {
    const { code, err } = await script('select 1;\nselect\n  * form t;\nselect 3');
    expect(code).toBe(1);
    expect(err).toContain('ERROR 42601: syntax error at or near "form"\nLINE 2:   * form t\n');
    expect(err).toMatch(/\n {12}\^\n/);
    expect(err).toContain('in statement 2 of 3, line 2');
    expect(err).toContain('not run: the script had stopped before it (statement 3 of 3, line 4)');
    expect(err).not.toContain('cancelled');
    const detail = await script(
      'create temp table u (n int primary key); insert into u values (1); insert into u values (1)',
    );
    expect(detail.err).toContain('DETAIL: Key (n)=(1) already exists.');
  });

  it('is one JSON document, whatever the script has', async () => {
    const json = async (text: string) => JSON.parse((await script('--format', 'json', text)).out);
    expect(await json('select 1 as a')).toEqual([{ a: 1 }]);
    expect(await json('select 1 as a; select 2 as b')).toEqual([[{ a: 1 }], [{ b: 2 }]]);
    expect(await json('set search_path = public; select 1 as a where false')).toEqual([]);
    expect(await json('set search_path = public')).toEqual([]);
    expect(await json('select 1 as a; select 2 as b; select 1/0')).toEqual([[{ a: 1 }], [{ b: 2 }]]);
    expect((await script('--format', 'csv', 'select 1 as a; select 2 as b')).out).toBe(
      'a\r\n1\r\n\r\nb\r\n2\r\n',
    );
    expect((await script('--format', 'ndjson', 'select 1 as a; select 2 as b')).out).toBe(
      '{"a":1}\n{"b":2}\n',
    );
  });

  it('is whole, aligned, and nothing that a terminal obeys', async () => {
    const long = 'x'.repeat(300);
    const { out } = await script(
      `select '漢字' as a, 1 as b union all select '${long}', 22 union all select e'one\\ntwo', 333`,
    );
    const lines = out.split('\n');
    expect(out).toContain(long);
    expect(lines[2]!.indexOf('│')).toBe(300 - 2 + 1);
    expect(lines[4]).toMatch(/^one {297}↵│ 333$/);
    expect(lines[5]).toMatch(/^two {297} │$/);
    const sent = `chr(27) || ']0;t' || chr(7) || chr(155) || chr(8238) || chr(13)`;
    const unsafe = await script(
      `do $$ begin raise notice '%', ${sent}; end $$; select ${sent} as "a\u001b[31m"; select (${sent})::int`,
    );
    const shown = '\\x1B]0;t\\x07\\u009B\\u202E\\r';
    expect(unsafe.out).toContain(shown);
    expect(unsafe.out).toContain('a\\x1B[31m');
    expect(unsafe.err.split(shown)).toHaveLength(3);
    const { out: history } = await cli('history', '--data-dir', folder, '--limit', '5');
    for (const text of [unsafe.out, unsafe.err, history]) expect(text).not.toMatch(OBEYED);
  });

  it('a hostile server: CSV keeps its bytes in a pipe, and is only shown on a terminal', async () => {
    const text = "select chr(27) || '[31m' || chr(8238) || chr(155) as a, e'x\\ny' as b";
    const piped = await script('--format', 'csv', text);
    expect(piped.out).toBe('a,b\r\n"\u001b[31m\u202e\u009b","x\ny"\r\n');
    const words = [process.execPath, MAIN, ...ON_DEMO, '--format', 'csv', text];
    const line = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
    const { stdout } = await run('script', ['-qec', line, '/dev/null'], {
      env: environmentOf(folder, CONFIRMED),
    });
    const shown = stdout.replaceAll('\r\n', '\n');
    expect(shown).toContain('"\\x1B[31m\\u202E\\u009B","x\ny"');
    expect(shown).not.toMatch(OBEYED);
  });

  it('a hostile server: CSV that is for a spreadsheet has no formula, and only CSV can be', async () => {
    const text = `select '=1+1' as "@a", -5 as n, e'x\\n=2' as b`;
    const { out } = await script('--format', 'csv', '--spreadsheet', text);
    expect(out).toBe(`'@a,n,b\r\n'=1+1,-5,"x\n'=2"\r\n`);
    expect((await script('--format', 'csv', text)).out).toBe('@a,n,b\r\n=1+1,-5,"x\n=2"\r\n');
    expect((await script('--format', 'json', '--spreadsheet', text)).code).toBe(2);
  });

  it('says which rule refused, and how to allow a dangerous statement, at once', async () => {
    const strict = dataFolder();
    const dangerous = (...args: string[]) =>
      runCommand(
        ['run', '--profile', 'Demo', '--data-dir', strict, ...args],
        environmentOf(strict, CONFIRMED),
      );
    const refused = await dangerous('drop table if exists nothing; select 1');
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('refused: It is dangerous and was not confirmed.');
    expect(refused.err).toContain('Run it with --confirm "Demo"');
    expect(refused.err).toContain('not run: the script had stopped before it (statement 2 of 2)');
    expect(await dangerous('--confirm', 'Else', 'drop table if exists nothing')).toMatchObject({
      code: 1,
      err: expect.stringContaining('confirmation.name'),
    });
    expect(await dangerous('--confirm', 'Demo', 'drop table if exists nothing')).toMatchObject({
      code: 0,
      err: expect.stringContaining('DROP TABLE'),
    });
    removeFolder(strict);
  });

  it.each([
    ['Demo', 'DROP TABLE'],
    ['Else', 'refused: It is dangerous and was not confirmed.'],
  ])('asks at a terminal, and %s typed there gives: %s', async (typed, wanted) => {
    const strict = dataFolder();
    const args = ['run', '--profile', 'Demo', '--data-dir', strict, 'drop table if exists nothing'];
    const terminal = atTerminal([process.execPath, MAIN, ...args], environmentOf(strict, CONFIRMED));
    let shown = '';
    for await (const chunk of terminal.stdout!) {
      const before = shown;
      shown += chunk;
      if (!before.includes('to run it') && shown.includes('to run it')) terminal.stdin!.write(`${typed}\n`);
    }
    expect(shown).toContain('Dangerous on development: drop table if exists nothing');
    expect(shown).toContain(wanted);
    removeFolder(strict);
  });
});

describe('a limit is one number wherever a command meets it, told in words', () => {
  const refusal = (command: Command): Promise<string | null> =>
    client.command(command).then(
      () => null,
      (error: Error) => error.message,
    );
  const lines = (bytes: number): string => '# nothing to import\n'.repeat(bytes / 20);

  it('for what profiles are read from', async () => {
    const read = (text: string) => refusal({ type: 'profile.import', source: 'pgpass', text });
    expect(await read(lines(IMPORT_BYTES_MAX - 20))).toBeNull();
    expect(await read(lines(IMPORT_BYTES_MAX + 20))).toMatch(
      /^What profiles are read from .*\(import\.tooLong\)$/,
    );
  });

  it('for the text and the title of a tab', async () => {
    const keep = (text: string, title = 'Query 1') =>
      refusal({ type: 'draft.save', tabId: 'd1', profileId: 'demo', text, title });
    expect(await keep('x'.repeat(DRAFT_UNITS_MAX + 1))).toMatch(/^The text of a tab .*\(draft\.tooLong\)$/);
    expect(await keep('x', 'y'.repeat(DRAFT_TITLE_UNITS_MAX + 1))).toMatch(/\(draft\.tooLong\)$/);
  });

  it('for a text without a statement', async () => {
    const { sessionId } = await client.command({ type: 'session.open', profileId: 'demo' });
    await client.until(({ sessions }) => (sessions[sessionId!]?.state === 'ready' ? true : undefined));
    for (const text of ['', ' ', '-- nothing'])
      expect(await refusal({ type: 'query.submit', sessionId: sessionId!, tabId: 't', text })).toMatch(
        /^There is no statement in the text\. \(statement\.empty\)$/,
      );
  });
});
