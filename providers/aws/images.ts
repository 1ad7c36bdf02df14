import { createHash } from 'node:crypto';
import type { Image, Snapshot } from '@aws-sdk/client-ec2';
import { ChewsError } from '../../src/core/errors.ts';
import { ec2CodeOf } from './errorTable.ts';
import { isImageId, parseParameter } from './imageParameters.ts';
import { pages, type Told } from './look.ts';
import { type Attempt, type Ec2, type Place, refusal } from './place.ts';
import { BOOT, bootFactsOf, fromTagList, NAME, TEMPORARY, toTagList, type Tags } from './tags.ts';

/** `ami-…`, an owner and a pattern of names, of which the newest counts, or a public parameter of SSM that names one. */
export type ImageChoice =
  | { readonly id: string }
  | { readonly owner: string; readonly pattern: string }
  | { readonly parameter: string };

/** Undefined where it is none of them. An owner is always pinned: anybody can publish an image of any name. */
export function parseImage(text: string): ImageChoice | undefined {
  if (isImageId(text)) return { id: text };
  const parameter = parseParameter(text);
  if (parameter !== undefined) return { parameter };
  const [, owner = '', pattern = ''] = /^(\d{12}|amazon|self|aws-marketplace)\/(.{3,128})$/.exec(text) ?? [];
  return owner === '' ? undefined : { owner, pattern };
}

/** The image that a text names now. */
export async function resolveImage(
  { ec2, imageParameters }: Pick<Place, 'ec2' | 'imageParameters'>,
  text: string,
  architectures: readonly string[] | undefined,
  on: Attempt,
): Promise<Image> {
  const meant = parseImage(text);
  if (meant === undefined)
    throw refusal(
      'configuration',
      `${on.attempt}: ${text} is no image: write ami-…, ssm:/aws/service/… or an owner and a name, 136693071363/debian-13-amd64-*`,
    );
  const choice = 'parameter' in meant ? { id: await imageParameters.imageIdOf(meant.parameter, on) } : meant;
  const named = 'parameter' in meant && 'id' in choice ? `${text} (${choice.id})` : text;
  const found = await pages(on, 'images', async (NextToken) => {
    const page = await ec2.read(
      'describeImages',
      'id' in choice
        ? { ImageIds: [choice.id] }
        : {
            Owners: [choice.owner],
            Filters: [
              { Name: 'name', Values: [choice.pattern] },
              { Name: 'state', Values: ['available'] },
              { Name: 'virtualization-type', Values: ['hvm'] },
              { Name: 'root-device-type', Values: ['ebs'] },
            ],
            MaxResults: 1000,
            NextToken,
          },
      on,
    );
    return { items: page.Images, next: page.NextToken };
  });
  const fitting = found.filter(
    ({ OwnerId, Architecture }) =>
      ('id' in choice || !/^\d/.test(choice.owner) || OwnerId === choice.owner) &&
      (architectures === undefined || architectures.includes(Architecture ?? '')),
  );
  const [newest] = fitting.toSorted((left, right) =>
    (left.CreationDate ?? '') < (right.CreationDate ?? '') ? 1 : -1,
  );
  if (newest?.ImageId !== undefined && newest.RootDeviceName !== undefined) {
    if (newest.State === 'available') return newest;
    const is = newest.State === undefined ? '' : `, but ${newest.State}`;
    throw refusal('configuration', `${on.attempt}: image ${named} is not available${is}`);
  }
  const why =
    found.length > 0 && architectures !== undefined
      ? `image ${named} is for ${found[0]?.Architecture}, the size for ${architectures.join(' or ')}`
      : `there is no image ${named}`;
  throw refusal('configuration', `${on.attempt}: ${why}`);
}

/**
 * A private image whose root disk is made of a snapshot: the one way to boot from it (clouds.md). Its name is made of the
 * snapshot's id and is granted once in an account, so that two runs share one.
 */
