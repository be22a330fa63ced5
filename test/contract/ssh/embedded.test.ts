import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { utils } from '../../../src/drivers/ssh/ssh2.ts';
import type { OpenTunnel } from '../../../src/drivers/tunnel.ts';
import { makeSshKey, type SshAgent, type SshKey, startSshAgent } from '../../servers/ssh-keys.ts';
import { makeSshd, type Sshd } from '../../servers/sshd.ts';
import { codeSecret, oneTimeCode } from '../../servers/sshd-pam.ts';
import { echoServer, hopTo, type Opening, openIn, type Seen, sendThrough } from './embedded-tunnel.ts';

let folder: string;
let keys: Record<'ed25519' | 'rsa' | 'ecdsa' | 'locked' | 'other', SshKey>;
let agent: SshAgent;
let echo: Awaited<ReturnType<typeof echoServer>>;
let byKey: Sshd;
const code = codeSecret();
const PASSPHRASE = 'a passphrase';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'querytape-embedded-keys-'));
  const at = (name: string): string => join(folder, name);
  const [ed25519, rsa, ecdsa, locked, other] = await Promise.all([
    makeSshKey(at('ed25519')),
    makeSshKey(at('rsa'), 'rsa'),
    makeSshKey(at('ecdsa'), 'ecdsa'),
    makeSshKey(at('locked'), 'ed25519', PASSPHRASE),
    makeSshKey(at('other')),
  ]);
  keys = { ed25519, rsa, ecdsa, locked, other };
  echo = await echoServer();
  const authorized = [ed25519, rsa, ecdsa, locked].map(({ line }) => line);
  byKey = await makeSshd({ authorized, hostKeys: ['ed25519', 'rsa', 'ecdsa'] });
  agent = await startSshAgent([other, ed25519]);
});
afterAll(async () => {
  echo?.close();
  await agent?.stop();
  await byKey?.remove();
  await rm(folder, { recursive: true });
});

/** Opens a tunnel, uses it and closes it. */
async function through(
  opening: Opening,
  use?: (tunnel: OpenTunnel, seen: Seen) => Promise<void>,
): Promise<Seen> {
  const { seen, opened } = await openIn(opening);
  try {
    const tunnel = await opened;
    try {
      expect(await sendThrough(tunnel, 'hello')).toBe('hello');
      await use?.(tunnel, seen);
    } finally {
      await tunnel.close();
    }
    expect(seen.losses).toEqual([]);
    return seen;
  } finally {
    await seen.remove();
  }
}

/** The code that an opening fails with, and what was seen. */
async function failing(opening: Opening): Promise<{ code: string; detail: string; seen: Seen }> {
  const { seen, opened } = await openIn(opening);
  const error = await opened.then(
    (tunnel) => tunnel.close().then(() => null),
    (reason) => reason,
  );
  const added = await readFile(seen.ours, 'utf8').catch(() => '');
  expect(added).toBe('');
  await seen.remove();
  expect(seen.losses).toEqual([]);
  return { code: error?.failure?.code ?? String(error), detail: error?.failure?.detail, seen };
}

const base = (auth: Opening['hops'][number]['auth'], sshd = byKey): Opening => ({
  hops: [hopTo(sshd, auth)],
  target: echo,
  known: sshd.known,
});

