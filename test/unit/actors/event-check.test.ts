import { Value } from '@sinclair/typebox/value';
import { expect, it } from 'vitest';
import { isTapeEvent } from '../../../src/actors/event-check.ts';
import { TapeEvent } from '../../../src/events/envelope.ts';

const KNOWN: readonly { readonly type: string; readonly [key: string]: unknown }[] = [
  { type: 'query.granted' },
  { type: 'query.recorded', seq: 7, afterMs: 1.5 },
  { type: 'script.stopped', scriptId: 's', from: 1 },
  { type: 'tape.opened', processId: 1, segments: 1 },
  { type: 'xstate.after.CLOSE_LIMIT.connection.closing' },
  { type: 'xstate.error.actor.classify' },
  { type: 'xstate.init', input: { promptId: 'p', kind: 'confirmation', ownerId: 'q', expiresAfterMs: 1 } },
];

it.each(KNOWN)('knows $type', (event) => {
  expect(isTapeEvent(event)).toBe(true);
});

it.each([
  ...KNOWN.map((event) => ({ ...event, text: 'select 1' })),
  { type: 'query.recorded', seq: '7', afterMs: 1.5 },
  { type: 'query.recorded' },
  { type: 'query.unheard' },
  { type: 'xstate.error.actor.classify: select 1' },
  { type: 'xstate.init', input: {} },
  { type: '' },
])('does not know $type where it is not what the vocabulary says', (event) => {
  expect(isTapeEvent(event)).toBe(false);
});

it('says of each of these what the union of all schemas says', () => {
  const events = KNOWN.flatMap((event) => [event, { ...event, more: 1 }, ...without(event)]);
  expect(events.map(isTapeEvent)).toEqual(events.map((event) => Value.Check(TapeEvent, event)));
});

/** An event as often as it has fields beside its type, each time without another one. */
function without(event: (typeof KNOWN)[number]): (typeof KNOWN)[number][] {
  return Object.keys(event)
    .filter((key) => key !== 'type')
    .map((left) => Object.fromEntries(Object.entries(event).filter(([key]) => key !== left)) as typeof event);
}
