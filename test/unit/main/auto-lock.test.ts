import { afterEach, beforeEach, expect, it } from 'vitest';
import { AutoLock } from '../../../src/main/auto-lock.ts';

const MINUTE = 60_000;

let loop: number;
let wall: number;
let isBusy: boolean;
let locks: number;
let autoLock: AutoLock;

beforeEach(() => {
  [loop, wall, isBusy, locks] = [1000, 1_800_000_000_000, false, 0];
  autoLock = new AutoLock({
    afterMs: () => 10 * MINUTE,
    isBusy: () => isBusy,
    lock: () => {
      locks++;
    },
    clocks: [() => loop, () => wall],
  });
});
afterEach(() => autoLock.stop());

function pass(ms: number): void {
  loop += ms;
  wall += ms;
  autoLock.look();
}

it('locks once the program has been idle for long enough, not before', () => {
  pass(10 * MINUTE - 1);
  expect(locks).toBe(0);
  pass(1);
  expect(locks).toBe(1);
});

it('counts from the last use, and a running statement as use', () => {
  pass(9 * MINUTE);
  autoLock.used();
  pass(9 * MINUTE);
  isBusy = true;
  pass(9 * MINUTE);
  isBusy = false;
  pass(9 * MINUTE);
  expect(locks).toBe(0);
  pass(MINUTE);
  expect(locks).toBe(1);
});

it('a stolen laptop: locks at the first look after a sleep, during which only the clock of the day went on', () => {
  pass(MINUTE);
  wall += 480 * MINUTE;
  pass(0);
  expect(locks).toBe(1);
});

it('locks in time although the clock of the day was set back', () => {
  wall -= 10_000 * MINUTE;
  pass(10 * MINUTE);
  expect(locks).toBe(1);
});
