import { printable } from '../core/printable.ts';
import { formatDuration } from '../core/units.ts';
import type { LaneEvent } from '../engine/runLane.ts';
import { messageOf } from './errorText.ts';
import { stepText } from './stepText.ts';
import type { Surroundings } from './surroundings.ts';
import type { Talk } from './talk.ts';

/** What a person gets to see while lanes run. */
export interface Progress {
  readonly event: (workstation: string, event: LaneEvent) => void;
  /** Takes the display off while something is asked, and puts it on again. */
  readonly aside: <T>(work: () => Promise<T>) => Promise<T>;
  readonly end: () => void;
}

/** `4.2s` below a minute, then as all durations. */
export function formatElapsed(milliseconds: number): string {
  return milliseconds < 60_000 ? `${(milliseconds / 1000).toFixed(1)}s` : formatDuration(milliseconds);
}

/** Whether a sentence says by itself which workstation it is about. */
function names(sentence: string, prefix: string): boolean {
  const name = prefix.replace(/: $/, '');
  return name !== '' && new RegExp(`\\b(?:of|for|workstation) ${name}(?![\\w-])`).test(sentence);
}

/** The same for both displays: what is no step. */
export function tellRemark(talk: Talk, prefix: string, event: LaneEvent): void {
  switch (event.kind) {
    case 'said':
      talk.say(`${names(event.sentence, prefix) ? '' : prefix}${printable(event.sentence)}`);
      return;
    case 'warning': {
      const before = names(event.sentence, prefix) ? '' : prefix;
      talk.complain(`${before}${talk.paintSaid('yellow', 'warning:')} ${printable(event.sentence)}`);
      return;
    }
    case 'planned': {
      const { from, to, steps } = event.plan;
      talk.detail(`${prefix}${from} → ${to} in ${steps.length} step${steps.length === 1 ? '' : 's'}`);
      return;
    }
    default:
      return;
  }
}

/** Where nobody looks: one line when a step has ended. */
export function plainProgress(talk: Talk): Progress {
  return {
    event: (workstation, event) => {
      const prefix = `${workstation}: `;
      switch (event.kind) {
        case 'step-started':
          talk.detail(`${prefix}${stepText(event.step)} …`);
          return;
        case 'step-done':
          talk.say(`${prefix}${stepText(event.step)} … done (${formatElapsed(event.elapsedMs)})`);
          return;
        case 'step-failed':
          talk.say(`${prefix}${stepText(event.step)} … failed: ${printable(messageOf(event.error))}`);
          return;
        default:
          tellRemark(talk, prefix, event);
      }
    },
    aside: (work) => work(),
    end: () => undefined,
  };
}

/** A spinner where a person looks, plain lines elsewhere. */
export async function createProgress(
  surroundings: Pick<Surroundings, 'stderr' | 'nowMs' | 'env'>,
  talk: Talk,
  quiet: boolean,
  lanes: number,
): Promise<Progress> {
  const { stderr, env } = surroundings;
  // A terminal that says it has no width (some of scripts and containers) would be redrawn without end.
  const canDraw = stderr.isTTY === true && stderr.columns !== 0 && env['TERM'] !== 'dumb';
  if (quiet || !canDraw) return plainProgress(talk);
  const { terminalProgress } = await import('./terminalProgress.ts');
  return terminalProgress(surroundings, talk, lanes > 1);
}
