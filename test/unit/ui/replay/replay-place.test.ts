import { describe, expect, it } from 'vitest';
import { NOTE_UNITS_MAX, PINS_MAX, SAVED_VIEW_BYTES_MAX } from '../../../../src/ui/limits.ts';
import {
  linkOf,
  placeOfLink,
  placeText,
  type ReplayPlace,
  readPlace,
} from '../../../../src/ui/replay/replay-place.ts';

const CANARY = 'zebra-7431';
const PLACE: ReplayPlace = {
  firstSeq: 101,
  firstAt: 1000,
  seq: 300,
  actorSeq: 298,
  span: { from: 1000, to: 9000 },
  range: { from: 2000, to: 3000 },
  filter: { kind: 'query', mark: 'failure', type: 'query.failed', text: CANARY, actor: `qry-${CANARY}` },
  pins: [
    { seq: 120, note: `${CANARY} says why` },
    { seq: 300, note: '' },
  ],
};
const file = (value: unknown) => new Blob([typeof value === 'string' ? value : JSON.stringify(value)]);

describe('a link to a view', () => {
  it('leads back to the place, with no note, no id and no text that was searched for', () => {
    const link = linkOf(PLACE);
    expect(link).not.toContain('zebra');
    expect(placeOfLink(link)).toEqual({
      ...PLACE,
      // The actor is found again by its record.
      filter: { kind: 'query', mark: 'failure', type: 'query.failed', actor: '' },
      pins: [
        { seq: 120, note: '' },
        { seq: 300, note: '' },
      ],
    });
  });

  it('has no word that a tape brings and the vocabulary does not have', () => {
    const filter = { kind: CANARY, type: `query.${CANARY}`, mark: CANARY as 'failure' };
    expect(linkOf({ ...PLACE, filter })).not.toContain('zebra');
  });

  it.each([
    '',
    '#settings',
    '#replay&',
    '#replay&of=1-2&seq=3',
    '#replay&of=1&seq=3&span=1-2',
    '#replay&of=1-2&seq=3&span=9-2',
    '#replay&of=1-2&seq=-3&span=1-2',
    '#replay&of=1-2&seq=x&span=1-2',
  ])('that is none is not followed: %s', (fragment) => {
    expect(placeOfLink(fragment)).toBeNull();
  });

  it('is read as far as it is known', () => {
    const place = placeOfLink(
      `#replay&of=1-2&seq=3&span=1-2&kind=${CANARY}&type=__proto__&mark=all&pins=4.x&more=1`,
    );
    expect(place).toMatchObject({ filter: {}, pins: [], range: null, actorSeq: null });
  });
});

describe('a saved view', () => {
  it('has the notes and the text too', async () => {
    const text = placeText(PLACE);
    expect(await readPlace(file(text))).toEqual({ ...PLACE, filter: { ...PLACE.filter, actor: '' } });
    expect(text).toContain(CANARY);
  });

  it('is refused with a sentence where it is none', async () => {
    const saved = JSON.parse(placeText(PLACE)) as object;
    const refused = async (value: unknown) =>
      readPlace(file(value)).then(
        () => 'read',
        (error: Error) => error.message,
      );
    const notOne = 'This is not a saved view of a replay.';
    expect(await refused('{')).toBe(notOne);
    expect(await refused('null')).toBe(notOne);
    expect(await refused({})).toBe(notOne);
    expect(await refused({ ...saved, seq: -1 })).toBe(notOne);
    expect(await refused({ ...saved, span: { from: 2, to: 1 } })).toBe(notOne);
    expect(await refused({ ...saved, version: 2 })).toContain('newer version');
    expect(await refused(' '.repeat(SAVED_VIEW_BYTES_MAX + 1))).toContain('too large');
  });

  it('is bounded in what it brings', async () => {
    const saved = JSON.parse(placeText(PLACE)) as object;
    const pins = Array.from({ length: 5000 }, (_, seq) => ({ seq, note: 'x'.repeat(600) }));
    const read = await readPlace(file({ ...saved, pins: pins.slice(0, 1000), filter: 7 }));
    expect(read.pins.length).toBe(PINS_MAX);
    expect(read.pins[0]!.note.length).toBe(NOTE_UNITS_MAX);
    expect(read.filter).toEqual({});
  });
});
