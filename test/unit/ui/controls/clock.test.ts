import type { ReactiveController } from 'lit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Clock } from '../../../../src/ui/controls/clock.ts';

/** An element that counts its updates, each of which ends at once. */
class Host {
  updates = 0;
  controller!: ReactiveController;
  readonly updateComplete = Promise.resolve(true);

  addController(controller: ReactiveController): void {
    this.controller = controller;
  }
  removeController(): void {}
  requestUpdate(): void {
    this.updates++;
    this.controller.hostUpdated?.();
  }
}

describe('a clock', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('updates its element while that is needed and the element is on the page', () => {
    const host = new Host();
    let isNeeded = false;
    new Clock(host, 100, () => isNeeded);
    host.controller.hostConnected?.();
    expect(host.updates).toBe(1);
    vi.advanceTimersByTime(1000);
    expect(host.updates).toBe(1);
    isNeeded = true;
    host.requestUpdate();
    vi.advanceTimersByTime(1000);
    expect(host.updates).toBe(12);
    isNeeded = false;
    vi.advanceTimersByTime(1000);
    expect(host.updates).toBe(13);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('stops with its element, and goes on where that comes back', () => {
    const host = new Host();
    new Clock(host, 100, () => true);
    host.controller.hostConnected?.();
    host.controller.hostDisconnected?.();
    expect(vi.getTimerCount()).toBe(0);
    host.controller.hostConnected?.();
    vi.advanceTimersByTime(100);
    expect(host.updates).toBe(3);
    host.controller.hostDisconnected?.();
  });
});
