import type { Danger } from '../../events/judgement.ts';

/**
 * A piece of a statement as it is shown: plain, a dangerous place, or what was left out between two of them.
 */
export type Piece =
  | { readonly kind: 'plain'; readonly text: string }
  | { readonly kind: 'danger'; readonly text: string; readonly dangers: readonly number[] }
  | { readonly kind: 'gap'; readonly units: number };

/** Where a danger stands in a text, in UTF-16 units. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/** Shown of a text before and after each danger, where the whole is too long. */
const AROUND_UNITS = 1_500;
/** A longer text is shown in parts. */
export const SHOWN_UNITS_MAX = 20_000;
/** A word that a danger points at is marked no further than this. */
const WORD_UNITS_MAX = 80;

/**
 * Where the dangers are. Their positions count characters from 1, as servers do; these count UTF-16 units
 * from 0.
 */
export function placesOf(text: string, dangers: readonly Danger[]): readonly Place[] {
  const wanted = new Set<number>();
  for (const { position, length } of dangers) {
    wanted.add(position - 1);
    if (length) wanted.add(position - 1 + length);
  }
  const last = Math.max(-1, ...wanted);
  const units = new Map<number, number>();
  let characters = 0;
  let at = 0;
  for (const character of text) {
    if (characters > last) break;
    if (wanted.has(characters)) units.set(characters, at);
    characters++;
    at += character.length;
  }
  const unitAt = (character: number): number => units.get(character) ?? text.length;
  return dangers.map(({ position, length }) => {
    const start = unitAt(Math.max(0, position - 1));
    if (length) return { start, end: unitAt(position - 1 + length) };
    const word = /^(?:[\p{L}\p{N}_$.]+|\S)/u.exec(text.slice(start, start + WORD_UNITS_MAX))?.[0].length ?? 0;
    return { start, end: start + word };
  });
}

/** The parts of a text that are shown: all of it, or what is around its beginning and the dangers. */
function windows(text: string, places: readonly Place[]): Place[] {
  if (text.length <= SHOWN_UNITS_MAX) return [{ start: 0, end: text.length }];
  const wanted = [{ start: 0, end: 0 }, ...places]
    .map(({ start, end }) => ({
      start: Math.max(0, start - AROUND_UNITS),
      end: Math.min(text.length, Math.max(end, start) + AROUND_UNITS),
    }))
    .sort((a, b) => a.start - b.start);
  const shown: { start: number; end: number }[] = [];
  let left = SHOWN_UNITS_MAX;
  for (const { start, end } of wanted) {
    const before = shown.at(-1);
    if (before && start <= before.end) before.end = Math.max(before.end, Math.min(end, before.end + left));
    else if (left > 0) shown.push({ start, end });
    left = SHOWN_UNITS_MAX - shown.reduce((sum, one) => sum + one.end - one.start, 0);
  }
  return shown;
}

/**
 * A statement in pieces, with every dangerous place marked. A long one is shown around them only, and says
 * so.
 */
export function piecesOf(text: string, dangers: readonly Danger[]): readonly Piece[] {
  const places = placesOf(text, dangers);
  const pieces: Piece[] = [];
  let at = 0;
  for (const { start, end } of windows(text, places)) {
    if (start > at) pieces.push({ kind: 'gap', units: start - at });
    const cuts = new Set([start, end]);
    for (const place of places)
      for (const cut of [place.start, place.end]) if (cut > start && cut < end) cuts.add(cut);
    const sorted = [...cuts].sort((a, b) => a - b);
    for (let i = 0; i + 1 < sorted.length; i++) {
      const [from, to] = [sorted[i]!, sorted[i + 1]!];
      const here = places.flatMap((place, n) => (place.start <= from && to <= place.end ? [n] : []));
      const piece = text.slice(from, to);
      pieces.push(
        here.length > 0 ? { kind: 'danger', text: piece, dangers: here } : { kind: 'plain', text: piece },
      );
    }
    at = end;
  }
  if (at < text.length) pieces.push({ kind: 'gap', units: text.length - at });
  return pieces;
}
