import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { DATA_PATH } from '../../src/stick/manifest.ts';
import { safeIsoName, slug, unique } from '../../src/stick/names.ts';

const anything = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '.', '..', '../x', '-rf', 'a b.ISO', '$(reboot).iso'),
);

describe('names on the stick', () => {
  it('makes a safe file name of anything', () => {
    fc.assert(
      fc.property(anything, (name) => {
        expect(`/x/${safeIsoName(name)}`).toMatch(DATA_PATH);
        expect(safeIsoName(name)).toMatch(/\.iso$/);
        expect(safeIsoName(name).length).toBeLessThan(120);
      }),
    );
  });

  it('keeps a name that is safe already', () => {
    expect(safeIsoName('ubuntu-24.04.2-desktop-amd64.iso')).toBe('ubuntu-24.04.2-desktop-amd64.iso');
    expect(safeIsoName('Über Läufer.ISO')).toBe('U-ber-La-ufer.iso');
  });

  it('never gives one name twice', () => {
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 30 }), (names) => {
        const taken = new Set<string>();
        const given = names.map((name) => unique(safeIsoName(name), taken, '.iso').toLowerCase());
        expect(new Set(given).size).toBe(names.length);
      }),
    );
  });

  it('makes ids of lower-case words', () => {
    fc.assert(fc.property(anything, (text) => /^[a-z0-9]+(-[a-z0-9]+)*$/.test(slug(text))));
    expect(slug('fedora/42/workstation/x86_64')).toBe('fedora-42-workstation-x86-64');
  });
});
