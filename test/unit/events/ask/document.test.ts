import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ASK_EXAMPLES } from '../../../../src/events/ask/examples.ts';
import { FIELDS, type FieldKind, type Subject, unitsOf } from '../../../../src/events/ask/fields.ts';
import { ASK_DEPTH_MAX, ASK_HITS_MAX, ASK_MS_MAX, ASK_UNITS_MAX } from '../../../../src/events/limits.ts';

const PATH = join(import.meta.dirname, '../../../../doc/ask.md');

const counted = (value: number): string => String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, ' ');
const units = (kind: FieldKind): string =>
  Object.keys(unitsOf(kind)!)
    .map((unit) => `\`${unit}\``)
    .join(' ');

const HEAD = `# Asking a tape

An expression over what a tape reproduces, evaluated after each of its records: on the replay page (*Ask*), by
\`querytape replay FILE ask EXPRESSION\` and by \`POST /api/replay/ID/ask\` ([api.md](api.md)). The answer is when it held, and of which actor.

The grammar is small and total: no loop, no call, no arithmetic. An expression has at most ${counted(ASK_UNITS_MAX)} characters and
${ASK_DEPTH_MAX} levels, and is always either true or false.

\`\`\`
expression  and-part { "or" and-part }
and-part    part { "and" part }
part        "not" part | "(" expression ")" | comparison
comparison  field [ comparator value | "in" "(" value { "," value } ")" ]
field       [ subject "." ] name
comparator  "=" "!=" "<" "<=" ">" ">=" "~" "is" "is not"
value       number [ unit ] | word | text in quotes | "yes" | "no" | "none" | subject "." name
\`\`\`

- A name without a subject belongs to the subject that was named last, else to the only one that has it.
- Text: \`=\` compares the whole text or its beginning up to a dot (\`cancelling\` also matches \`cancelling.requested\`); \`~\` finds a part of it,
  in upper or lower case. A word (a state, a type, an id, a code) needs no quotes; text with blanks or other signs stands in \`"\` or \`'\`.
- Durations need a unit (${units('duration')}), and so do sizes (${units('bytes')}), unless they are 0;
  other numbers have none. All three are compared by \`=\` \`!=\` \`<\` \`<=\` \`>\` \`>=\`, also with a field that is measured alike:
  \`query.running > query.timeout\`.
- A flag stands alone or is compared with \`yes\` or \`no\`. Of a field that has no value, only \`= none\` and \`!=\` any other value hold.
- An expression that names \`query\` is evaluated for each living statement, with its connection and its session; else one that names
  \`connection\` for each connection, with its session; else for each session. \`actor\` is any actor of any kind, and stands alone or with
  \`event\`.
- A hit lasts from when the expression began to hold until it ceased to, or its actor ended. What grows is also looked at between records,
  so a wait is found though no record comes while it lasts.
- An expression that names \`event\` is evaluated once for each record, and for what the record belongs to.
- An actor that was created before the tape begins is left out, as its state is not known.

${counted(ASK_HITS_MAX)} hits are listed, all are counted; the search stops after ${ASK_MS_MAX / 60_000} minutes.

This page is generated from \`src/events/ask/\`: \`QUERYTAPE_UPDATE_DOC=1 npx vitest run --project unit test/unit/events/ask/document.test.ts\`.
`;

function written(): string {
  const examples = ASK_EXAMPLES.map(({ expression, finds }) => `- \`${expression}\`: ${finds}`).join('\n');
  const tables = (Object.keys(FIELDS) as Subject[]).map((subject) => {
    const rows = Object.entries(FIELDS[subject]).map(
      ([name, { kind, says, values }]) =>
        `| \`${name}\` | ${kind === 'elapsed' ? 'duration, grows' : kind} | ${says}${values ? `: ${values.map((one) => `\`${one}\``).join(' ')}` : ''} |`,
    );
    return `\n## ${subject}\n\n| field | kind | |\n|---|---|---|\n${rows.join('\n')}\n`;
  });
  return `${HEAD}\n## Examples\n\n${examples}\n${tables.join('')}`;
}

it('tells the grammar and every field in doc/ask.md', () => {
  if (process.env.QUERYTAPE_UPDATE_DOC) writeFileSync(PATH, written());
  expect(readFileSync(PATH, 'utf8')).toBe(written());
});
