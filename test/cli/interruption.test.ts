import { describe, expect, it } from 'vitest';
import type { StopSignal } from '../../src/cli/surroundings.ts';
import type { Call } from '../support/datacenter/client.ts';
import { createStage, type Stage } from './stage.ts';

/** Sends signals to the run when it makes a certain call. */
function at(stage: () => Stage, what: string, ...signals: readonly StopSignal[]) {
  return {
    gate: async (call: Call) => {
      if (call.what.startsWith(what)) for (const signal of signals) stage().signal(signal);
    },
  };
}

describe('Ctrl-C', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'lets what is under way end, begins nothing new, and says where things stand (%s)',
    async (signal) => {
      const stage: Stage = createStage();
      await stage.chews('create dev --off');
      const client = at(() => stage, 'snapshot-disk dev-boot', signal);
      const { code, out, err } = await stage.chews('dessicate dev', { client });
      expect({ code, out }).toEqual({ code: 130, out: '' });
      expect(err).toMatchSnapshot();
      expect((await stage.chews('dessicate dev')).code).toBe(0);
    },
  );

  it('leaves at once the second time', async () => {
    const stage: Stage = createStage();
    await stage.chews('create dev --off');
    const never = new Promise<void>(() => undefined);
    const client = {
      gate: async (call: Call) => {
        if (!call.what.startsWith('delete-vm')) return;
        stage.signal('SIGINT');
        stage.signal('SIGINT');
        await never;
      },
    };
    const { code, err } = await stage.chews('dessicate dev', { client });
    expect(code).toBe(130);
    expect(err).toMatchSnapshot();
  });

  it('waits no longer than seconds for a call that does not end', async () => {
    const stage: Stage = createStage();
    const never = new Promise<void>(() => undefined);
    const client = {
      gate: async (call: Call) => {
        if (!call.what.startsWith('create-vm')) return;
        stage.signal('SIGTERM');
        await never;
      },
    };
    const startedAtMs = stage.datacenter.world.nowMs;
    expect((await stage.chews('create dev', { client })).code).toBe(130);
    expect(stage.datacenter.world.nowMs - startedAtMs).toBeLessThan(10_000);
  });

  it('at a prompt declines', async () => {
    const stage: Stage = createStage();
    await stage.chews('create dev');
    const asked = stage.chews('delete dev', { terminal: true, keepsInputOpen: true });
    await new Promise((resolve) => setTimeout(resolve, 50));
    stage.signal('SIGINT');
    const { code, err } = await asked;
    expect(code).toBe(130);
    expect(err).toMatch(/Type dev to delete it: \ninterrupted; nothing was changed\n$/);
    expect(err).not.toContain('under way');
    expect(stage.datacenter.world.vms.size).toBe(1);
  });

  it('ends a read too', async () => {
    const stage: Stage = createStage();
    const client = at(() => stage, 'list', 'SIGINT');
    expect((await stage.chews('status', { client })).code).toBe(130);
  });
});
