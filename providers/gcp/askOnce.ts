import type { WireMachineType } from './calls.ts';
import type { Work } from './gcpWork.ts';

/** One question of each kind is asked once, however many actions want to know. */
export type Ask = <T>(key: string, ask: () => Promise<T>) => Promise<T>;

export function askOnce(): Ask {
  const answers = new Map<string, Promise<unknown>>();
  return <T>(key: string, ask: () => Promise<T>): Promise<T> => {
    const known = answers.get(key) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const answer = ask();
    answers.set(key, answer);
    return answer;
  };
}

/** Undefined where the zone has none of that name. */
export function findMachineType(
  machineType: string,
  zone: string,
  work: Work,
  asked: Ask = (_key, ask) => ask(),
): Promise<WireMachineType | undefined> {
  const { connection, settings } = work.gcp;
  return asked(`machineTypes ${zone} ${machineType}`, () =>
    connection.find('machineTypes.get', { project: settings.project, zone, machineType }, machineType, work),
  );
}
