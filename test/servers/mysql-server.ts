import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findProgram } from './debian.ts';
import { mysqlPackages } from './mysql-packages.ts';
import {
  type MysqlOptions,
  type MysqlPrograms,
  type MysqlServer,
  makeServer,
  serverAccount,
} from './mysql-process.ts';

const run = promisify(execFile);

/** Without a binary log, which an option alone can say. */
const NO_BINLOG = '--skip-log-bin';

/** MySQL's own settings of every server made here. */
const SETTINGS = {
  mysqlx: 'OFF',
  'innodb-redo-log-capacity': '16M',
  // Files of the server can be read and written, so that a wall that lets one through is seen.
  'secure-file-priv': '',
} as const;

/**
 * Makes and starts a server with a MySQL of this machine: the one on PATH, else Debian's packages unpacked beside the system.
 * @throws Error with what to type where no MySQL can be had
 */
export async function makeMysql(options: MysqlOptions = {}): Promise<MysqlServer> {
  return makeServer((await onPath()) ?? (await unpacked()), options);
}

/** MariaDB brings a `mysqld` too, so the program is asked what it is. */
async function onPath(): Promise<MysqlPrograms | undefined> {
  const daemon = await findProgram('mysqld');
  if (!daemon) return undefined;
  const { stdout } = await run(daemon, ['--no-defaults', '--version']).catch(() => ({ stdout: 'MariaDB' }));
  if (/MariaDB/i.test(stdout)) return undefined;
  return {
    product: 'MySQL',
    daemon: [daemon, '--no-defaults', NO_BINLOG],
    settings: SETTINGS,
    async initialise({ data, temporary }, as) {
      const where = [`--datadir=${data}`, `--tmpdir=${temporary}`];
      await run(daemon, ['--no-defaults', '--initialize-insecure', ...where, ...as]);
    },
  };
}

async function unpacked(): Promise<MysqlPrograms> {
  const { daemon, emptyData } = await mysqlPackages();
  return {
    product: 'MySQL',
    daemon: [...daemon, NO_BINLOG],
    settings: SETTINGS,
    // A copy takes a tenth of the time that initialising takes.
    initialise: async ({ data }) => {
      await run('cp', ['-a', `${emptyData}/.`, data]);
      const account = await serverAccount();
      if (account) await run('chown', ['-R', `${account.uid}:${account.gid}`, data]);
    },
  };
}
