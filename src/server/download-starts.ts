import type { Refusal } from '../events/command.ts';
import { ONE_TIME_CODE_MS, ONE_TIME_CODES_MAX } from './limits.ts';

/** How a download began: `null` where its file is on the way, else the status and the words of the refusal. */
type DownloadStart = { readonly status: number; readonly refusal: Refusal } | null;

interface Awaited {
  readonly start: Promise<DownloadStart>;
  readonly settle: (start: DownloadStart) => void;
}

/**
 * How downloads began, by their id, for the page that started them: a browser shows nothing of a download that is answered by an
 * error.
 */
export class DownloadStarts {
  readonly #awaited = new Map<string, Awaited>();

  /** From now on the start of a download can be waited for. */
  expect(downloadId: string): void {
    for (const oldest of this.#awaited.keys()) {
      if (this.#awaited.size < ONE_TIME_CODES_MAX) break;
      this.expired(oldest);
      this.#awaited.delete(oldest);
    }
    const { promise, resolve } = withResolve<DownloadStart>();
    this.#awaited.set(downloadId, { start: promise, settle: resolve });
  }

  /** The download was answered. It can be asked about for as long as a ticket is good. */
  answered(downloadId: string, start: DownloadStart): void {
    const awaited = this.#awaited.get(downloadId);
    if (awaited === undefined) return;
    awaited.settle(start);
    setTimeout(() => this.#awaited.delete(downloadId), ONE_TIME_CODE_MS).unref();
  }

  /** Its ticket is good no more, and was not used. */
  expired(downloadId: string): void {
    this.answered(downloadId, NOT_STARTED);
  }

  /** Resolves once a download was answered; undefined for one that is not known. */
  started(downloadId: string): Promise<DownloadStart> | undefined {
    return this.#awaited.get(downloadId)?.start;
  }
}

const NOT_STARTED: DownloadStart = {
  status: 409,
  refusal: {
    code: 'download.notStarted',
    message: 'The browser did not start the download. Allow downloads of this page, then start it again.',
  },
};

function withResolve<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
