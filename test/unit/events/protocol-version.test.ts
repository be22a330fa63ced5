import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { CatalogueRequest } from '../../../src/events/catalogue.ts';
import { Command } from '../../../src/events/command.ts';
import { Envelope } from '../../../src/events/envelope.ts';
import { PROTOCOL } from '../../../src/events/protocol-version.ts';
import { ResultMeta, ROW_ENCODINGS } from '../../../src/events/result.ts';
import { encodeWindowHeader } from '../../../src/events/window-frame.ts';
import { Down, QueryText } from '../../../src/events/wire.ts';

it('changes its number when anything that crosses a border changes', () => {
  const frame = encodeWindowHeader({
    encoding: 'postgres-datarow',
    complete: true,
    cut: true,
    columns: 3,
    from: 5,
    count: 7,
    rowsHere: 11,
  });
  const schemas = JSON.stringify([
    Command,
    Envelope,
    Down,
    QueryText,
    ResultMeta,
    CatalogueRequest,
    ROW_ENCODINGS,
  ]);
  const hash = createHash('sha256').update(schemas).update(frame).digest('hex').slice(0, 16);
  // Before a release with another hash: raise PROTOCOL, then put the new pair here.
  expect({ PROTOCOL, hash }).toEqual({ PROTOCOL: 41, hash: 'a16941a2d5deec33' });
});
