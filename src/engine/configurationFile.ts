import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { kindsNamed, type ParsedConfiguration, parseConfiguration } from '../core/configuration.ts';
import { type ConfigurationIssue, issueSentence } from '../core/configurationIssue.ts';
import { ChewsError } from '../core/errors.ts';
import { cut, printable } from '../core/printable.ts';
import type { ProviderKind } from '../core/provider.ts';
import type { Configuration } from '../core/workstation.ts';
import { readPlainYaml } from './plainYaml.ts';
import { lineAt, type TextMistake, textPositions } from './textPosition.ts';
import { oddSigns } from './yamlSentences.ts';
import { MAX_MISTAKES, readYaml } from './yamlText.ts';

export const CONFIGURATION_FILE = 'chews.yaml';
const MAX_BYTES = 10 * 1024 * 1024;
/** No system opens a longer one. */
const LONGEST_PATH = 4_096;

export interface ConfigurationSearch {
  /** What `--config` says. */
  readonly flag: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly homeFolder: string;
  /** True where something of that name is: what is there but cannot be read is complained of, not passed over. */
  readonly readable: (path: string) => boolean | Promise<boolean>;
}

/**
 * Where the configuration is: `--config`, else `CHEWS_CONFIG`, else `chews.yaml` in this folder or the nearest one above,
 * else the one in the user's own configuration folder. Throws 'configuration' where there is none.
 */
export async function findConfiguration(search: ConfigurationSearch): Promise<string> {
  const { flag, env, cwd, homeFolder, readable } = search;
  const named = flag ?? (env['CHEWS_CONFIG'] || undefined);
  if (named !== undefined) {
    if (named === '') throw notFound('--config names no file', '');
    return resolve(cwd, named.startsWith('~/') ? join(homeFolder, named.slice(2)) : named);
  }
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const path = join(folder, CONFIGURATION_FILE);
    if (await readable(path)) return path;
    if (folder === dirname(folder)) break;
  }
  const base = env['XDG_CONFIG_HOME'] ?? '';
  // The rule of that variable: a relative path is as good as none.
  const own = join(isAbsolute(base) ? base : join(homeFolder, '.config'), 'chews', CONFIGURATION_FILE);
  if (await readable(own)) return own;
  throw notFound(
    `no ${CONFIGURATION_FILE} in ${printable(resolve(cwd))} or a folder above it, and no ${printable(own)}`,
    ', or name one with --config or CHEWS_CONFIG',
  );
}

function notFound(why: string, otherwise: string): ChewsError {
  const remedy = `begin one with chews init${otherwise}`;
  return new ChewsError('configuration', `cannot find a configuration: ${why}`, { remedy, effect: 'none' });
}

/** A configuration without mistakes, and where it was read. */
export interface ReadConfiguration {
  readonly configuration: Configuration;
  /** Absolute. */
  readonly path: string;
  /** Relative paths in the file start here. */
  readonly folder: string;
  /** As it stands in the file, for edits that keep its comments. */
  readonly text: string;
}

/** Loads a kind of provider; undefined where it does not exist. */
export type LoadKind = (kind: string) => Promise<ProviderKind> | undefined;

/**
 * Reads a file. Throws 'configuration' with all its mistakes at once, each as `path:line:column: sentence`; only mistakes
 * of form hide those of meaning. Takes bounded time and memory, whatever the file.
 */
export async function readConfiguration(
  path: string,
  loadKind: LoadKind,
  knownKinds: readonly string[],
): Promise<ReadConfiguration> {
  const absolute = resolve(path);
  return await understandConfiguration(absolute, await readBytes(absolute), loadKind, knownKinds);
}

/** The same of bytes that were read already; `path` is absolute, and only there to be named. */
export async function understandConfiguration(
  path: string,
  bytes: Buffer,
  loadKind: LoadKind,
  knownKinds: readonly string[],
): Promise<ReadConfiguration> {
  const text = decode(path, bytes);
  const configuration = await parseText(path, text, loadKind, knownKinds);
  return { configuration, path, folder: dirname(path), text };
}

async function parseText(
  path: string,
  text: string,
  loadKind: LoadKind,
  knownKinds: readonly string[],
): Promise<Configuration> {
  const controls = controlCharacters(text);
  if (controls.length > 0) throw mistakesIn(path, text, controls);
  const odd = oddSigns(text, MAX_MISTAKES);
  if (odd.length > 0) throw mistakesIn(path, text, odd);
  const plain = readPlainYaml(text);
  if (plain !== undefined) {
    const parsed = await parseData(plain, loadKind, knownKinds);
    if ('configuration' in parsed) return parsed.configuration;
  }
  // Positions are needed only where something is wrong, and only the whole parser has them.
  const read = await readYaml(text);
  if ('mistakes' in read) throw mistakesIn(path, text, read.mistakes);
  const parsed = await parseData(read.data, loadKind, knownKinds);
  if ('configuration' in parsed) return parsed.configuration;
  const mistakes = parsed.issues.map((issue) => ({
    offset: read.locate(issue.path, issue.at),
    sentence: issueSentence(withImages(issue, read.data)),
  }));
  throw mistakesIn(path, text, mistakes);
}

