import type { CST, Document } from 'yaml';
import { lineAt, type TextMistake } from './textPosition.ts';
import { type YamlData, yamlData } from './yamlData.ts';
import { isIndentation, isUnclosed, syntaxMistake, tabMistakes } from './yamlSentences.ts';

/** Brackets that are open at once while parsing; far above what `yamlData` allows, far below what the stack takes. */
const MAX_OPEN = 200;
/** The pieces of a file that parsing takes apart; some seconds of work, and enough for 10,000 workstations of two disks. */
const MAX_PIECES = 1_250_000;
/** Beyond that a list helps nobody. */
export const MAX_MISTAKES = 1_000;

export type YamlReading = YamlData | { readonly mistakes: readonly TextMistake[] };

/**
 * Reads one YAML document as plain data with positions, or finds all its mistakes of form. The text has no control
 * characters but line ends and tabs. Bounded in time, memory and depth, whatever the text.
 */
export async function readYaml(text: string): Promise<YamlReading> {
  const yaml = await import('yaml');
  const parser = new yaml.Parser();
  const tokens: CST.Token[] = [];
  let pieces = 0;
  for (const piece of new yaml.Lexer().lex(text)) {
    tokens.push(...parser.next(piece));
    if (parser.stack.length > MAX_OPEN) return one(parser.offset, 'nested too deeply');
    if (++pieces > MAX_PIECES) return one(parser.offset, 'the file is too large to be read, from here on');
  }
  tokens.push(...parser.end());
  const directive = tokens.find((token) => token.type === 'directive');
  if (directive !== undefined)
    return one(directive.offset, 'lines that begin with % are not used in this file; take it out');
  // With the barest schema every scalar stays as it was written, and duplicates are found faster by ourselves.
  const composer = new yaml.Composer({ schema: 'failsafe', uniqueKeys: false, prettyErrors: false });
  const [document, second] = [...composer.compose(tokens, true, text.length)];
  if (second !== undefined)
    return one(
      separatorBefore(text, second.range[0]),
      'a second document begins here; write one in each file',
    );
  if (document === undefined) return one(0, 'the file could not be read');
  return document.errors.length > 0
    ? { mistakes: mistakesOf(document, text, yaml.visit) }
    : yamlData(document.contents, yaml);
}

function one(offset: number, sentence: string): YamlReading {
  return { mistakes: [{ offset, sentence }] };
}

/** The last line of dashes at or above an offset. */
function separatorBefore(text: string, offset: number): number {
  const at = text.lastIndexOf('\n---', offset);
  return at === -1 ? offset : at + 1;
}

/** One mistake a line: those that follow in it come from the first. */
function mistakesOf(document: Document, text: string, visit: typeof import('yaml').visit): TextMistake[] {
  const opening = (offset: number): number | undefined => {
    let start: number | undefined;
    visit(document, {
      Scalar: (_, scalar) => {
        const [from = -1, to = -1] = scalar.range ?? [];
        if (scalar.type?.startsWith('QUOTE') && from < offset && to >= offset - 1) start = from;
      },
    });
    return start;
  };
  const tabs = tabMistakes(text, MAX_MISTAKES);
  if (tabs.length > 0 && document.errors.some((error) => error.code === 'TAB_AS_INDENT')) return tabs;
  const unclosed = document.errors.find(isUnclosed);
  const lost = unclosed === undefined ? text.length : syntaxMistake(unclosed, text, opening).offset;
  const byLine = new Map<number, TextMistake>();
  const told = new Set<number>();
  let indentation = false;
  for (const error of document.errors.slice(0, 10 * MAX_MISTAKES)) {
    if (told.has(error.pos[0]) || (indentation && isIndentation(error))) continue;
    // Behind what is never closed nothing is read as it was meant.
    if (error !== unclosed && error.pos[0] > lost) continue;
    told.add(error.pos[0]);
    indentation ||= isIndentation(error);
    const mistake = syntaxMistake(error, text, opening);
    const { start } = lineAt(text, mistake.offset);
    if (!byLine.has(start)) byLine.set(start, mistake);
    if (byLine.size >= MAX_MISTAKES) break;
  }
  return [...byLine.values()].sort((left, right) => left.offset - right.offset);
}
