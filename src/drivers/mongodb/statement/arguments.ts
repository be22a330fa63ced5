import type { CallExpression, Expression } from 'acorn';
import { type Document, isDocument, type Value, type Values } from './operation.ts';
import { optionValue } from './option-types.ts';
import { StatementError } from './syntax.ts';
import { literalOf } from './value.ts';

/** What a call is given, read as what the called one takes. */
export class Arguments {
  constructor(private readonly call: CallExpression) {}

  get count(): number {
    return this.call.arguments.length;
  }

  /** The arguments as they are written. */
  get nodes(): readonly Expression[] {
    return this.call.arguments.filter((node) => node.type !== 'SpreadElement');
  }

  /** Where an argument stands, or the call's end where it is missing. */
  at(place: number): number {
    return this.call.arguments[place]?.start ?? this.call.end - 1;
  }

  /** @throws StatementError for more arguments than are taken */
  most(count: number): this {
    const extra = this.call.arguments[count];
    if (extra)
      throw new StatementError(
        count === 0
          ? 'This takes no argument.'
          : `This takes at most ${count} argument${count > 1 ? 's' : ''}.`,
        extra.start,
      );
    return this;
  }

  value(place: number): Value | undefined {
    const node = this.call.arguments[place];
    if (!node) return undefined;
    if (node.type === 'SpreadElement')
      throw new StatementError('Arguments are written one by one.', node.start);
    if (node.type === 'Identifier' && node.name === 'undefined') return undefined;
    return literalOf(node as Expression);
  }

  needed(place: number, what: string): Value {
    const value = this.value(place);
    if (value === undefined) throw new StatementError(`${what} is missing.`, this.at(place));
    return value;
  }

  /** A document; undefined where there is none, and for null. */
  document(place: number, what: string): Document | undefined {
    const value = this.value(place);
    if (value === undefined || value === null) return undefined;
    if (!isDocument(value))
      throw new StatementError(`${what} is a document, such as {a: 1}.`, this.at(place));
    return value;
  }

  neededDocument(place: number, what: string): Document {
    const value = this.document(place, what);
    if (!value) throw new StatementError(`${what} is missing.`, this.at(place));
    return value;
  }

  string(place: number, what: string): string {
    const value = this.needed(place, what);
    if (typeof value !== 'string' || value === '')
      throw new StatementError(`${what} is text.`, this.at(place));
    if (value.includes('\0')) throw new StatementError(`${what} holds no NUL.`, this.at(place));
    return value;
  }

  array(place: number, what: string): Values {
    const value = this.needed(place, what);
    if (!Array.isArray(value)) throw new StatementError(`${what} is an array.`, this.at(place));
    return value;
  }

  documents(place: number, what: string): readonly Document[] {
    return this.array(place, what).map((value) => {
      if (isDocument(value)) return value;
      throw new StatementError(`${what} holds documents.`, this.at(place));
    });
  }

  /** The value of an option that is given by an argument, as its type is. @throws StatementError */
  option(name: string, place = 0): Value {
    return optionValue(name, this.needed(place, `What ${name} takes`), this.at(place));
  }

  /**
   * The fields of an options document that are known by `names`, which maps them to the command's own names.
   * @throws StatementError for an option that is not known, or a value of another type: to leave it out would run another
   * statement
   */
  options(place: number, names: Readonly<Record<string, string>>): [string, Value][] {
    const given = this.document(place, 'The options');
    return [...(given ?? [])].map(([name, value]) => {
      const known = Object.hasOwn(names, name) ? names[name]! : null;
      if (known !== null) return [known, optionValue(known, value, this.at(place))];
      throw new StatementError(
        `The option ${name} is not understood. These are: ${Object.keys(names).join(', ')}.`,
        this.at(place),
      );
    });
  }
}

/** Options whose names are the command's own. */
export function same(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, name]));
}
