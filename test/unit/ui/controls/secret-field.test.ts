import { describe, expect, it, vi } from 'vitest';
import { type SecretField, secretField } from '../../../../src/ui/controls/secret-field.ts';
import { drawn } from '../drawn.ts';

function field(changes: Partial<SecretField>) {
  const typed = vi.fn();
  const remove = vi.fn();
  const shown = drawn(
    secretField({
      path: 'secrets.password',
      label: 'Password',
      value: '',
      stored: 'stored',
      absent: 'none',
      removed: false,
      error: undefined,
      hint: undefined,
      span: 2,
      typed,
      remove,
      ...changes,
    }),
  );
  return { ...shown, typed, remove };
}

describe('the field of a secret', () => {
  it('says that one is stored, and removes it by a button that takes that back', () => {
    const stored = field({});
    expect(stored.markup).toContain('type="password"');
    expect(stored.markup).toContain('placeholder=stored');
    expect(stored.text).toBe('Password Remove');
    stored.listeners[1]!();
    expect(stored.remove).toHaveBeenCalledWith(true);
    const removed = field({ removed: true });
    expect(removed.markup).toContain('placeholder=deleted when you save');
    expect(removed.text).toBe('Password Keep');
    removed.listeners[1]!();
    expect(removed.remove).toHaveBeenCalledWith(false);
  });

  it('has nothing to remove where none is stored, or another is typed', () => {
    const none = field({ stored: null, removed: true });
    expect([none.text, none.listeners.length]).toEqual(['Password', 1]);
    expect(none.markup).toContain('placeholder=none');
    expect(field({ value: 'x' }).text).toBe('Password');
  });

  it('passes on what is typed, and says what is wrong with it instead of the hint', () => {
    const wrong = field({ error: 'Too long.', hint: 'Type to replace it.' });
    wrong.listeners[0]!({ target: { value: 'typed' } });
    expect(wrong.typed).toHaveBeenCalledWith('typed');
    expect(wrong.text).toBe('Password Remove Too long.');
    expect(wrong.markup).toMatch(/aria-invalid=true aria-describedby=f-secrets-password-said/);
    expect(field({ hint: 'Type to replace it.' }).text).toContain('Type to replace it.');
  });
});
