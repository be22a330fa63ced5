import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { describe, expect, it } from 'vitest';
import { MACHINES } from '../../../src/actors/replay.ts';
import { ActorKind, Envelope, TapeEvent } from '../../../src/events/envelope.ts';
import { QueryFact } from '../../../src/events/query.ts';
import { TapeFact } from '../../../src/events/tape.ts';
import { TunnelFact, TunnelReport } from '../../../src/events/tunnel-facts.ts';
import { WorkspaceEvent } from '../../../src/events/workspace.ts';

const machines = Object.values(MACHINES);
const text = readFileSync(join(import.meta.dirname, '../../../doc/events.md'), 'utf8');

/** What an actor is sent to be recorded, whether or not its machine has a use for it. */
const RECORDED: Readonly<Record<string, readonly TSchema[]>> = {
  workspace: [WorkspaceEvent, TunnelReport],
  query: [QueryFact],
  tunnel: [TunnelFact],
};

/** The words in code of a cell. */
function codes(cell = ''): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map((found) => found[1]!);
}

/** The events in the row of a noun. */
function eventsOf(noun: string): string[] {
  const row = text.split('\n').find((line) => line.startsWith(`| ${noun} |`));
  return codes(row?.split(' | ')[1]).sort();
}

/** The types of a union's messages, those whose type is a pattern left out. */
function typesOf(schema: TSchema): string[] {
  if (schema.anyOf) return schema.anyOf.flatMap(typesOf);
  const { const: type } = schema.properties.type;
  return type === undefined ? [] : [type];
}

describe('doc/events.md', () => {
  it.each(machines.map((machine) => [machine.id, machine.events] as const))(
    'lists what an actor of the machine %s receives',
    (kind, events) => {
      const taken = events.filter((type) => !type.startsWith('xstate.'));
      const recorded = (RECORDED[kind] ?? []).flatMap(typesOf);
      expect(eventsOf(kind)).toEqual([...new Set([...taken, ...recorded])].sort());
    },
  );

  it('shows a record as this program writes it', () => {
    const [, example = ''] = text.split('```json\n');
    const record = JSON.parse(example.split('```')[0]!.replace('…', ''));
    expect([...Value.Errors(Envelope, record)]).toEqual([]);
    expect(Object.keys(MACHINES)).toContain(record.machine);
  });

  it('lists what is recorded of the tape itself', () => {
    expect(eventsOf('tape')).toEqual(typesOf(TapeFact).sort());
  });

  it('gives each event of the vocabulary a row', () => {
    const nouns = [...machines.map(({ id }) => id), 'tape', 'any actor'];
    const listed = new Set(nouns.flatMap(eventsOf));
    expect(typesOf(TapeEvent).filter((type) => !listed.has(type))).toEqual([]);
  });

  it('explains each field of an envelope, and names each kind of actor', () => {
    const [, table = ''] = text.split('| field | meaning |\n|---|---|\n');
    const rows = table.split('\n\n')[0]!.split('\n');
    expect(rows.flatMap((row) => codes(row.split(' | ')[0]))).toEqual(Object.keys(Envelope.properties));
    const kinds = codes(rows.find((row) => row.includes('`kind`'))?.split(' | ')[1]);
    expect(kinds).toEqual(ActorKind.anyOf.map((kind) => kind.const));
  });
});
