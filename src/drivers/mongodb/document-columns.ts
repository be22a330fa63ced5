import {
  DOCUMENT_COLUMN_NAMES_UNITS_MAX,
  DOCUMENT_COLUMNS_MAX,
  DOCUMENT_FIELD_NAME_UNITS_MAX,
} from '../../events/limits.ts';
import type { Column } from '../../events/result.ts';
import { BsonError, Elements, TYPE_NAMES, utf8 } from './bson-reader.ts';
import type { DocumentOrigin } from './statement/operation.ts';

const NULL = 10;
const NUMERIC: ReadonlySet<number> = new Set([1, 16, 18, 19]);

/** One top-level field that was seen, and the types it was seen with; null is no type beside another. */
interface Field {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly types: Set<number>;
  readonly place: number;
  /** How many of its types were reported. */
  typesTold: number;
}

/**
 * The columns of documents: the union of their top-level fields, in the order in which they were first seen. What is beyond
 * the limit stays in the document.
 */
export class DocumentColumns {
  private readonly fields: Field[] = [];
  private readonly byName = new Map<string, Field>();
  private namesUnits = 0;
  private reported = 0;
  /** Fields were left out, and whether that was reported. */
  private left: 'no' | 'unreported' | 'reported' = 'no';

  constructor(private readonly origin: DocumentOrigin | null) {}

  /** Looks at a document. @throws BsonError. Documents most often have their fields in the same order, so the next one is guessed first. */
  see(bytes: Uint8Array): void {
    const elements = new Elements(bytes, 0);
    let next = 0;
    while (elements.next()) {
      const field =
        this.guess(next, elements) ?? this.field(utf8(bytes, elements.nameStart, elements.nameEnd));
      if (!field) continue;
      field.types.add(elements.type);
      next = field.place + 1;
    }
  }

  /** The columns so far that were not asked for yet. */
  fresh(): Column[] {
    const fields = this.fields.slice(this.reported);
    this.reported = this.fields.length;
    return fields.map((field) => this.column(field));
  }

  /** All columns again, where a type was seen that was not reported; null otherwise. */
  learned(): Column[] | null {
    const isNew = this.fields.some(({ types, typesTold }) => types.size > typesTold);
    return isNew ? this.fields.map((field) => this.column(field)) : null;
  }

  /** True once, when fields were left out for the first time. */
  leftOut(): boolean {
    if (this.left !== 'unreported') return false;
    this.left = 'reported';
    return true;
  }

  private guess(place: number, { bytes, nameStart, nameEnd }: Elements): Field | undefined {
    const field = this.fields[place];
    if (!field || field.bytes.length !== nameEnd - nameStart) return undefined;
    for (let at = 0; at < field.bytes.length; at++)
      if (field.bytes[at] !== bytes[nameStart + at]) return undefined;
    return field;
  }

  private field(name: string): Field | undefined {
    const known = this.byName.get(name);
    if (known) return known;
    if (name.length > DOCUMENT_FIELD_NAME_UNITS_MAX) throw new BsonError('a field’s name is too long');
    const names = this.namesUnits + name.length;
    if (this.fields.length >= DOCUMENT_COLUMNS_MAX || names > DOCUMENT_COLUMN_NAMES_UNITS_MAX) {
      if (this.left === 'no') this.left = 'unreported';
      return undefined;
    }
    this.namesUnits = names;
    const place = this.fields.length;
    const field: Field = { name, bytes: Buffer.from(name, 'utf8'), types: new Set(), place, typesTold: 0 };
    this.fields.push(field);
    this.byName.set(name, field);
    return field;
  }

  private column(field: Field): Column {
    const { name, types } = field;
    field.typesTold = types.size;
    const said = [...types].filter((type) => type !== NULL);
    const type = said.length > 1 ? 'mixed' : (TYPE_NAMES[said[0] ?? NULL] ?? '');
    const numeric = said.length > 0 && said.every((code) => NUMERIC.has(code));
    const { origin } = this;
    if (!origin || origin.computed.has(name)) return { name, type, numeric };
    const { namespace, collection } = origin;
    return { name, type, numeric, origin: { namespace, collection, column: name } };
  }
}

/** What a result without documents shows: every stored document has it. */
export function idColumn(origin: DocumentOrigin | null): Column {
  const column = { name: '_id', type: 'null', numeric: false };
  if (!origin) return column;
  const { namespace, collection } = origin;
  return { ...column, origin: { namespace, collection, column: '_id' } };
}