describe('a key', () => {
  it.each(['ed25519', 'rsa', 'ecdsa'] as const)('of type %s signs in', async (type) => {
    const seen = await through(base({ by: 'key', keyFile: keys[type].file }));
    expect(seen.steps.map((step) => step.type)).toEqual([
      'reached',
      'hostKey',
      'authenticating',
      'authenticated',
    ]);
    expect(seen.secrets).toEqual([]);
  });

  it('with a passphrase is opened off the event loop, once the server takes it', async () => {
    const begun = performance.now();
    utils.parseKey(await readFile(keys.locked.file), PASSPHRASE);
    const derivationMs = performance.now() - begun;
    let longest = 0;
    let last = performance.now();
    const ticking = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    const seen = await through({
      ...base({ by: 'key', keyFile: keys.locked.file }),
      answer: (question) => (question.type === 'passphrase' ? { texts: [PASSPHRASE] } : null),
    });
    clearInterval(ticking);
    expect(seen.questions).toEqual([{ type: 'passphrase', hop: 0, keyFile: keys.locked.file }]);
    expect(longest).toBeLessThan(derivationMs * 0.7);
    const stored = await through({
      ...base({ by: 'key', keyFile: keys.locked.file }),
      secrets: { 'passphrase 0': PASSPHRASE },
    });
    expect(stored.questions).toEqual([]);
  });

  it('fails by a code where its passphrase is wrong, it is not known there, others may read it, or it is no key', async () => {
    const wrong = await failing({
      ...base({ by: 'key', keyFile: keys.locked.file }),
      secrets: { 'passphrase 0': 'x' },
    });
    expect(wrong.code).toBe('ssh.passphraseWrong');
    const unknown = await failing(base({ by: 'key', keyFile: keys.other.file }));
    expect(unknown.code).toBe('ssh.authFailed');
    expect((await failing(base({ by: 'key', keyFile: `${keys.rsa.file}.pub` }))).code).toMatch(
      /ssh\.key(?:Invalid|Unprotected)/,
    );
    const open = join(folder, 'open');
    await writeFile(open, await readFile(keys.ed25519.file), { mode: 0o644 });
    expect((await failing(base({ by: 'key', keyFile: open }))).code).toBe('ssh.keyUnprotected');
    expect((await failing(base({ by: 'key', keyFile: join(folder, 'absent') }))).code).toBe('ssh.keyMissing');
  });
});

describe('an agent', () => {
  it('offers all of its keys, or the one that was chosen', async () => {
    await through(base({ by: 'agent', socket: agent.socket }));
    const before = await byKey.attempts();
    await through(base({ by: 'agent', socket: agent.socket, identity: keys.ed25519.fingerprint }));
    // None, the question whether the key would do, and its signature.
    expect((await byKey.attempts()) - before).toBe(3);
  });

  it('fails by a code where it lacks the key, has none that is known there, or does not answer', async () => {
    const socket = agent.socket;
    expect((await failing(base({ by: 'agent', socket, identity: keys.rsa.fingerprint }))).code).toBe(
      'ssh.agentLacksKey',
    );
    expect((await failing(base({ by: 'agent', socket, identity: keys.other.fingerprint }))).code).toBe(
      'ssh.authFailed',
    );
    expect((await failing(base({ by: 'agent', socket: join(folder, 'absent') }))).code).toBe(
      'ssh.agentUnreachable',
    );
  });
});

describe('a host key', () => {
  const auth = (): Opening['hops'][number]['auth'] => ({ by: 'key', keyFile: keys.ed25519.file });
  const line = (index: number, marker = ''): string =>
    `${marker}[127.0.0.1]:${byKey.port} ${byKey.hostKeys[index]!.line}\n`;

  it('of each known type is asked for first', async () => {
    for (const [index, type] of ['ssh-ed25519', 'ssh-rsa', 'ecdsa-sha2-nistp256'].entries()) {
      const seen = await through({ ...base(auth()), known: line(index) });
      expect(seen.steps[1]).toEqual({ type: 'hostKey', hop: 0, keyType: type, verdict: 'known' });
    }
  });

  it('that is unknown, changed or revoked stops before anything is sent to sign in', async () => {
    const before = await byKey.attempts();
    const changed = `[127.0.0.1]:${byKey.port} ${keys.other.line}\n`;
    const unknown = await failing({ ...base(auth()), known: '' });
    const other = await failing({ ...base(auth()), known: changed, hostKeys: 'ask' });
    const revoked = await failing({
      ...base(auth()),
      known: line(0) + line(0, '@revoked '),
      hostKeys: 'ask',
    });
    const authority = await failing({
      ...base(auth()),
      known: `@cert-authority * ${keys.other.line}\n`,
      hostKeys: 'ask',
    });
    const refused = await failing({ ...base(auth()), known: '', hostKeys: 'ask' });
    expect([unknown, other, revoked, authority, refused].map((failed) => failed.code)).toEqual([
      'ssh.hostKeyUnknown',
      'ssh.hostKeyChanged',
      'ssh.hostKeyRevoked',
      'ssh.hostCertificate',
      'tunnel.notAnswered',
    ]);
    expect(other.detail).toContain(byKey.hostKeys[0]!.fingerprint);
    expect(other.detail).toContain(keys.other.fingerprint);
    expect(other.detail).toContain('line 1');
    expect(await byKey.attempts()).toBe(before);
  });

  it('that is trusted is remembered, and not asked about again', async () => {
    const known = { added: '' };
    const seen = await through(
      { ...base(auth()), known: '', hostKeys: 'ask', answer: () => ({ trusted: true }) },
      async (_, { ours }) => {
        known.added = await readFile(ours, 'utf8');
      },
    );
    expect(seen.questions).toMatchObject([
      {
        type: 'hostKey',
        host: `[127.0.0.1]:${byKey.port}`,
        hostKey: { fingerprint: byKey.hostKeys[0]!.fingerprint },
      },
    ]);
    const again = await through({ ...base(auth()), known: known.added });
    expect(again.questions).toEqual([]);
  });

  it('goes unchecked where the profile says so', async () => {
    const seen = await through({
      ...base(auth()),
      known: `[127.0.0.1]:${byKey.port} ${keys.other.line}\n`,
      hostKeys: 'off',
    });
    expect(seen.steps[1]).toMatchObject({ verdict: 'unchecked' });
  });
});

