import type { Prompt, PromptQuestion } from '../../events/prompt.ts';
import type { TunnelView } from '../../events/views/tunnel-view.ts';

/** A question of a tunnel that is open, and what it is about. */
export interface TunnelPrompt {
  readonly promptId: string;
  readonly challenge: string;
  /** Milliseconds since 1970 UTC. */
  readonly expiresAt: number;
  readonly question: PromptQuestion;
  /** How many hops the tunnel has. */
  readonly hops: number;
  /** The profile's name; null for a connection that is only tested. */
  readonly profileName: string | null;
}

/**
 * The questions of tunnels that wait for the user. The views name them; what they ask is on no tape, and is read from the program once
 * for each.
 */
export class TunnelPrompts {
  private readonly known = new Map<string, Prompt | null>();
  private reading = false;

  /** `read` reads the open questions, `changed` is called once that brought new ones. */
  constructor(
    private readonly read: () => Promise<readonly Prompt[]>,
    private readonly changed: () => void,
  ) {}

  /** The questions that are open by the views, as far as they are read, oldest first. */
  look(
    tunnels: Readonly<Record<string, TunnelView>>,
    nameOf: (sessionId: string) => string | null,
  ): readonly TunnelPrompt[] {
    const open = Object.values(tunnels).flatMap((tunnel) =>
      tunnel.promptId === null ? [] : [{ ...tunnel, promptId: tunnel.promptId }],
    );
    for (const promptId of this.known.keys())
      if (!open.some((tunnel) => tunnel.promptId === promptId)) this.known.delete(promptId);
    if (open.some(({ promptId }) => !this.known.has(promptId)))
      void this.readAll(open.map(({ promptId }) => promptId));
    return open
      .flatMap(({ promptId, sessionId, hops }) => {
        const prompt = this.known.get(promptId);
        if (!prompt?.question) return [];
        const { challenge, expiresAt, openedAt, question } = prompt;
        const profileName = sessionId === null ? null : nameOf(sessionId);
        return [{ promptId, challenge, expiresAt, openedAt, question, hops, profileName }];
      })
      .sort((a, b) => a.openedAt - b.openedAt);
  }

  private async readAll(promptIds: readonly string[]): Promise<void> {
    if (this.reading) return;
    this.reading = true;
    const prompts = await this.read().catch(() => null);
    this.reading = false;
    // A page that can't read them now does when the views change next.
    if (prompts === null) return;
    for (const promptId of promptIds)
      this.known.set(promptId, prompts.find((prompt) => prompt.promptId === promptId) ?? null);
    this.changed();
  }
}
