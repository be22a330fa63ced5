import type { Page } from 'playwright-core';

/** Waits until what fades in on the page is there, in every shadow root. What turns without end is not waited for. */
export async function animationsEnded(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const roots = (root: Document | ShadowRoot): (Document | ShadowRoot)[] => [
      root,
      ...[...root.querySelectorAll('*')].flatMap(({ shadowRoot }) => (shadowRoot ? roots(shadowRoot) : [])),
    ];
    // Twice, because what is drawn in the next frame may begin some more.
    for (let look = 0; look < 2; look++) {
      await new Promise(requestAnimationFrame);
      const running = roots(document)
        .flatMap((root) => root.getAnimations())
        .filter(({ effect }) => Number.isFinite(effect?.getComputedTiming().endTime));
      await Promise.allSettled(running.map(({ finished }) => finished));
    }
  });
}
