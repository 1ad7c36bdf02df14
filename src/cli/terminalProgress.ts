import ora from 'ora';
import { printable } from '../core/printable.ts';
import { messageOf } from './errorText.ts';
import { folded, wantsColour } from './paint.ts';
import { formatElapsed, type Progress, tellRemark } from './progress.ts';
import { stepText } from './stepText.ts';
import type { Surroundings } from './surroundings.ts';
import type { Talk } from './talk.ts';

const REFRESH_MS = 200;
/** With many lanes the oldest steps stand for the rest. */
const MOST_SHOWN = 8;

interface Running {
  readonly text: string;
  readonly sinceMs: number;
  fraction: number | undefined;
}

/** One line that spins for each running step, and a line that stays for each that has ended. */
export function terminalProgress(
  { stderr, nowMs, env }: Pick<Surroundings, 'stderr' | 'nowMs' | 'env'>,
  talk: Talk,
  withNames: boolean,
): Progress {
  const running = new Map<string, Running>();
  const color = wantsColour(env, stderr.isTTY) ? 'cyan' : false;
  const spinner = ora({ stream: stderr, isEnabled: true, discardStdin: false, color });
  // The sign that spins takes two columns, and what is below it is indented as far.
  const room = Math.max(20, (talk.widthSaid ?? 80) - 2);
  const textOf = ({ text, sinceMs, fraction }: Running) => {
    const percent = fraction === undefined ? '' : ` ${Math.floor(fraction * 100)} %`;
    return `${text}${percent} ${talk.paintSaid('dim', `(${formatElapsed(nowMs() - sinceMs)})`)}`;
  };
  const refresh = () => {
    const shown = [...running.values()].slice(0, MOST_SHOWN).map(textOf);
    const rest = running.size - shown.length;
    const lines = [...shown, ...(rest > 0 ? [`and ${rest} more`] : [])];
    spinner.text = lines.flatMap((line) => folded(line, room)).join('\n  ');
    if (running.size > 0 && !spinner.isSpinning) spinner.start();
    if (running.size === 0 && spinner.isSpinning) spinner.stop();
  };
  const beside = (work: () => void) => {
    if (spinner.isSpinning) spinner.stop();
    work();
    refresh();
  };
  const timer = setInterval(() => {
    if (spinner.isSpinning) refresh();
  }, REFRESH_MS);
  timer.unref();
  return {
    event: (workstation, event) => {
      const prefix = withNames ? `${workstation}: ` : '';
      switch (event.kind) {
        case 'step-started': {
          const text = `${prefix}${stepText(event.step)}`;
          running.set(`${workstation} ${event.step.id}`, { text, sinceMs: nowMs(), fraction: undefined });
          refresh();
          return;
        }
        case 'step-progress': {
          const step = running.get(`${workstation} ${event.step.id}`);
          if (step !== undefined) step.fraction = event.fraction;
          return;
        }
        case 'step-done':
          running.delete(`${workstation} ${event.step.id}`);
          beside(() => {
            const elapsed = talk.paintSaid('dim', `(${formatElapsed(event.elapsedMs)})`);
            talk.say(`${talk.paintSaid('green', '✔')} ${prefix}${stepText(event.step)} ${elapsed}`);
          });
          return;
        case 'step-failed':
          running.delete(`${workstation} ${event.step.id}`);
          beside(() => {
            const why = printable(messageOf(event.error));
            talk.say(`${talk.paintSaid('red', '✖')} ${prefix}${stepText(event.step)}: ${why}`);
          });
          return;
        default:
          beside(() => tellRemark(talk, prefix, event));
      }
    },
    aside: async (work) => {
      const wasShown = spinner.isSpinning;
      if (wasShown) spinner.stop();
      try {
        return await work();
      } finally {
        if (wasShown) refresh();
      }
    },
    end: () => {
      clearInterval(timer);
      if (spinner.isSpinning) spinner.stop();
    },
  };
}
