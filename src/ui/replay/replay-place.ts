import { ACTOR_KINDS } from '../../events/actor-kinds.ts';
import type { ActorInstant, EventFilter, MarkKind, OpenReplay } from '../../events/replay-view.ts';
import { eventLabels } from '../format/event-label.ts';
import { NOTE_UNITS_MAX, PINS_MAX, SAVED_VIEW_BYTES_MAX } from '../limits.ts';
import type { TimeSpan } from './time-span.ts';

/** An event that is pinned, with the user's note. */
export interface Pin {
  readonly seq: number;
  readonly note: string;
}

/** What the page shows of a tape: enough to show it again. */
export interface ReplayPlace {
  /** The first record of the tape and its time, by which a tape is recognised. */
  readonly firstSeq: number;
  readonly firstAt: number;
  readonly seq: number;
  /** A record of the chosen actor, which names it without its id; null where none is chosen. */
  readonly actorSeq: number | null;
  readonly span: TimeSpan;
  readonly range: TimeSpan | null;
  readonly filter: EventFilter;
  readonly pins: readonly Pin[];
}

/** The pins with one on a record, or without it where it has one, in the order of the tape. At most `PINS_MAX`. */
export function withPin(pins: readonly Pin[], seq: number): readonly Pin[] {
  const others = pins.filter((pin) => pin.seq !== seq);
  if (others.length < pins.length || pins.length >= PINS_MAX) return others;
  return [...others, { seq, note: '' }].sort((a, b) => a.seq - b.seq);
}

/** What of a tape is shown. */
interface Shown extends Pick<ReplayPlace, 'seq' | 'span' | 'range' | 'filter' | 'pins'> {
  readonly actor: string | null;
  readonly actorInstant: ActorInstant | null;
}

/** The place that is shown of a tape. An actor whose record is not read yet is not named by it. */
export function placeOf(shown: Shown, { firstSeq, firstAt }: OpenReplay): ReplayPlace {
  const { seq, span, range, filter, pins, actor, actorInstant } = shown;
  const actorSeq = actorInstant && actorInstant.actor === actor ? actorInstant.record.seq : null;
  return { firstSeq, firstAt, seq, actorSeq, span, range, filter, pins };
}

/** A place's filter on this tape: its actor is the one found here, or none. */
export function filterHere({ actor: own, ...others }: EventFilter, actor: string | null): EventFilter {
  return own === undefined || actor === null ? others : { ...others, actor };
}

/** A place's pins that are on a tape. */
export function pinsHere(pins: readonly Pin[], { firstSeq, lastSeq }: OpenReplay): readonly Pin[] {
  return pins.filter(({ seq }) => seq >= firstSeq && seq <= lastSeq);
}

/** How a link begins, behind #. */
const LINK = 'replay&';
const MARKS = ['failure', 'cancel', 'ignored'];
/** What a saved place says of itself. */
const FORMAT = 'querytape-replay-place';
const VERSION = 1;

/** Whether a place is one of an open tape: an older one may have lost its beginning since. */
export function isPlaceOf({ firstSeq, firstAt, seq }: ReplayPlace, replay: OpenReplay): boolean {
  if (seq > replay.lastSeq || seq < replay.firstSeq) return false;
  return firstSeq === replay.firstSeq ? firstAt === replay.firstAt : replay.source === 'live';
}

/**
 * A link's fragment. It has numbers and words of the vocabulary alone: no text that was searched for, no note, no id and no name, as a
 * link is sent to others and stands in a browser's history.
 */
export function linkOf(place: ReplayPlace): string {
  const { firstSeq, firstAt, seq, actorSeq, span, range, filter, pins } = place;
  const words = new URLSearchParams({
    of: `${firstSeq}-${Math.round(firstAt)}`,
    seq: `${seq}`,
    span: spanText(span),
  });
  if (actorSeq !== null) words.set('actor', `${actorSeq}`);
  if (range) words.set('range', spanText(range));
  if (filter.kind !== undefined && ACTOR_KINDS.includes(filter.kind)) words.set('kind', filter.kind);
  if (filter.mark !== undefined && MARKS.includes(filter.mark)) words.set('mark', filter.mark);
  if (filter.type !== undefined && eventLabels.has(filter.type)) words.set('type', filter.type);
  if (filter.actor !== undefined) words.set('own', '1');
  if (pins.length > 0) words.set('pins', pins.map((pin) => pin.seq).join('.'));
  return `#${LINK}${words}`;
}

