import type { Expression, Property } from 'acorn';
import type { Place } from '../findings.ts';
import type { Chain, Link } from './statement/chain.ts';

/** Methods that only say what the next one is called on. */
const BEFORE = new Set(['getSiblingDB', 'getCollection']);
/** Methods whose argument is the command itself. */
const COMMANDING = new Set(['runCommand', 'adminCommand']);

/** Where in a text its parts stand. What the text does is judged by the operation; this only finds the place to point at. */
export class Places {
  /** The first place of each field's name and of each constructor. Made when it is first asked for. */
  private names: Map<string, Place> | null = null;
  private readonly main: Link | null;

  constructor(
    private readonly text: string,
    private readonly chain: Chain | null,
    /** Where the text begins in the one that the places refer to. */
    private readonly offset = 0,
  ) {
    this.main = mainLink(chain?.links ?? []);
  }

  /** The word that says what is done: the method, or the command that is given to runCommand. */
  verb(commandName?: string): Place {
    const { main } = this;
    if (!main) return { at: this.offset + Math.max(0, this.text.search(/\S/)) };
    if (commandName !== undefined && COMMANDING.has(main.name)) return this.of(commandName);
    return this.word(main.at, main.name);
  }

  /** The first place where a field or a constructor has that name, or the verb's. */
  of(...names: readonly string[]): Place {
    this.names ??= this.found();
    for (const name of names) {
      const place = this.names.get(name);
      if (place) return place;
    }
    return this.verb();
  }

  private word(at: number, name: string): Place {
    const isPlain = this.text.startsWith(name, at);
    return { at: this.offset + at, ...(isPlain ? { length: name.length } : {}) };
  }

  private found(): Map<string, Place> {
    const names = new Map<string, Place>();
    const add = (name: string, place: Place): void => {
      if (!names.has(name)) names.set(name, place);
    };
    const waiting: Expression[] = (this.chain?.links ?? [])
      .flatMap(({ given }) => given?.nodes ?? [])
      .reverse();
    for (let node = waiting.pop(); node; node = waiting.pop()) {
      if (node.type === 'ObjectExpression') {
        const properties = node.properties.filter((one) => one.type === 'Property');
        for (const { key } of properties)
          add(keyName(key), { at: this.offset + key.start, length: key.end - key.start });
        for (let at = properties.length - 1; at >= 0; at--) waiting.push(properties[at]!.value);
      } else if (node.type === 'ArrayExpression') {
        for (let at = node.elements.length - 1; at >= 0; at--) push(waiting, node.elements[at]);
      } else if (node.type === 'CallExpression' || node.type === 'NewExpression') {
        if (node.callee.type === 'Identifier')
          add(`${node.callee.name}()`, this.word(node.start, node.callee.name));
        for (let at = node.arguments.length - 1; at >= 0; at--) push(waiting, node.arguments[at]);
      }
    }
    return names;
  }
}

function push(waiting: Expression[], node: { readonly type: string } | null | undefined): void {
  if (node && node.type !== 'SpreadElement') waiting.push(node as Expression);
}

function keyName(key: Property['key']): string {
  return key.type === 'Identifier' ? key.name : key.type === 'Literal' ? `${key.value}` : '';
}

/** The link that says what is done: the first that is called, or the one that `explain()` explains. */
function mainLink(links: readonly Link[]): Link | null {
  const called = links.filter(({ name, given }) => given && !BEFORE.has(name));
  const [first, second] = called;
  return (first?.name === 'explain' && second) || first || null;
}
