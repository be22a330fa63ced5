import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Client } from '../src/main/client.ts';
import { dataFolder, environmentOf, removeFolder, startQuerytape } from '../test/e2e/client.ts';
import { program } from '../test/servers/debian.ts';
import { type Bench, type Figure, median, seconds } from './figure.ts';
import { makeTable, server, TABLE } from './server.ts';

const exec = promisify(execFile);
const MAIN = resolve('dist/main.js');
const ROUNDS = 5;
const PROFILE = 'Bench';
const PASSPHRASE = 'of the bench';
const QUIET = `exec "$0" "$@" > /dev/null`;

/** Wall time of one run of a program whose output goes nowhere, in seconds. */
async function timed(env: NodeJS.ProcessEnv, path: string, args: readonly string[]): Promise<number> {
  const at = performance.now();
  await exec('sh', ['-c', QUIET, path, ...args], { env });
  return seconds(at);
}

/** `querytape run` against psql: a million rows as CSV, and one row, each from the process's start to its end. */
async function run(): Promise<Figure[]> {
  await makeTable();
  const { address, target, password } = await server();
  const psqlPath = await program(['psql'], 'postgresql-client');
  const folder = dataFolder();
  const passphraseFile = join(folder, 'passphrase');
  writeFileSync(passphraseFile, PASSPHRASE, { mode: 0o600 });
  const env = environmentOf(folder, { QUERYTAPE_PASSPHRASE_FILE: passphraseFile });
  const ours = (...statement: string[]): Promise<number> =>
    timed(env, process.execPath, [
      MAIN,
      'run',
      '--profile',
      PROFILE,
      '--data-dir',
      folder,
      '--format',
      'csv',
      ...statement,
    ]);
  const psqlEnv = { ...process.env, PGPASSWORD: password };
  const theirs = (statement: string): Promise<number> =>
    timed(psqlEnv, psqlPath, [
      '-Xq',
      '--csv',
      '-h',
      address.host,
      '-p',
      `${address.port}`,
      '-U',
      address.user,
      '-d',
      address.database,
      '-c',
      statement,
    ]);

  const serving = await startQuerytape(folder);
  try {
    const client = new Client(serving.url);
    await client.command({ type: 'vault.create', protection: { passphrase: PASSPHRASE } });
    const draft = { name: PROFILE, target, environment: 'development' };
    await client.command({ type: 'profile.save', draft, secrets: { password } });
    const attached = await pairs(
      () => ours('select 1'),
      () => theirs('select 1'),
    );
    const million = await pairs(
      () => ours(`select * from ${TABLE}`),
      () => theirs(`select * from ${TABLE}`),
    );
    await serving.stop();
    const alone = await pairs(
      () => ours('select 1'),
      () => theirs('select 1'),
    );
    const how = `median of ${ROUNDS} alternating, whole processes`;
    return [
      { name: 'run: 1 M rows as CSV', value: million.ours, unit: 's', aim: null, how },
      { name: '… over psql --csv', value: million.ratio, unit: '×', aim: 1.5, how },
      { name: 'run: select 1, Querytape is running', value: attached.ours, unit: 's', aim: 0.6, how },
      { name: '… alone, the vault opened by its passphrase', value: alone.ours, unit: 's', aim: null, how },
    ];
  } finally {
    await serving.stop().catch(() => undefined);
    removeFolder(folder);
  }
}

/** Both in turn, so that the ratio holds when the machine's speed drifts. */
async function pairs(
  ours: () => Promise<number>,
  theirs: () => Promise<number>,
): Promise<{ ours: number; ratio: number }> {
  const seen: { ours: number; ratio: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const yardstick = await theirs();
    const taken = await ours();
    seen.push({ ours: taken, ratio: taken / yardstick });
  }
  return { ours: median(seen.map((one) => one.ours)), ratio: median(seen.map(({ ratio }) => ratio)) };
}

/** The command line from outside. */
export const commands: Bench = { name: 'commands', run };
