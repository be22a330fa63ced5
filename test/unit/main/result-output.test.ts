import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Client } from '../../../src/main/client.ts';
import { ResultOutput, RUN_FORMATS } from '../../../src/main/result-output.ts';

const REFUSAL = { code: 'export.rowTooLong', message: 'A row has more than 64 MiB.' };
const META = { columns: [{ name: 'v', type: 'text', numeric: false }], encoding: 'postgres-datarow' };

beforeEach(() => {
  vi.spyOn(Client.prototype, 'get').mockImplementation(async (path) =>
    /\/(?:rows|export)\?/.test(path) ? Response.json(REFUSAL, { status: 422 }) : Response.json(META),
  );
});
afterEach(() => {
  vi.restoreAllMocks();
});

it.each(RUN_FORMATS)(
  'a result that can’t be printed as %s is refused in the words of the answer',
  async (format) => {
    const client = new Client('http://127.0.0.1:1/?token=t');
    const output = new ResultOutput(client, format, { ejson: 'relaxed', spreadsheet: false });
    const printed = output.add('r').then(() => output.end());
    await expect(printed).rejects.toThrow(REFUSAL.message);
  },
);
