import { access } from 'node:fs/promises';
import { ChewsError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { quoted } from '../core/printable.ts';
import type { Configuration, Workstation } from '../core/workstation.ts';
import { findConfiguration, type ReadConfiguration, readConfiguration } from '../engine/configurationFile.ts';
import { openSession, type Session } from '../engine/session.ts';
import type { Call } from './call.ts';

/** Reads the configuration that the command line, the environment or the folder names. */
export async function readFileOf({
  options,
  surroundings,
  talk,
}: Pick<Call, 'options' | 'surroundings' | 'talk'>): Promise<ReadConfiguration> {
  const { env, cwd, homeFolder, loadKind, knownKinds } = surroundings;
  const readable = async (path: string) =>
    await access(path).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code !== 'ENOENT' && error.code !== 'ENOTDIR',
    );
  const path = await findConfiguration({ flag: options.config, env, cwd, homeFolder, readable });
  talk.detail(`configuration: ${path}`);
  return await readConfiguration(path, loadKind, knownKinds);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function drawId({ randomBytes }: Call['surroundings']): string {
  return hex(randomBytes(16));
}

export function sessionOf({ surroundings }: Pick<Call, 'surroundings'>, read: ReadConfiguration): Session {
  const { env, homeFolder, nowMs, sleep, loadKind, random } = surroundings;
  const context = {
    env,
    homeFolder,
    configFolder: read.folder,
    nowMs,
    drawId: () => drawId(surroundings),
    sleep,
  };
  return openSession(read.configuration, loadKind, context, random);
}

/** The session of a command, with the workstations that it is about. */
export interface Opened {
  readonly session: Session;
  readonly workstations: readonly Workstation[];
}

export async function openFile(call: Call): Promise<Opened> {
  const read = await readFileOf(call);
  return { session: sessionOf(call, read), workstations: chosenBy(call, read.configuration) };
}

const addOne = 'add one under workstations';

function known(configuration: Configuration): string {
  const names = configuration.workstations.map(({ name }) => name);
  const shown = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${shown} … (${names.length})` : shown;
}

function chosenBy({ command, names, options }: Call, configuration: Configuration): readonly Workstation[] {
  const { workstations } = configuration;
  if (options.all || (command.subjects === 'any' && names.length === 0)) return workstations;
  if (names.length === 0) {
    if (workstations.length === 0) {
      const message = `cannot run chews ${command.name}: the file has no workstation`;
      throw new ChewsError('usage', message, { remedy: addOne, effect: 'none' });
    }
    const all = command.subjects === 'named' ? ', or say --all' : '';
    throw new ChewsError('usage', `cannot run chews ${command.name}: say which workstation`, {
      remedy: `the file has ${known(configuration)}${all}`,
      effect: 'none',
    });
  }
  return [...new Set(names)].map((name) => {
    const found = workstations.find((workstation) => workstation.name === name);
    if (found !== undefined) return found;
    const likely = nearest(
      name,
      workstations.map((workstation) => workstation.name),
    );
    const remedy =
      likely !== undefined
        ? `did you mean ${likely}?`
        : workstations.length === 0
          ? addOne
          : `it has ${known(configuration)}`;
    const message = `cannot find workstation ${quoted(name)}: the file has none of that name`;
    throw new ChewsError('usage', message, { remedy, effect: 'none' });
  });
}
