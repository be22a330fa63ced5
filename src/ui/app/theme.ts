import { originStore } from '../browser-store.ts';

/** The user's choice; `system` follows the operating system. */
export type Theme = 'system' | 'light' | 'dark';

const KEY = 'querytape.theme';
const system = matchMedia('(prefers-color-scheme: dark)');

/** The stored choice; `system` where there is none, or one that this version doesn't know, which stays stored. */
export function chosenTheme(): Theme {
  const stored = originStore.get(KEY);
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}

/** Stores the user's choice and shows it. */
export function chooseTheme(theme: Theme): void {
  originStore.set(KEY, theme);
  showChosenTheme();
}

/** Shows the stored choice. */
export function showChosenTheme(): void {
  const theme = chosenTheme();
  const dark = theme === 'dark' || (theme === 'system' && system.matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
}

export function nextTheme(theme: Theme): Theme {
  return theme === 'system' ? 'light' : theme === 'light' ? 'dark' : 'system';
}

system.addEventListener('change', showChosenTheme);
