import type { Prompt, PromptAnswer } from '../events/prompt.ts';

/** The open questions to the user, in memory: what the page needs to show them, which the tape need not know. */
export class Prompts {
  private readonly open = new Map<string, Prompt>();
  private readonly waiters = new Map<string, (answer: PromptAnswer | null) => void>();

  add(prompt: Prompt): void {
    this.open.set(prompt.promptId, prompt);
  }

  /** Adds a question whose answer goes to whoever asks alone; null where it was dismissed or has expired. */
  ask(prompt: Prompt): Promise<PromptAnswer | null> {
    this.add(prompt);
    return new Promise((resolve) => this.waiters.set(prompt.promptId, resolve));
  }

  /** Hands an answer to whoever waits for it, after `record` has put on the tape that there is one. */
  answer(promptId: string, answer: PromptAnswer, record: () => void): void {
    const waiter = this.waiters.get(promptId);
    this.waiters.delete(promptId);
    record();
    waiter?.(answer);
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
    this.leave(id);
    const { promptId } = this.ofOwner(id) ?? {};
    if (promptId === undefined) return;
    this.open.delete(promptId);
    this.leave(promptId);
  }

  private leave(promptId: string): void {
    this.waiters.get(promptId)?.(null);
    this.waiters.delete(promptId);
  }
}
