import type { State } from '../core/state.ts';
import type { Colour, Paint } from './paint.ts';

const COLOURS: Readonly<Record<State, Colour>> = {
  ON: 'green',
  OFF: 'yellow',
  DESSICATED: 'blue',
  NOT_EXIST: 'dim',
  CHANGING: 'magenta',
  INCONSISTENT: 'red',
};

export function paintState(paint: Paint, state: State, text: string = state): string {
  return paint(COLOURS[state], text);
}
