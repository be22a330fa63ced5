import { bundleVerdictText } from '../../events/bundle.ts';
import { divergenceText } from '../../events/replay-report.ts';
import type { OpenReplay } from '../../events/replay-view.ts';
import { thousands } from '../format/format.ts';
import type { Colour } from '../format/state-colour.ts';

/** What a replay proves, in a sentence, and how well that is. */
interface ReplayVerdictText {
  readonly words: string;
  readonly colour: Colour;
  /** Who vouches for a bundle; empty for the live tape, and where `words` say it. */
  readonly vouched: string;
}

/** The verdict of an open tape: damage first, then what the machines reproduce; and who vouches for a bundle. */
export function replayVerdict(replay: OpenReplay): ReplayVerdictText {
  const { damages, integrity } = replay;
  const vouched = integrity ? `${bundleVerdictText(integrity)}.` : '';
  const damage = damages[0];
  if (damage)
    return {
      words: `Damaged after ${thousands(damage.afterSeq)} (${damage.code}).`,
      colour: 'failed',
      vouched,
    };
  if (integrity?.verdict === 'altered') return { words: vouched, colour: 'failed', vouched: '' };
  return { ...proof(replay), vouched };
}

function proof({ proof, records }: OpenReplay): Omit<ReplayVerdictText, 'vouched'> {
  const events = `${thousands(records)} events`;
  if (proof.state === 'running')
    return { words: `${events}, chain intact; the states are being reproduced…`, colour: 'running' };
  if (proof.state === 'failed')
    return { words: `${events}, not replayed: ${proof.message}`, colour: 'failed' };
  const { verdict, unproven, mismatches, unknownMachines } = proof.report;
  const first = mismatches[0];
  switch (verdict) {
    case 'reproduced':
      return unproven === 0
        ? { words: `${events}, every state reproduced, chain intact.`, colour: 'well' }
        : {
            words: `${events}, every provable state reproduced, chain intact; not proved: ${thousands(unproven)} of actors created before this tape begins.`,
            colour: 'waiting',
          };
    case 'diverged':
      return {
        words: first ? `Diverged at ${thousands(first.seq)}: ${divergenceText(first)}.` : 'Diverged.',
        colour: 'failed',
      };
    case 'notProvable':
      return {
        words: `${events}, chain intact; not provable: ${unknownMachines.length === 0 ? 'no actor was created on this tape' : `written by ${unknownMachines.join(', ')}`}.`,
        colour: 'waiting',
      };
    case 'newer':
      return {
        words: `${events}, chain intact; written by a newer version of Querytape.`,
        colour: 'waiting',
      };
  }
}
