import { css, html, type TemplateResult } from 'lit';
import type { Environment } from '../../events/profile.ts';

/** What an environment is called where there is room, and where there is little. */
export const ENVIRONMENT_WORDS: Readonly<
  Record<Environment, { long: string; short: string; means: string }>
> = {
  development: { long: 'Development', short: 'DEV', means: 'Mistakes are harmless.' },
  staging: { long: 'Staging', short: 'STAGING', means: 'Shared with others. Amber frame.' },
  production: {
    long: 'Production',
    short: 'PROD',
    means: 'Live data. Red frame and the strictest rules.',
  },
};

/** A chip with an environment's name. The word says it; the colour only repeats it. */
export function environmentChip(environment: Environment, size: 'short' | 'long' = 'short'): TemplateResult {
  const { long, short } = ENVIRONMENT_WORDS[environment];
  return html`<span class="environment-chip ${environment}" title=${long}>${size === 'short' ? short : long.toUpperCase()}</span>`;
}

export const chipStyles = css`
  .environment-chip {
    flex: none; padding: 0 6px; border: 1px solid var(--qt-border-strong); border-radius: 4px; font-size: 10.5px; line-height: 16px;
    font-weight: 600; letter-spacing: 0.02em; color: var(--qt-fg-muted); white-space: nowrap;
  }
  .environment-chip.production { border-color: var(--qt-state-failed); color: var(--qt-state-failed); font-weight: 700; }
  .environment-chip.staging { border-color: var(--qt-state-waiting); color: var(--qt-state-waiting); font-weight: 700; }
`;

/**
 * A frame around the whole window of an element that `frame` is called for: solid and red for
 * production, dashed and amber for staging. The word is in the top bar and in the window's title.
 */
export const frameStyles = css`
  :host([data-environment='production'])::after, :host([data-environment='staging'])::after {
    content: ''; position: fixed; inset: 0; pointer-events: none; z-index: 50;
  }
  :host([data-environment='production'])::after { border: 2px solid var(--qt-state-failed); }
  :host([data-environment='staging'])::after { border: 2px dashed var(--qt-state-waiting); }
`;

/** Frames the window of `host` as an environment asks; null and development have no frame. */
export function frame(host: HTMLElement, environment: Environment | null): void {
  if (environment === null) delete host.dataset.environment;
  else host.dataset.environment = environment;
}

/** What a window's title begins with, so that it is known in the row of tabs too. */
export function titlePrefix(environment: Environment | null): string {
  return environment === 'production' ? 'PRODUCTION · ' : environment === 'staging' ? 'STAGING · ' : '';
}
