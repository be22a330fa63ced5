import type { StatementFacts } from '../../events/judgement.ts';
import type { Findings, Place } from '../findings.ts';
import { CLASSIFY_NESTING_MAX } from '../limits.ts';
import type { Named } from '../narrow/expression.ts';
import { type Names, withNames } from '../narrow/scope.ts';
import { judgeChange } from './classify-changes.ts';
import { namedOf } from './classify-expression.ts';
import { builtinEffect, type Effect, quotedName, runsWhilePlanning } from './classify-functions.ts';
import { namesOf, nodesOf, type TreeNode } from './classify-node.ts';

/** Nodes that a read may be made of. They compute, name and arrange; any other makes it unknown. */
const READING: ReadonlySet<string> = new Set(
  `SelectStmt ResTarget ColumnRef A_Star A_Const A_Expr BoolExpr NullTest BooleanTest FuncCall TypeCast TypeName SubLink
   CaseExpr CaseWhen CoalesceExpr MinMaxExpr A_ArrayExpr A_Indirection A_Indices RowExpr CollateClause ParamRef
   SQLValueFunction XmlExpr XmlSerialize GroupingFunc GroupingSet SortBy WindowDef RangeVar RangeSubselect RangeFunction
   RangeTableSample RangeTableFunc RangeTableFuncCol JoinExpr Alias ColumnDef String Integer Float Boolean BitString List
   CommonTableExpr WithClause CTESearchClause CTECycleClause NamedArgExpr JsonFuncExpr JsonArgument JsonOutput JsonFormat
   JsonReturning JsonValueExpr JsonObjectConstructor JsonArrayConstructor JsonArrayQueryConstructor JsonAggConstructor
   JsonObjectAgg JsonArrayAgg JsonIsPredicate JsonParseExpr JsonScalarExpr JsonSerializeExpr JsonTable JsonTableColumn
   JsonTablePathSpec JsonBehavior JsonKeyValue DefElem SetToDefault
   LockingClause`.split(/\s+/),
);

const WRITES: Readonly<Record<string, string>> = {
  InsertStmt: 'INSERT',
  UpdateStmt: 'UPDATE',
  DeleteStmt: 'DELETE',
  MergeStmt: 'MERGE',
};

/** How a part of a statement is looked at. */
export interface Look {
  /** Where it stands, until a node says it better. */
  readonly place: Place;
  /** The statement is a read so far: nodes that are not known to read make it unknown, functions have to be known. */
  readonly strict: boolean;
  /** A plain EXPLAIN: it is planned, not run. */
  readonly planOnly: boolean;
  /** It is not a definition: its functions run with it. */
  readonly runs: boolean;
  /** The common table expressions that are seen from there. */
  readonly names: Names;
  /** A function stands in a FROM that is seen from there: its alias may be the function's one value. */
  readonly functionInFrom?: boolean;
}

/** Raised for a tree that is deeper than it may be. */
export class TooDeep extends Error {}

/** The entry of `volatility` for a function outside of pg_catalog that can be called as a field of any value, or of a row. */
const FIELD_KEYS = { value: (name: string) => `.${name}`, row: (name: string) => `..${name}` } as const;

/** Whether a FROM names a function, or a join of one. */
function hasFunction(from: unknown): boolean {
  if (Array.isArray(from)) return from.some(hasFunction);
  const { RangeFunction, JoinExpr } = (from ?? {}) as Record<string, TreeNode | undefined>;
  return (
    RangeFunction !== undefined || (JoinExpr !== undefined && hasFunction([JoinExpr.larg, JoinExpr.rarg]))
  );
}

/** Goes through the whole tree of a statement and says what of it is no read. */
export class Tree {
  constructor(
    readonly findings: Findings,
    readonly facts: StatementFacts,
    private readonly unitsAt: (byte: number) => number,
  ) {}

  /** The place of a node's `location`, which is left out where it is 0. */
  placeOf(node: TreeNode, otherwise: Place, length?: number): Place {
    const location = node.location === undefined ? 0 : (node.location as number);
    if (location < 0) return otherwise;
    return length ? { at: this.unitsAt(location), length } : { at: this.unitsAt(location) };
  }

  /** Looks at a value of the tree and all below it. */
  scan(value: unknown, look: Look, depth = 0): void {
    if (typeof value !== 'object' || value === null) return;
    if (depth > CLASSIFY_NESTING_MAX) throw new TooDeep();
    if (Array.isArray(value)) {
      for (const one of value) this.scan(one, look, depth + 1);
      return;
    }
    const { withClause } = value as TreeNode;
    const named = withClause === undefined ? [] : namedOf(withClause);
    const seen = hasFunction((value as TreeNode).fromClause) ? { ...look, functionInFrom: true } : look;
    const inside = named.length > 0 ? { ...seen, names: withNames(look.names, named) } : seen;
    for (const [name, inner] of Object.entries(value)) {
      if (/^[A-Z]/.test(name)) this.node(name, inner as TreeNode, look);
      else this.clause(name, inner, look);
      if (name === 'withClause') this.scanWith(inner as TreeNode, named, look, depth + 1);
      else this.scan(inner, inside, depth + 1);
    }
  }

