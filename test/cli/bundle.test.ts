import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { topHelp, versionText } from '../../src/cli/topText.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'chews-bundle-'));
/** Every write to it fails as on a full drive. */
const FULL = '/dev/full';
const launcher = join(folder, 'dist', 'chews.cjs');

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function node(...args: string[]): Promise<Ended> {
  const env = { PATH: process.env['PATH'], HOME: folder, NODE_COMPILE_CACHE: join(folder, 'cache') };
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: folder, env }, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err }),
    );
  });
}

beforeAll(async () => {
  const built = await node(join(root, 'scripts', 'build.ts'), join(folder, 'dist'));
  expect(built).toEqual({ code: 0, out: '', err: '' });
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the bundle', () => {
  it('answers from its stored texts as the program would', async () => {
    for (const word of ['--version', '-V', 'version'])
      expect(await node(launcher, word)).toEqual({ code: 0, out: versionText(), err: '' });
    for (const words of [[], ['--help'], ['-h'], ['help']])
      expect(await node(launcher, ...words)).toEqual({ code: 0, out: topHelp(), err: '' });
  });

  it('loads nothing for them', async () => {
    const hidden = join(folder, 'dist', 'main.cjs');
    const program = readFileSync(hidden);
    rmSync(hidden);
    expect((await node(launcher, '--help')).code).toBe(0);
    writeFileSync(hidden, program);
  });

  it('can be started by its name', () => {
    accessSync(launcher, constants.X_OK);
    expect(readFileSync(launcher, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it('says so where Node is too old, in words that an old Node can read', () => {
    const { nodeProblem } = createRequire(import.meta.url)(launcher) as {
      nodeProblem: (version: string) => string;
    };
    for (const version of ['v0.12.18', 'v8.17.0', 'v20.20.2', 'v21.7.3'])
      expect(nodeProblem(version)).toBe(
        `cannot run chews: it needs Node.js 22 or newer, and this is ${version}\n  → install a newer one from https://nodejs.org`,
      );
    for (const version of ['v22.0.0', 'v24.21.0', 'v100.0.0']) expect(nodeProblem(version)).toBe('');
    const source = readFileSync(launcher, 'utf8').replaceAll(
      /\/\*[\s\S]*?\*\/|\/\/.*|"(?:[^"\\]|\\.)*"|'[^']*'/g,
      '',
    );
    expect(source).not.toMatch(/=>|`|\b(?:const|let|class|async|await|import)\b|\?\.|\?\?|\.\.\./);
  });

  it('carries a command out, and tells help, mistakes and errors as the program does', async () => {
    const init = await node(launcher, 'init');
    expect(init.code).toBe(0);
    expect((await node(launcher, 'config', 'check')).out).toBe(
      'chews.yaml is fine: 1 workstation at 1 provider\n',
    );
    expect((await node(launcher, 'up', '--help')).out).toContain('Usage: chews up NAME … | --all [options]');
    expect(await node(launcher, 'stauts')).toEqual({
      code: 2,
      out: '',
      err: 'cannot run "stauts": there is no such command\n  → did you mean chews status?\n',
    });
    expect((await node(launcher, 'create', 'dev', '--json', '--dry-run')).out).toContain(
      '"outcome": "planned"',
    );
  });

  it('is quiet when its reader has gone', async () => {
    for (const words of [['--help'], ['config', 'check', '--json'], ['status', '--json']]) {
      const child = spawn(process.execPath, [launcher, ...words], {
        cwd: folder,
        env: { HOME: folder, PATH: process.env['PATH'] },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child.stdout.destroy();
      let err = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        err += text;
      });
      const [code] = await once(child, 'close');
      expect({ words, code, err }).toEqual({ words, code: 0, err: '' });
    }
  });

  it.skipIf(!existsSync(FULL))(
    `says so where the answer could not be written${existsSync(FULL) ? '' : `: SKIPPED, there is no ${FULL}`}`,
    async () => {
      const full = openSync(FULL, 'w');
      const child = spawn(process.execPath, [launcher, 'config', 'check'], {
        cwd: folder,
        env: { HOME: folder, PATH: process.env['PATH'] },
        stdio: ['ignore', full, 'pipe'],
      });
      closeSync(full);
      let err = '';
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        err += text;
      });
      const [code] = await once(child, 'close');
      expect({ code, err }).toEqual({ code: 3, err: 'cannot write the answer: the drive is full\n' });
    },
  );

  it('brings the schema of its JSON along', () => {
    const shipped = readFileSync(join(folder, 'dist', 'status.schema.json'), 'utf8');
    expect(shipped).toBe(readFileSync(join(root, 'src/cli/status.schema.json'), 'utf8'));
  });
});
