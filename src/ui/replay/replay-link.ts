import type { OpenReplay } from '../../events/replay-view.ts';
import { json, post } from '../api/request.ts';

/** A tape that can be looked at: the live one (null), a bundle's file, or a replay that the program has open. */
export type ReplaySource = File | { readonly replayId: string } | null;

/** What is asked of a replay; the page's own link, and a double in its tests. */
export interface ReplayLink {
  open(source: ReplaySource): Promise<OpenReplay>;
  get(replayId: string): Promise<OpenReplay>;
  /** Answers one question of doc/api.md, such as `at?seq=7`. */
  ask<T>(replayId: string, question: string): Promise<T>;
  /** Sends what begins or ends something, such as `ask`. */
  send<T>(replayId: string, path: string, body: object): Promise<T>;
  close(replayId: string): Promise<unknown>;
}

/** The program as the link. */
export const programLink: ReplayLink = {
  open(source) {
    if (source === null) return post<OpenReplay>('/api/replay', { source: 'live' });
    if ('replayId' in source) return this.get(source.replayId);
    return json<OpenReplay>('/api/replay', {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: source,
    });
  },
  get: (replayId) => json<OpenReplay>(`/api/replay/${replayId}`),
  async ask<T>(replayId: string, question: string) {
    return (await json<{ answer: T }>(`/api/replay/${replayId}/${question}`)).answer;
  },
  async send<T>(replayId: string, path: string, body: object) {
    return (await post<{ answer: T }>(`/api/replay/${replayId}/${path}`, body)).answer;
  },
  close: (replayId) => post(`/api/replay/${replayId}/close`, {}),
};
