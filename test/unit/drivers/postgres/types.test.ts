import { describe, expect, it } from 'vitest';
import { BUILTIN_TYPES } from '../../../../src/drivers/postgres/builtin-types.ts';
import { TypeNames, typeText } from '../../../../src/drivers/postgres/types.ts';

/** Modifiers as the types' own `typmodin` functions pack them. */
const numeric = (precision: number, scale: number): number => ((precision << 16) | (scale & 0x7ff)) + 4;
const length = (characters: number): number => characters + 4;
const FULL = 0xffff;
const interval = (fields: readonly string[], precision = FULL): number => {
  const bits: Record<string, number> = { month: 1, year: 2, day: 3, hour: 10, minute: 11, second: 12 };
  const range = fields.length === 0 ? 0x7fff : fields.reduce((mask, field) => mask | (1 << bits[field]!), 0);
  return (range << 16) | precision;
};

describe('a type with a modifier', () => {
  it.each([
    ['numeric', numeric(1, 0), 'numeric(1,0)'],
    ['numeric', numeric(10, 2), 'numeric(10,2)'],
    ['numeric', numeric(1000, 1000), 'numeric(1000,1000)'],
    ['numeric', numeric(1000, -1000), 'numeric(1000,-1000)'],
    ['numeric', numeric(3, -2), 'numeric(3,-2)'],
    ['numeric', numeric(2, 5), 'numeric(2,5)'],
    ['character varying', length(1), 'character varying(1)'],
    ['character varying', length(10_485_760), 'character varying(10485760)'],
    ['character varying', -1, 'character varying'],
    ['character', length(1), 'character(1)'],
    ['character', -1, 'bpchar'],
    ['bit', 1, 'bit(1)'],
    ['bit', 64, 'bit(64)'],
    ['bit', -1, '"bit"'],
    ['bit varying', 7, 'bit varying(7)'],
    ['bit varying', -1, 'bit varying'],
    ['time without time zone', 0, 'time(0) without time zone'],
    ['time with time zone', 6, 'time(6) with time zone'],
    ['timestamp without time zone', 3, 'timestamp(3) without time zone'],
    ['timestamp with time zone', 0, 'timestamp(0) with time zone'],
    ['timestamp with time zone', -1, 'timestamp with time zone'],
    ['interval', -1, 'interval'],
    ['interval', interval([], 3), 'interval(3)'],
    ['interval', interval(['year']), 'interval year'],
    ['interval', interval(['month']), 'interval month'],
    ['interval', interval(['day']), 'interval day'],
    ['interval', interval(['hour']), 'interval hour'],
    ['interval', interval(['minute']), 'interval minute'],
    ['interval', interval(['second']), 'interval second'],
    ['interval', interval(['second'], 2), 'interval second(2)'],
    ['interval', interval(['year', 'month']), 'interval year to month'],
    ['interval', interval(['day', 'hour']), 'interval day to hour'],
    ['interval', interval(['day', 'hour', 'minute']), 'interval day to minute'],
    ['interval', interval(['day', 'hour', 'minute', 'second'], 0), 'interval day to second(0)'],
    ['interval', interval(['hour', 'minute']), 'interval hour to minute'],
    ['interval', interval(['hour', 'minute', 'second'], 6), 'interval hour to second(6)'],
    ['interval', interval(['minute', 'second']), 'interval minute to second'],
    ['numeric[]', numeric(10, 2), 'numeric(10,2)[]'],
    ['character[]', -1, 'bpchar[]'],
    ['interval[]', interval(['day']), 'interval day[]'],
    ['public.geometry', 1_107_460, 'public.geometry'],
  ])('%s, %i is %s', (name, modifier, expected) => expect(typeText(name, modifier)).toBe(expected));
});

describe('the names of a server’s types', () => {
  const field = (dataTypeID: number) => ({
    name: 'c',
    dataTypeID,
    dataTypeModifier: -1,
    tableID: 0,
    columnID: 0,
  });
  const typeOf = (names: TypeNames, oid: number) => names.columns([field(oid)])[0]!;

  it('are known for the built-in types, each once', () => {
    expect(BUILTIN_TYPES.get(20)).toBe('bigint');
    expect(BUILTIN_TYPES.get(1016)).toBe('bigint[]');
    const names = [...BUILTIN_TYPES.values()];
    expect(new Set(names).size).toBe(names.length);
    expect([...BUILTIN_TYPES.keys()].every((oid) => oid < 10_000)).toBe(true);
  });

  it('ask for nothing while all that was met is known', () => {
    const names = new TypeNames();
    expect(typeOf(names, 25)).toEqual({ name: 'c', type: 'text', numeric: false });
    expect(typeOf(names, 1700)).toEqual({ name: 'c', type: 'numeric', numeric: true });
    expect(names.missedText).toBeNull();
  });

  it('say the oid of what is not known, ask for it once, and then say its name and its array’s', () => {
    const names = new TypeNames();
    expect(typeOf(names, 16_500).type).toBe('oid 16500');
    expect(names.missedText).toContain('16500');
    names.learn([['16500', '16499', 'mood']]);
    expect(names.missedText).toBeNull();
    expect(typeOf(names, 16_500)).toEqual({ name: 'c', type: 'mood', numeric: false });
    expect(typeOf(names, 16_499).type).toBe('mood[]');
  });

  it('do not ask again and again for a type that is not there any more', () => {
    const names = new TypeNames();
    expect(typeOf(names, 16_501).type).toBe('oid 16501');
    names.learn([]);
    expect(names.missedText).toBeNull();
  });
});
