import type { NormalState } from '../real/leadTo.ts';
import type { Shape } from '../real/randomDisks.ts';
import type { RealStatus } from '../real/realChews.ts';

/** A command that changes assets, and where it starts from. */
export interface Scenario {
  readonly name: string;
  readonly args: readonly string[];
  readonly start: NormalState;
  /** Is killed first, at the moment whose line fits: then the command starts from what that left. */
  readonly cut?: { readonly args: readonly string[]; readonly where: string };
  /** What the file says for the command, besides the plain shape. */
  readonly shape?: (status: RealStatus) => Partial<Shape>;
  /** What it did cannot be led back: the workstation is made anew each time. */
  readonly anew?: true;
  /** Where it ends when it is run again after it was killed. */
  readonly end: NormalState;
}

const confirmed = ['delete', 'dev', '--confirm', 'dev'];
const otherSize = ({ vm }: RealStatus): Partial<Shape> => ({ cpus: vm?.size.cpus === 1 ? 2 : 1 });

/** Every command that changes assets. */
export const realScenarios: readonly Scenario[] = [
  { name: 'create', args: ['create', 'dev'], start: 'NOT_EXIST', anew: true, end: 'ON' },
  { name: 'create --off', args: ['create', 'dev', '--off'], start: 'NOT_EXIST', anew: true, end: 'OFF' },
  { name: 'up from OFF', args: ['up', 'dev'], start: 'OFF', end: 'ON' },
  { name: 'up from DESSICATED', args: ['up', 'dev'], start: 'DESSICATED', end: 'ON' },
  { name: 'down', args: ['down', 'dev'], start: 'ON', end: 'OFF' },
  { name: 'dessicate', args: ['dessicate', 'dev'], start: 'OFF', end: 'DESSICATED' },
  { name: 'dessicate --stop', args: ['dessicate', 'dev', '--stop'], start: 'ON', end: 'DESSICATED' },
  { name: 'rehydrate', args: ['rehydrate', 'dev'], start: 'DESSICATED', end: 'ON' },
  { name: 'rehydrate --off', args: ['rehydrate', 'dev', '--off'], start: 'DESSICATED', end: 'OFF' },
  { name: 'resize', args: ['resize', 'dev'], start: 'OFF', shape: otherSize, end: 'OFF' },
  { name: 'resize --stop', args: ['resize', 'dev', '--stop'], start: 'ON', shape: otherSize, end: 'ON' },
  {
    name: 'apply: a grown disk, a new one, another type',
    args: ['apply', 'dev'],
    start: 'OFF',
    shape: () => ({ dataMib: 72, dataType: 'standard', more: true }),
    anew: true,
    end: 'OFF',
  },
  {
    name: 'apply --stop: a grown disk, a new one, another size',
    args: ['apply', 'dev', '--stop'],
    start: 'ON',
    shape: () => ({ dataMib: 72, more: true, cpus: 2 }),
    anew: true,
    end: 'ON',
  },
  {
    name: 'apply --remove-disk',
    args: ['apply', 'dev', '--remove-disk', 'data', '--yes'],
    start: 'OFF',
    shape: () => ({ data: false }),
    anew: true,
    end: 'OFF',
  },
  {
    // One disk is gone for good by then.
    name: 'recover after a cut dessicate',
    args: ['recover', 'dev', '--yes'],
    start: 'OFF',
    cut: { args: ['dessicate', 'dev'], where: 'before rm default/disks/.gone' },
    end: 'DESSICATED',
  },
  {
    name: 'recover after a cut rehydrate',
    args: ['recover', 'dev', '--yes'],
    start: 'DESSICATED',
    cut: { args: ['rehydrate', 'dev', '--off'], where: 'before mkdir default/vms/' },
    end: 'OFF',
  },
  { name: 'delete from OFF', args: confirmed, start: 'OFF', end: 'NOT_EXIST' },
  { name: 'delete from ON', args: confirmed, start: 'ON', end: 'NOT_EXIST' },
  { name: 'delete from DESSICATED', args: confirmed, start: 'DESSICATED', end: 'NOT_EXIST' },
];
