import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEmbedded } from '../../../src/drivers/ssh/embedded/index.ts';
import { utils } from '../../../src/drivers/ssh/ssh2.ts';
import type { SshKey } from '../../servers/ssh-keys.ts';
import type { Sshd } from '../../servers/sshd.ts';
import { codeSecret, oneTimeCode } from '../../servers/sshd-pam.ts';
import { byKey, echoServer, hopTo, sendThrough, TunnelBench, tunnelContract } from './tunnel-contract.ts';

tunnelContract('the embedded backend', openEmbedded);

describe('what the embedded backend decides for itself', () => {
  const PASSPHRASE = 'a passphrase';
  /** Of a key's derivation: enough for it to be seen where it holds something up. */
  const ROUNDS = 12;
  const secret = codeSecret();
  let bench: TunnelBench;
  let main: Sshd;
  let key: SshKey;
  let locked: SshKey;
  let other: SshKey;

  beforeAll(async () => {
    bench = await TunnelBench.make(openEmbedded);
    [key, locked, other] = await Promise.all([
      bench.key('key'),
      bench.key('locked', 'ed25519', PASSPHRASE, ROUNDS),
      bench.key('other'),
    ]);
    main = await bench.sshd({ authorized: [key.line, locked.line], hostKeys: ['ed25519', 'rsa', 'ecdsa'] });
  });
  afterAll(() => bench.remove());

  it('derives a passphrase’s key off the event loop', async () => {
    const begun = performance.now();
    utils.parseKey(await readFile(locked.file), PASSPHRASE);
    const derivationMs = performance.now() - begun;
    let longestMs = 0;
    let last = performance.now();
    const ticking = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - last);
      last = performance.now();
    }, 5);
    await bench.pass({ hops: [hopTo(main, byKey(locked))], secrets: { 'passphrase 0': PASSPHRASE } });
    clearInterval(ticking);
    expect(longestMs).toBeLessThan(derivationMs * 0.7);
  });

  it('signs in by keys in PKCS #8, and says which cipher it lacks', async () => {
    const rsa = await bench.key('rsa-8', 'rsa');
    const ecdsa = await bench.key('ecdsa-8', 'ecdsa', PASSPHRASE);
    const chacha = await bench.key('chacha', 'ed25519', PASSPHRASE);
    const convert = (...words: string[]) => promisify(execFile)('ssh-keygen', ['-q', '-p', ...words]);
    await convert('-m', 'PKCS8', '-N', '', '-f', rsa.file);
    await convert('-m', 'PKCS8', '-P', PASSPHRASE, '-N', PASSPHRASE, '-f', ecdsa.file);
    const cipher = 'chacha20-poly1305@openssh.com';
    await convert('-Z', cipher, '-a', '2', '-P', PASSPHRASE, '-N', PASSPHRASE, '-f', chacha.file);
    expect(await readFile(ecdsa.file, 'utf8')).toContain('BEGIN ENCRYPTED PRIVATE KEY');
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const file = join(bench.folder, 'ed25519-8');
    await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    const type = Buffer.from('0000000b7373682d6564323535313900000020', 'hex');
    const blob = Buffer.concat([type, Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url')]);
    const line = `ssh-ed25519 ${blob.toString('base64')}`;
    const server = await bench.sshd({ authorized: [rsa.line, ecdsa.line, chacha.line, line] });
    const by = (keyFile: string) => ({ hops: [hopTo(server, { by: 'key', keyFile })] });
    for (const open of [rsa.file, file]) expect((await bench.pass(by(open))).echo).toBe('through');
    const secrets = { 'passphrase 0': PASSPHRASE };
    expect((await bench.pass({ ...by(ecdsa.file), secrets })).echo).toBe('through');
    const wrong = await bench.fail({ ...by(ecdsa.file), secrets: { 'passphrase 0': 'another' } });
    expect(wrong.code).toBe('ssh.passphraseWrong');
    const lacks = await bench.fail({ ...by(chacha.file), secrets });
    expect(lacks).toMatchObject({
      code: 'ssh.keyInvalid',
      failure: { detail: expect.stringContaining('cipher') },
    });
  });

  it('asks a host for keys of the types that are known first', async () => {
    for (const [index, keyType] of ['ssh-ed25519', 'ssh-rsa', 'ecdsa-sha2-nistp256'].entries()) {
      const known = `[127.0.0.1]:${main.port} ${main.hostKeys[index]!.line}\n`;
      const { steps } = await bench.pass({ hops: [hopTo(main, byKey(key))], known });
      expect(steps[1]).toEqual({ type: 'hostKey', hop: 0, keyType, verdict: 'known' });
    }
  });

  it('leaves the keys of authorities, the user’s configuration and certificates to OpenSSH', async () => {
    const before = await main.attempts();
    const known = `@cert-authority * ${other.line}\n`;
    const hops = [hopTo(main, byKey(key))];
    expect((await bench.fail({ hops, known, hostKeys: 'ask' })).code).toBe('ssh.hostCertificate');
    for (const auth of [{ by: 'config' }, { by: 'key', keyFile: key.file, certificateFile: 'x' }] as const)
      expect((await bench.fail({ hops: [hopTo(main, auth)] })).code).toBe('ssh.onlyOpenssh');
    expect(await main.attempts()).toBe(before);
  });

  it('offers exactly the one key of an agent that was chosen', async () => {
    const { socket } = await bench.agent([other, key]);
    const before = await main.attempts();
    await bench.pass({ hops: [hopTo(main, { by: 'agent', socket, identity: key.fingerprint })] });
    // None, the question whether the key would do, and its signature.
    expect((await main.attempts()) - before).toBe(3);
    await bench.pass({ hops: [hopTo(main, { by: 'agent', socket })] });
    const refused = await bench.fail({
      hops: [hopTo(main, { by: 'agent', socket, identity: other.fingerprint })],
    });
    expect(refused.code).toBe('ssh.authFailed');
  });

  it('asks for a second factor after a key, of a file and of an agent', async () => {
    const server = await bench.sshd({
      authorized: [key.line],
      pam: { code: { secret, echo: true } },
      config: ['AuthenticationMethods publickey,keyboard-interactive'],
    });
    const { socket } = await bench.agent([key, other]);
    for (const auth of [byKey(key), { by: 'agent', socket } as const]) {
      const passed = await bench.pass({
        hops: [hopTo(server, auth)],
        answer: () => ({ texts: [oneTimeCode(secret)] }),
      });
      expect(passed).toMatchObject({
        echo: 'through',
        questions: [{ type: 'prompts', prompts: [{ echo: true }] }],
      });
    }
  });

  it('answers the first round by a stored password where it asks for one, and no other', async () => {
    const server = await bench.sshd({
      pam: { password: 'stored', code: { secret, prompt: 'One-time password: ' } },
    });
    const { questions, echo } = await bench.pass({
      hops: [hopTo(server, { by: 'password' })],
      secrets: { 'password 0': 'stored' },
      answer: () => ({ texts: [oneTimeCode(secret)] }),
    });
    expect(echo).toBe('through');
    expect(questions).toMatchObject([{ prompts: [{ text: 'One-time password: ', echo: false }] }]);
    const none = await bench.fail({
      hops: [hopTo(main, { by: 'password' })],
      secrets: { 'password 0': 'x' },
    });
    expect(none).toMatchObject({
      code: 'ssh.methodNotOffered',
      failure: { detail: expect.stringContaining('publickey') },
    });
  });

  it('refuses names that could be more than names before anything is dialled', async () => {
    for (const name of ['-oProxyCommand=x', 'a b', 'a\nb', '$(x)', '`x`', 'a;b', 'a|b', "a'b"])
      for (const hop of [{ host: name }, { user: name }])
        expect((await bench.fail({ hops: [{ ...hopTo(main, byKey(key)), ...hop }] })).code).toBe(
          'tunnel.name',
        );
  });

  it('a local user: a connection of another process to the tunnel’s port is closed without a byte', async () => {
    const { opened } = await bench.open({ hops: [hopTo(main, byKey(key))] });
    const tunnel = await opened;
    const program = `require('net').connect(${tunnel.local.port},'127.0.0.1').on('data',(b)=>process.stdout.write(b)).on('error',()=>{}).on('close',()=>process.exit()).write('hello')`;
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', program]);
    expect(stdout).toBe('');
    expect(await sendThrough(tunnel, 'hello')).toBe('hello');
    await tunnel.close();
  });

  it('holds little of what a reader that stopped has not read, and delivers all of it', async () => {
    const BYTES = 48 * 1024 * 1024;
    let written = 0;
    const chunk = Buffer.alloc(64 * 1024);
    const source = await echoServer((socket) => {
      const more = (): void => {
        while (written < BYTES && !socket.destroyed) {
          written += chunk.length;
          if (!socket.write(chunk)) return void socket.once('drain', more);
        }
        if (written >= BYTES) socket.end();
      };
      more();
    });
    const { opened } = await bench.open({ hops: [hopTo(main, byKey(key))], target: source });
    const tunnel = await opened;
    const reader = connect(tunnel.local.port, tunnel.local.host).pause();
    // It stops once every buffer on the way is full: the kernel's, sshd's, the channel's.
    await expect.poll(() => written).toBeGreaterThan(0);
    for (let before = -1; before !== written; await new Promise((resolve) => setTimeout(resolve, 300)))
      before = written;
    expect(written).toBeLessThan(BYTES / 2);
    let read = 0;
    reader.on('data', (bytes) => {
      read += bytes.length;
    });
    reader.resume();
    await new Promise((resolve) => reader.once('end', resolve));
    expect(read).toBe(BYTES);
    await tunnel.close();
    await source.close();
  });

  it('ends by a reset what did not come whole', async () => {
    const source = await echoServer((socket) => socket.write('a part'));
    const server = await bench.sshd({ authorized: [key.line] });
    const { opened } = await bench.open({ hops: [hopTo(server, byKey(key))], target: source });
    const tunnel = await opened;
    const reader = connect(tunnel.local.port, tunnel.local.host);
    await once(reader, 'data');
    const error = once(reader, 'error');
    await server.kill();
    expect(await error).toMatchObject([{ code: 'ECONNRESET' }]);
    await tunnel.close();
    await source.close();
  });

  it('finds a frozen server by its keepalive, and reports it once', async () => {
    const server = await bench.sshd({ authorized: [key.line] });
    const { seen, opened } = await bench.open({ hops: [hopTo(server, byKey(key))], keepaliveS: 1 });
    const tunnel = await opened;
    await server.freeze();
    expect((await seen.lost).code).toBe('tunnel.notResponding');
    await server.kill();
    await tunnel.close();
  });

  it('ends a key derivation with its opening', async () => {
    const slow = join(bench.folder, 'slow');
    await promisify(execFile)('ssh-keygen', ['-q', '-t', 'ed25519', '-a', '1', '-N', PASSPHRASE, '-f', slow]);
    // The rounds are not signed: a file can ask for any number of them.
    const text = await readFile(slow, 'latin1');
    const bytes = Buffer.from(text.replace(/-----.*-----/g, ''), 'base64');
    const rounds = bytes.indexOf(Buffer.from([0, 0, 0, 16]));
    bytes.writeUInt32BE(1_000_000, rounds + 4 + 16);
    await writeFile(
      slow,
      `-----BEGIN OPENSSH PRIVATE KEY-----\n${bytes.toString('base64').replace(/.{70}/g, '$&\n')}\n-----END OPENSSH PRIVATE KEY-----\n`,
    );
    const signal = AbortSignal.timeout(1500);
    const pub = (await readFile(`${slow}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ');
    const server = await bench.sshd({ authorized: [pub] });
    const failed = await bench.fail({
      hops: [hopTo(server, byKey({ ...key, file: slow }))],
      secrets: { 'passphrase 0': PASSPHRASE },
      signal,
    });
    expect(failed.code).toBe('tunnel.aborted');
  });
});
