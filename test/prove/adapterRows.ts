import { awsProvider } from '../../providers/aws/aws.ts';
import { gcpKind } from '../../providers/gcp/gcp.ts';
import { type Adapter, adapterKinds } from '../property/kinds.ts';
import { killed, unitsOfCommands } from './killed.ts';
import { lagHistoryUnits, laggingLists, lagKillUnits } from './laggingLists.ts';
import { mutatedWire, wireUnits } from './mutatedWire.ts';
import { ownerBetween, ownerUnits } from './ownerBetween.ts';
import { historyUnits, randomHistories } from './randomHistories.ts';
import type { Row, Scale, Unit } from './row.ts';
import { stormUnits, throttlingStorm } from './throttlingStorm.ts';
import { wayUnits, waysTold } from './waysTold.ts';

const HISTORIES = 5_000;
const ANSWERS = 5_000;
const MOST_IN_A_UNIT = 100;
/** What the lines on the model play whole is drawn from here: each call is put into a cloud's own words, and read from them. */
const OWNER_SHARE = 0.1;
const LAGGING_SHARE = 0.1;

const called: Readonly<Record<Adapter, string>> = { gcp: 'Compute Engine', aws: 'EC2' };

/** What the adapters say that lists lag. More than that may end in an error, and must lose nothing. */
const knownLagsMs: Readonly<Record<Adapter, number>> = {
  gcp: gcpKind().capabilities.listLagMs ?? 0,
  aws: awsProvider.capabilities.listLagMs ?? 0,
};

interface AdapterRow {
  readonly row: Row;
  readonly figure: string;
  readonly units: (adapter: Adapter, scale: Scale) => readonly Unit[];
}

const onAdapters: readonly AdapterRow[] = [
  {
    row: killed,
    figure: 'every command × 1 and 2 disks, killed at every call that changes something',
    units: (adapter) => unitsOfCommands([1, 2], adapterKinds[adapter]),
  },
  {
    row: ownerBetween,
    figure: 'the same, and before the recovery the owner takes a hand (a tenth, drawn)',
    units: (adapter, { seed, share }) =>
      ownerUnits(unitsOfCommands([1, 2], adapterKinds[adapter]), { seed, share: 1 }).map((unit) => ({
        ...unit,
        share: share * OWNER_SHARE,
      })),
  },
  {
    row: randomHistories,
    figure: 'random histories',
    units: (adapter, { seed, share }) =>
      historyUnits(adapterKinds[adapter], seed, HISTORIES * share, MOST_IN_A_UNIT),
  },
  {
    row: laggingLists,
    figure: 'lists that lag',
    units: (adapter, { seed, share }) => {
      const scale = { seed, share: share * LAGGING_SHARE };
      const on = adapterKinds[adapter];
      const knownLagMs = knownLagsMs[adapter];
      return [...lagKillUnits(on, scale, knownLagMs), ...lagHistoryUnits(on, scale, knownLagMs)];
    },
  },
  {
    row: throttlingStorm,
    figure: 'a throttling storm',
    units: (adapter, scale) => stormUnits(adapterKinds[adapter], scale),
  },
  {
    row: mutatedWire,
    figure: mutatedWire.figure,
    units: (adapter, { seed, share }) => wireUnits(adapterKinds[adapter], seed, Math.ceil(ANSWERS * share)),
  },
  {
    row: waysTold,
    figure: waysTold.figure,
    units: (adapter) => wayUnits(adapter, adapterKinds[adapter]),
  },
];

/** Lines once more, through the real adapter of a cloud that is spoken to in its own words. */
export const adapterRows: readonly Row[] = (['gcp', 'aws'] as const).flatMap((adapter) =>
  onAdapters.map(({ row, figure, units }): Row => ({
    ...row,
    number: `${row.number}-${adapter}`,
    figure: `through the adapter of ${called[adapter]}: ${figure}`,
    code: [...row.code, 'test/prove/adapterRows.ts'],
    adapter,
    units: (scale) => units(adapter, scale),
  })),
);
