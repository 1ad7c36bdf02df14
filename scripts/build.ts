import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { literalKeys } from './literalKeys.ts';
import { withoutErrors } from './withoutErrors.ts';
import { callsIn, type SchemaNode, trimSchema } from './trimSchema.ts';
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
    onResolve({ filter: /^node:(?:crypto|zlib)$/ }, ({ path, namespace, importer }) =>
      namespace === 'late' || importer.includes('node_modules')
        ? { path, external: true }
        : { path, namespace: 'late' },
    );
    onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => ({
      contents: (LATE_MODULES[path] ?? [])
        .map((name) => `export const ${name} = (...values) => require('${path}').${name}(...values);`)
        .join('\n'),
      loader: 'js',
    }));
  },
};

/** The SDKs of clouds are files of their own: whoever does not speak to that cloud does not even read them. */
const SDK_FILES: Readonly<Record<string, string>> = {
  'gcp-sdk': 'providers/gcp/sdk.ts',
  'aws-sdk': 'providers/aws/sdk.ts',
  'aws-ssm-sdk': 'providers/aws/ssmSdk.ts',
};

const ownFiles: Plugin = {
  name: 'sdk-files',
  setup: ({ onResolve }) => {
    onResolve({ filter: /\/(?:sdk|ssmSdk)\.ts$/ }, ({ path, importer, kind }) => {
      const file = join(dirname(importer), path);
      const found = Object.entries(SDK_FILES).find(([, source]) => file === join(root, source));
      return kind === 'dynamic-import' && found ? { path: `./${found[0]}.cjs`, external: true } : undefined;
    });
  },
};

/** What the clients of Compute Engine use of google-gax, without the part that speaks another protocol. */
const LIGHT_GAX = `
exports.fallback = require('google-gax/fallback');
exports.loggingUtils = { log: () => ({ info() {} }) };
exports.decodeAnyProtosInArray = (details) => details;
`;

const lightCompute: Plugin = {
  name: 'light-compute',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^google-gax$/ }, ({ path, resolveDir }) => ({
      path,
      namespace: 'light-gax',
      pluginData: resolveDir,
    }));
    onLoad({ filter: /.*/, namespace: 'light-gax' }, ({ pluginData }: { pluginData: string }) => ({
      contents: LIGHT_GAX,
      loader: 'js',
      resolveDir: pluginData,
    }));
    onLoad({ filter: /compute\/build\/protos\/protos\.json$/ }, async ({ path }) => {
      const calls = callsIn(await readFile(join(root, 'providers/gcp/calls.ts'), 'utf8'));
      const whole = JSON.parse(await readFile(path, 'utf8')) as SchemaNode;
      return { contents: JSON.stringify(trimSchema(whole, calls)), loader: 'json' };
    });
  },
};

/** What google-gax has of other services, for clients that nobody makes: a third of all that would be read. */
const UNUSED_PROTOS = /google-gax\/build\/protos\/(?:iam_service|locations|operations)\.js$/;

/**
 * The first use of Node's own `Headers` or `FormData` loads all of Node's HTTP client, and the SDK speaks through another one. It gets that
 * one's.
 */
const lightGax: Plugin = {
  name: 'light-gax',
  setup: ({ onLoad }) => {
    onLoad({ filter: UNUSED_PROTOS }, () => ({ contents: 'module.exports = {};', loader: 'js' }));
    onLoad(
      { filter: /\/(?:gaxios|gcp-metadata|google-auth-library|google-gax)\/build\/.*\.js$/ },
      async ({ path }) => {
        const source = await readFile(path, 'utf8');
        const classes = [
          /\bHeaders\(/.test(source) ? "const { Headers } = require('node-fetch');" : '',
          // Nobody sends a form.
          /instanceof FormData\b/.test(source) ? 'class FormData {}' : '',
        ];
        return { contents: `${classes.join('\n')}\n${source}`, loader: 'js' };
      },
    );
  },
};

/** With keys that esbuild understands it drops by itself what no call in use leads to. */
const lightAws: Plugin = {
  name: 'light-aws',
  setup: ({ onLoad }) => {
    onLoad({ filter: /client-(?:ec2|ssm)\/dist-es\/schemas\/schemas_\d+\.js$/ }, async ({ path }) => {
      const source = literalKeys(await readFile(path, 'utf8'));
      return { contents: path.includes('/client-ssm/') ? withoutErrors(source) : source, loader: 'js' };
    });
  },
};

/** The credentials chain, for a client that is always given the credentials: see connectSsm. */
const NO_CREDENTIALS_CHAIN = `
export const defaultProvider = () => { throw new Error('the client of SSM was given no credentials'); };
`;

const lightSsm: Plugin = {
  name: 'light-ssm',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ path, importer }) =>
      importer.includes('/client-ssm/') ? { path, namespace: 'no-credentials-chain' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'no-credentials-chain' }, () => ({
      contents: NO_CREDENTIALS_CHAIN,
      loader: 'js',
    }));
  },
};

/** The modules of the program in one file, each evaluated when it is first used. */
async function bundleProgram(): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: { main: 'src/cli/main.ts', ...SDK_FILES },
    outdir: dist,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    // Of the SDKs' two forms the one that can be left out in parts.
    mainFields: ['module', 'main'],
    // Node's `import()` looks through a whole file for what it exports, and through built-in modules too: `node:http` then loads
    // an HTTP client that nobody uses.
    supported: { 'dynamic-import': false },
    target: 'node22',
    minifySyntax: true,
    minifyWhitespace: true,
    // Names stay, so that the stack of a bug report can be read.
    minifyIdentifiers: false,
    legalComments: 'linked',
    define: { 'import.meta.url': 'moduleUrl' },
    banner: { js: "const moduleUrl=require('node:url').pathToFileURL(__filename).href;" },
    plugins: [lightStringWidth, lateModules, ownFiles, lightCompute, lightGax, lightAws, lightSsm],
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
