import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { getShortestPaths } from 'xstate/graph';
import { queryMachine } from '../../../src/actors/query.machine.ts';
import { MACHINES } from '../../../src/actors/replay.ts';
import { ActorKind } from '../../../src/events/envelope.ts';
import { stateName } from '../../../src/events/state-name.ts';
import { STATES } from '../../../src/events/states.ts';
import { connection } from './tables/connection.ts';
import { orphan } from './tables/orphan.ts';
import { prompt } from './tables/prompt.ts';
import { query } from './tables/query.ts';
import { script } from './tables/script.ts';
import { session } from './tables/session.ts';
import { tab } from './tables/tab.ts';
import { cellOf, follow, statesOf, type Truth } from './tables/truth-table.ts';
import { tunnel } from './tables/tunnel.ts';
import { workspace } from './tables/workspace.ts';

const TRUTHS: Readonly<Record<string, Truth<string, string>>> = {
  query,
  script,
  prompt,
  orphan,
  tab,
  session,
  connection,
  workspace,
  tunnel,
};

it('has a table for each machine, which replay, states and kinds of actor know too', () => {
  const files = readdirSync(join(import.meta.dirname, '../../../src/actors'));
  const machines = files.filter((name) => name.endsWith('.machine.ts')).map((name) => name.split('.')[0]!);
  const kinds = ActorKind.anyOf.map((kind) => kind.const).filter((kind) => kind !== 'tape');
  const known = {
    tables: Object.keys(TRUTHS),
    replay: Object.values(MACHINES).map(({ id }) => id),
    states: Object.keys(STATES),
    kinds,
  };
  for (const [where, names] of Object.entries(known))
    expect([where, [...names].sort()]).toEqual([where, machines.sort()]);
});

describe.each(Object.keys(TRUTHS))('the machine %s', (name) => {
  const truth = TRUTHS[name]!;
  const states = Object.keys(truth.ways);

  it('has a row for each of its states', () => {
    // A parallel state has one leaf for all of its combinations.
    const rows = new Set(states.map((state) => state.replace(/^(open)\.\(.*/, '$1')));
    expect([...rows].sort()).toEqual(statesOf(truth.machine).sort());
  });

  it.each(states)('is in %s at the end of the way there', (state) => {
    expect(stateName(follow(truth, truth.ways[state]!).value)).toBe(state);
  });

  it.each(states)('does in %s with each event what its row says', (state) => {
    const row = Object.fromEntries(
      Object.keys(truth.events).map((event) => [event, cellOf(truth, state, event)]),
    );
    expect(row).toEqual(truth.table[state]);
  });

  it.each(states)('is ended from %s by the same few events', (state) => {
    const last = follow(truth, [...truth.ways[state]!, ...truth.endedBy]);
    expect(last.hasTag('ended' as never)).toBe(true);
  });
});

describe('the machine query', () => {
  it('can reach every state it has, by the events it gets', () => {
    const events = Object.values(query.events) as never[];
    // All ways share one system, which takes each prompt's id once.
    const machine = queryMachine.provide({ actions: { openPrompt: () => undefined } });
    const reached = new Set(
      getShortestPaths(machine, { input: query.input, events, limit: 100_000 } as never).map(({ state }) =>
        stateName(state.value as never),
      ),
    );
    expect([...reached].sort()).toEqual(statesOf(query.machine));
  });
});
