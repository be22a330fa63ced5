import { openPerfettoWindow, PERFETTO_ORIGIN } from './request.ts';

/** Messages are not queued for a window that still loads, so it is asked again and again until it answers. */
const PING_MS = 50;

/**
 * Opens Perfetto in a window of its own and gives it a trace once it says that it listens (Perfetto, "Deep linking to the Perfetto UI":
 * `PING` until `PONG`, then `{perfetto: {buffer, title}}`). Only that window at that origin is believed, and sent to.
 *
 * @returns false where the browser opened no window
 */
export function handOver(buffer: ArrayBuffer, title: string, done: () => void): boolean {
  const perfetto = openPerfettoWindow();
  if (!perfetto) return false;
  const listening = new AbortController();
  const timer = setInterval(() => {
    if (perfetto.closed) stop();
    else perfetto.postMessage('PING', PERFETTO_ORIGIN);
  }, PING_MS);
  const stop = (): void => {
    clearInterval(timer);
    listening.abort();
  };
  addEventListener(
    'message',
    ({ source, origin, data }) => {
      if (source !== perfetto || origin !== PERFETTO_ORIGIN || data !== 'PONG') return;
      stop();
      perfetto.postMessage({ perfetto: { buffer, title } }, PERFETTO_ORIGIN);
      done();
    },
    { signal: listening.signal },
  );
  return true;
}
