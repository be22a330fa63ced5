/** What a shortcut asks for; without a figure it is the name of what the page does. */
export type Shortcut =
  | {
      readonly do:
        | 'openPalette'
        | 'toggleTape'
        | 'toggleSidebar'
        | 'cancel'
        | 'newTab'
        | 'closeTab'
        | 'openSettings'
        | 'openHistory';
    }
  | { readonly do: 'pane' | 'tab'; readonly by: 1 | -1 }
  | { readonly do: 'tabAt'; readonly place: number };

/** The keys of a keyboard event that a shortcut is told by. */
export type Pressed = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

/**
 * The shortcuts that hold everywhere; undefined for keys that mean nothing here. Keys with Alt are told by their place on
 * the keyboard, as Alt makes other characters of them on some.
 */
export function shortcutOf({ key, code, ctrlKey, metaKey, altKey, shiftKey }: Pressed): Shortcut | undefined {
  const ctrl = ctrlKey || metaKey;
  if (key === 'F6' && !ctrl && !altKey) return { do: 'pane', by: shiftKey ? -1 : 1 };
  if (shiftKey) return undefined;
  if (ctrl && altKey) return WITH_BOTH[code];
  if (ctrl) return key === 'PageDown' || key === 'PageUp' ? WITH_BOTH[key] : WITH_CTRL[key];
  const digit = altKey ? /^Digit([1-9])$/.exec(code)?.[1] : undefined;
  return digit === undefined ? undefined : { do: 'tabAt', place: Number(digit) - 1 };
}

const WITH_CTRL: Readonly<Record<string, Shortcut>> = {
  k: { do: 'openPalette' },
  j: { do: 'toggleTape' },
  b: { do: 'toggleSidebar' },
  '.': { do: 'cancel' },
  ',': { do: 'openSettings' },
};

const WITH_BOTH: Readonly<Record<string, Shortcut>> = {
  KeyT: { do: 'newTab' },
  KeyW: { do: 'closeTab' },
  KeyH: { do: 'openHistory' },
  PageDown: { do: 'tab', by: 1 },
  PageUp: { do: 'tab', by: -1 },
};
