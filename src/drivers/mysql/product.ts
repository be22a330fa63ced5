import { PRODUCTS } from '../../events/engines/engine-name.ts';
import type { LexicalFacts } from '../../events/lexical-facts.ts';

/** Which of the two products answers: by the server's word once it is known, as a profile may name the other one. */
export function productOf(named: 'mysql' | 'mariadb', { flavour }: LexicalFacts): 'mysql' | 'mariadb' {
  if (flavour === PRODUCTS.mariadb) return 'mariadb';
  return flavour === PRODUCTS.mysql ? 'mysql' : named;
}
