import type { CataloguePage } from '../../events/catalogue.ts';
import type { Column } from '../../events/result.ts';
import { collectionText, databaseText, type InCollection } from './collection-text.ts';
import { type Document, documentOf, isDocument, type Value, type Values } from './statement/operation.ts';
import { shellText } from './statement/shell-text.ts';
import { parseExpression } from './statement/syntax.ts';
import { literalOf } from './statement/value.ts';

type Rows = readonly (readonly (string | null)[])[];

/** The statement that asks what a collection was made with: its options, its indexes and the types of a sample. */
export function ddlText(request: InCollection): string {
  return `${collectionText(request)}.getDefinition()`;
}

/** The statements that would make it again, and the sampled fields as a comment; empty where there is no such collection. */
export function readDdl(rows: Rows, columns: readonly Column[], request: InCollection): CataloguePage {
  const place = (name: string): number => columns.findIndex((column) => column.name === name);
  const [command, documents] = [place('command'), place('documents')];
  const answers = new Map(
    rows.map((row) => [
      literalOf(parseExpression(row[command] ?? '""')),
      literalOf(parseExpression(row[documents] ?? '[]')),
    ]),
  );
  const of = (name: string): Document[] => ((answers.get(name) ?? []) as Values).filter(isDocument);
  const [info] = of('listCollections');
  if (!info) return { ddl: '', more: false };
  const statements = [
    createText(request, info),
    ...of('listIndexes')
      .filter(isOwnIndex)
      .map((index) => indexText(request, index)),
  ];
  const fields = sampleComment(of('aggregate'));
  return { ddl: [...statements.map((statement) => `${statement};\n`), ...fields].join('\n'), more: false };
}

function createText({ namespace, collection }: InCollection, info: Document): string {
  const options = new Map(isDocument(info.get('options')) ? (info.get('options') as Document) : []);
  const name = JSON.stringify(collection);
  if (info.get('type') !== 'view')
    return `${databaseText(namespace)}.createCollection(${name}${options.size > 0 ? `, ${shellText(options)}` : ''})`;
  const [source, pipeline] = [options.get('viewOn') ?? '', options.get('pipeline') ?? []];
  options.delete('viewOn');
  options.delete('pipeline');
  const rest = options.size > 0 ? `, ${shellText(options)}` : '';
  return `${databaseText(namespace)}.createView(${name}, ${shellText(source)}, ${shellText(pipeline)}${rest})`;
}

/** The index of _id comes with every collection. */
function isOwnIndex(index: Document): boolean {
  return index.get('name') !== '_id_';
}

/** The version and, in older servers, the namespace are the server's own. */
function indexText(request: InCollection, index: Document): string {
  const options = new Map(index);
  for (const name of ['key', 'v', 'ns']) options.delete(name);
  return `${collectionText(request)}.createIndex(${shellText(index.get('key') ?? documentOf([]))}, ${shellText(options)})`;
}

function sampleComment(sample: readonly Document[]): string[] {
  const types = new Map<string, Set<Value>>();
  for (const document of sample)
    for (const [name, type] of document) types.set(name, (types.get(name) ?? new Set()).add(type));
  if (types.size === 0) return [];
  const lines = [...types].map(
    ([name, seen]) => `//   ${JSON.stringify(name)}: ${[...seen].sort().join(' | ')}\n`,
  );
  return [`// Fields in a sample of ${sample.length} documents:\n${lines.join('')}`];
}