  /** Each query of a WITH sees those before it. */
  private scanWith({ ctes }: TreeNode, named: readonly Named[], look: Look, depth: number): void {
    let { names } = look;
    for (const [at, one] of nodesOf(ctes).entries()) {
      this.scan(one, { ...look, names }, depth);
      names = withNames(names, named.slice(at, at + 1));
    }
  }

  private node(name: string, node: TreeNode, look: Look): void {
    const write = WRITES[name];
    if (write) this.write(name, write, node, look);
    else if (name === 'FuncCall') this.call(node.funcname, node, look);
    else if (name === 'RangeTableSample') this.sample(node, look);
    else if (name === 'A_Indirection') this.fields(namesOf(node.indirection), node, look, 'value');
    else if (name === 'ColumnRef')
      this.fields(
        namesOf(node.fields).slice(1).slice(-1),
        node,
        look,
        look.functionInFrom === true ? 'value' : 'row',
      );
    else if (look.strict && !READING.has(name)) {
      this.findings.raise('unknown', look.place, `Has a part (${name}) that is not known to only read`);
    }
  }

  private clause(name: string, value: unknown, look: Look): void {
    if (look.planOnly) return;
    if (name === 'lockingClause') {
      this.findings.raise('write', look.place, 'Locks the rows it reads');
    } else if (name === 'intoClause') {
      const target = (value as { rel?: TreeNode }).rel ?? {};
      this.findings.raise('ddl', this.placeOf(target, look.place), 'SELECT … INTO creates a table');
    }
  }

  private write(name: string, word: string, node: TreeNode, look: Look): void {
    if (look.planOnly) return;
    const relation = (node.relation ?? {}) as TreeNode & { relname?: string };
    const place = this.placeOf(relation, look.place);
    this.findings.raise('write', place, `${word} writes to ${relation.relname ?? 'the table'}`);
    judgeChange(this.findings, name, node, place, look.names);
  }

  private sample(node: TreeNode, look: Look): void {
    const method = namesOf(node.method);
    if (method.length === 1 && ['system', 'bernoulli'].includes(method[0]!)) return;
    this.foreign(quotedName(method), this.placeOf(node, look.place), look);
  }

  private call(funcname: unknown, node: TreeNode, look: Look): void {
    const names = namesOf(funcname);
    const name = names.at(-1) ?? '';
    const place = this.placeOf(node, look.place, quotedName(names).length);
    const schema = names.length > 1 ? names.slice(0, -1).join('.') : null;
    if (schema === 'information_schema' && name.startsWith('_pg_')) return;
    const effect = schema === null || schema === 'pg_catalog' ? builtinEffect(name) : undefined;
    const overloaded = schema === null && this.facts.volatility?.[quotedName(names)] === 'v';
    if (effect === undefined || overloaded) {
      this.foreign(quotedName(names), place, look);
      return;
    }
    if (effect !== 'read') this.raise(name, effect, place, look);
  }

  /**
   * `(x).name` and `x.name` call a function with `x` alone where there is no such column (PostgreSQL manual, 8.16.5). `of`: what `x`
   * may be, any value or a table's row, which fewer functions outside of pg_catalog take.
   */
  private fields(names: readonly string[], node: TreeNode, look: Look, of: keyof typeof FIELD_KEYS): void {
    const place = this.placeOf(node, look.place);
    for (const name of names) {
      const effect = builtinEffect(name);
      if (typeof effect === 'object') this.raise(name, effect, place, look);
      else if (this.facts.volatility?.[FIELD_KEYS[of](name)] === 'v')
        this.foreign(FIELD_KEYS[of](name), place, look, name);
    }
  }

  private raise(name: string, effect: Effect, place: Place, look: Look): void {
    if (look.planOnly && !runsWhilePlanning(name)) return;
    const what = `Calls ${name}, which ${effect.does}`;
    this.findings.raise(effect.verdict, place, what);
    if (effect.danger) this.findings.danger(effect.danger, place, `${what}.`);
  }

  /** A function outside of pg_catalog: in a statement that writes it may do more than the statement says. */
  private foreign(key: string, place: Place, look: Look, name = key): void {
    if (!look.runs || look.planOnly) return;
    const volatility = this.facts.volatility?.[key];
    if (volatility === 'i' || volatility === 's') return;
    if (volatility === undefined) this.findings.ask(key);
    const word = volatility === 'v' ? 'VOLATILE' : 'whose volatility is not known';
    this.findings.raise('unknown', place, `Calls ${name}, ${word}`);
    this.findings.danger('unknown', place, `Calls ${name}, ${word}: what it does can’t be determined.`);
  }
}
