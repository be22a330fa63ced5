import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type CancelDelivery,
  type CancelMeans,
  cancelUntilSettled,
} from '../../../src/drivers/cancel-loop.ts';
import type { Termination } from '../../../src/drivers/driver.ts';

const TIMES = { retryMinMs: 25, retryMaxMs: 1000, askMs: 10_000, terminateMs: 5000, channelMs: 2000 };

/** A statement that settles on request, and a cancel that learns what becomes of each step. */
function scene(
  over: {
    delivery?: CancelDelivery;
    termination?: Termination;
    requestMs?: number;
    refusal?: { code: string; isFinal: boolean };
  } = {},
) {
  const log: string[] = [];
  let settled = false;
  let settle: () => void = () => {};
  const done = new Promise<void>((resolve) => {
    settle = () => {
      settled = true;
      resolve();
    };
  });
  const startedAt = Date.now();
  const tell = (what: string) => log.push(`${Date.now() - startedAt} ${what}`);
  const means: CancelMeans = {
    settled: done,
    isSettled: () => settled,
    async request(onSent, onRefused) {
      if (over.refusal) {
        const { code, isFinal } = over.refusal;
        tell('asked');
        onRefused({ failure: { code, source: 'server', message: 'No.' }, isFinal });
        return 'notSent';
      }
      onSent();
      await new Promise((resolve) => setTimeout(resolve, over.requestMs ?? 5));
      return over.delivery ?? 'taken';
    },
    terminate: async (signal) => {
      tell('terminating');
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return over.termination ?? 'notDone';
    },
    abandon() {
      tell('abandoned');
      settle();
    },
  };
  const observer = {
    sent: (attempt: number) => tell(`sent ${attempt}`),
    acknowledged: (attempt: number) => tell(`acknowledged ${attempt}`),
    refused: ({ code }: { code: string }) => tell(`refused ${code}`),
    escalated: (step: string) => tell(step),
  };
  return { log, settle: () => settle(), result: cancelUntilSettled(means, observer, TIMES) };
}

describe('a cancel', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] }));
  afterEach(() => void vi.useRealTimers());

  it('reports a refusal at once, and signs in no more where the next one would be refused too', async () => {
    const { log, result } = scene({ refusal: { code: '1045', isFinal: true } });
    await vi.advanceTimersByTimeAsync(0);
    expect(log).toEqual(['0 asked', '0 refused 1045']);
    await vi.advanceTimersByTimeAsync(TIMES.askMs);
    expect(await result).toBe(false);
    expect(log.slice(2)).toEqual(['10000 abandon', '10000 abandoned']);
  });

  it('reports a refusal once while it asks on', async () => {
    const { log, settle, result } = scene({ refusal: { code: '1226', isFinal: false } });
    await vi.advanceTimersByTimeAsync(500);
    settle();
    await vi.advanceTimersByTimeAsync(1000);
    expect(await result).toBe(true);
    expect(log.filter((line) => line.endsWith('refused 1226'))).toEqual(['0 refused 1226']);
    expect(log.filter((line) => line.endsWith('asked')).length).toBeGreaterThan(3);
  });

  it('asks once when the statement ends at once, and is safe', async () => {
    const { log, settle, result } = scene();
    await vi.advanceTimersByTimeAsync(6);
    settle();
    expect(await result).toBe(true);
    expect(log).toEqual(['0 sent 1', '5 acknowledged 1']);
  });

  it('waits for its channel although the statement has ended', async () => {
    const { settle, result } = scene({ requestMs: 500 });
    let resolved = false;
    void result.then(() => {
      resolved = true;
    });
    settle();
    await vi.advanceTimersByTimeAsync(499);
    expect(resolved).toBe(false);
    await vi.advanceTimersByTimeAsync(2);
    expect(resolved).toBe(true);
  });

  it('asks again after 25 ms doubling to a second, terminates after 10 s and abandons after 15 s', async () => {
    const { log, result } = scene();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await result).toBe(false);
    const sent = log.filter((line) => line.includes('sent')).map((line) => Number.parseInt(line, 10));
    const gaps = sent.slice(1).map((at, i) => at - sent[i]! - 5);
    expect(gaps.slice(0, 7)).toEqual([25, 50, 100, 200, 400, 800, 1000]);
    expect(Math.max(...gaps)).toBe(1000);
    expect(
      log
        .filter((line) => !/sent|ack/.test(line))
        .map((line) => line.replace(/^\d+/, (ms) => `${Math.round(Number(ms) / 1000)} s`)),
    ).toEqual(['10 s terminate', '10 s terminating', '15 s abandon', '15 s abandoned']);
  });

  it('is not safe when a request may still be on its way', async () => {
    const { log, settle, result } = scene({ delivery: 'unknown' });
    await vi.advanceTimersByTimeAsync(6);
    settle();
    expect(await result).toBe(false);
    expect(log).toEqual(['0 sent 1']);
  });

  it('is not safe when the process was asked to go, though the statement ended by itself', async () => {
    for (const [termination, safe] of [
      ['done', false],
      ['unknown', false],
      ['notDone', true],
    ] as const) {
      const { settle, result } = scene({ termination });
      await vi.advanceTimersByTimeAsync(11_000);
      settle();
      expect(await result).toBe(safe);
    }
  });

  it('asks nothing of a statement that has settled', async () => {
    const { log, settle, result } = scene({ requestMs: 0 });
    settle();
    await vi.advanceTimersByTimeAsync(20_000);
    await result;
    expect(log.filter((line) => line.includes('sent')).length).toBeLessThanOrEqual(1);
  });
});
