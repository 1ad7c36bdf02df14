import { setTimeout } from 'node:timers/promises';
import type { ClientOptions } from './datacenter/client.ts';
import { createDatacenter, type Datacenter } from './datacenter/datacenter.ts';
import { type Durations, gceWire } from './datacenter/quirks.ts';
import { type Ec2Face, ec2Face } from './ec2/ec2Face.ts';
import { createEc2Datacenter, ec2Quirks } from './ec2/ec2World.ts';
import { serveEc2 } from './ec2/transports.ts';
import { type FakeKind, PROJECT, ZONES } from './fakePlaces.ts';
import { listen } from './gce/transport.ts';

/** Long enough to be seen, short enough to be waited for. */
const shortly: Durations = { createDiskMs: 300, snapshotMs: 700, startMs: 500, stopMs: 500 };

export interface FakeOptions {
  /** Left out, one that is free. */
  readonly port?: number;
  readonly client?: ClientOptions;
  /** What becomes of the body of an answer of EC2 on its way. */
  readonly tamper?: (request: string, answer: string) => string;
  /** What the oracle of the datacenter is to miss: nothing where people may delete what they like. */
  readonly keepsNothing?: boolean;
}

export interface FakeCloud {
  readonly datacenter: Datacenter;
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  close(): Promise<void>;
}

/**
 * A strict fake of a cloud behind a socket of the loopback, in real time. There are no guests behind its VMs, and therefore no
 * addresses: nobody is to wait for an answer that cannot come, nor to knock at somebody else's door.
 */
export async function openFakeCloud(kind: FakeKind, options: FakeOptions = {}): Promise<FakeCloud> {
  const datacenter = kind === 'gcp' ? gceDatacenter() : ec2Datacenter();
  const catchUp = () => {
    const { world } = datacenter;
    datacenter.advance(Math.max(0, Date.now() - world.nowMs));
  };
  const client = datacenter.connect({
    ...options.client,
    gate: async (call) => {
      catchUp();
      if (options.keepsNothing === true) letGoOfAll(datacenter);
      await options.client?.gate?.(call);
    },
  });
  const sleep = async (milliseconds: number) => {
    await setTimeout(milliseconds);
    catchUp();
  };
  const { port } = options;
  const server =
    kind === 'gcp'
      ? await listen(datacenter, client, { port, sleep })
      : await serveEc2(
          tampered(
            ec2Face(client, () => datacenter.world),
            options.tamper,
          ),
          port,
        );
  return { datacenter, ...server };
}

function tampered(face: Ec2Face, tamper: FakeOptions['tamper']): Ec2Face {
  if (tamper === undefined) return face;
  return async (request, signal) => {
    const answer = await face(request, signal);
    return answer === 'lost' ? answer : { ...answer, body: tamper(request, answer.body) };
  };
}

/** Changes take no time on a clock that time itself moves. */
const inRealTime = { callTakesMs: 0, durations: shortly };

function gceDatacenter(): Datacenter {
  const datacenter = createDatacenter({
    quirks: {
      ...gceWire,
      ...inRealTime,
      machineTypes: ['e2-small', 'e2-medium', 'e2-standard-4', 'n2-standard-2', 'n2-standard-8'],
    },
    seed: Date.now(),
    startAtMs: Date.now(),
    accounts: [PROJECT],
    locations: ZONES.map((name) => ({ name, region: name.slice(0, -2) })),
  });
  datacenter.world.gce.knobs.hasGuests = false;
  return datacenter;
}

/** What the examples name. */
const LARGE_TYPE = 'm7i.large';

function ec2Datacenter(): Datacenter {
  const quirks = { ...inRealTime, machineTypes: [...(ec2Quirks.machineTypes ?? []), LARGE_TYPE] };
  const datacenter = createEc2Datacenter({ quirks, seed: Date.now(), startAtMs: Date.now() });
  const { ec2 } = datacenter.world;
  if (ec2 === undefined) throw new Error('there is no EC2');
  ec2.hasGuests = false;
  ec2.keyPairs.add('my-key');
  ec2.types.set(LARGE_TYPE, { architectures: ['x86_64'] });
  return datacenter;
}

function letGoOfAll({ world, oracle }: Datacenter): void {
  for (const { workstation } of world.contents.writes.values()) oracle.letGo(workstation);
}
