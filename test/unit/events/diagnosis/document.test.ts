import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CAUSES } from '../../../../src/events/diagnosis/causes.ts';

const PATH = join(import.meta.dirname, '../../../../doc/diagnosis.md');

const HEAD = `# Diagnosis

What a tape says of why something was slow or went wrong. Each cause answers *yes*, with the records that prove it, *no*, or *can't tell* where
the tape does not have what proves either. \`querytape replay FILE diagnose\` asks for a whole tape, \`querytape replay FILE explain QUERY_ID\` for
one statement, \`GET /api/diagnosis?queryId=ID\` for one of the live tape (doc/api.md).

A cause is a file of \`src/events/diagnosis/causes/\`: a pure function over facts that are folded in one pass (\`diagnosis.ts\`). This page is made of
them: \`QUERYTAPE_UPDATE_DOC=1 npx vitest run --project unit test/unit/events/diagnosis/document.test.ts\`.
`;

function written(): string {
  const causes = CAUSES.map(
    ({ name, title, recognised, advice, query, connection, run }) => `
## ${title}
\`${name}\`, of ${[query && 'a statement', connection && 'a connection', run && 'a start of the program'].filter(Boolean).join(', ')}

**How it is recognised.** ${recognised}

**What to do.** ${advice}
`,
  );
  return `${HEAD}${causes.join('')}`;
}

it('tells how each cause is recognised and what to do, in doc/diagnosis.md', () => {
  if (process.env.QUERYTAPE_UPDATE_DOC) writeFileSync(PATH, written());
  expect(readFileSync(PATH, 'utf8')).toBe(written());
});
