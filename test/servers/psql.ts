import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { program } from './debian.ts';
import type { PostgresAddress } from './postgres-cluster.ts';

const run = promisify(execFile);

/** Stands for NULL in what psql prints, and between its fields: bytes that no value of ours holds. */
export const PSQL_NULL = '\x01NULL\x01';
const FIELD = '\x1f';
const RECORD = '\x1e';

/** What `psql -XAt` prints for the last of some statements on one session, as rows of fields, byte for byte. */
export async function psql(address: PostgresAddress, ...statements: string[]): Promise<Buffer[][]> {
  const path = await program(['psql'], 'postgresql-client');
  const { host, port, user, password, database } = address;
  const where = ['-h', host, '-p', `${port}`, '-U', user, '-d', database];
  const form = ['-F', FIELD, '-R', RECORD, '-P', `null=${PSQL_NULL}`, '-v', 'ON_ERROR_STOP=1'];
  const commands = statements.flatMap((text) => ['-c', text]);
  // -q keeps the tags of the statements before the last one out of the way.
  const { stdout } = await run(path, ['-XAtq', ...where, ...form, ...commands], {
    encoding: 'buffer',
    maxBuffer: 64 * 1024 * 1024,
    env: { PATH: process.env.PATH, PGPASSWORD: password, PGCLIENTENCODING: 'UTF8' },
  });
  const text = stdout.at(-1) === 0x0a ? stdout.subarray(0, -1) : stdout;
  return split(text, RECORD).map((record) => split(record, FIELD));
}

function split(bytes: Buffer, mark: string): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const next = bytes.indexOf(mark, at);
    if (next < 0) return [...parts, bytes.subarray(at)];
    parts.push(bytes.subarray(at, next));
    at = next + 1;
  }
}
