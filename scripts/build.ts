import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { topHelp, versionText } from '../src/cli/topText.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Where to; a test builds into a folder of its own. */
const dist = resolve(process.argv[2] ?? join(root, 'dist'));

/**
 * Inside yargs and ora, string-width spends more time on tables of wide characters than all of ours takes. What is
 * measured here are help texts and our own ASCII: a character is one column, an escape sequence none.
 */
const LIGHT_STRING_WIDTH = `
const sequences = /\\u001b\\[[0-9;]*[A-Za-z]/g;
export default function stringWidth(text) {
  return [...String(text).replace(sequences, '')].length;
}
`;

const lightStringWidth: Plugin = {
  name: 'light-string-width',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^string-width$/ }, ({ path }) => ({ path, namespace: 'light' }));
    onLoad({ filter: /.*/, namespace: 'light' }, () => ({ contents: LIGHT_STRING_WIDTH, loader: 'js' }));
  },
};

/** What is used of modules of the runtime that are slow to load and seldom needed. */
const LATE_MODULES: Readonly<Record<string, readonly string[]>> = {
  'node:crypto': ['createHash', 'createHmac', 'getRandomValues', 'randomBytes', 'randomUUID'],
  'node:zlib': ['zstdDecompressSync'],
};

/** Loads those at the first call of one of their functions. One that is not listed fails the build. */
const lateModules: Plugin = {
  name: 'late-modules',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^node:(?:crypto|zlib)$/ }, ({ path, namespace }) =>
      namespace === 'late' ? { path, external: true } : { path, namespace: 'late' },
    );
    onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => ({
      contents: (LATE_MODULES[path] ?? [])
        .map((name) => `export const ${name} = (...values) => require('${path}').${name}(...values);`)
        .join('\n'),
      loader: 'js',
    }));
  },
};

/** The modules of the program in one file, each evaluated when it is first used. */
async function bundleProgram(): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: { main: 'src/cli/main.ts' },
    outdir: dist,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    minifySyntax: true,
    minifyWhitespace: true,
    // Names stay, so that the stack of a bug report can be read.
    minifyIdentifiers: false,
    legalComments: 'linked',
    define: { 'import.meta.url': 'moduleUrl' },
    banner: { js: "const moduleUrl=require('node:url').pathToFileURL(__filename).href;" },
    plugins: [lightStringWidth, lateModules],
  });
}

/** The launcher, with the texts that need nothing loaded. It is not compiled: it has to run on any Node. */
async function writeLauncher(): Promise<void> {
  const source = await readFile(`${root}src/cli/chews.cjs`, 'utf8');
  const texts = { VERSION_TEXT: versionText(), HELP_TEXT: topHelp() };
  const filled = Object.entries(texts).reduce(
    (text, [name, value]) =>
      text.replaceAll(new RegExp(`return ${name};`, 'g'), () => `return ${JSON.stringify(value)};`),
    source.replace(/^\/\* (?:oxlint-disable|global).*\n/gm, ''),
  );
  const path = `${dist}/chews.cjs`;
  await writeFile(path, filled);
  await chmod(path, 0o755);
}

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
await bundleProgram();
await writeLauncher();
await copyFile(join(root, 'src/cli/status.schema.json'), join(dist, 'status.schema.json'));
