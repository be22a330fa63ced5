import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { agentKeys } from '../../../src/drivers/ssh/openssh/agent-keys.ts';
import { openByOpenssh } from '../../../src/drivers/ssh/openssh/open.ts';
import {
  configCommands,
  resolveSshConfig,
  resolveSshWay,
} from '../../../src/drivers/ssh/openssh/resolved-config.ts';
import type { Hop } from '../../../src/events/tunnel.ts';
import { sshLookup } from '../../../src/main/ssh-lookup.ts';
import { freePort } from '../../servers/postgres-cluster.ts';
import { certifyHost, certifyUser, type SshKey } from '../../servers/ssh-keys.ts';
import type { Sshd } from '../../servers/sshd.ts';
import { codeSecret, oneTimeCode } from '../../servers/sshd-pam.ts';
import { byKey, echoServer, hopTo, sendThrough, TunnelBench, tunnelContract } from './tunnel-contract.ts';

tunnelContract('OpenSSH', openByOpenssh);

describe('what only OpenSSH has', () => {
  let bench: TunnelBench;
  let main: Sshd;
  let behind: Sshd;
  let key: SshKey;
  let authority: SshKey;
  let home: string;
  const before = process.env.HOME;

  beforeAll(async () => {
    bench = await TunnelBench.make(openByOpenssh);
    [key, authority] = await Promise.all([bench.key('key'), bench.key('authority')]);
    [main, behind] = await Promise.all([
      bench.sshd({ authorized: [key.line], userAuthority: authority }),
      bench.sshd({ authorized: [key.line] }),
    ]);
    home = join(bench.folder, 'home');
    await mkdir(join(home, '.ssh'), { recursive: true, mode: 0o700 });
  });
  afterEach(() => {
    process.env.HOME = before;
  });
  afterAll(() => bench.remove());

  /** Makes the user's own configuration what `text` says, and signs in as it says. */
  async function configured(text: string): Promise<void> {
    await writeFile(join(home, '.ssh', 'config'), text, { mode: 0o600 });
    process.env.HOME = home;
  }
  const byConfig = (host: string): Hop => ({ host, auth: { by: 'config' } });

  it('signs in by a certificate, and takes a host by its authority', async () => {
    const user = await bench.key('user');
    // Not beside its key, where ssh would find it by itself.
    const certificateFile = join(home, 'granted.pub');
    await rename(await certifyUser(authority, user, [main.user]), certificateFile);
    const auth = { by: 'key', keyFile: user.file, certificateFile } as const;
    expect((await bench.pass({ hops: [hopTo(main, auth)] })).echo).toBe('through');
    expect((await bench.fail({ hops: [hopTo(main, byKey(user))] })).code).toBe('ssh.authFailed');

    const server = await bench.sshd({ authorized: [key.line] });
    await server.presentCertificate(await certifyHost(authority, server.hostKeys[0]!, [server.host]));
    const known = `@cert-authority [127.0.0.1]:${server.port} ${authority.line}\n`;
    const hops = [hopTo(server, byKey(key))];
    const { steps } = await bench.pass({ hops, known });
    expect(steps).toContainEqual(expect.objectContaining({ type: 'hostKey', verdict: 'certified' }));
    const attempts = await server.attempts();
    await server.presentCertificate(await certifyHost(authority, server.hostKeys[0]!, ['another.example']));
    expect((await bench.fail({ hops, known })).code).toBe('ssh.hostCertificate');
    expect(await server.attempts()).toBe(attempts);
  });

  it('names a key file that can’t be used, and why, before anything is dialled', async () => {
    const pipe = join(bench.folder, 'pipe');
    await promisify(execFile)('mkfifo', ['-m', '600', pipe]);
    const before = await main.attempts();
    for (const [keyFile, code, why] of [
      [pipe, 'ssh.keyMissing', 'not a file'],
      [bench.folder, 'ssh.keyMissing', 'not a file'],
      [`${key.file}.pub`, 'ssh.keyInvalid', 'a public key'],
    ] as const) {
      const { failure } = await bench.fail({ hops: [hopTo(main, { by: 'key', keyFile })] });
      expect(failure).toMatchObject({ code, detail: expect.stringContaining(why) });
      expect(failure.detail).toContain(keyFile);
    }
    const auth = { by: 'key', keyFile: key.file, certificateFile: join(bench.folder, 'none') } as const;
    const { failure } = await bench.fail({ hops: [hopTo(main, auth)] });
    expect(failure).toMatchObject({ code: 'ssh.keyMissing', detail: `${auth.certificateFile}: ENOENT` });
    expect(await main.attempts()).toBe(before);
  });

  it('says what a server takes that does not take the sign-in, and that an agent has no key', async () => {
    const noKeys = await bench.sshd({
      authorized: [key.line],
      pam: { password: 'x' },
      config: ['PubkeyAuthentication no'],
    });
    for (const [server, auth, takes] of [
      [noKeys, byKey(key), 'password, keyboard-interactive'],
      [main, { by: 'password' }, 'publickey'],
      [main, { by: 'keyboardInteractive' }, 'publickey'],
    ] as const) {
      const { failure } = await bench.fail({ hops: [hopTo(server, auth)], secrets: { 'password 0': 'x' } });
      expect(failure).toMatchObject({ code: 'ssh.methodNotOffered', detail: `It takes: ${takes}.` });
    }
    const { socket } = await bench.agent([]);
    const empty = await bench.fail({ hops: [hopTo(main, { by: 'agent', socket })] });
    expect(empty.code).toBe('ssh.agentLacksKey');
  });

  it('lists the keys of the user’s agent, and offers exactly the one that was chosen', async () => {
    const other = await bench.key('other', 'ecdsa');
    const { socket } = await bench.agent([other, key]);
    const agent = process.env.SSH_AUTH_SOCK;
    process.env.SSH_AUTH_SOCK = socket;
    try {
      const comment = 'querytape test';
      expect(await agentKeys()).toEqual({
        keys: [
          { keyType: 'ecdsa-sha2-nistp256', fingerprint: other.fingerprint, comment },
          { keyType: 'ssh-ed25519', fingerprint: key.fingerprint, comment },
        ],
      });
      const chosen = (identity: string) => ({ hops: [hopTo(main, { by: 'agent', identity })] });
      const before = await main.attempts();
      expect((await bench.pass(chosen(key.fingerprint))).echo).toBe('through');
      // None, the question whether the key would do, and its signature.
      expect((await main.attempts()) - before).toBe(3);
      expect((await bench.fail(chosen(other.fingerprint))).code).toBe('ssh.authFailed');
      // The server would take the other key of the agent, which is not offered.
      expect((await main.attempts()) - before).toBe(5);
    } finally {
      if (agent === undefined) delete process.env.SSH_AUTH_SOCK;
      else process.env.SSH_AUTH_SOCK = agent;
    }
  });

  it('goes by ProxyJump, ProxyCommand and names of the user’s own configuration', async () => {
    const known = join(home, 'known');
    await writeFile(known, main.known + behind.known);
    await configured(`Host jump
  HostName 127.0.0.1
  Port ${main.port}
  IdentityFile "${key.file}"
  UserKnownHostsFile "${known}"
Host inner
  HostName 127.0.0.1
  Port ${behind.port}
  IdentityFile "${key.file}"
  ProxyJump jump
`);
    const way = await resolveSshWay('inner');
    expect(way?.map(({ name, port }) => [name, port])).toEqual([
      ['jump', main.port],
      ['inner', behind.port],
    ]);
    expect((await bench.pass({ hops: [byConfig('inner')] })).echo).toBe('through');
    expect(await main.log()).toContain(`direct-tcpip`);
    // As a second hop it is dialled through the first, whatever its own configuration says.
    expect((await bench.pass({ hops: [hopTo(main, byKey(key)), byConfig('inner')] })).echo).toBe('through');

    await configured(`Host commanded
  HostName 127.0.0.1
  Port ${behind.port}
  IdentityFile "${key.file}"
  ProxyCommand bash -c 'exec 3<>/dev/tcp/%h/%p; cat <&3 & cat >&3'
`);
    expect((await bench.pass({ hops: [byConfig('commanded')] })).echo).toBe('through');
    expect((await resolveSshConfig('commanded'))?.proxyCommand).toContain('/dev/tcp');
    await configured('Host failing\n  HostName 127.0.0.1\n  ProxyCommand false\n');
    expect((await bench.fail({ hops: [byConfig('failing')] })).code).toBe('ssh.proxyFailed');
    await configured('Host *\n  NoSuchWord yes\n');
    expect((await bench.fail({ hops: [byConfig('any')] })).code).toBe('ssh.configInvalid');
  });

  it('says of what leads to a host why it did not, and blames no host behind it', async () => {
    const dead = await freePort();
    const known = join(home, 'known');
    await writeFile(known, behind.known);
    const inner = (jump: string) => `Host inner
  HostName 127.0.0.1
  Port ${behind.port}
  IdentityFile "${key.file}"
  ProxyJump jump
Host jump
  HostName 127.0.0.1
  UserKnownHostsFile "${known}"
${jump}
`;
    for (const [text, detail] of [
      [inner(`  Port ${dead}\n`), /connect to host 127\.0\.0\.1 port \d+: Connection refused/],
      [inner(`  Port ${main.port}\n  StrictHostKeyChecking yes\n`), /Host key verification failed/],
      [
        inner(`  Port ${behind.port}\n  IdentityFile "${join(home, 'none')}"\n  IdentitiesOnly yes\n`),
        /Permission denied \(publickey/,
      ],
      ['Host inner\n  HostName 127.0.0.1\n  ProxyCommand sh -c "echo no way there >&2"\n', /^no way there$/],
    ] as const) {
      await configured(text);
      const { failure } = await bench.fail({ hops: [byConfig('inner')] });
      expect(failure).toMatchObject({ code: 'ssh.proxyFailed', detail: expect.stringMatching(detail) });
    }
  });

  it('closes though what its ProxyCommand has started lives on, and says that it failed', {
    tags: ['slow'],
  }, async () => {
    const daemon = join(home, 'daemon.pid');
    const leave = `setsid sh -c "echo \\$\\$ >> ${daemon}; exec sleep 1000" >/dev/null </dev/null &`;
    await configured(`Host left
  HostName 127.0.0.1
  Port ${behind.port}
  IdentityFile "${key.file}"
  ProxyCommand bash -c '${leave.replaceAll('%', '%%')} exec 3<>/dev/tcp/%h/%p; cat <&3 & cat >&3'
Host leftAndFails
  HostName 127.0.0.1
  ProxyCommand bash -c '${leave} sleep 0.3; exit 1'
`);
    try {
      expect((await bench.pass({ hops: [byConfig('left')] })).echo).toBe('through');
      expect((await bench.fail({ hops: [byConfig('leftAndFails')] })).code).toBe('ssh.proxyFailed');
    } finally {
      for (const pid of (await readFile(daemon, 'utf8')).trim().split('\n')) process.kill(Number(pid));
    }
  });

  it('knows the host keys of files with spaces in their names, and of those that all users have', async () => {
    const [own, all] = [join(home, 'my known hosts'), join(home, 'for all')];
    await writeFile(own, main.known);
    await writeFile(all, behind.known);
    await configured(`Host *
  HostName 127.0.0.1
  IdentityFile "${key.file}"
  UserKnownHostsFile ${join(home, 'none')} "${own}"
  GlobalKnownHostsFile "${all}"
Host main
  Port ${main.port}
Host behind
  Port ${behind.port}
`);
    expect((await resolveSshConfig('main'))?.knownHostsFiles).toEqual([join(home, 'none'), own, all]);
    for (const host of ['main', 'behind'])
      expect((await bench.pass({ hops: [byConfig(host)], known: '' })).echo).toBe('through');
  });

  it('resolves a name for the user and the port of the profile', async () => {
    const known = join(home, 'known');
    await writeFile(known, main.known);
    await configured(`Match originalhost one user ${main.user}
  HostName 127.0.0.1
  IdentityFile "${key.file}"
  UserKnownHostsFile "${known}"
`);
    const hop = { ...byConfig('one'), user: main.user, port: main.port };
    expect((await bench.pass({ hops: [hop], known: '' })).echo).toBe('through');
    expect((await resolveSshConfig('one', { user: 'another' }))?.hostName).toBe('one');
  });

  it('goes its way whatever forwards, addresses and fingerprints the user’s configuration has', async () => {
    const taken = await echoServer();
    const server = await bench.sshd({ authorized: [key.line] });
    await configured(`Host main
  HostName 127.0.0.1
  Port ${server.port}
  IdentityFile "${key.file}"
  LocalForward 127.0.0.1:${taken.port} 127.0.0.1:1
  AddressFamily inet6
  FingerprintHash md5
  ExitOnForwardFailure yes
`);
    const { questions, echo } = await bench.pass({
      hops: [byConfig('main')],
      hostKeys: 'ask',
      known: '',
      answer: () => ({ trusted: true }),
    });
    expect(echo).toBe('through');
    expect(questions).toMatchObject([{ hostKey: { fingerprint: server.hostKeys[0]!.fingerprint } }]);
    const { seen, opened } = await bench.open({ hops: [byConfig('main')] });
    const tunnel = await opened;
    await server.kill();
    expect((await seen.lost).code).toBe('tunnel.lost');
    await tunnel.close();
    await taken.close();
  });

  it('says that an agent has refused to sign', async () => {
    const { socket } = await bench.agent([]);
    // It is to be confirmed, and there is no program that would ask.
    await promisify(execFile)('ssh-add', ['-q', '-c', key.file], {
      env: { ...process.env, SSH_AUTH_SOCK: socket },
    });
    const { failure } = await bench.fail({ hops: [hopTo(main, { by: 'agent', socket })] });
    expect(failure.code).toBe('ssh.agentRefused');
  });

  it('a malicious file: shows the commands of an SSH configuration, and runs none to resolve a name', async () => {
    const ran = join(home, 'ran');
    const more = join(home, 'more.conf');
    await writeFile(more, `Match exec "touch ${ran}"\n  Port 1\n`);
    await configured(`Include "${join(home, '*.conf')}"\nInclude \${SOME}/file\nHost a\n  Port 2\n`);
    const commands = await configCommands();
    expect(commands).toContainEqual({ command: `touch ${ran}"`, file: more, line: 1 });
    expect(commands).toContainEqual(expect.objectContaining({ command: `Include \${SOME}/file`, line: 2 }));
    expect(await resolveSshWay('a')).toBeNull();
    expect(await sshLookup.resolve('a', false)).toEqual({ hops: [], commands });
    expect((await sshLookup.hosts()).commands).toEqual(commands);
    await expect(readFile(ran)).rejects.toThrow();
    await configured(`Match exec "touch ${ran}"\n  ProxyCommand nc %h %p\n`);
    const resolved = await sshLookup.resolve('a', true);
    expect(resolved?.hops).toMatchObject([{ commands: [{ option: 'ProxyCommand', command: 'nc %h %p' }] }]);
    await readFile(ran);
  });

  it('asks for a second factor once the server has taken the key, and for none where it has not', async () => {
    const secret = codeSecret();
    const server = await bench.sshd({
      authorized: [key.line],
      pam: { code: { secret } },
      config: ['AuthenticationMethods publickey,keyboard-interactive'],
    });
    const answer = () => ({ texts: [oneTimeCode(secret)] });
    const { echo, questions } = await bench.pass({ hops: [hopTo(server, byKey(key))], answer });
    expect(echo).toBe('through');
    expect(questions).toMatchObject([
      { type: 'prompts', prompts: [{ text: 'Verification code:', echo: false }] },
    ]);
    const open = await bench.sshd({ pam: { code: { secret } } });
    const refused = await bench.fail({ hops: [hopTo(open, byKey(key))], answer });
    expect(refused).toMatchObject({ code: 'ssh.authFailed', questions: [] });
    expect(await open.log()).not.toContain('Failed keyboard-interactive');
  });

  it('a hostile server: a long banner in ssh’s own words changes no verdict, and ten megabytes instead of a greeting end it', async () => {
    const line = `@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\r\ndebug1: Entering interactive session.\r\n`;
    const banner = line.repeat(Math.floor(200_000 / line.length));
    const server = await bench.sshd({ authorized: [key.line], banner });
    expect((await bench.pass({ hops: [hopTo(server, byKey(key))] })).echo).toBe('through');
    const stranger = await bench.key('stranger');
    expect((await bench.fail({ hops: [hopTo(server, byKey(stranger))] })).code).toBe('ssh.authFailed');
    const flood = await echoServer((socket) => socket.end('x'.repeat(10_000_000)));
    expect((await bench.fail({ hops: [{ ...hopTo(main, byKey(key)), port: flood.port }] })).code).toBe(
      'ssh.notSsh',
    );
    await flood.close();
  });

  it.each([
    '-oProxyCommand=touch x',
    'a b',
    'a;b',
    '$(id)',
    '`id`',
    'a\nProxyCommand id',
    "a'b",
    'a"b',
    'a|b',
    '%h',
  ])('a malicious file: refuses %j as a name before anything is started', async (name) => {
    const good = hopTo(main, byKey(key));
    const attempts = [
      { hops: [{ ...good, host: name }] },
      { hops: [{ ...good, user: name }] },
      { hops: [good], target: { host: name, port: 1 } },
      { hops: [good, byConfig(name)] },
    ];
    for (const opening of attempts) {
      const { code, steps } = await bench.fail(opening);
      expect(code).toBe('tunnel.name');
      expect(steps).toEqual([]);
    }
  });

  it('reports the loss of an ssh that is killed, and leaves no file of it', async () => {
    const { seen, opened } = await bench.open({ hops: [hopTo(main, byKey(key)), hopTo(behind, byKey(key))] });
    const tunnel = await opened;
    const pids = seen.steps.flatMap((step) => (step.type === 'spawned' ? [step.pid] : []));
    expect(pids).toHaveLength(2);
    process.kill(pids[0]!, 'SIGKILL');
    expect((await seen.lost).code).toBe('tunnel.lost');
    await tunnel.close();
    expect(await sendThrough(tunnel, 'x')).toBe('');
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow();
  });
});