/** Reads a link's fragment; null for one that is no place of a replay. */
export function placeOfLink(fragment: string): ReplayPlace | null {
  if (!fragment.startsWith(`#${LINK}`)) return null;
  const words = new URLSearchParams(fragment.slice(LINK.length + 1));
  const numbers = (name: string): number[] | null => {
    const text = words.get(name);
    return text !== null && /^\d{1,15}(?:[-.]\d{1,15})*$/.test(text) ? text.split(/[-.]/).map(Number) : null;
  };
  const [of, seq, span, range] = [
    numbers('of'),
    numbers('seq'),
    spanOf(numbers('span')),
    spanOf(numbers('range')),
  ];
  if (of?.length !== 2 || seq === null || span === null) return null;
  const actorSeq = numbers('actor')?.[0] ?? null;
  const pins = (numbers('pins') ?? []).slice(0, PINS_MAX).map((one) => ({ seq: one, note: '' }));
  const filter = knownFilter({ kind: words.get('kind'), mark: words.get('mark'), type: words.get('type') });
  // Which actor `own` is, is found by its record.
  const own = words.get('own') === '1' ? { actor: '' } : {};
  return {
    firstSeq: of[0]!,
    firstAt: of[1]!,
    seq: seq[0]!,
    actorSeq,
    span,
    range,
    filter: { ...filter, ...own },
    pins,
  };
}

/** A place as a file that is stored beside the bundle, with the notes and what was searched for. */
export function placeText(place: ReplayPlace): string {
  return `${JSON.stringify({ format: FORMAT, version: VERSION, ...place }, null, 1)}\n`;
}

/** Reads such a file. @throws Error with what is wrong with it, for the user */
export async function readPlace(file: Blob): Promise<ReplayPlace> {
  if (file.size > SAVED_VIEW_BYTES_MAX) throw new Error('This file is too large for a saved view.');
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(await file.text()) as Record<string, unknown>;
  } catch {
    throw new Error(NOT_A_PLACE);
  }
  if (typeof value !== 'object' || value === null || value.format !== FORMAT) throw new Error(NOT_A_PLACE);
  if (value.version !== VERSION) throw new Error('This view was saved by a newer version of Querytape.');
  const { firstSeq, firstAt, seq, actorSeq, filter, pins } = value;
  const [span, range] = [savedSpan(value.span), savedSpan(value.range)];
  if (!isCount(firstSeq) || !isCount(firstAt) || !isCount(seq) || span === null) throw new Error(NOT_A_PLACE);
  return {
    firstSeq,
    firstAt,
    seq,
    actorSeq: isCount(actorSeq) ? actorSeq : null,
    span,
    range,
    filter: savedFilter(filter),
    pins: savedPins(pins),
  };
}

const NOT_A_PLACE = 'This is not a saved view of a replay.';

function savedFilter(value: unknown): EventFilter {
  const { kind, mark, type, text, actor } = (
    typeof value === 'object' && value !== null ? value : {}
  ) as Record<string, unknown>;
  const known = knownFilter({ kind, mark, type });
  const words = typeof text === 'string' ? { text: text.slice(0, NOTE_UNITS_MAX) } : {};
  return { ...known, ...words, ...(typeof actor === 'string' ? { actor: '' } : {}) };
}

function savedPins(value: unknown): Pin[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, PINS_MAX).flatMap((one: unknown) => {
    const { seq, note } = (typeof one === 'object' && one !== null ? one : {}) as Record<string, unknown>;
    return isCount(seq) ? [{ seq, note: typeof note === 'string' ? note.slice(0, NOTE_UNITS_MAX) : '' }] : [];
  });
}

/** What of a filter is in the vocabulary. */
function knownFilter({ kind, mark, type }: Readonly<Record<'kind' | 'mark' | 'type', unknown>>): EventFilter {
  return {
    ...(typeof kind === 'string' && ACTOR_KINDS.includes(kind) ? { kind } : {}),
    ...(typeof mark === 'string' && MARKS.includes(mark) ? { mark: mark as MarkKind } : {}),
    ...(typeof type === 'string' && eventLabels.has(type) ? { type } : {}),
  };
}

function spanText({ from, to }: TimeSpan): string {
  return `${Math.floor(from)}-${Math.ceil(to)}`;
}

function spanOf(numbers: readonly number[] | null): TimeSpan | null {
  if (numbers?.length !== 2 || numbers[0]! > numbers[1]!) return null;
  return { from: numbers[0]!, to: numbers[1]! };
}

function savedSpan(value: unknown): TimeSpan | null {
  const { from, to } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  return typeof from === 'number' && typeof to === 'number' && from >= 0 && from <= to ? { from, to } : null;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
