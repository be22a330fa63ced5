import type { Accepted, Command } from '../events/command.ts';
import type { Prompt, PromptAnswer } from '../events/prompt.ts';
import type { ActorDirectory } from './actor-directory.ts';
import { refusedSince } from './admission.ts';
import type { Counted } from './count-run.ts';
import { trustNow } from './effects/trust.ts';
import type { QueryContext } from './query-setup.ts';
import { Refused } from './refused.ts';
import type { SessionContext } from './session-context.ts';
import { profileOf } from './session-intake.ts';
import type { WorkspaceParts } from './workspace-parts.ts';

/** What is answered to a command about a statement. */
type OfQuery = Pick<Accepted, 'queryIds' | 'counted'>;

/** Answers to the questions that dangerous statements ask the user, and counts of what they would touch. */
export class Confirmations {
  private readonly directory: ActorDirectory;

  constructor(private readonly options: WorkspaceParts) {
    this.directory = options.directory;
  }

  /** Confirms a statement by its own name. @throws Refused where nothing was sent */
  confirm(commandId: string, { queryId, challenge, name }: Command & { type: 'query.confirm' }): OfQuery {
    return this.take(commandId, queryId, this.options.resources.prompts.ofOwner(queryId), {
      challenge,
      name,
    });
  }

  /** Answers a prompt. @throws Refused where nothing was sent */
  answer(commandId: string, { promptId, answer }: Command & { type: 'prompt.answer' }): OfQuery {
    const prompt = this.prompt(promptId);
    if (prompt.kind !== answer.kind)
      throw new Refused('prompt.kind', 'The answer is to another kind of question. Nothing was done.');
    if (answer.kind === 'confirmation') return this.take(commandId, prompt.ownerId, prompt, answer);
    return this.tellTunnel(commandId, prompt, answer);
  }

  /**
   * Leaves a prompt without an answer: the statement that asks it is cancelled, the tunnel that asks it is not opened.
   * @throws Refused for one that is not open
   */
  dismiss(commandId: string, promptId: string): OfQuery {
    const { ownerId, kind } = this.prompt(promptId);
    if (kind !== 'confirmation') {
      this.directory.deliver(this.directory.prompt(promptId), { type: 'prompt.dismissed' });
      return {};
    }
    this.directory.deliverToQuery(ownerId, { type: 'query.cancel', commandId, reason: 'user' });
    return { queryIds: [ownerId] };
  }

  /** Counts what a statement would touch. @throws Refused with the reason where there is no count */
  async count(commandId: string, queryId: string): Promise<OfQuery> {
    const { side, resources, tapeMustWork } = this.options;
    const query = this.directory.query(queryId);
    const { value, context } = query.getSnapshot() as { value: unknown; context: QueryContext };
    if (value !== 'confirming')
      throw new Refused('count.notAsked', 'Rows are counted while a statement waits for its confirmation.');
    const { counting } = side.judgement(queryId)?.judgement ?? {};
    if (!counting) throw new Refused('count.unknown', 'The rows that it would touch cannot be counted.');
    if ('reason' in counting) throw new Refused('count.unknown', counting.reason);
    const transaction = this.directory.transactionOf(context.connectionId);
    if (transaction === 'failed')
      throw new Refused('count.transactionFailed', 'The transaction has failed. Roll it back first.');
    tapeMustWork();
    const { countWaiters } = resources;
    const answered = new Promise<Omit<Counted, 'end'>>((resolve) => countWaiters.set(queryId, resolve));
    this.directory.deliver(query, { type: 'query.countWanted', commandId });
    const { rows, failure } = await answered.finally(() => countWaiters.delete(queryId));
    if (rows === null) throw new Refused(failure!.code, failure!.message);
    return { counted: { rows, inTransaction: transaction === 'open' }, queryIds: [queryId] };
  }

  private prompt(promptId: string): Prompt {
    const prompt = this.options.resources.prompts.get(promptId);
    if (prompt) return prompt;
    throw new Refused(
      'prompt.unknown',
      'This question is not open: it was answered, has expired, or its statement has ended.',
    );
  }

  /** Hands an answer to the tunnel that asked. @throws Refused for one that does not fit, was used, or came too late */
  private tellTunnel(
    commandId: string,
    { promptId, question }: Prompt,
    answer: Exclude<PromptAnswer, { kind: 'confirmation' }>,
  ): OfQuery {
    const { ports, resources } = this.options;
    const wanted = question?.type === 'secondFactor' ? question.prompts.length : 1;
    if ('texts' in answer && answer.texts.length !== wanted)
      throw new Refused('prompt.texts', `${wanted} texts answer this question. Nothing was sent.`);
    if (!resources.prompts.take(promptId, answer.challenge, ports.now()))
      throw new Refused(
        'prompt.invalid',
        'The answer is not to this question, was used, or came too late. Nothing was sent.',
      );
    const prompt = this.directory.prompt(promptId);
    resources.prompts.answer(promptId, answer, () =>
      this.directory.deliver(prompt, { type: 'prompt.answered', commandId }),
    );
    return {};
  }

  /** An answer is good for the statement that asks, once, and in time. */
  private take(
    commandId: string,
    queryId: string,
    prompt: Prompt | null,
    { challenge, name }: { readonly challenge: string; readonly name: string },
  ): OfQuery {
    const { ports, side, resources } = this.options;
    const query = this.directory.query(queryId);
    const { sessionId } = query.getSnapshot().context as QueryContext;
    const session = this.directory.session(sessionId).getSnapshot().context as SessionContext;
    if (name !== profileOf(ports, session.profileId).name)
      throw new Refused(
        'confirmation.name',
        'What was typed is not the name of the profile. Nothing was sent.',
      );
    if (query.getSnapshot().matches('counting'))
      throw new Refused(
        'count.running',
        'The rows are still being counted. Wait until that has ended, or cancel the statement.',
      );
    this.mustBeConfirmable(queryId, session);
    if (!prompt || !resources.prompts.take(prompt.promptId, challenge, ports.now()))
      throw new Refused(
        'confirmation.invalid',
        'The confirmation is not for this statement, was used, or came too late. Nothing was sent; run it again.',
      );
    side.confirm(queryId);
    this.directory.deliver(this.directory.prompt(prompt.promptId), { type: 'prompt.answered', commandId });
    return { queryIds: [queryId] };
  }

  /** @throws Refused where the profile or the policy has become stricter than a confirmation can answer */
  private mustBeConfirmable(queryId: string, session: SessionContext): void {
    const judged = this.options.side.judgement(queryId);
    if (!judged) return;
    const { trust, rules } = trustNow(this.options.ports, session);
    const code = refusedSince(judged.judgement, trust, rules, true);
    if (code !== null)
      throw new Refused(
        code,
        'The profile or the policy became stricter in the meantime. Nothing was sent; cancel the statement.',
      );
  }
}
