import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { program } from './debian.ts';
import { freePort } from './postgres-cluster.ts';
import { makeSshKey, type SshKey, type SshKeyType } from './ssh-keys.ts';
import { type SignInByPam, withPam } from './sshd-pam.ts';

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 5_000;

export interface SshdOptions {
  /** Types of its host keys; ed25519 alone by default. */
  readonly hostKeys?: readonly SshKeyType[];
  /** Lines of authorized_keys; options may stand before a key. */
  readonly authorized?: readonly string[];
  /** A key whose certificates sign in the principals that they name. */
  readonly userAuthority?: SshKey;
  /** Sign-in by a password or by keyboard-interactive, which only root can offer. */
  readonly pam?: SignInByPam;
  /** Text that is sent before the sign-in. */
  readonly banner?: string;
  /** More lines of sshd_config. They stand first, and the first line for a word counts. */
  readonly config?: readonly string[];
}

/** An sshd of the tests' own: made, started, hurt and stopped by them. */
export interface Sshd {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** Who may sign in: the user that runs the tests. */
  readonly user: string;
  /** In the order of `SshdOptions.hostKeys`. */
  readonly hostKeys: readonly SshKey[];
  /** Lines of known_hosts that name it and its keys as they are now. */
  readonly known: string;
  /** Of the process that listens. */
  readonly pid: number;
  /** Its log at level DEBUG, from its first start on. */
  log(): Promise<string>;
  /** Sign-ins that its log shows as tried, the question which methods there are (`none`) included: any of them comes after the host key. */
  attempts(): Promise<number>;
  /** Stops the listener and every process of its connections, as a machine that hangs does. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Ends the listener and every process of its connections by SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again on its port. */
  start(): Promise<void>;
  /** Makes new host keys of the same types and starts it again. */
  changeHostKeys(): Promise<void>;
  /** Presents a certificate for its first host key, by `certifyHost`, and starts it again. */
  presentCertificate(file: string): Promise<void>;
  /** Ends it and removes its folder. */
  remove(): Promise<void>;
}

/**
 * Makes an sshd with a folder, a port and host keys of its own, and starts it. Only the user that runs the tests can sign in.
 * @throws Error where it does not start, with the last lines of its log
 */
export async function makeSshd(options: SshdOptions = {}): Promise<Sshd> {
  const sshd = await program(['sshd'], 'openssh-server');
  const home = await mkdtemp(join(tmpdir(), 'querytape-sshd-'));
  // Privileges are separated in this folder, which Debian's service makes at its start.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const types = options.hostKeys ?? ['ed25519'];
  const keyFile = (type: SshKeyType) => join(home, `host_${type}`);
  let hostKeys = await Promise.all(types.map((type) => makeSshKey(keyFile(type), type)));
  let certificate: string | null = null;
  const command = [...(options.pam ? await withPam(home, options.pam) : []), sshd] as const;
  const port = await freePort();
  const log = join(home, 'log');
  await writeFile(join(home, 'authorized'), (options.authorized ?? []).map((line) => `${line}\n`).join(''));
  await writeFile(join(home, 'banner'), options.banner ?? '');

  const config = (): string =>
    [
      ...(options.config ?? []),
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      ...hostKeys.map(({ file }) => `HostKey ${file}`),
      ...(certificate ? [`HostCertificate ${certificate}`] : []),
      `AuthorizedKeysFile ${join(home, 'authorized')}`,
      ...(options.userAuthority ? [`TrustedUserCAKeys ${options.userAuthority.file}.pub`] : []),
      ...(options.banner === undefined ? [] : [`Banner ${join(home, 'banner')}`]),
      `AllowUsers ${userInfo().username}`,
      'PermitRootLogin yes',
      'StrictModes no',
      `UsePAM ${options.pam ? 'yes' : 'no'}`,
      `PasswordAuthentication ${options.pam?.password && !options.pam.code ? 'yes' : 'no'}`,
      `KbdInteractiveAuthentication ${options.pam ? 'yes' : 'no'}`,
      'PidFile none',
      'LogLevel DEBUG',
      'MaxStartups 100',
      'PrintMotd no',
      'UseDNS no',
    ].join('\n');

  let child: ChildProcess | null = null;
  const signal = async (name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): Promise<void> => {
    if (!child?.pid) throw new Error('the server does not run');
    for (const pid of [child.pid, ...(await descendants(child.pid))]) {
      try {
        process.kill(pid, name);
      } catch {
        // It has ended.
      }
    }
  };
  const kill = async (): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    await signal('SIGKILL');
    await exit;
  };
  const start = async (): Promise<void> => {
    await writeFile(join(home, 'config'), `${config()}\n`);
    child = spawn(command[0]!, [...command.slice(1), '-D', '-f', join(home, 'config'), '-E', log], {
      stdio: 'ignore',
    });
    await untilListens(child, port, log);
  };
  const server: Sshd = {
    host: '127.0.0.1',
    port,
    user: userInfo().username,
    get hostKeys() {
      return hostKeys;
    },
    get known() {
      return hostKeys.map(({ line }) => `[127.0.0.1]:${port} ${line}\n`).join('');
    },
    get pid() {
      if (!child?.pid) throw new Error('the server does not run');
      return child.pid;
    },
    log: () => readFile(log, 'utf8'),
    async attempts() {
      return [...(await server.log()).matchAll(/userauth-request for user /g)].length;
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    kill,
    start,
    async changeHostKeys() {
      await kill();
      await Promise.all(hostKeys.flatMap(({ file }) => [rm(file), rm(`${file}.pub`)]));
      hostKeys = await Promise.all(types.map((type) => makeSshKey(keyFile(type), type)));
      certificate = null;
      await start();
    },
    async presentCertificate(file) {
      certificate = file;
      await kill();
      await start();
    },
    async remove() {
      await kill();
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  try {
    await start();
  } catch (error) {
    await server.remove();
    throw error;
  }
  return server;
}

/** The processes below one, whose sessions are their own. */
async function descendants(root: number): Promise<number[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => null);
    // The program's name may hold spaces and parentheses: `pid (name) state ppid …`, proc(5).
    if (stat) parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const below = (pid: number): number[] =>
    [...parents].filter(([, parent]) => parent === pid).flatMap(([child]) => [child, ...below(child)]);
  return below(root);
}

async function untilListens(child: ChildProcess, port: number, log: string): Promise<void> {
  const giveUpAt = performance.now() + START_TIMEOUT_MS;
  let failed: Error | null = null;
  child.on('error', (error) => {
    failed = error;
  });
  while (!(await saysBanner(port))) {
    if (failed || child.exitCode !== null || performance.now() > giveUpAt) {
      const words = (await readFile(log, 'utf8').catch(() => '')).trim().split('\n').slice(-5).join(' | ');
      throw new Error(`sshd did not start: ${failed ?? words}`);
    }
    await wait(10);
  }
}

/** Whether an SSH server answers there: a port that another program took in the meantime does not count. */
function saysBanner(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (says: boolean): void => {
      socket.destroy();
      resolve(says);
    };
    socket.setTimeout(STOP_TIMEOUT_MS, () => answer(false));
    socket.once('data', (bytes: Buffer) => answer(bytes.toString().startsWith('SSH-2.0-')));
    socket.once('end', () => answer(false));
    socket.once('error', () => answer(false));
  });
}
