import { cut } from '../../src/core/printable.ts';
import type { ProviderContext } from '../../src/core/provider.ts';
import { ec2CodeOf } from './errorTable.ts';
import { type Attempt, patience, refusal, throwIfAborted, withoutEffect } from './place.ts';
import type { RawGetParameter } from './ssmSdk.ts';

/** Images by the names that AWS and its partners give to the newest of each kind: public parameters of SSM. */
export interface ImageParameters {
  /** `ami-…`. A process asks once for each name, so that what was checked is what is made. */
  imageIdOf(name: string, on: Attempt): Promise<string>;
}

/** Under it nobody but AWS writes: https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters.html. */
const PUBLIC = '/aws/service/';

/** The name of the public parameter that a text means, with the prefix that AWS's own tools want or a shorter one; undefined where it is none. */
export function parseParameter(text: string): string | undefined {
  const [, name] = /^(?:resolve:)?ssm:(\/aws\/service(?:\/[\w.-]+)+)$/.exec(text) ?? [];
  return name;
}

/** Why a text that is no image's name is no parameter's either; undefined where it does not look like one. */
export function whyNoParameter(text: string): string | undefined {
  const [, prefix, name = ''] = /^((?:resolve:)?ssm:|(?=\/))(.*)$/s.exec(text) ?? [];
  if (prefix === undefined) return undefined;
  const example = `ssm:${PUBLIC}debian/release/13/latest/amd64`;
  if (!name.startsWith(PUBLIC))
    return `${cut(text)} is no public parameter of SSM, and others can be made to name anybody’s image: only those of AWS and its partners are taken, ${example}`;
  return prefix === ''
    ? `a parameter of SSM is written with ssm: before it: ssm:${cut(name)}`
    : `${cut(text)} is no parameter’s name: write ${example}`;
}

/** `connect` loads the client of SSM: nobody else is to wait for that. */
export function openImageParameters(
  connect: () => Promise<RawGetParameter>,
  context: ProviderContext,
  region: string,
): ImageParameters {
  const patiently = patience('SSM', context);
  const ids = new Map<string, Promise<string>>();
  let connected: Promise<RawGetParameter> | undefined;

  const ask = async (name: string, on: Attempt): Promise<string> => {
    connected ??= connect();
    const getParameter = await connected;
    const told = await withoutEffect(() => patiently(() => getParameter(name, on.signal), on)).catch(
      (error: unknown) => {
        if (ec2CodeOf(error) !== 'ParameterNotFound') throw error;
        throw refusal(
          'configuration',
          `${on.attempt}: region ${region} has no parameter ${name}`,
          seeOthers(name, region),
        );
      },
    );
    if (told?.Name !== name || told.Value === undefined)
      throw refusal('unreadable', `${on.attempt}: SSM’s answer does not tell parameter ${name}`);
    // Some are a document about several things, or the name of a region.
    if (told.Type !== 'String' || !isImageId(told.Value))
      throw refusal(
        'configuration',
        `${on.attempt}: parameter ${name} names no image, but says ${cut(told.Value)}`,
        seeOthers(name, region),
      );
    return told.Value;
  };

  return {
    imageIdOf: async (name, on) => {
      for (;;) {
        throwIfAborted(on);
        const known = ids.get(name);
        if (known === undefined) break;
        // Whose question it was says what went wrong with it, in his own words; the next one asks himself.
        const id = await known.catch(() => undefined);
        if (id !== undefined) return id;
      }
      const asked = ask(name, on).catch((error: unknown) => {
        ids.delete(name);
        throw error;
      });
      ids.set(name, asked);
      return asked;
    },
  };
}

export function isImageId(text: string): boolean {
  return /^ami-([0-9a-f]{8}|[0-9a-f]{17})$/.test(text);
}

function seeOthers(name: string, region: string): string {
  const [publisher = ''] = name.slice(PUBLIC.length).split('/');
  return `See: aws ssm get-parameters-by-path --path ${PUBLIC}${publisher} --recursive --region ${region}`;
}
