import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';
import waits from 'node:timers/promises';

/**
 * Loaded into processes before their program (`node --import`): time passes so many times as fast for all of them, so that what
 * they wait for, by each other's clocks, comes sooner. What they do is the same.
 */
const RATE = 6;
/** The moment at which all their clocks agree with everybody's; each process takes the same. */
const AGREED_MS = Date.UTC(2026, 0, 1);

const RealDate = Date;
const realNow = Date.now;
const quickNow = () => Math.floor(AGREED_MS + (realNow() - AGREED_MS) * RATE);

class QuickDate extends RealDate {
  constructor(...values: [] | ConstructorParameters<typeof RealDate>) {
    if (values.length === 0) super(quickNow());
    else super(...(values as [number]));
  }

  static override now(): number {
    return quickNow();
  }
}

globalThis.Date = QuickDate as DateConstructor;

function hurried<T extends (...values: never[]) => unknown>(wait: T): T {
  return ((callback: never, milliseconds: number, ...rest: never[]) =>
    wait(callback, (milliseconds / RATE) as never, ...rest)) as unknown as T;
}

const quickTimeout = Object.assign(hurried(timers.setTimeout), timers.setTimeout);
const quickInterval = hurried(timers.setInterval);
Object.assign(globalThis, { setTimeout: quickTimeout, setInterval: quickInterval });
Object.assign(timers, { setTimeout: quickTimeout, setInterval: quickInterval });
const wait = waits.setTimeout;
Object.assign(waits, {
  setTimeout: (milliseconds: number, ...rest: never[]) => wait(milliseconds / RATE, ...rest),
});
syncBuiltinESMExports();
