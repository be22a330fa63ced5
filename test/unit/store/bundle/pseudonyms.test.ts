import { Value } from '@sinclair/typebox/value';
import { expect, it } from 'vitest';
import type { Envelope } from '../../../../src/events/envelope.ts';
import { ServerId } from '../../../../src/events/server-words.ts';
import type { TunnelFact } from '../../../../src/events/tunnel-facts.ts';
import { Pseudonyms } from '../../../../src/store/bundle/pseudonyms.ts';

const ACTOR = 'ses-0123456789abcdef0123.tunnel1';
const HASH = '0123456789abcdef'.repeat(2);
const STARTED = 'd3adb33fd3adb33f 123456';

function record(event: TunnelFact): Envelope {
  return {
    seq: 1,
    at: 1,
    actor: ACTOR,
    kind: 'tunnel',
    machine: 'tunnel@1',
    cause: null,
    event,
    state: 'opening',
  };
}

it('gives what tells one machine or one command from others a key of each bundle', () => {
  const facts: readonly TunnelFact[] = [
    { type: 'tunnel.chosen', backend: 'command', reason: 'configured', commandHash: HASH },
    { type: 'tunnel.spawned', pid: 7, startTime: STARTED },
  ];
  const [one, other] = [new Pseudonyms([]), new Pseudonyms([])];
  for (const fact of facts) {
    const text = (names: Pseudonyms) => JSON.stringify(names.rewrite(record(fact)));
    expect(text(one)).toBe(text(one));
    expect(text(one)).not.toBe(text(other));
    expect(text(one)).not.toMatch(new RegExp(`${HASH}|${STARTED}|d3adb33f`));
    expect(one.rewrite(record(fact)).actor).toBe(ACTOR);
  }
  const line = {
    level: 'info',
    time: '',
    msg: 'm',
    'event.name': 'e',
    'querytape.tunnel.command_hash': HASH,
  } as const;
  expect(one.logLine(line)['querytape.tunnel.command_hash']).not.toBe(HASH);
});

it('gives what tells one database server from others a key of each bundle, in the shape that records have', () => {
  const serverId = '0123456789abcdef';
  const event = (id: string) => ({
    type: 'connection.opened',
    server: { process: { processId: 7, startedAt: '', serverId: id } },
  });
  const rewritten = (names: Pseudonyms, id: string): string => {
    const envelope = { ...record({ type: 'tunnel.closed' } as never), event: event(id) } as never;
    const { event: found } = names.rewrite(envelope) as unknown as { event: ReturnType<typeof event> };
    return found.server.process.serverId;
  };
  const [one, other] = [new Pseudonyms([]), new Pseudonyms([])];
  expect(rewritten(one, serverId)).toBe(rewritten(one, serverId));
  expect(rewritten(one, serverId)).not.toBe(rewritten(other, serverId));
  expect(rewritten(one, serverId)).not.toBe(serverId);
  expect(Value.Check(ServerId, rewritten(one, serverId))).toBe(true);
});

it('gives a tab that later runs open again, a profile and a statement another word in each bundle', () => {
  const record = {
    seq: 1,
    at: 1,
    actor: 'ses-0123456789abcdef0123.tab-0198f0aa-77c2',
    kind: 'tab',
    machine: 'tab@1',
    cause: null,
    state: 'open',
    event: {
      type: 'xstate.init',
      input: {
        tabId: 'tab-0198f0aa-77c2',
        profileId: 'prf-1',
        fingerprint: HASH,
        sessionId: 'ses-0123456789abcdef0123',
      },
    },
  } as unknown as Envelope;
  const words = (names: Pseudonyms): string[] =>
    JSON.stringify(names.rewrite(record)).match(/(?:tab|id)-[0-9a-f-]{5,}|[0-9a-f]{32}/g) ?? [];
  const [one, other] = [words(new Pseudonyms([])), words(new Pseudonyms([]))];
  expect(one).toHaveLength(4);
  // The actor names the tab as its input does.
  expect(one[0]).toBe(one[1]);
  expect(one[0]).toMatch(/^tab-[0-9a-f]{13}$/);
  expect(one.filter((word) => other.includes(word))).toEqual([]);
  expect(JSON.stringify(new Pseudonyms([]).rewrite(record))).toContain('ses-0123456789abcdef0123');
});
