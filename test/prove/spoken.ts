import type { Call } from '../../src/cli/call.ts';
import { infoText } from '../../src/cli/infoText.ts';
import { harmless, plainPaint } from '../../src/cli/paint.ts';
import { planText } from '../../src/cli/planText.ts';
import { resultJson } from '../../src/cli/resultJson.ts';
import { tellResult } from '../../src/cli/resultText.ts';
import { workstationJson } from '../../src/cli/statusJson.ts';
import { statusText } from '../../src/cli/statusText.ts';
import type { Talk } from '../../src/cli/talk.ts';
import type { Workstation } from '../../src/core/workstation.ts';
import type { LaneResult } from '../../src/engine/runLane.ts';
import type { LookOrError } from '../../src/engine/session.ts';
import { unprintableLines } from './unprintable.ts';

/** Keeps every line before the last gate to the terminal, which would let a line end pass. */
function recordingTalk(lines: string[]): Talk {
  const say = (line: string) => {
    lines.push(line);
  };
  return {
    answer: (text) => lines.push(...(typeof text === 'string' ? [text] : text)),
    answerJson: (value) => lines.push(JSON.stringify(value)),
    say,
    complain: say,
    detail: say,
    paint: plainPaint,
    paintSaid: plainPaint,
    width: undefined,
    widthSaid: undefined,
  };
}

/** The JSON as it is printed still has to be JSON. */
function wrongJson(value: unknown): string[] {
  const printed = harmless(JSON.stringify(value, undefined, 2), false);
  try {
    JSON.parse(printed);
    return [];
  } catch {
    return [`this is no JSON any more: ${printed.slice(0, 300)}`];
  }
}

function wrongLines(lines: readonly string[]): string[] {
  // A name with a line end in it must not begin a line of its own.
  const forged = lines.filter((line) => /^\s*FORGED/.test(line));
  return [...unprintableLines(lines), ...forged.map((line) => `a forged line: ${JSON.stringify(line)}`)];
}

/** What is wrong with all that `status`, `info` and the command itself say. */
export function wrongWords(workstation: Workstation, found: LookOrError, result: LaneResult): string[] {
  const row = { workstation, found };
  const lines = statusText([row], plainPaint, undefined);
  lines.push(...statusText([row], plainPaint, 80));
  if ('look' in found) lines.push(...infoText(row, found.look, undefined, plainPaint));
  if (result.outcome.kind === 'planned') lines.push(...planText(result.outcome.plan));
  const call = {
    talk: recordingTalk(lines),
    options: { json: false, quiet: false, verbose: false },
    surroundings: { env: {} },
    command: { name: 'dessicate' },
  } as unknown as Call;
  tellResult(call, result, { again: 'chews up dev', begun: true, alone: true });
  return [...wrongLines(lines), ...wrongJson(workstationJson(row)), ...wrongJson(resultJson(result))];
}
