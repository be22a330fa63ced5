import { durationText } from '../../duration-text.ts';
import { NOTICEABLE_MS } from '../bounds.ts';
import { BEGINS_LATER, type Cause, cantTell, no, yes } from '../cause.ts';
import { between } from '../mark.ts';
import { sleepPart } from '../standstill.ts';

/** It waited for the user to confirm it. */
export const answerWait: Cause = {
  name: 'answerWait',
  title: 'Waited for your confirmation',
  recognised: `It is dangerous where it was run, and at least ${NOTICEABLE_MS / 1000} s passed until the question was answered.`,
  advice: 'Answer the question in its tab. Which statements are asked about is set by the policy.',
  query({ input, confirming, confirmed, run }, end) {
    if (confirming === null)
      return input === null ? cantTell(BEGINS_LATER) : no('No confirmation was asked for.');
    const until = confirmed ?? end;
    const ms = between(confirming, until);
    const proof = [confirming, confirmed];
    if (ms < NOTICEABLE_MS) return no(`The question was open for ${durationText(ms)} only.`, proof);
    const waited = confirmed
      ? `It waited for ${durationText(ms)} until the question whether to run it had ended.`
      : `It has waited for ${durationText(ms)} for your confirmation.`;
    return yes(`${waited}${sleepPart({ run }, confirming, until)}`, proof);
  },
};
