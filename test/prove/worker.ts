import type { Played, Unit } from './row.ts';
import { rowNumbered } from './rows.ts';

/** Plays the units that it is sent, one after the other. */
export interface Job {
  readonly row: string;
  readonly unit: Unit;
}

export interface Answer {
  readonly played: Played;
  readonly elapsedMs: number;
}

process.on('message', (job: Job) => {
  const startedAtMs = performance.now();
  rowNumbered(job.row)
    .play(job.unit)
    .then(
      (played) => process.send?.({ played, elapsedMs: performance.now() - startedAtMs } satisfies Answer),
      (error: unknown) => {
        process.stderr.write(
          `row ${job.row}, ${job.unit.name}: ${error instanceof Error ? error.stack : String(error)}\n`,
        );
        process.exit(1);
      },
    );
});
