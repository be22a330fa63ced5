import type { PublicKey } from './host-key.ts';

const WIDTH = 17;
const HEIGHT = 9;
/** How often a field was visited, then the fields of start and end. */
const MARKS = ' .o+=*BOX@%&#/^SE';
const START = MARKS.length - 2;
const END = MARKS.length - 1;

/**
 * A fingerprint as a picture of 11 lines, as `ssh-keygen -lv` draws it: a bishop walks from the middle of a board, two bits of the
 * digest for each step, lowest bits first, and leaves a mark on each field that it visits.
 */
export function randomArt({
  kind,
  bits,
  fingerprint,
}: Pick<PublicKey, 'kind' | 'bits' | 'fingerprint'>): string {
  const board = Array.from({ length: HEIGHT }, () => new Array<number>(WIDTH).fill(0));
  let x = (WIDTH - 1) / 2;
  let y = (HEIGHT - 1) / 2;
  for (const byte of Buffer.from(fingerprint.replace('SHA256:', ''), 'base64'))
    for (let pair = 0; pair < 8; pair += 2) {
      const step = byte >> pair;
      x = Math.min(WIDTH - 1, Math.max(0, x + (step & 1 ? 1 : -1)));
      y = Math.min(HEIGHT - 1, Math.max(0, y + (step & 2 ? 1 : -1)));
      board[y]![x] = Math.min(START - 1, board[y]![x]! + 1);
    }
  board[(HEIGHT - 1) / 2]![(WIDTH - 1) / 2] = START;
  board[y]![x] = END;
  const rows = board.map((row) => `|${row.map((visits) => MARKS[visits]).join('')}|`);
  return [border(`[${kind} ${bits}]`), ...rows, border('[SHA256]')].join('\n');
}

function border(title: string): string {
  return `+${title.padStart(Math.floor((WIDTH - title.length) / 2) + title.length, '-').padEnd(WIDTH, '-')}+`;
}
