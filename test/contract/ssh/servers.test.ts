import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certifyHost, certifyUser, makeSshKey, type SshKey, startSshAgent } from '../../servers/ssh-keys.ts';
import { makeSshd, type Sshd, type SshdOptions } from '../../servers/sshd.ts';
import { codeSecret, oneTimeCode } from '../../servers/sshd-pam.ts';

const run = promisify(execFile);
let folder: string;
let key: SshKey;
const servers: Sshd[] = [];

async function sshd(options: SshdOptions = {}): Promise<Sshd> {
  const server = await makeSshd({ authorized: [key.line], ...options });
  servers.push(server);
  return server;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'querytape-ssh-'));
  key = await makeSshKey(join(folder, 'key'));
});
afterAll(async () => {
  for (const server of servers) await server.remove();
  await rm(folder, { recursive: true, force: true });
});

/** Runs `true` there by the system's ssh; resolves with its exit code and what it printed. */
async function signIn(
  server: Sshd,
  options: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number; stderr: string }> {
  const known = join(folder, 'known_hosts');
  await writeFile(known, server.known);
  const common = ['-F', 'none', '-o', `UserKnownHostsFile=${known}`, '-o', 'GlobalKnownHostsFile=/dev/null'];
  const args = [...common, ...options, '-p', `${server.port}`, '--', `${server.user}@${server.host}`, 'true'];
  const { PATH } = process.env;
  return await run('ssh', args, { env: { PATH, ...env } }).then(
    ({ stderr }) => ({ code: 0, stderr }),
    (error: { code: number; stderr: string }) => error,
  );
}

const byKey = () => ['-i', key.file, '-o', 'IdentitiesOnly=yes', '-o', 'BatchMode=yes'];

/** Answers each question that has a text, as a user would, through SSH_ASKPASS. */
async function answering(answers: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const file = join(folder, 'askpass');
  const cases = Object.entries(answers).map(([text, answer]) => `*"${text}"*) echo '${answer}';;`);
  await writeFile(file, `#!/bin/sh\ncase "$1" in ${cases.join(' ')} *) exit 1;; esac\n`);
  await chmod(file, 0o700);
  return { SSH_ASKPASS: file, SSH_ASKPASS_REQUIRE: 'force' };
}

describe('an sshd of the tests', () => {
  it('lets the right key in, refuses another, and counts what was tried', async () => {
    const server = await sshd({ hostKeys: ['ed25519', 'ecdsa', 'rsa'] });
    expect(await signIn(server, byKey())).toMatchObject({ code: 0 });
    expect(await server.attempts()).toBeGreaterThan(0);
    const other = await makeSshKey(join(folder, 'other'), 'ecdsa', 'secret');
    expect(
      await signIn(server, ['-i', other.file, '-o', 'IdentitiesOnly=yes', '-o', 'BatchMode=yes']),
    ).toMatchObject({
      code: 255,
    });
    const before = await server.attempts();
    await server.changeHostKeys();
    const changed = { ...server, known: `[127.0.0.1]:${server.port} ${other.line}\n` };
    expect(await signIn(changed, byKey())).toMatchObject({ code: 255 });
    expect(await server.attempts()).toBe(before);
  });

  it('freezes, thaws, dies and starts again on its port', async () => {
    const server = await sshd();
    await server.freeze();
    const waiting = spawn(
      'ssh',
      ['-F', 'none', '-o', 'ConnectTimeout=1', '-p', `${server.port}`, server.host],
      {
        stdio: 'ignore',
      },
    );
    expect(await once(waiting, 'exit')).toEqual([255, null]);
    await server.thaw();
    expect(await signIn(server, byKey())).toMatchObject({ code: 0 });
    await server.kill();
    expect((await signIn(server, byKey())).stderr).toContain('Connection refused');
    await server.start();
    expect(await signIn(server, byKey())).toMatchObject({ code: 0 });
  });

  it('asks for a password, and for a code in a second round', async () => {
    const secret = codeSecret();
    const server = await sshd({ pam: { password: 'p a$s', code: { secret, prompt: 'Code of the day: ' } } });
    const typed = await answering({ 'Password:': 'p a$s', 'Code of the day:': oneTimeCode(secret) });
    expect(await signIn(server, ['-o', 'PubkeyAuthentication=no'], typed)).toMatchObject({ code: 0 });
    const wrong = await answering({ 'Password:': 'other', 'Code of the day:': oneTimeCode(secret) });
    const once = ['-o', 'NumberOfPasswordPrompts=1', '-o', 'PubkeyAuthentication=no'];
    expect(await signIn(server, once, wrong)).toMatchObject({ code: 255 });
    const plain = await sshd({ pam: { password: 'p a$s' } });
    const password = await answering({ 'password:': 'p a$s' });
    const byPassword = ['-o', 'PreferredAuthentications=password'];
    expect(await signIn(plain, byPassword, password)).toMatchObject({ code: 0 });
  });

  it('trusts certificates of users, shows one of its own, and knows an agent', async () => {
    const authority = await makeSshKey(join(folder, 'authority'));
    const user = await makeSshKey(join(folder, 'user'));
    const server = await sshd({ userAuthority: authority, authorized: [] });
    const certificate = await certifyUser(authority, user, [server.user]);
    const byCertificate = ['-i', user.file, '-o', `CertificateFile=${certificate}`, '-o', 'BatchMode=yes'];
    expect(await signIn(server, byCertificate)).toMatchObject({ code: 0 });
    const host = `[${server.host}]:${server.port}`;
    await server.presentCertificate(await certifyHost(authority, server.hostKeys[0]!, [server.host]));
    const trusting = { ...server, known: `@cert-authority ${host} ${authority.line}\n` };
    const agent = await startSshAgent([user]);
    const known = { ...server, known: `${host} ${authority.line}\n` };
    try {
      expect(await signIn(known, byCertificate)).toMatchObject({ code: 255 });
      const env = { SSH_AUTH_SOCK: agent.socket };
      const byAgent = ['-o', `CertificateFile=${certificate}`, '-o', 'BatchMode=yes'];
      expect(await signIn(trusting, byAgent, env)).toMatchObject({ code: 0 });
      await agent.forget();
      expect(await signIn(trusting, byAgent, env)).toMatchObject({ code: 255 });
    } finally {
      await agent.stop();
    }
  });
});
