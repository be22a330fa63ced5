import type { Refusal } from '../../events/command.ts';
import { KEY_HEADER, KEY_META, KEY_PROTOCOL, PAGE_PROTOCOL } from '../../events/page-key.ts';
import { type TraceRange, tracePath } from '../../events/trace/trace-wish.ts';
import { tabStore } from '../browser-store.ts';

/**
 * Where a tab stores its key across a reload. A tab's own, and of this origin with its port: no other page
 * can read it.
 */
const STORED_AS = 'querytape-key';

let key: string | null | undefined;

/**
 * The key that the program gave this page; after a reload the one that this tab had. Taking it also takes the
 * launch code out of the address bar and the browser's history. Null in a tab that has not been let in.
 */
function pageKey(): string | null {
  if (key !== undefined || globalThis.document === undefined) return key ?? null;
  const meta = document.querySelector<HTMLMetaElement>(`meta[name="${KEY_META}"]`);
  key = meta?.content ?? null;
  if (meta) {
    meta.remove();
    // What stands behind # names a place within the page, and stays.
    history.replaceState(null, '', `/${location.hash}`);
  }
  if (key !== null) tabStore.set(STORED_AS, key);
  key ??= tabStore.get(STORED_AS);
  return key;
}

/**
 * `fetch` of the program, with this page's key. Cookies are left out: they prove nothing here, and another
 * port's page could make them too long.
 */
export function request(path: string, init: RequestInit = {}): Promise<Response> {
  const own = pageKey();
  const headers = {
    ...(init.headers as Record<string, string>),
    ...(own === null ? {} : { [KEY_HEADER]: own }),
  };
  // Without a key the cookie says that it is this tab which is not let in, and not the browser.
  return fetch(path, { ...init, headers, credentials: own === null ? 'same-origin' : 'omit' });
}

/** A refused request, with the server's code and message. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'Refused';
  }
}

/**
 * The JSON that the program answers. @throws Refused where it refuses; a network error where it does not
 * answer
 */
export async function json<T>(path: string, init?: RequestInit): Promise<T> {
  const answer = await request(path, init);
  const body = (await answer.json()) as T & Partial<Refusal> & { refused?: Refusal };
  if (answer.ok) return body;
  const { code = String(answer.status), message = answer.statusText } = body.refused ?? body;
  throw new Refused(code, message);
}

/** The JSON that the program answers to a POST of JSON. @throws as `json` */
export function post<T>(path: string, body: object, signal?: AbortSignal): Promise<T> {
  return json<T>(path, {
    method: 'POST',
    signal: signal ?? null,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** A WebSocket to the program, with this page's key. */
export function openSocket(path: string): WebSocket {
  const own = pageKey();
  const protocols = own === null ? [PAGE_PROTOCOL] : [PAGE_PROTOCOL, KEY_PROTOCOL + own];
  return new WebSocket(`ws://${location.host}${path}`, protocols);
}

/**
 * Has the browser save what a GET of `path` answers. Its name is the server's, which says so where rows are
 * missing. Resolves once it is on the way. @throws Refused where it is answered by an error, of which the browser shows nothing; a
 * network error where there is no answer
 */
export async function download(path: string): Promise<void> {
  const { path: ticketed, downloadId } = await post<{ path: string; downloadId: string }>('/api/downloads', {
    path,
  });
  const link = document.createElement('a');
  link.href = ticketed;
  link.download = '';
  link.click();
  await json(`/api/downloads/${downloadId}`);
}

/** Has the browser save what the page itself has. */
export function saveFile(name: string, content: BlobPart): void {
  const url = URL.createObjectURL(new Blob([content]));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

/** Opens another page of the program in a tab of its own. @throws where there is no answer */
export async function openAnotherPage(): Promise<void> {
  const { url } = await post<{ url: string }>('/api/launches', {});
  window.open(url, '_blank', 'noopener');
}

/**
 * Opens the page that offers a tape to Perfetto: that of an open replay, or the live one, or a range of time of it. It has no key and no way back to this page:
 * what it opens holds a reference to it, and to nothing else. @throws where there is no answer
 */
export async function openTraceHandoff(
  replayId: string | null,
  range: TraceRange | null = null,
): Promise<void> {
  const trace = tracePath('perfetto', replayId, range);
  const { path } = await post<{ path: string }>('/api/downloads', { path: trace });
  window.open(`/perfetto.html#${path}`, '_blank', 'noopener');
}

/** Where Perfetto is served. */
export const PERFETTO_ORIGIN = 'https://ui.perfetto.dev';

/** Opens Perfetto in a window that can be written to; null where the browser opens none. For the page without a key alone. */
export function openPerfettoWindow(): Window | null {
  return window.open(PERFETTO_ORIGIN, '_blank');
}
