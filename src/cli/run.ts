import { ChewsError } from '../core/errors.ts';
import type { Call } from './call.ts';
import { codeOfError, errorJson, tellError } from './errorText.ts';
import { watchForInterruption } from './interruption.ts';
import type { Options } from './optionTable.ts';
import { type Parsed, parse } from './parse.ts';
import type { Output, Surroundings } from './surroundings.ts';
import { createTalk, type Talk } from './talk.ts';
import { topHelp, versionText } from './topText.ts';

const INTERRUPTED = 130;

/** A reader that has gone is no error of ours, and no reason to leave work half done. */
function bearGoneReaders(outputs: readonly Output[]): void {
  for (const output of outputs) {
    output.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
    });
  }
}

/** Carries one command line out and gives the exit code. Never throws. */
export async function run(surroundings: Surroundings): Promise<number> {
  const { argv, env, stdout, stderr } = surroundings;
  bearGoneReaders([stdout, stderr]);
  const debug = (env['CHEWS_DEBUG'] ?? '') !== '';
  const early = createTalk(surroundings, { quiet: false, verbose: false });
  let parsed: Parsed;
  try {
    parsed = await parse(argv);
    if (parsed.kind === 'version') stdout.write(versionText());
    if (parsed.kind === 'top-help') stdout.write(topHelp(early.width));
    if (parsed.kind === 'help') {
      const { commandHelp } = await import('./commandHelp.ts');
      stdout.write(await commandHelp(parsed.command, early.width));
    }
    if (parsed.kind !== 'call') return 0;
  } catch (error) {
    return fail(early, error, debug, argv.includes('--json'));
  }
  const { options } = parsed;
  const talk = createTalk(surroundings, options);
  const interruption = watchForInterruption(surroundings, (sentence) => talk.complain(sentence));
  const call: Call = { ...parsed, surroundings, talk, interruption };
  try {
    const work = (await parsed.command.load())(call);
    // What acts has work to account for, and leaves by itself.
    if (parsed.command.group === 'life') return await work;
    return await Promise.race([work, interruption.leave.then(() => INTERRUPTED)]);
  } catch (error) {
    return failCall(talk, error, options, debug, interruption.stop);
  } finally {
    interruption.end();
  }
}

function failCall(talk: Talk, error: unknown, options: Options, debug: boolean, stop: AbortSignal): number {
  // What was cut off by the signal throws whatever it throws: nothing of it is news.
  if (stop.aborted && !(error instanceof ChewsError)) return INTERRUPTED;
  return fail(talk, error, debug || options.verbose, options.json);
}

function fail(talk: Talk, error: unknown, withStack: boolean, json: boolean): number {
  tellError(talk, error, withStack);
  if (json) talk.answerJson({ error: errorJson(error) });
  return codeOfError(error);
}
