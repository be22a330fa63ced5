import { afterAll, beforeAll, expect, it } from 'vitest';
import { Hour, leaks, type Round } from './hour.ts';

const HOUR_MS = Number(process.env.QUERYTAPE_HOUR_MS ?? 3_600_000);
/** Rounds in which caches and bounded lists fill. */
const LEAST_ROUNDS = 9;
/** What the median of the last third may be above that of the second third: the noise of an allocator, not what rounds add. */
const ROOM = { rssMib: 1.1, heapMib: 1.05, buffersMib: 1.25 } as const;

const hour = new Hour();
const rounds: Round[] = [];

beforeAll(() => hour.start());
afterAll(() => hour.stop());

it('an hour of work leaves no connection, listener, timer, file or process, and memory flat', async () => {
  const endsAt = performance.now() + HOUR_MS;
  while (rounds.length < LEAST_ROUNDS || performance.now() < endsAt) {
    const round = await hour.round();
    rounds.push(round);
    process.stdout.write(`${JSON.stringify({ round: rounds.length, ...round })}\n`);
  }
  expect(rounds.map((round) => leaks(rounds[0]!, round))).toEqual(rounds.map(() => []));
  const third = Math.floor(rounds.length / 3);
  for (const [name, room] of Object.entries(ROOM)) {
    const figures = rounds.map((round) => round[name as keyof typeof ROOM]);
    const [second, last] = [median(figures.slice(third, -third)), median(figures.slice(-third))];
    expect([name, second, last, last <= second * room]).toEqual([name, second, last, true]);
  }
});

function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