describe('a password and a second factor', () => {
  let byPassword: Sshd;
  let byBoth: Sshd;
  let keyThenCode: Sshd;
  beforeAll(async () => {
    byPassword = await makeSshd({ pam: { password: 'secret' } });
    byBoth = await makeSshd({
      pam: { password: 'secret', code: { secret: code, prompt: 'One-time\u001b[2Jpassword:', echo: true } },
    });
    keyThenCode = await makeSshd({
      authorized: [keys.locked.line, keys.ed25519.line],
      pam: { code: { secret: code } },
      config: ['AuthenticationMethods publickey,keyboard-interactive'],
    });
  });
  afterAll(async () => {
    for (const sshd of [byPassword, byBoth, keyThenCode]) await sshd?.remove();
  });

  it('signs in by a stored password, or one that is asked for', async () => {
    const stored = await through({
      ...base({ by: 'password' }, byPassword),
      secrets: { 'password 0': 'secret' },
    });
    expect(stored.questions).toEqual([]);
    const asked = await through({
      ...base({ by: 'password' }, byPassword),
      answer: () => ({ texts: ['secret'] }),
    });
    expect(asked.questions).toMatchObject([{ type: 'prompts', prompts: [{ echo: false }] }]);
  });

  it('tries a wrong password once', async () => {
    const before = await byPassword.attempts();
    const { code: failed, seen } = await failing({
      ...base({ by: 'password' }, byPassword),
      secrets: { 'password 0': 'wrong' },
    });
    expect([failed, seen.questions]).toEqual(['ssh.authFailed', []]);
    expect((await byPassword.attempts()) - before).toBe(2);
  });

  it('answers the password by what is stored, and asks the user for the rest', async () => {
    const seen = await through({
      ...base({ by: 'keyboardInteractive' }, byBoth),
      secrets: { 'password 0': 'secret' },
      answer: () => ({ texts: [oneTimeCode(code)] }),
    });
    expect(seen.questions).toMatchObject([{ type: 'prompts', hop: 0, prompts: [{ echo: true }] }]);
  });

  it('a hostile server: escape sequences in a question are shown as text', async () => {
    const { seen } = await failing({
      ...base({ by: 'keyboardInteractive' }, byBoth),
      secrets: { 'password 0': 'secret' },
    });
    const [question] = seen.questions;
    expect(question?.type === 'prompts' && question.prompts[0]!.text).toMatch(/One-time\ufffd\[2Jpassword/);
  });

  it('asks for the second factor after a key, of a file and of an agent', async () => {
    const answer: Opening['answer'] = (question) => ({
      texts: [question.type === 'passphrase' ? PASSPHRASE : oneTimeCode(code)],
    });
    const file = await through({ ...base({ by: 'key', keyFile: keys.locked.file }, keyThenCode), answer });
    expect(file.questions.map((question) => question.type)).toEqual(['passphrase', 'prompts']);
    const two = await through({ ...base({ by: 'agent', socket: agent.socket }, keyThenCode), answer });
    expect(two.questions).toHaveLength(1);
  });

  it('fails where the server does not take the method of the profile', async () => {
    expect((await failing({ ...base({ by: 'password' }), secrets: { 'password 0': 'x' } })).code).toBe(
      'ssh.methodNotOffered',
    );
  });
});
