import fc from 'fast-check';
import { expect, it } from 'vitest';
import { replaceShapeNames } from '../../../src/events/shape-names.ts';

/** Names as their kind’s first letter and themselves. */
function marked(shape: string): string {
  return replaceShapeNames(shape, ({ kind, name }) => `<${kind[0]}:${name}>`);
}

it.each([
  ['SELECT total FROM orders WHERE id = ?', 'SELECT <c:total> FROM <t:orders> WHERE <c:id> = ?'],
  [
    'SELECT o.total, count(*) FROM sales.orders AS o JOIN customers c ON c.id = o.customer_id GROUP BY ?',
    'SELECT <t:o>.<c:total>, count(*) FROM <s:sales>.<t:orders> AS <t:o> JOIN <t:customers> <t:c> ON <t:c>.<c:id> = <t:o>.<c:customer_id> GROUP BY ?',
  ],
  ['INSERT INTO orders (id, name) VALUES (?, …)', 'INSERT INTO <t:orders> (<c:id>, name) VALUES (?, …)'],
  ['UPDATE crm.public.users SET email = ?', 'UPDATE <d:crm>.<s:public>.<t:users> SET <c:email> = ?'],
  ['select "Total" from "Sales"."Orders"', 'select "<c:Total>" from "<s:Sales>"."<t:Orders>"'],
  ['SELECT `a``b` FROM `x`.`y`', 'SELECT `<c:a`b>` FROM `<s:x>`.`<t:y>`'.replace('a`b', 'a``b')],
  [
    'SELECT * FROM orders, customers WHERE a = "?"',
    'SELECT * FROM <t:orders>, <t:customers> WHERE <c:a> = "?"',
  ],
  ['SELECT my_function(total) FROM orders', 'SELECT <c:my_function>(<c:total>) FROM <t:orders>'],
  ['SELECT o.user, o.order FROM orders o', 'SELECT <t:o>.<c:user>, <t:o>.<c:order> FROM <t:orders> <t:o>'],
  ['CREATE USER acme', 'CREATE USER <u:acme>'],
  ['DROP DATABASE IF EXISTS acme', 'DROP DATABASE IF EXISTS <d:acme>'],
  ['USE acme', 'USE <d:acme>'],
  ['CREATE SCHEMA acme', 'CREATE SCHEMA <s:acme>'],
  ['SET @acme = ?', 'SET @<c:acme> = ?'],
  ['SELECT a IS DISTINCT FROM b', 'SELECT <c:a> IS DISTINCT FROM <c:b>'],
  ['SELECT 😀 FROM €_2024, (?, …)', 'SELECT <c:😀> FROM <t:€_2024>, (?, …)'],
  ['SELECT 1st FROM 2024_acme.3', 'SELECT <c:1st> FROM <s:2024_acme>.<t:3>'],
  ['SELECT größe FROM straße', 'SELECT <c:größe> FROM <t:straße>'],
  [
    'SELECT x FROM (SELECT y FROM inner_t) q WHERE z',
    'SELECT <c:x> FROM (SELECT <c:y> FROM <t:inner_t>) <t:q> WHERE <c:z>',
  ],
])('replaces what is a name in %s', (shape, expected) => {
  expect(marked(shape)).toBe(expected);
});

it('leaves no name anywhere in a statement, whatever stands around it', () => {
  const around = fc.constantFrom(
    'select',
    'FROM',
    'join',
    '(',
    ')',
    ',',
    '.',
    '=',
    '::',
    '?',
    'as',
    ';',
    'x',
    '"y"',
    '@',
    '$1',
    '{',
    '[',
  );
  const planted = fc.constantFrom(
    'canary4711',
    '"canary4711"',
    '`canary4711`',
    'canary4711.user',
    'a.canary4711',
    '@canary4711',
  );
  fc.assert(
    fc.property(
      fc.array(around, { maxLength: 8 }),
      planted,
      fc.array(around, { maxLength: 8 }),
      (a, name, b) => {
        const shape = [...a, name, ...b].join(' ');
        expect(replaceShapeNames(shape, () => 'name')).not.toContain('canary');
      },
    ),
  );
});

it('gives back a shape whose names are kept', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(replaceShapeNames(text, ({ name }) => name)).toBe(text);
    }),
  );
});
