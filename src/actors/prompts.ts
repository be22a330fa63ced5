import type { Prompt } from '../events/prompt.ts';

/** The open questions to the user, in memory: what the page needs to show them, which the tape need not know. */
export class Prompts {
  private readonly open = new Map<string, Prompt>();

  add(prompt: Prompt): void {
    this.open.set(prompt.promptId, prompt);
  }

  /** All of them, oldest first. */
  list(): Prompt[] {
    return [...this.open.values()];
  }

  get(promptId: string): Prompt | undefined {
    return this.open.get(promptId);
  }

  /** What an actor asks the user; null for nothing. */
  ofOwner(ownerId: string): Prompt | null {
    return this.list().find((prompt) => prompt.ownerId === ownerId) ?? null;
  }

  /** Takes a question that is answered now. It can be by its own challenge, once, and until it expires. Invariant I12. */
  take(promptId: string, challenge: string, now: number): boolean {
    const prompt = this.open.get(promptId);
    if (prompt?.challenge !== challenge || now > prompt.expiresAt) return false;
    return this.open.delete(promptId);
  }

  /** The question, or the actor that asked it, has ended. */
  close(id: string): void {
    this.open.delete(id);
    const { promptId } = this.ofOwner(id) ?? {};
    if (promptId !== undefined) this.open.delete(promptId);
  }
}
