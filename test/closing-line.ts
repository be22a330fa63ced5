import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Reporter, TestModule, Vitest } from 'vitest/node';

/** Where each project leaves its failures until its next run; `all-failures.mjs` prints them. */
const FAILURES = join(import.meta.dirname, '../node_modules/.failures');
/** How much of one failure is kept, in characters. */
const FAILURE_LENGTH = 4000;

type Failure = {
  readonly message: string;
  readonly stack?: string | undefined;
  readonly diff?: string | undefined;
};

const ownLines = (stack: string) =>
  stack
    .split('\n')
    .filter((line) => !line.includes('node_modules') && !line.includes('node:internal'))
    .join('\n');
const fileOf = (project: string) => join(FAILURES, `${project}.txt`);

/**
 * Prints the run as one plain line, `N passed, N failed`, which any CI can read, and keeps what failed for the end of `npm test`: its
 * projects run side by side, and one that ends early is far above the last line.
 */
export default class ClosingLine implements Reporter {
  #projects: readonly string[] = [];

  onInit(vitest: Vitest): void {
    this.#projects = vitest.projects.map(({ name }) => name);
    for (const project of this.#projects) rmSync(fileOf(project), { force: true });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly Failure[]): void {
    const counts = { passed: 0, failed: unhandled.length, skipped: 0 };
    let slow = 0;
    for (const error of unhandled) this.#keep(this.#projects[0] ?? '', 'outside of a test', [error]);
    for (const module of modules) {
      const project = module.project.name;
      const tests = [...module.children.allTests()];
      for (const test of tests) {
        const { state, errors = [] } = test.result();
        if (state === 'skipped' && test.tags.includes('slow')) slow++;
        else if (state !== 'pending') counts[state]++;
        if (state === 'failed') this.#keep(project, `${module.relativeModuleId} > ${test.fullName}`, errors);
      }
      if (!module.ok() && tests.every((test) => test.ok())) {
        counts.failed++;
        this.#keep(project, module.relativeModuleId, module.errors());
      }
    }
    const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
    const left = slow > 0 ? `; ${slow} slow ones are left to npm test` : '';
    process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed${skipped}${left}\n`);
  }

  #keep(project: string, what: string, errors: readonly Failure[]): void {
    const why = errors
      .map(
        ({ message, diff = '', stack = '' }) =>
          `${stack.includes(message) ? '' : message}\n${ownLines(stack)}\n${diff}`,
      )
      .join('\n');
    mkdirSync(FAILURES, { recursive: true });
    appendFileSync(
      fileOf(project),
      `FAILED ${project}: ${what}\n${stripVTControlCharacters(why).trim().slice(0, FAILURE_LENGTH)}\n\n`,
    );
  }
}
