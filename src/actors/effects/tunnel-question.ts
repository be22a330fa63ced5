import type { TunnelAnswer, TunnelQuestion } from '../../drivers/tunnel.ts';
import { PROMPT_TEXTS_MAX, TUNNEL_PROMPT_TIMEOUT_MS } from '../../events/limits.ts';
import type { PromptQuestion } from '../../events/prompt.ts';
import type { Tunnel } from '../../events/tunnel.ts';
import type { TunnelFact, TunnelInput } from '../../events/tunnel-facts.ts';
import { PROMPT_TEXT_UNITS_MAX } from '../limits.ts';
import type { EffectPorts } from './effect.ts';

/** What a backend asks, and what takes the record of it. */
interface Asked {
  readonly tunnel: Tunnel;
  readonly question: TunnelQuestion;
  readonly signal: AbortSignal;
  readonly report: (fact: TunnelFact) => void;
}

/** Asks the user, and returns the answer once the record that there is one is on disk; null for none. */
export async function askUser(
  program: EffectPorts,
  input: TunnelInput,
  asked: Asked,
): Promise<TunnelAnswer | null> {
  const { ports, resources } = program;
  const { question, signal, report } = asked;
  if (question.type === 'prompts' && question.prompts.length > PROMPT_TEXTS_MAX) return null;
  if (signal.aborted) return null;
  const promptId = ports.newId('prompt');
  const openedAt = ports.now();
  const shown = shownQuestion(question, asked.tunnel);
  const answering = resources.prompts.ask({
    promptId,
    kind: shown.type,
    ownerId: input.tunnelId,
    sessionId: input.sessionId,
    tabId: null,
    challenge: ports.newId('challenge'),
    openedAt,
    expiresAt: openedAt + TUNNEL_PROMPT_TIMEOUT_MS,
    question: shown,
  });
  const expiresAfterMs = TUNNEL_PROMPT_TIMEOUT_MS;
  report({ type: 'tunnel.asked', promptId, kind: shown.type, hop: question.hop, expiresAfterMs });
  const giveUp = (): void => resources.prompts.close(promptId);
  signal.addEventListener('abort', giveUp);
  try {
    const answer = await answering;
    if (answer === null) return null;
    await program.durableNow();
    if (answer.kind === 'hostKey') return { trusted: true };
    return 'texts' in answer ? { texts: answer.texts } : null;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

/** A question as the page gets it, each text cut to a bound. */
function shownQuestion(question: TunnelQuestion, tunnel: Tunnel): PromptQuestion {
  const { hop } = question;
  const cut = (text: string): string => text.slice(0, PROMPT_TEXT_UNITS_MAX);
  if (question.type === 'hostKey') {
    const { host, hostKey, art, others } = question;
    return { type: 'hostKey', hop, host: cut(host), ...hostKey, art: cut(art), others: [...others] };
  }
  if (question.type === 'passphrase') return { type: 'passphrase', hop, keyFile: cut(question.keyFile) };
  return {
    type: 'secondFactor',
    hop,
    host: tunnel.by === 'ssh' ? (tunnel.hops[hop]?.host ?? '') : '',
    name: cut(question.name),
    instructions: cut(question.instructions),
    prompts: question.prompts.map(({ text, echo }) => ({ text: cut(text), echo })),
  };
}
