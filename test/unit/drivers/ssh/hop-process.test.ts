import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openHop } from '../../../../src/drivers/ssh/openssh/hop-process.ts';

/** An ssh whose server asks, in a round of keyboard-interactive, in the words by which ssh asks for a key's passphrase. */
const program = (version: string, answers: string): string => `#!/bin/sh
cat >&2 <<'END'
debug1: Local version string SSH-2.0-OpenSSH_${version}
debug1: Remote protocol version 2.0, remote software version rogue
debug1: SSH2_MSG_SERVICE_ACCEPT received
debug1: Next authentication method: keyboard-interactive
END
"$SSH_ASKPASS" "Enter passphrase for key '/home/u/key': " > '${answers}'
`;

async function answered(version: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'qt-hop-'));
  try {
    const [ssh, answers] = [join(folder, 'ssh'), join(folder, 'answers')];
    await writeFile(ssh, program(version, answers), { mode: 0o700 });
    const at = { hop: 0, host: 'bastion' };
    const opening = openHop({
      ssh,
      port: 1,
      isProxied: false,
      pingAt: join(folder, 'ping'),
      config: {
        at,
        hop: { host: 'bastion', auth: { by: 'key', keyFile: '/home/u/key' } },
        through: null,
        hostKeys: 'strict',
        knownHosts: [],
        showKey: null,
        identityFile: null,
        keepaliveS: 15,
        forwards: [],
        userFiles: [],
      },
      options: {
        signal: AbortSignal.timeout(20_000),
        secret: () => 'stored passphrase',
        ask: async () => null,
        onStep: async () => {},
        folder,
      },
      onLost: () => {},
    });
    await expect(opening).rejects.toMatchObject({
      failure: { code: expect.stringMatching(/^ssh\.(?:authFailed|failed)$/) },
    });
    return await readFile(answers, 'utf8');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

it.each(['8.0', '8.4p1 Debian-5', 'of_somebody'])(
  'a hostile server: its question in ssh’s own words gets no passphrase from OpenSSH %s, which does not mark it',
  async (version) => {
    expect(await answered(version)).toBe('');
  },
);

it.each(['8.5p1', '9.2p1', '10.0'])(
  'answers the passphrase’s prompt of OpenSSH %s, which marks those of a server',
  async (version) => {
    expect(await answered(version)).toBe('stored passphrase\n');
  },
);