function entryOf(data: unknown, ...path: readonly (string | number | undefined)[]): unknown {
  return path.reduce<unknown>(
    (found, key) =>
      typeof found === 'object' && found !== null && key !== undefined && Object.hasOwn(found, key)
        ? (found as Record<string | number, unknown>)[key]
        : undefined,
    data,
  );
}

/** Where an image is missing on this computer: what can be written there. */
function withImages(issue: ConfigurationIssue, data: unknown): ConfigurationIssue {
  const [top, name, key] = issue.path;
  if (top !== 'workstations' || key !== 'image' || issue.expected !== 'the name of an image') return issue;
  const provider = entryOf(data, top, name, 'provider');
  if (typeof provider !== 'string' || entryOf(data, 'providers', provider, 'kind') !== 'local') return issue;
  return { ...issue, expected: 'micro, or the path of an image file' };
}

async function parseData(
  data: unknown,
  loadKind: LoadKind,
  knownKinds: readonly string[],
): Promise<ParsedConfiguration> {
  const kinds = new Map<string, ProviderKind>();
  for (const name of kindsNamed(data)) {
    if (!knownKinds.includes(name)) continue;
    const kind = await loadKind(name);
    if (kind !== undefined) kinds.set(name, kind);
  }
  return parseConfiguration(data, kinds, knownKinds);
}

/** Those that YAML forbids; a file saved in another encoding is full of them. */
function controlCharacters(text: string): TextMistake[] {
  const mistakes: TextMistake[] = [];
  const seen = new Set<number>();
  for (const match of text.matchAll(
    /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufeff]|\r(?!\n)/g,
  )) {
    const { start } = lineAt(text, match.index);
    if (seen.has(start)) continue;
    seen.add(start);
    const code = match[0].charCodeAt(0).toString(16).padStart(4, '0');
    const sentence =
      match[0] === '\r'
        ? 'found a carriage return without a line feed; save the file with the line ends of Unix or Windows'
        : `found the control character \\u${code}; take it out`;
    mistakes.push({ offset: match.index, sentence });
    if (mistakes.length >= MAX_MISTAKES) break;
  }
  return mistakes;
}

function mistakesIn(path: string, text: string, mistakes: readonly TextMistake[]): ChewsError {
  const position = textPositions(text);
  const name = printable(path);
  const ordered = [...mistakes].sort((left, right) => left.offset - right.offset);
  const lines = ordered.slice(0, MAX_MISTAKES).map(({ offset, sentence }) => {
    const { line, column } = position(offset);
    return `${name}:${line}:${column}: ${printable(sentence)}`;
  });
  if (ordered.length > MAX_MISTAKES) lines.push(`… and ${ordered.length - MAX_MISTAKES} more`);
  const count = ordered.length === 1 ? 'it has a mistake' : `it has ${ordered.length} mistakes`;
  const message = [`cannot use configuration ${name}: ${count}`, ...lines].join('\n');
  return new ChewsError('configuration', message, { effect: 'none' });
}

function unusable(path: string, why: string, remedy?: string, cause?: unknown): ChewsError {
  const message = `cannot read configuration ${cut(path, LONGEST_PATH)}: ${why}`;
  return new ChewsError('configuration', message, {
    ...(remedy === undefined ? {} : { remedy }),
    cause,
    effect: 'none',
  });
}

function openingError(path: string, error: unknown): ChewsError {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return unusable(path, 'there is no such file', 'begin one with chews init', error);
    case 'EACCES':
    case 'EPERM':
      return unusable(path, 'you have no permission to read it', undefined, error);
    case 'EISDIR':
      return unusable(
        path,
        'it is a folder',
        `name the file in it: ${join(path, CONFIGURATION_FILE)}`,
        error,
      );
    default:
      return unusable(path, `the system says ${code ?? String(error)}`, undefined, error);
  }
}

/** Never waits for a pipe or a device, and never reads more than the limit, even from a file that grows meanwhile. */
async function readBytes(path: string): Promise<Buffer> {
  let handle: FileHandle | undefined;
  try {
    if (path.includes('\0')) throw unusable(path, 'its name has a control character');
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const status = await handle.stat();
    if (status.isDirectory()) throw openingError(path, { code: 'EISDIR' });
    if (!status.isFile()) throw unusable(path, 'it is not a plain file');
    const tooLarge = unusable(path, 'it is larger than 10 MB, which no configuration needs');
    if (status.size > MAX_BYTES) throw tooLarge;
    const buffer = Buffer.alloc(Math.min(MAX_BYTES + 1, status.size + 1024));
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length);
      if (bytesRead === 0) return buffer.subarray(0, length);
      length += bytesRead;
    }
    throw length > MAX_BYTES ? tooLarge : unusable(path, 'it changed while it was read', 'try again');
  } catch (error) {
    throw error instanceof ChewsError ? error : openingError(path, error);
  } finally {
    await handle?.close();
  }
}

function decode(path: string, bytes: Buffer): string {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    throw unusable(path, 'it is saved as UTF-16', 'save it as UTF-8');
  try {
    // Takes a byte order mark away.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    const { line } = textPositions(bytes.toString('utf8'))(bytes.toString('utf8').indexOf('\ufffd'));
    throw unusable(path, `line ${line} has bytes that are not UTF-8`, 'save it as UTF-8', error);
  }
}
