import { expect, it } from 'vitest';
import type { SshTunnel } from '../../../../src/events/tunnel.ts';
import type { TunnelView } from '../../../../src/events/views/tunnel-view.ts';
import { type TestProgress, testSteps } from '../../../../src/ui/dialogs/test-steps.ts';

const hop = (host: string) => ({ host, auth: { by: 'config' } as const });
const WAY: SshTunnel = { by: 'ssh', hostKeys: 'ask', hops: [hop('bastion'), hop('inner')] };

const view = (steps: TunnelView['steps'], more: Partial<TunnelView> = {}): TunnelView =>
  ({ steps, promptId: null, hostKeys: [], ...more }) as TunnelView;

const FIRST_HOP: TunnelView['steps'] = [
  { step: 'reached', hop: 0, afterMs: 10 },
  { step: 'hostKey', hop: 0, afterMs: 12 },
  { step: 'trusted', hop: 0, afterMs: 30 },
  { step: 'signedIn', hop: 0, afterMs: 90 },
];

function shown(seen: TunnelView | undefined, progress: TestProgress): readonly string[] {
  return testSteps(WAY, seen, progress, 'PostgreSQL').map(({ words, found, state, ms }) =>
    `${words}: ${state}${ms === null ? '' : ` ${ms} ms`} ${found}`.trim(),
  );
}

it('lists every step before the first is done', () => {
  expect(shown(undefined, 'running')).toEqual([
    'Reach hop 1 (bastion): running',
    'Verify the host key of hop 1 (bastion): waiting',
    'Sign in to hop 1 (bastion): waiting',
    'Reach hop 2 (inner): waiting',
    'Verify the host key of hop 2 (inner): waiting',
    'Sign in to hop 2 (inner): waiting',
    'Open the tunnel: waiting',
    'Connect and sign in to PostgreSQL: waiting',
  ]);
});

it('gives each step its own time, and what was found of a key', () => {
  const seen = view(FIRST_HOP, { hostKeys: [{ hop: 0, keyType: 'ssh-ed25519', verdict: 'known' }] });
  expect(shown(seen, 'running').slice(0, 4)).toEqual([
    'Reach hop 1 (bastion): done 10 ms',
    'Verify the host key of hop 1 (bastion): done 20 ms ssh-ed25519, known',
    'Sign in to hop 1 (bastion): done 60 ms',
    'Reach hop 2 (inner): running',
  ]);
});

it('stops at the step that failed: a key that was seen and not taken is one', () => {
  const seen = view(FIRST_HOP.slice(0, 2), {
    hostKeys: [{ hop: 0, keyType: 'ssh-ed25519', verdict: 'changed' }],
  });
  expect(shown(seen, 'failed').slice(0, 3)).toEqual([
    'Reach hop 1 (bastion): done 10 ms',
    'Verify the host key of hop 1 (bastion): failed ssh-ed25519, changed',
    'Sign in to hop 1 (bastion): waiting',
  ]);
  expect(shown(seen, 'stopped')[1]).toMatch(/: stopped/);
});

it('says that the user is asked while a question is open, and not once the test has ended', () => {
  const seen = view(FIRST_HOP.slice(0, 2), { promptId: 'p' });
  expect(shown(seen, 'running')[1]).toBe('Verify the host key of hop 1 (bastion): asking');
  expect(shown(seen, 'failed')[1]).toMatch(/: failed/);
});

it('ends with the database, whose failure is its own', () => {
  const all: TunnelView['steps'] = [
    ...FIRST_HOP,
    { step: 'reached', hop: 1, afterMs: 100 },
    { step: 'trusted', hop: 1, afterMs: 110 },
    { step: 'signedIn', hop: 1, afterMs: 120 },
    { step: 'opened', hop: null, afterMs: 125 },
  ];
  expect(shown(view(all), 'failed').slice(-2)).toEqual([
    'Open the tunnel: done 5 ms',
    'Connect and sign in to PostgreSQL: failed',
  ]);
  expect(shown(view(all), 'reached').at(-1)).toBe('Connect and sign in to PostgreSQL: done');
});

it('has two steps through a command', () => {
  const steps = testSteps({ by: 'command', argv: ['kubectl'] }, undefined, 'running', 'MySQL');
  expect(steps.map(({ words }) => words)).toEqual(['Start the command', 'Connect and sign in to MySQL']);
});
