export type OptionName =
  | 'config'
  | 'all'
  | 'dry-run'
  | 'json'
  | 'yes'
  | 'wait'
  | 'quiet'
  | 'verbose'
  | 'help'
  | 'off'
  | 'stop'
  | 'set'
  | 'to'
  | 'remove-disk'
  | 'confirm';

export interface OptionData {
  /** 'flag': is there or not. 'text': one value. 'texts': one value each time it is given. */
  readonly kind: 'flag' | 'text' | 'texts';
  readonly short?: string;
  readonly describe: string;
  /** What stands for the value in the help. */
  readonly value?: string;
}

export const optionTable: Readonly<Record<OptionName, OptionData>> = {
  config: { kind: 'text', value: 'PATH', describe: 'the file to read instead of the nearest chews.yaml' },
  all: { kind: 'flag', describe: 'all workstations of the file' },
  'dry-run': { kind: 'flag', short: 'n', describe: 'show the steps and change nothing' },
  json: { kind: 'flag', describe: 'answer in JSON' },
  yes: { kind: 'flag', short: 'y', describe: 'ask nothing' },
  wait: { kind: 'flag', describe: 'wait for another run that is at work on it' },
  quiet: { kind: 'flag', short: 'q', describe: 'say nothing but errors' },
  verbose: { kind: 'flag', short: 'v', describe: 'say more' },
  help: { kind: 'flag', short: 'h', describe: 'show this help' },
  off: { kind: 'flag', describe: 'leave it OFF' },
  stop: { kind: 'flag', describe: 'stop it first where it is ON' },
  set: { kind: 'text', value: 'TIME', describe: 'the snapshot set to go back to, instead of the newest' },
  to: { kind: 'text', value: 'STATE', describe: 'where to: ON, OFF or DESSICATED' },
  'remove-disk': {
    kind: 'texts',
    value: 'DISK',
    describe: 'let a disk go that is no longer in the file, with a last snapshot kept (repeatable)',
  },
  confirm: {
    kind: 'texts',
    value: 'NAME',
    describe: 'the name again, where it cannot be typed at the prompt (repeatable)',
  },
};

/** The options of one command line, after parsing. */
export interface Options {
  readonly config: string | undefined;
  readonly all: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly yes: boolean;
  readonly wait: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly off: boolean;
  readonly stop: boolean;
  readonly set: string | undefined;
  readonly to: string | undefined;
  readonly removeDisks: readonly string[];
  readonly confirm: readonly string[];
}
