import { CLOCK_GRAIN_MS, type FileSignature, fileSignature } from '../file-signature.ts';
import { CHANNELS, goldenPath } from '../golden/channels.ts';
import { DirectiveError } from '../golden/directive-error.ts';
import { readRegularFile } from '../golden/files.ts';
import type { CasePlan, SourcePlan, TestCase } from '../golden/plan.ts';
import { parseSourcePlan } from '../golden/plan-parser.ts';
import { readGoldens } from '../golden/read-goldens.ts';
import type { CaseError } from '../golden/verdict.ts';
import { assemble } from '../nasm/assemble.ts';
import { AssemblyError } from '../nasm/assembly-error.ts';
import type { Image } from '../nasm/image.ts';
import { readSource } from '../nasm/source.ts';
import { caseError } from './case-error.ts';
import { inputStem } from './companions.ts';
import type { Guest, GuestFiles, NasmSettings, RunnableCase, SuiteSource } from './guest.ts';
import { readImage } from './load-guest.ts';
import { encodeGuest } from './stored-guest.ts';

/** A source made ready, or why it could not be. */
export interface PreparedGuest extends GuestFiles {
  guest: Guest | undefined;
  error: CaseError | undefined;
  /** To be kept for the next run; `undefined` when it must not be. */
  record: Uint8Array | undefined;
}

/** An input file larger than this is refused. */
const INPUT_LIMIT = 64 * 2 ** 20;

/** Reads a source's comments, assembles it and reads its goldens. What goes wrong is in the result; never throws. */
export async function prepareGuest(
  source: SuiteSource,
  nasm: NasmSettings,
  signal: AbortSignal | undefined,
): Promise<PreparedGuest> {
  const startedAt = Date.now();
  const own = [source.path, ...source.companions];
  try {
    const isImage = source.path.endsWith('.bin');
    const text = isImage ? '' : readSource(source.path).toString('utf8');
    const plan = parseSourcePlan(text, source.path);
    const companions = new Set(source.companions);
    const hasGolden = CHANNELS.some((channel) => companions.has(goldenPath(source.stem, channel)));
    const isPlain = !hasGolden && !plan.hasDirectives;
    const named = isPlain ? source.named : undefined;
    if (isPlain && !source.named) {
      const guest: Guest = { source: source.path, bytes: new Uint8Array(0), cases: [] };
      return keep({ guest, files: own, absent: [] }, source, named, startedAt, true);
    }
    // Its goldens make the source itself a test case beside its routine tests.
    const plans = plan.whole !== undefined && hasGolden ? [plan.whole, ...plan.cases] : plan.cases;
    const image = isImage ? flatImage(source.path) : await assembleSource(source.path, nasm, signal);
    const cases = plans.map((casePlan) => runnable(source, companions, plan, casePlan));
    const guest: Guest = { source: source.path, bytes: image.bytes, cases };
    // The first is the source once more, by its absolute path.
    const files = [...new Set([...own, ...image.dependencies.slice(1)])];
    const repeatable = image.repeatable && cases.every(({ error }) => error === undefined);
    return keep({ guest, files, absent: image.absent }, source, named, startedAt, repeatable);
  } catch (cause) {
    const files = cause instanceof AssemblyError ? [...own, ...cause.dependencies] : own;
    return { guest: undefined, error: caseError(cause), files, absent: [], record: undefined };
  }
}

function assembleSource(path: string, nasm: NasmSettings, signal: AbortSignal | undefined): Promise<Image> {
  const { flags, includePaths } = nasm;
  return assemble(path, { flags, includePaths, ...(signal === undefined ? {} : { signal }) });
}

/** An image that somebody else built, and watches. */
function flatImage(path: string): Pick<Image, 'bytes' | 'dependencies' | 'absent' | 'repeatable'> {
  return { bytes: readImage(path), dependencies: [path], absent: [], repeatable: true };
}

/** The case that stands for a source as a whole, for what concerns all of it. */
export function wholeCase(source: SuiteSource): TestCase {
  return { name: source.path.replace(/\.asm$/, ''), source: source.path, line: 1, stem: source.stem };
}

function runnable(
  source: SuiteSource,
  companions: ReadonlySet<string>,
  plan: SourcePlan,
  casePlan: CasePlan,
): RunnableCase {
  const whole = wholeCase(source);
  const isOwn = casePlan.name === '';
  const testCase: TestCase = {
    name: isOwn ? whole.name : `${whole.name} > ${casePlan.name}`,
    source: source.path,
    line: casePlan.line,
    stem: isOwn || casePlan.call !== undefined ? source.stem : `${source.stem}.${casePlan.name}`,
  };
  try {
    const input = inputOf(source.path, companions, plan, casePlan);
    const settings = input === undefined ? casePlan.settings : { ...casePlan.settings, input };
    const has = (path: string): boolean => companions.has(path);
    const goldens = casePlan.call === undefined ? readGoldens(testCase.stem, has) : {};
    return { testCase, plan: { ...casePlan, settings }, goldens };
  } catch (cause) {
    return { testCase, plan: casePlan, goldens: {}, error: caseError(cause) };
  }
}

/** What a case receives: its own `input=` or file, else the source's. */
function inputOf(
  path: string,
  companions: ReadonlySet<string>,
  plan: SourcePlan,
  { name, line, call, settings: { input } }: CasePlan,
): Uint8Array | undefined {
  const stem = inputStem(path);
  const oneOf = (file: string, said: Uint8Array | undefined): Uint8Array | undefined => {
    if (!companions.has(file)) return said;
    if (said === undefined) return readRegularFile(file, INPUT_LIMIT);
    const problem = `input= and ${file} both say what it receives`;
    throw new DirectiveError(path, line, 1, problem, `Leave one of the two out: the setting or the file.`);
  };
  const hasOwn = name !== '' && call === undefined;
  const own = hasOwn
    ? oneOf(`${stem}.${name}.in`, input === plan.settings.input ? undefined : input)
    : undefined;
  return own ?? oneOf(`${stem}.in`, input);
}

/** With a record, when the same files would give the same guest again and none of them was just written. */
function keep(
  { guest, files, absent }: GuestFiles & { guest: Guest },
  { stem, companions }: SuiteSource,
  named: boolean | undefined,
  startedAt: number,
  repeatable: boolean,
): PreparedGuest {
  const signatures = new Map<string, FileSignature>();
  let settled = repeatable;
  for (const file of files) {
    const signature = fileSignature(file);
    // A file that changes within the grain of its time stamps can look the same before and after.
    if (signature === undefined || signature[3] > startedAt - CLOCK_GRAIN_MS) settled = false;
    else signatures.set(file, signature);
  }
  const record = settled ? encodeGuest(guest, { stem, companions, named, absent }, signatures) : undefined;
  return { guest, error: undefined, files, absent, record };
}
