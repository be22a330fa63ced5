import { describe, expect, it } from 'vitest';
import { loadClassifier, partsOf } from '../../../src/drivers/engines.ts';
import { ENGINES } from '../../../src/events/engines/engine-name.ts';
import { descriptorOf } from '../../../src/events/engines/index.ts';

describe.each(ENGINES)('the parts of %s', (engine) => {
  it('are its driver and its classifier, which know the same engine as its descriptor', {
    tags: ['slow'],
  }, async () => {
    const { name, capabilities, openText } = descriptorOf(engine);
    const driver = await partsOf(engine).loadDriver();
    expect([name, driver.engine]).toEqual([engine, engine]);
    expect(driver.capabilities).toEqual(capabilities);
    const classify = await loadClassifier(engine);
    expect(classify(openText('shop', 'orders', 'shop'), {})).toMatchObject({
      verdict: 'read',
      statements: 1,
    });
  });
});
