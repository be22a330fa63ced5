import { BSON } from 'mongodb';
import { ExtendedJsonWriter } from '../../../../src/drivers/mongodb/bson-text.ts';
import type { Document, Operation } from '../../../../src/drivers/mongodb/statement/operation.ts';
import { ejsonDocument } from '../../../../src/events/engines/mongodb-rows.ts';

/** A document's bytes as canonical Extended JSON. */
export function textOfBytes(bytes: Uint8Array): string {
  const writer = new ExtendedJsonWriter();
  writer.row(bytes);
  return ejsonDocument(writer.take().bytes, 0);
}

/** A document as the server would get it, as canonical Extended JSON. */
export function textOf(document: Document): string {
  return textOfBytes(BSON.serialize(document as unknown as BSON.Document));
}

/** What an operation sends: its database, and its commands with ints as plain numbers, so that they read well. */
export function commandsOf(operation: Operation): string[] {
  if (operation.type !== 'command') return [JSON.stringify(operation)];
  return operation.commands.map(
    (command) => `${operation.database} ${textOf(command).replace(/\{"\$numberInt":"(-?\d+)"\}/g, '$1')}`,
  );
}
