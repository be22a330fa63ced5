import type { FailureText } from '../../events/failure.ts';
import type { SessionView } from '../../events/views/session-view.ts';
import type { Client } from './client.ts';

/** Why sessions failed, in words, by session id; why openings were refused, by profile id. */
export class SessionFailures {
  words: ReadonlyMap<string, FailureText> = new Map();
  /** The code of the last failure whose words were asked for, by session id. */
  private readonly asked = new Map<string, string>();

  constructor(
    private readonly client: Client,
    private readonly tell: () => void,
  ) {}

  /** Asks for the words of a session's failure, once until it has another or is well again; once more where there was no answer. */
  async learn(sessionId: string, code: string): Promise<void> {
    if (this.asked.get(sessionId) === code) return;
    this.asked.set(sessionId, code);
    const failure = await this.client.sessionFailure(sessionId).catch(() => undefined);
    // It may have another by now, or be well again.
    if (this.asked.get(sessionId) !== code) return;
    if (failure === undefined) this.asked.delete(sessionId);
    else if (failure) this.set(sessionId, failure);
  }

  /** Why a profile is not open, in words, where there are some. */
  of(profileId: string, session: SessionView | undefined): FailureText | null {
    return this.words.get(session?.sessionId ?? '') ?? this.words.get(profileId) ?? null;
  }

  set(id: string, failure: FailureText): void {
    this.words = new Map(this.words).set(id, failure);
    this.tell();
  }

  forget(id: string): void {
    this.asked.delete(id);
    if (!this.words.has(id)) return;
    this.words = new Map([...this.words].filter(([known]) => known !== id));
    this.tell();
  }
}
