import { describe, expect, it } from 'vitest';
import type { Tunnel } from '../../../../src/events/tunnel.ts';
import type { SessionView } from '../../../../src/events/views/session-view.ts';
import type { TunnelView } from '../../../../src/events/views/tunnel-view.ts';
import {
  throughText,
  tunnelBriefText,
  tunnelMark,
  tunnelOfSession,
  tunnelStateText,
} from '../../../../src/ui/selectors/tunnel-text.ts';

const via = (...hosts: string[]): Tunnel => ({
  by: 'ssh',
  hops: hosts.map((host) => ({ host, auth: { by: 'config' } })),
  hostKeys: 'ask',
});
const view = (state: string, more: Partial<TunnelView> = {}): TunnelView =>
  ({
    tunnelId: 't',
    sessionId: 's',
    state,
    hop: null,
    hops: 2,
    attempts: 0,
    nextAttemptAt: null,
    failure: null,
    promptId: null,
    ...more,
  }) as TunnelView;

describe('a tunnel in words', () => {
  it.each([
    [undefined, ''],
    [via('bastion'), 'through bastion'],
    [via('a', 'b', 'c'), 'through a, b, c'],
    [via('a', 'b', 'c', 'd'), 'through a and 3 more hops'],
    [{ by: 'command' as const, argv: ['/usr/bin/kubectl', 'port-forward'] }, 'through kubectl'],
  ])('names the way: %#', (tunnel, words) => {
    expect(throughText(tunnel)).toBe(words);
  });

  const lost = { failure: { code: 'ssh.lost' } as TunnelView['failure'] };
  it.each([
    [view('forwarding'), ''],
    [view('closed'), ''],
    [view('opening.connecting', { hop: 1 }), 'opening the tunnel, hop 2 of 2'],
    [view('opening.connecting', { hop: 0, hops: 1 }), 'opening the tunnel'],
    [view('opening.awaitingTrust', { hop: 0, promptId: 'p' }), 'tunnel waits for your answer, hop 1 of 2'],
    [view('reopening.waiting', lost), 'tunnel lost (ssh.lost), reopening it now'],
    [
      view('reopening.waiting', { failure: { code: 'tunnel.lost' } as TunnelView['failure'] }),
      'tunnel lost, reopening it now',
    ],
    [
      view('reopening.waiting', { ...lost, nextAttemptAt: 1500 }),
      'tunnel lost (ssh.lost), reopening it in 1 s',
    ],
    [
      view('reopening.waiting', { ...lost, attempts: 3, nextAttemptAt: 8200 }),
      'tunnel lost (ssh.lost), attempt 3 failed, trying again in 8 s',
    ],
    [
      view('reopening.dialling.connecting', { ...lost, attempts: 2 }),
      'tunnel lost (ssh.lost), reopening, attempt 2',
    ],
    [view('failed', lost), 'tunnel failed (ssh.lost)'],
  ])('says what it does: $state', (tunnel, words) => {
    expect(tunnelStateText(tunnel, 1000)).toBe(words);
  });

  it.each([
    [view('forwarding'), ''],
    [view('closed'), ''],
    [view('opening.authenticating'), 'opening tunnel…'],
    [view('reopening.dialling.awaitingTrust', { promptId: 'p' }), 'needs your answer'],
    [view('reopening.waiting'), 'tunnel lost…'],
    [view('failed'), 'tunnel failed'],
  ])('says it in a word or two: $state', (tunnel, words) => {
    expect(tunnelBriefText(tunnel)).toBe(words);
  });

  it('is the one of its session that lives', () => {
    const of = (...all: TunnelView[]) => tunnelOfSession(Object.fromEntries(all.entries()), 's');
    expect(of(view('failed', { tunnelId: 'a' }), view('forwarding', { tunnelId: 'b' }))?.tunnelId).toBe('b');
    expect(of(view('closed', { tunnelId: 'a' }), view('failed', { tunnelId: 'b' }))?.tunnelId).toBe('b');
    expect(of(view('forwarding', { sessionId: 'other' }))).toBeUndefined();
  });
});

describe('the mark of a tab', () => {
  const session = (state: string) => ({ state }) as SessionView;
  const failed = view('failed', { failure: { code: 'ssh.lost' } as TunnelView['failure'] });

  it.each([
    [view('forwarding'), '', '', 'through bastion'],
    [view('opening.dialling.connecting'), 'waiting', 'opening tunnel…', 'through bastion, opening tunnel…'],
    [view('reopening.waiting'), 'waiting', 'tunnel lost…', 'through bastion, tunnel lost…'],
    [failed, 'failed', 'tunnel failed', 'through bastion, tunnel failed'],
  ])(
    'says the way, and what the tunnel is doing while it does not forward: %#',
    (tunnel, tone, brief, words) => {
      expect(tunnelMark(via('bastion'), session('ready'), tunnel)).toEqual({ tone, brief, words });
    },
  );

  it('is there where a session goes through a tunnel, and names one whose profile is not known any more', () => {
    expect(tunnelMark(via('bastion'), undefined, undefined)).toBeNull();
    expect(tunnelMark(via('bastion'), session('ready'), undefined)).toBeNull();
    expect(tunnelMark(via('bastion'), session('offline'), failed)).toBeNull();
    expect(tunnelMark(via('bastion'), session('failed'), view('closed'))).toBeNull();
    expect(tunnelMark(undefined, session('ready'), view('forwarding'))?.words).toBe('through a tunnel');
  });
});
