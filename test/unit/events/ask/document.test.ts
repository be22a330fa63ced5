import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ASK_EXAMPLES } from '../../../../src/events/ask/examples.ts';
import { FIELDS, type Subject } from '../../../../src/events/ask/fields.ts';

const PATH = join(import.meta.dirname, '../../../../doc/ask.md');

const HEAD = `# Asking a tape

An expression over what a tape reproduces, asked of every record after the fact: on the replay page (*Ask*), by
\`querytape replay FILE ask EXPRESSION\` and by \`POST /api/replay/ID/ask\` (api.md). It answers when it held, and of which actor.

The grammar is small and total: no loop, no call, no arithmetic; every expression of at most 1 000 characters and 32 levels ends with yes or no.

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
- Text: \`=\` holds for the whole text or its beginning up to a dot (\`cancelling\` is \`cancelling.requested\` too), \`~\` where it is contained, in upper
  or lower case. A state or type is a word; anything else stands in quotes.
- Durations need a unit (\`ms\` \`s\` \`min\` \`h\` \`d\`), sizes too (\`B\` \`kB\` \`MB\` \`GB\` \`KiB\` \`MiB\` \`GiB\`), other numbers have none. A measure may be
  compared with a field of its kind: \`query.running > query.timeout\`.
- A flag stands alone or is compared with \`yes\` or \`no\`. Without a value only \`= none\`, and \`!=\` of any other value, hold.
- The expression is asked of each statement that lives, if it names \`query\`, with the connection and the session of that statement; else of each
  connection with its session; else of each session. \`actor\` is any actor of any kind, and stands alone or with \`event\`.
- A hit lasts from when the expression began to hold until it ceased or the actor ended. What grows is looked at between records too: a wait
  is found though no record comes while it lasts.
- An expression that names \`event\` is asked of each record, and of what the record belongs to.
- An actor that was created before the tape begins is not asked: what it is in is not known.

5 000 hits are listed, all are counted; after five minutes it stops.

This page is made of \`src/events/ask/\`: \`QUERYTAPE_UPDATE_DOC=1 npx vitest run --project unit test/unit/events/ask/document.test.ts\`.
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
