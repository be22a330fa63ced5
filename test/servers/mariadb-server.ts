import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { program } from './debian.ts';
import { type MysqlOptions, type MysqlServer, makeServer } from './mysql-process.ts';

const run = promisify(execFile);

/** Makes and starts a server with the machine's MariaDB, installed where missing. */
export async function makeMariadb(options: MysqlOptions = {}): Promise<MysqlServer> {
  const daemon = await program(['mariadbd', 'mysqld'], 'mariadb-server');
  const install = await program(['mariadb-install-db', 'mysql_install_db'], 'mariadb-server');
  return makeServer(
    {
      product: 'MariaDB',
      daemon: [daemon, '--no-defaults'],
      settings: { 'innodb-log-file-size': '16M' },
      async initialise({ data, temporary }, as) {
        const account = ['--auth-root-authentication-method=normal', '--skip-test-db'];
        await run(install, [
          '--no-defaults',
          `--datadir=${data}`,
          `--tmpdir=${temporary}`,
          ...as,
          ...account,
        ]);
      },
    },
    options,
  );
}
