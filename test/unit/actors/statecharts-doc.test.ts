import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { charts } from '../../../src/actors/chart.ts';
import { diagram } from './statechart-text.ts';

const DOC = join(import.meta.dirname, '../../../doc/statecharts.md');
const HEAD = `# Statecharts

Every machine of the program, as its definition has it. A state that has ended leads to the last circle; what several events do between the
same two states is one arrow. The events are explained in [events.md](events.md); what each machine does with every event in every state
is held by the truth tables of \`test/unit/actors/tables\`. This file is written by \`test/unit/actors/statecharts-doc.test.ts\`.
`;

function whole(): string {
  const parts = Object.entries(charts()).map(
    ([machine, chart]) => `\n## ${machine}\n\n\`\`\`mermaid\n${diagram(chart)}\`\`\`\n`,
  );
  return HEAD + parts.join('');
}

describe('doc/statecharts.md', () => {
  it('is what the machines are', () => {
    if (process.env.QUERYTAPE_UPDATE_DOC) writeFileSync(DOC, whole());
    else
      expect(readFileSync(DOC, 'utf8'), 'run this test with QUERYTAPE_UPDATE_DOC=1 to write it again').toBe(
        whole(),
      );
  });

  it('names every state and every event of a machine', () => {
    for (const [machine, chart] of Object.entries(charts())) {
      const text = diagram(chart);
      for (const { id } of chart.nodes)
        expect(text, `${machine} ${id}`).toMatch(new RegExp(`as ${id.replaceAll('.', '_')}\\b`));
      for (const { event } of chart.edges.filter(({ event }) => /^[a-z]+\.[a-zA-Z]+$/.test(event)))
        expect(text, `${machine} ${event}`).toContain(event);
    }
  });
});
