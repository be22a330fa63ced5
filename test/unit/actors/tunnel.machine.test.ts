import { expect, it } from 'vitest';
import { initialTransition, transition } from 'xstate';
import { RECONNECT_ATTEMPTS_MAX } from '../../../src/actors/limits.ts';
import { tunnelMachine } from '../../../src/actors/tunnel.machine.ts';
import { stateName } from '../../../src/events/state-name.ts';
import type { TunnelFact } from '../../../src/events/tunnel-facts.ts';
import { keyTypeOf } from '../../../src/events/tunnel-facts.ts';
import { tunnel } from './tables/tunnel.ts';

function after(facts: readonly TunnelFact[]): { state: string; attempts: number } {
  let [snapshot] = initialTransition(tunnelMachine, tunnel.input as never);
  for (const fact of facts) [snapshot] = transition(tunnelMachine, snapshot, fact);
  return { state: stateName(snapshot.value), attempts: snapshot.context.attempts };
}

const failure = (code: string) => ({ code, source: 'connection' }) as const;
const lost: TunnelFact[] = [
  { type: 'tunnel.opened', afterMs: 1 },
  { type: 'tunnel.lost', failure: failure('tunnel.lost') },
  { type: 'tunnel.reopen' },
];

it.each([
  ['ECONNREFUSED', true],
  ['EHOSTUNREACH', true],
  ['tunnel.timedOut', true],
  ['tunnel.exited', true],
  ['ssh.authFailed', false],
  ['ssh.hostKeyChanged', false],
  ['ssh.closed', true],
  ['ssh.hostKeyUnknown', false],
  ['ssh.tooManyAttempts', false],
  ['tunnel.notAnswered', false],
  ['tunnel.commandNotAllowed', false],
  ['tunnel.checkRequired', false],
  ['profile.passwordNeeded', false],
  ['unknown', false],
])('is opened again by itself after %s: %s', (code, again) => {
  const { state } = after([...lost, { type: 'tunnel.notOpened', failure: failure(code) }]);
  expect(state).toBe(again ? 'reopening.waiting' : 'failed');
});

it('gives up after RECONNECT_ATTEMPTS_MAX attempts, and counts them again once it was open', () => {
  const failed: TunnelFact[] = [
    { type: 'tunnel.notOpened', failure: failure('ECONNREFUSED') },
    { type: 'tunnel.reopen' },
  ];
  const tried = [...lost, ...Array.from({ length: RECONNECT_ATTEMPTS_MAX - 1 }, () => failed).flat()];
  expect(after(tried)).toEqual({
    state: 'reopening.dialling.connecting',
    attempts: RECONNECT_ATTEMPTS_MAX,
  });
  expect(after([...tried, failed[0]!]).state).toBe('failed');
  expect(after([...tried, { type: 'tunnel.opened', afterMs: 1 }]).attempts).toBe(0);
});

it('leaves words of a server out of a key’s type', () => {
  expect(keyTypeOf('ssh-ed25519')).toBe('ssh-ed25519');
  expect(keyTypeOf('ssh-ed25519-cert-v01@openssh.com')).toBe('ssh-ed25519');
  expect(keyTypeOf('sk-ssh-ed25519-cert-v01@openssh.com')).toBe('sk-ssh-ed25519@openssh.com');
  expect(keyTypeOf('secret-host')).toBe('other');
});
