import { expect } from 'vitest';
import { type Random, seeded } from '../servers/mutate.ts';

/** Mutants on their way at a time: nearly all of a mutant's time is waiting for its connection to end. */
const LANES = 8;
/** What the process may grow by, whatever comes. */
const GROWN_BYTES_MAX = 200 * 1024 * 1024;
/** How long the process may compute without answering anything else. */
const FROZEN_MS_MAX = 1000;
const LOOK_MS = 50;

/** What one mutant does to a server that no other lane uses. */
export type Attack = (random: Random) => Promise<void>;

/**
 * Sends `count` mutants in lanes, each with a server and numbers of its own, and checks that the process keeps to its memory and
 * keeps answering in the meantime. The first lane that fails stops the others. The seed is `QUERYTAPE_SEED`, 1 without it.
 */
export async function sendMutants(count: number, openLane: () => Promise<Attack>): Promise<void> {
  const seed = Number(process.env.QUERYTAPE_SEED ?? 1);
  let sent = 0;
  let hasFailed = false;
  const watch = new Watch();
  const lane = async (number: number): Promise<void> => {
    const attack = await openLane();
    const random = seeded(seed * LANES + number);
    while (sent < count && !hasFailed) {
      sent++;
      await attack(random);
    }
  };
  const lanes = Array.from({ length: Math.min(LANES, count) }, (_, number) =>
    lane(number).catch((error: unknown) => {
      hasFailed = true;
      throw error;
    }),
  );
  const ends = await Promise.allSettled(lanes);
  watch.stop();
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  expect(sent).toBe(count);
  expect(watch.grownBytes).toBeLessThan(GROWN_BYTES_MAX);
  expect(watch.frozenMs).toBeLessThan(FROZEN_MS_MAX);
}

/** Looks at the process at intervals: at its memory, and at the processor time between two looks, which a busy machine does not lengthen. */
class Watch {
  /** The most that the process has grown by since the start. */
  grownBytes = 0;
  /** The longest that it has computed without coming to a look. */
  frozenMs = 0;
  private readonly before = process.memoryUsage.rss();
  private used = process.cpuUsage();
  private readonly looking = setInterval(() => this.look(), LOOK_MS);

  stop(): void {
    clearInterval(this.looking);
    this.look();
  }

  private look(): void {
    const { user, system } = process.cpuUsage(this.used);
    this.used = process.cpuUsage();
    this.frozenMs = Math.max(this.frozenMs, (user + system) / 1000);
    this.grownBytes = Math.max(this.grownBytes, process.memoryUsage.rss() - this.before);
  }
}
