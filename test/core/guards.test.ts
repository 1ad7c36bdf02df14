import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { guards } from '../../src/core/guards.ts';
import { withoutGuards } from '../support/withoutGuard.ts';
import { guardCases } from './guardCases.ts';

const names = guards.map(({ name }) => name);

describe('the list of guards', () => {
  it('names each once', () => {
    expect(new Set(names).size).toBe(names.length);
  });

  it('has every guard of the core', () => {
    const folder = new URL('../../src/core/', import.meta.url);
    const texts = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), 'utf8'));
    const written = texts.flatMap((text) =>
      [...text.matchAll(/name: '([a-z-]+)',\s+rule: 'R\d+'/g)].map(([, name]) => name),
    );
    expect(written.toSorted()).toEqual(names.toSorted());
  });

  it.each(names)('%s stands against something that nothing else stands against', async (name) => {
    const cases = guardCases.filter(({ guard }) => guard === name);
    expect(cases.length).toBeGreaterThan(0);
    for (const { verdict } of cases) {
      expect(verdict()).toMatchObject({ ok: false });
      expect(await withoutGuards([name], verdict)).toMatchObject({ ok: true });
    }
  });
});
