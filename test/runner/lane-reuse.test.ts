import { afterAll, beforeAll, expect, it } from 'vitest';
import { Kvm } from '../../src/hypervisor/kvm/system.ts';
import { Lane, type SourceReport } from '../../src/runner/lane.ts';
import type { PreparedGuest } from '../../src/runner/prepare-guest.ts';
import { SuiteStore } from '../../src/runner/suite-store.ts';
import { DIRTY_GUESTS } from '../machine/dirty-guests.ts';
import { PROBES } from '../machine/probe-guests.ts';
import { CHATTERBOX, SPIN, TRIPLE_FAULT } from '../support/guests.ts';
import { describeKvm } from '../support/kvm.ts';
import { seededRandom } from '../support/random.ts';
import { LANE, NEVER, only, sourceOf, useProject } from './project.ts';

const project = useProject();

/** After these a machine is not used again. */
const FATAL: Readonly<Record<string, string>> = {
  spinning: `mov ax, 0x55AA\nmov ds, ax\nmov [0], ax\nsti\n${SPIN}`,
  chattering: CHATTERBOX,
  'shut down': TRIPLE_FAULT,
};

describeKvm('a lane whose guests left all they could', () => {
  let kvm: Kvm;
  beforeAll(() => {
    kvm = Kvm.open();
  });
  afterAll(() => kvm[Symbol.dispose]());

  interface Ready {
    source: ReturnType<typeof sourceOf>;
    prepared: PreparedGuest;
  }

  /** Guests by their names, each a test case that has nothing to be compared with. */
  async function ready(
    guests: Readonly<Record<string, string>>,
    settings: string,
  ): Promise<Map<string, Ready>> {
    using lane = new Lane(kvm, LANE, SuiteStore.open('x'));
    const made = new Map<string, Ready>();
    for (const [name, text] of Object.entries(guests)) {
      const path = `asm/${name.replace(/\W+/g, '-')}.asm`;
      project.write(path, `; guestkit: ${settings} input="some input"\nbits 16\norg 0\n${text}\n`);
      const source = sourceOf(path);
      made.set(name, { source, prepared: await lane.prepare(source, NEVER) });
    }
    return made;
  }

  /** All that a report tells of a guest but how long it took. */
  function answer(report: SourceReport): unknown {
    const { durationMs: _, ...verdict } = only(report);
    return verdict;
  }

  it.each([
    ['one by one', LANE],
    ['together', { ...LANE, guestsToCome: 10_000 }],
  ])('shows probes what a new lane shows them, serial bytes taken %s', async (_way, settings) => {
    const store = SuiteStore.open('x');
    const probes = await ready(PROBES, 'timeout=20s memory=4M');
    const dirty = await ready({ ...DIRTY_GUESTS }, 'timeout=20s memory=4M');
    for (const [name, fatal] of await ready(FATAL, 'timeout=10ms memory=4M')) dirty.set(name, fatal);
    const fresh = new Map<string, unknown>();
    for (const [name, { source, prepared }] of probes) {
      using lane = new Lane(kvm, settings, store);
      const report = answer(await lane.run(source, prepared, NEVER));
      expect(report, name).toMatchObject({ status: 'new', outcome: { kind: 'exited', code: 0 } });
      fresh.set(name, report);
    }
    const random = seededRandom(0x1a9e);
    const pick = (guests: ReadonlyMap<string, Ready>): readonly [string, Ready] => {
      const [first, ...others] = guests;
      if (first === undefined) throw new Error('no guests');
      return random.pick([first, ...others]);
    };
    using lane = new Lane(kvm, settings, store);
    for (let step = 0; step < 200; step += 1) {
      const [left, before] = pick(dirty);
      await lane.run(before.source, before.prepared, NEVER);
      if (random.below(4) === 0) lane.renew();
      const [name, probe] = pick(probes);
      expect(answer(await lane.run(probe.source, probe.prepared, NEVER)), `${name} after ${left}`).toEqual(
        fresh.get(name),
      );
    }
  });

  it('shows nothing of another lane of the thread, nor of guests with other memory', async () => {
    const store = SuiteStore.open('x');
    const probes = await ready(PROBES, 'timeout=20s memory=4M');
    const random = seededRandom(77);
    using one = new Lane(kvm, LANE, store);
    using other = new Lane(kvm, LANE, store);
    const first = new Map<string, unknown>();
    for (const [name, { source, prepared }] of probes)
      first.set(name, answer(await one.run(source, prepared, NEVER)));
    for (const memory of ['1M', '2M', '3M', '5M', '4M']) {
      const dirty = [...(await ready(DIRTY_GUESTS, `timeout=20s memory=${memory}`)).values()];
      for (const [name, { source, prepared }] of probes) {
        const guest = dirty[random.below(dirty.length)];
        if (guest !== undefined) {
          await one.run(guest.source, guest.prepared, NEVER);
          await other.run(guest.source, guest.prepared, NEVER);
        }
        expect(answer(await one.run(source, prepared, NEVER)), name).toEqual(first.get(name));
        expect(answer(await other.run(source, prepared, NEVER)), name).toEqual(first.get(name));
      }
    }
  });
});
