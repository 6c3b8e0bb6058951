import { GuestkitError } from '../../errors.ts';
import { KVM_DEVICE, Kvm } from '../../hypervisor/kvm/system.ts';
import { nasmVersion } from '../../nasm/run.ts';
import { requireNasm } from '../../nasm/tool.ts';
import { runGuest } from '../../runner/run-guest.ts';
import { STATUS } from '../status.ts';
import { STDOUT, say, styleFor } from '../terminal.ts';

/** One thing looked at. */
interface Finding {
  name: string;
  ok: boolean;
  /** What was found. */
  detail: string;
  /** What to do when it is not right. */
  fix: string | null;
}

/** The oldest Node.js that guestkit runs on, as package.json says. */
const MIN_NODE = [20, 19] as const;

/** `mov al, 42; out 1, al`: ends with 42. */
const PROBE_IMAGE: Uint8Array = Uint8Array.of(0xb0, 42, 0xe6, 0x01);

/** Looks at everything guestkit needs. @returns the exit status: 0 when all is there */
export async function doctor(flags: { json?: boolean }): Promise<number> {
  const findings = [nodeVersion(), await nasm(), await kvm()];
  const healthy = findings.every(({ ok }) => ok);
  if (flags.json === true) {
    say(JSON.stringify({ ok: healthy, findings }, null, 2), STDOUT);
  } else {
    const style = styleFor(STDOUT);
    for (const { name, ok, detail, fix } of findings) {
      say(`${ok ? style('green', '✓') : style('red', '✗')} ${name}: ${detail}`, STDOUT);
      if (fix !== null) say(`    ${fix}`, STDOUT);
    }
    say(['', healthy ? 'All is there.' : 'Something is missing; see above.'], STDOUT);
  }
  return healthy ? STATUS.ok : STATUS.testsFailed;
}

function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1]);
  const fix = ok ? null : `guestkit needs Node.js ${MIN_NODE.join('.')} or newer.`;
  return { name: 'Node.js', ok, detail: process.versions.node, fix };
}

async function nasm(): Promise<Finding> {
  return look('NASM', async () => {
    const tool = requireNasm();
    return `${await nasmVersion(tool)} (${tool.path})`;
  });
}

/** Opens KVM and runs a guest of two instructions: only that shows that all of it works. */
async function kvm(): Promise<Finding> {
  return look('KVM', async () => {
    using system = Kvm.open();
    const { outcome } = await runGuest(system, PROBE_IMAGE, { timeoutMs: 2000 });
    if (outcome.kind === 'exited' && outcome.code === 42) return `${KVM_DEVICE} runs guests`;
    throw new GuestkitError(
      'host',
      `${KVM_DEVICE} opens, but a guest of two instructions ended as "${outcome.kind}"`,
      {
        hint: 'The kernel log (dmesg) may say why; nested virtualisation is the usual suspect.',
      },
    );
  });
}

async function look(name: string, find: () => Promise<string>): Promise<Finding> {
  try {
    return { name, ok: true, detail: await find(), fix: null };
  } catch (error) {
    if (!(error instanceof GuestkitError)) throw error;
    return { name, ok: false, detail: error.message, fix: error.hint ?? null };
  }
}
