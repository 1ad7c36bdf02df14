import type { CreateDisk, CreateVm, PlannedAction } from '../../src/core/action.ts';
import { ChewsError } from '../../src/core/errors.ts';
import type { CallOptions, Refusal } from '../../src/core/provider.ts';
import { formatBytes } from '../../src/core/units.ts';
import { type Ask, askOnce, findMachineType } from './askOnce.ts';
import { findImage } from './imageLookup.ts';
import { type Gcp, lastWord, refusal, regionOf, type Work, workOf } from './gcpWork.ts';
import { permissionQuestions } from './permissions.ts';
import { quotaQuestions } from './quotas.ts';
import { loginKey } from './sshAccess.ts';
import { networkOf } from './vmBody.ts';
import { type GcpWorkstation, readWorkstation } from './workstationSettings.ts';

const GiB = 1024 ** 3;

type Question = () => Promise<void>;

/**
 * Asks everything that can be refused before the first step, and changes nothing. Room in a zone is not among it: Compute
 * Engine tells of that only by trying.
 */
export async function checkActions(
  gcp: Gcp,
  actions: readonly PlannedAction[],
  options: CallOptions = {},
): Promise<readonly Refusal[]> {
  if (actions.length === 0) return [];
  const asked = askOnce();
  const questions = [
    ...actions.flatMap((action) => questionsOf(gcp, action, asked, options)),
    ...quotaQuestions(gcp, actions, asked, options),
    ...permissionQuestions(gcp, actions, options),
  ];
  const answers = await Promise.all(questions.map(answerOf));
  const sentences = new Map(answers.flat().map((answer) => [answer.sentence, answer]));
  return [...sentences.values()];
}

/** What a later step would fail with is an answer here; anything but an error for the user is a bug. */
async function answerOf(question: Question): Promise<Refusal[]> {
  try {
    await question();
    return [];
  } catch (error) {
    if (!(error instanceof ChewsError)) throw error;
    // Nothing was learned: that is no refusal, and must not look like none either.
    if (
      error.retryable ||
      error.code === 'interrupted' ||
      error.code === 'unreadable' ||
      error.code === 'credentials'
    )
      throw error;
    const sentence = error.remedy === undefined ? error.message : `${error.message}. ${error.remedy}`;
    return [{ code: error.code, sentence }];
  }
}

function questionsOf(gcp: Gcp, action: PlannedAction, asked: Ask, options: CallOptions): Question[] {
  switch (action.kind) {
    case 'create-disk':
      return diskQuestions(action, workOf(gcp, `cannot create disk ${action.name}`, options), asked);
    case 'create-vm':
      return vmQuestions(action, workOf(gcp, `cannot create VM ${action.name}`, options), asked);
    case 'resize-vm': {
      const work = workOf(gcp, `cannot resize VM ${action.vm.name}`, options);
      const place = action.vm.id === undefined ? undefined : gcp.places.get(action.vm.id);
      const { size } = action;
      if (!('machineType' in size))
        return [
          async () => {
            throw refusal('configuration', work, 'a VM of Compute Engine has a machine type');
          },
        ];
      return place?.zone === undefined
        ? []
        : [machineTypeQuestion(size.machineType, place.zone, work, asked)];
    }
    case 'change-disk-type':
      return [
        async () => {
          const work = workOf(gcp, `cannot change the type of disk ${action.disk.name}`, options);
          throw refusal('refused', work, 'it changes with the next dessicate and rehydrate');
        },
      ];
    case 'start-vm':
    case 'stop-vm':
    case 'attach-disk':
    case 'detach-disk':
    case 'snapshot-disk':
    case 'clear-deletion-flags':
    case 'grow-disk':
    case 'set-labels':
    case 'await-guest':
    case 'delete-vm':
    case 'delete-disk':
    case 'delete-snapshot':
      return [];
  }
}

function machineTypeQuestion(machineType: string, zone: string, work: Work, asked: Ask): Question {
  return async () => {
    if ((await findMachineType(machineType, zone, work, asked)) === undefined)
      throw refusal(
        'configuration',
        work,
        `zone ${zone} has no machine type ${machineType}`,
        `See: gcloud compute machine-types list --zones ${zone}`,
      );
  };
}