export async function registerFromSnapshot(
  ec2: Ec2,
  snapshot: Told<Snapshot>,
  sizeGiB: number,
  on: Attempt,
): Promise<Image> {
  const facts = bootFactsOf(snapshot.tags);
  if (facts === undefined) {
    throw refusal(
      'refused',
      `${on.attempt}: snapshot ${snapshot.tags[NAME] ?? snapshot.id} does not say how its disk boots`,
      `Add the tag ${BOOT} to it: "x86_64 /dev/xvda ena uefi-preferred", with what is true of the image that it was made from.`,
    );
  }
  const name = `chews ${snapshot.id} ${digest(facts, 8)}`;
  const known = await ownImages(ec2, [{ Name: 'name', Values: [name] }], on);
  const same = known.find(({ Name }) => Name === name);
  if (same !== undefined) return same;
  const tags: Tags = { [TEMPORARY]: 'true', [NAME]: name };
  try {
    const { ImageId } = await ec2.change(
      'registerImage',
      {
        Name: name,
        Description: 'Made by chews to boot a restored disk; may be deregistered at any time.',
        // safety.md 9: without these it would be i386 and paravirtual.
        Architecture: facts.architecture as NonNullable<Image['Architecture']>,
        VirtualizationType: 'hvm',
        EnaSupport: facts.ena,
        ...(facts.bootMode !== undefined && { BootMode: facts.bootMode as NonNullable<Image['BootMode']> }),
        RootDeviceName: facts.rootDevice,
        BlockDeviceMappings: [
          {
            DeviceName: facts.rootDevice,
            Ebs: { SnapshotId: snapshot.id, VolumeSize: sizeGiB, DeleteOnTermination: false },
          },
        ],
        TagSpecifications: [{ ResourceType: 'image', Tags: toTagList(tags) }],
      },
      on,
    );
    return {
      ...(ImageId !== undefined && { ImageId }),
      Name: name,
      RootDeviceName: facts.rootDevice,
      Architecture: facts.architecture as NonNullable<Image['Architecture']>,
    };
  } catch (error) {
    // Another run was quicker.
    if (ec2CodeOf(error) !== 'InvalidAMIName.Duplicate') throw error;
    const made = (await ownImages(ec2, [{ Name: 'name', Values: [name] }], on)).find(
      ({ Name }) => Name === name,
    );
    if (made === undefined) throw error;
    return made;
  }
}

async function ownImages(
  ec2: Ec2,
  Filters: { Name: string; Values: string[] }[],
  on: Attempt,
): Promise<Image[]> {
  return pages(on, 'images', async (NextToken) => {
    const page = await ec2.read(
      'describeImages',
      { Owners: ['self'], Filters, MaxResults: 1000, NextToken },
      on,
    );
    return { items: page.Images, next: page.NextToken };
  });
}

/** Deregisters the private images of ours that rest on a snapshot; true if there were any. */
export async function dropImagesOf(ec2: Ec2, snapshotId: string, on: Attempt): Promise<boolean> {
  const Filters = [{ Name: 'block-device-mapping.snapshot-id', Values: [snapshotId] }];
  const found = await ownImages(ec2, Filters, on);
  const ours = found.filter(({ Tags: tags }) => fromTagList(tags)[TEMPORARY] === 'true');
  for (const { ImageId } of ours) await dropImage(ec2, ImageId ?? '', on);
  return ours.length > 0;
}

export async function dropImage(ec2: Ec2, imageId: string, on: Attempt): Promise<void> {
  try {
    await ec2.change('deregisterImage', { ImageId: imageId }, on);
  } catch (error) {
    if (!(error instanceof ChewsError) || error.code !== 'not-found') throw error;
  }
}

/** Of what is wanted, as hex digits: equal exactly where it is equal. */
export function digest(wanted: unknown, length: number): string {
  return createHash('sha256').update(JSON.stringify(wanted)).digest('hex').slice(0, length);
}
