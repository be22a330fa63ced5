import type { Environment } from './profile.ts';

/** How people write an environment, in lower case. What is not here is refused: a guess could name production. */
const SPELLINGS: Readonly<Record<string, Environment>> = {
  development: 'development',
  develop: 'development',
  devel: 'development',
  dev: 'development',
  local: 'development',
  staging: 'staging',
  stage: 'staging',
  stg: 'staging',
  production: 'production',
  prod: 'production',
  prd: 'production',
  live: 'production',
};

/** The environment that a word names, however it is spelt: `PROD`, ` stage `. Undefined for any other word. */
export function environmentNamed(word: string): Environment | undefined {
  const spelling = word.trim().toLowerCase();
  return Object.hasOwn(SPELLINGS, spelling) ? SPELLINGS[spelling] : undefined;
}
