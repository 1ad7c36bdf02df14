import { printable } from '../../core/printable.ts';
import { formatAge, formatBytes } from '../../core/units.ts';
import type { CommandRun } from '../call.ts';
import { lookAtNamed } from '../look.ts';
import { setTime, storedBytesOf, tooManySets } from '../snapshotSetText.ts';
import { setJson } from '../statusJson.ts';
import { type Column, table } from '../table.ts';

/** SET is what --set takes. */
const COLUMNS: readonly Column[] = [
  { title: 'SET', whole: true },
  { title: 'TIME (UTC)', whole: true, leaves: 1 },
  { title: 'AGE', whole: true, leaves: 4 },
  { title: 'DISKS', least: 8, leaves: 3 },
  { title: 'STORED', right: true, whole: true, leaves: 2 },
  { title: 'WHOLE', least: 8 },
  { title: 'TAKEN', least: 9, leaves: 5 },
];

export const snapshots: CommandRun = async (call) => {
  const { options, talk } = call;
  const [row] = (await lookAtNamed(call)).rows;
  if (row === undefined) return 0;
  const { workstation, found } = row;
  if ('error' in found) throw found.error;
  const { situation, inventory } = found.look;
  const { sets } = situation;
  if (options.json) {
    talk.answerJson({ name: workstation.name, sets: sets.map(setJson) });
    return 0;
  }
  if (sets.length === 0) {
    talk.say(`${workstation.name} has no snapshots`);
    return 0;
  }
  const { paint } = talk;
  const rows = sets.map((set) => {
    const stored = storedBytesOf(set);
    const whole = set.flaws.length === 0;
    return [
      { text: printable(set.timestamp) },
      { text: printable(setTime(set.timestamp)) },
      { text: formatAge(set.firstTakenAtMs, inventory.readAtMs) },
      { text: [...set.byDisk.keys()].map(printable).join(', ') },
      { text: stored === undefined ? '?' : formatBytes(stored) },
      {
        text: whole ? 'yes' : `no: ${printable(set.flaws.join('; '))}`,
        paint: (text: string) => paint(whole ? 'green' : 'red', text),
      },
      { text: set.clean ? 'while OFF' : 'while ON, or unknown' },
    ];
  });
  talk.answer(table(COLUMNS, rows, talk.width, (text) => paint('dim', text)));
  const surplus = tooManySets(workstation, situation);
  if (surplus !== undefined) talk.say(`note: ${surplus}`);
  return 0;
};
