import type { Options } from './optionTable.ts';
import { colourPaint, folded, harmless, type Paint, plainPaint, wantsColour } from './paint.ts';
import type { Output, Surroundings } from './surroundings.ts';

/** What the program says. Standard output is the answer, standard error the conversation. */
export interface Talk {
  /** The answer, in lines. */
  readonly answer: (lines: string | readonly string[]) => void;
  /** One JSON value, the whole answer. */
  readonly answerJson: (value: unknown) => void;
  /** The conversation; not with --quiet. */
  readonly say: (line: string) => void;
  /** An error: whatever was asked for. */
  readonly complain: (line: string) => void;
  /** Only with --verbose. */
  readonly detail: (line: string) => void;
  /** For the answer. */
  readonly paint: Paint;
  /** For the conversation. */
  readonly paintSaid: Paint;
  /** The columns of the terminal that the answer goes to; undefined where it goes elsewhere. */
  readonly width: number | undefined;
  /** The same of the conversation. */
  readonly widthSaid: number | undefined;
}

const USUAL_WIDTH = 80;

function widthOf({ isTTY, columns }: Output): number | undefined {
  return isTTY === true ? (columns ?? USUAL_WIDTH) || USUAL_WIDTH : undefined;
}

export function createTalk(
  surroundings: Pick<Surroundings, 'stdout' | 'stderr' | 'env'>,
  options: Pick<Options, 'quiet' | 'verbose'>,
): Talk {
  const { stdout, stderr, env } = surroundings;
  const colourOut = wantsColour(env, stdout.isTTY);
  const colourSaid = wantsColour(env, stderr.isTTY);
  const width = widthOf(stdout);
  const widthSaid = widthOf(stderr);
  const write = (output: Output, text: string, coloured: boolean) => {
    // Whoever read it has gone (`| head`): nothing to be said about it, and nobody to say it to.
    if (!output.writable) return;
    output.write(`${harmless(text, coloured)}\n`);
  };
  const complain = (line: string) => write(stderr, folded(line, widthSaid).join('\n'), colourSaid);
  return {
    answer: (lines) => {
      const list = typeof lines === 'string' ? [lines] : lines;
      if (list.length > 0) write(stdout, list.flatMap((line) => folded(line, width)).join('\n'), colourOut);
    },
    answerJson: (value) => write(stdout, JSON.stringify(value, undefined, 2), false),
    say: (line) => {
      if (!options.quiet) complain(line);
    },
    complain,
    detail: (line) => {
      if (options.verbose && !options.quiet) complain(line);
    },
    paint: colourOut ? colourPaint : plainPaint,
    paintSaid: colourSaid ? colourPaint : plainPaint,
    width,
    widthSaid,
  };
}
