import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { guards } from '../src/core/guards.ts';

const root = join(import.meta.dirname, '..');

interface Import {
  readonly from: string;
  /** A file of ours by its path from the root, else the name of a package. */
  readonly target: string;
  /** 'type' is gone when the program runs, 'lazy' is loaded when it is needed. */
  readonly kind: 'whole' | 'type' | 'lazy';
}

function filesIn(...folders: readonly string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => join(folder, path)),
  );
}

const sources = filesIn('src', 'providers');
const texts = new Map(sources.map((path) => [path, readFileSync(join(root, path), 'utf8')]));

/** Static imports and re-exports, and those that load when needed. */
function importsOf(path: string): Import[] {
  const text = texts.get(path) ?? '';
  const fixed = /^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm;
  const lazy = /\bimport\(\s*'([^']+)'\s*\)/g;
  const resolved = (target: string) =>
    target.startsWith('.') ? relative(root, join(root, dirname(path), target)) : target;
  return [
    ...[...text.matchAll(fixed)].map(([, type, target = '']) => ({
      from: path,
      target: resolved(target),
      kind: type === undefined ? ('whole' as const) : ('type' as const),
    })),
    ...[...text.matchAll(lazy)].map(([, target = '']) => ({
      from: path,
      target: resolved(target),
      kind: 'lazy' as const,
    })),
  ];
}

const all = sources.flatMap(importsOf);

function strays(folder: string, allowed: (found: Import) => boolean): string[] {
  return all
    .filter((found) => found.from.startsWith(folder) && !allowed(found))
    .map(({ from, target }) => `${from} imports ${target}`);
}

const within = (target: string, ...folders: readonly string[]) =>
  folders.some((folder) => target.startsWith(folder));
const isOurs = (target: string) => within(target, 'src/', 'providers/', 'test/');

describe('the layers', () => {
  it('are read at all', () => {
    expect(all.length).toBeGreaterThan(100);
    expect(all).toContainEqual({ from: 'src/core/names.ts', target: 'node:crypto', kind: 'whole' });
  });

  it('core knows its schema library and itself; names may hash', () => {
    const stray = strays(
      'src/core/',
      ({ from, target }) =>
        within(target, 'src/core/') ||
        target === 'zod/mini' ||
        (target === 'node:crypto' && from === 'src/core/names.ts'),
    );
    expect(stray).toEqual([]);
  });

  it('engine knows core, Node and its libraries', () => {
    const stray = strays(
      'src/engine/',
      ({ target }) =>
        within(target, 'src/core/', 'src/engine/', 'node:') || ['yaml', 'p-retry'].includes(target),
    );
    expect(stray).toEqual([]);
  });

  it('the command line knows engine and core; only its main knows which providers there are', () => {
    const stray = strays(
      'src/cli/',
      ({ from, target }) =>
        !isOurs(target) ||
        within(target, 'src/core/', 'src/engine/', 'src/cli/') ||
        (from === 'src/cli/main.ts' && target === 'providers/index.ts'),
    );
    expect(stray).toEqual([]);
  });

  it('a provider knows core, Node, its SDK and its own folder', () => {
    const stray = strays('providers/', ({ from, target }) => {
      const [, own = ''] = from.split('/');
      const isIndex = from === 'providers/index.ts';
      return !isOurs(target) || within(target, 'src/core/', isIndex ? 'providers/' : `providers/${own}/`);
    });
    expect(stray).toEqual([]);
  });

  it('nothing imports in a circle', () => {
    const next = new Map<string, string[]>();
    for (const { from, target, kind } of all) {
      if (kind === 'whole') next.set(from, [...(next.get(from) ?? []), target]);
    }
    const circles: string[] = [];
    const done = new Set<string>();
    const visit = (path: string, trail: readonly string[]) => {
      if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
      if (done.has(path) || trail.includes(path)) return;
      for (const target of next.get(path) ?? []) visit(target, [...trail, path]);
      done.add(path);
    };
    for (const path of sources) visit(path, []);
    expect(circles).toEqual([]);
  });

  it('no file is longer than 400 lines', () => {
    const long = [...texts].filter(([, text]) => text.split('\n').length > 401).map(([path]) => path);
    expect(long).toEqual([]);
  });
});

describe('the list of guards', () => {
  it('has every guard that is written anywhere in the core', () => {
    const written = [...texts]
      .filter(([path]) => path.startsWith('src/core/'))
      .flatMap(([, text]) =>
        [...text.matchAll(/name: '([a-z-]+)',\s+rule: 'R\d+'/g)].map(([, name = '']) => name),
      );
    expect(written.toSorted()).toEqual(guards.map(({ name }) => name).toSorted());
  });
});