function acceleratorQuestion(
  { type, count }: GcpWorkstation['accelerators'][number],
  zone: string,
  work: Work,
  asked: Ask,
): Question {
  const { connection, settings } = work.gcp;
  return async () => {
    const found = await asked(`acceleratorTypes ${zone} ${type}`, () =>
      connection.find(
        'acceleratorTypes.get',
        { project: settings.project, zone, acceleratorType: type },
        type,
        work,
      ),
    );
    if (found === undefined)
      throw refusal(
        'configuration',
        work,
        `zone ${zone} has no accelerator ${type}`,
        `See: gcloud compute accelerator-types list --filter zone:${zone}`,
      );
    const most = found.maximumCardsPerInstance ?? count;
    if (count > most)
      throw refusal(
        'configuration',
        work,
        `a VM can have ${most} accelerators ${type} at the most, not ${count}`,
      );
  };
}

/** clouds.md: "Not every machine series takes every disk type: ask before." */
function diskQuestions(action: CreateDisk, work: Work, asked: Ask): Question[] {
  const { connection, settings } = work.gcp;
  const { location: zone, type, source, sizeBytes } = action;
  return [
    async () => {
      if (sizeBytes % GiB !== 0) throw refusal('configuration', work, 'Compute Engine has disks of whole GB');
      const found = await asked(`diskTypes ${zone} ${type}`, () =>
        connection.find('diskTypes.get', { project: settings.project, zone, diskType: type }, type, work),
      );
      if (found === undefined)
        throw refusal(
          'configuration',
          work,
          `zone ${zone} has no disk type ${type}`,
          `See: gcloud compute disk-types list --zones ${zone}`,
        );
      const [, least, most] = /^(\d+)GB-(\d+)GB$/.exec(found.validDiskSize ?? '') ?? [];
      if (
        least !== undefined &&
        most !== undefined &&
        (sizeBytes < Number(least) * GiB || sizeBytes > Number(most) * GiB)
      )
        throw refusal(
          'configuration',
          work,
          `a disk of type ${type} has ${least}GB to ${most}GB, not ${formatBytes(sizeBytes)}`,
        );
    },
    async () => {
      if (source.from !== 'image') return;
      const image = await asked(`image ${source.image}`, () => findImage(source.image, work));
      if (image === undefined)
        throw refusal(
          'configuration',
          work,
          `there is no image ${source.image}`,
          'See: gcloud compute images list',
        );
      const state = image.deprecated?.state;
      if (state === 'OBSOLETE' || state === 'DELETED')
        throw refusal('configuration', work, `image ${image.name ?? ''} is ${state.toLowerCase()}`);
      if (Number(image.diskSizeGb ?? 0) * GiB > sizeBytes)
        throw refusal(
          'configuration',
          work,
          `image ${image.name ?? ''} holds a disk of ${String(image.diskSizeGb)}GB`,
        );
    },
  ];
}

function vmQuestions(action: CreateVm, work: Work, asked: Ask): Question[] {
  const { gcp } = work;
  const { connection, settings } = gcp;
  const { size, location: zone } = action;
  const own = readWorkstation(action.settings);
  const { network, subnetwork } = networkOf(own, zone, work);
  const isHere = (link: string) => link.startsWith(`projects/${settings.project}/`);
  return [
    'machineType' in size
      ? machineTypeQuestion(size.machineType, zone, work, asked)
      : async () => {
          throw refusal('configuration', work, 'a VM of Compute Engine has a machine type');
        },
    async () => void (await loginKey(action.sshKey ?? settings.sshKey, gcp)),
    async () => {
      // Of a network that another project shares, only that project tells.
      if (network === undefined || !isHere(network)) return;
      const name = lastWord(network);
      const found = await asked(`network ${name}`, () =>
        connection.find('networks.get', { project: settings.project, network: name }, name, work),
      );
      if (found === undefined)
        throw refusal(
          'configuration',
          work,
          `there is no network ${name}`,
          'Write the one that there is under network, or subnetwork.',
        );
    },
    async () => {
      if (subnetwork === undefined || !isHere(subnetwork)) return;
      const [region, name] = [subnetwork.split('/').at(-3) ?? regionOf(zone), lastWord(subnetwork)];
      const found = await asked(`subnetwork ${region} ${name}`, () =>
        connection.find(
          'subnetworks.get',
          { project: settings.project, region, subnetwork: name },
          name,
          work,
        ),
      );
      if (found === undefined)
        throw refusal('configuration', work, `there is no subnetwork ${name} in region ${region}`);
    },
    ...own.accelerators.map((wanted) => acceleratorQuestion(wanted, zone, work, asked)),
    async () => {
      const { address } = own;
      if (address === undefined || /^\d/.test(address)) return;
      const region = regionOf(zone);
      const found = await asked(`address ${region} ${address}`, () =>
        connection.find('addresses.get', { project: settings.project, region, address }, address, work),
      );
      if (found === undefined)
        throw refusal('configuration', work, `there is no reserved address ${address} in region ${region}`);
    },
  ];
}
