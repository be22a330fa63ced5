import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { program } from './debian.ts';
import type { MysqlAddress } from './mysql-process.ts';

const run = promisify(execFile);
/** Printed between two answers: a text that no value of ours holds. */
const MARK = '=== querytape ===';

/** What `mariadb -BN --raw` prints for each of some statements of one row and column on one session, byte for byte. */
export async function mysqlClient(
  address: MysqlAddress,
  setUp: readonly string[],
  statements: readonly string[],
): Promise<Buffer[]> {
  const path = await program(['mariadb', 'mysql'], 'mariadb-client');
  const { host, port, user, password, database } = address;
  const where = ['--protocol=tcp', '-h', host, '-P', `${port}`, '-u', user, '-D', database];
  const script = [...setUp, ...statements.flatMap((text) => [text, `SELECT '${MARK}'`])].join(';\n');
  const running = run(
    path,
    ['--no-defaults', '-BN', '--raw', '--quick', '--default-character-set=utf8mb4', ...where],
    {
      encoding: 'buffer',
      maxBuffer: 256 * 1024 * 1024,
      env: { PATH: process.env.PATH, MYSQL_PWD: password },
    },
  );
  running.child.stdin?.end(`${script};\n`);
  const { stdout } = await running;
  const answers: Buffer[] = [];
  for (let at = 0; at < stdout.length; ) {
    // The mark stands on a line of its own, and a newline ends the answer before it.
    const mark = stdout.indexOf(`\n${MARK}\n`, at);
    if (mark < 0) throw new Error('the client stopped before the last statement');
    answers.push(stdout.subarray(at, mark));
    at = mark + MARK.length + 2;
  }
  return answers;
}
