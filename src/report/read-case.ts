import type { Channel } from '../golden/channels.ts';
import type { CaseError, FailureReason, PassedVerdict, PendingGolden, Verdict } from '../golden/verdict.ts';
import type { Field } from './field.ts';
import type { Diagnostic } from './reporter.ts';

/** A verdict, and the goldens that were written from it. */
export interface ReportedCase {
  verdict: Verdict;
  wrote: readonly string[];
}

type Outcome = PassedVerdict['outcome'];
type CrashEvent = Extract<Outcome, { kind: 'crashed' }>['event'];

const CHANNELS: readonly Channel[] = ['serial', 'debug', 'regs', 'mem', 'exits'];

/** The inverse of `encodeCase`. Throws as {@link Field} does. */
export function readCase(field: Field): ReportedCase {
  const base = {
    case: {
      name: field.get('name').string(),
      source: field.get('source').string(),
      line: field.get('line').whole(1),
      stem: field.get('stem').string(),
    },
    durationMs: field.get('durationMs').amount(),
    attempts: field.get('attempts').whole(),
  };
  const wrote = field.get('wrote').list((item) => item.string());
  return { wrote, verdict: { ...base, ...readStatus(field) } };
}

type OfStatus<V extends Verdict> = V extends Verdict ? Omit<V, 'case' | 'durationMs' | 'attempts'> : never;

function readStatus(field: Field): OfStatus<Verdict> {
  const status = field.get('status').oneOf(['passed', 'failed', 'new', 'skipped', 'error']);
  switch (status) {
    case 'passed':
      return { status, outcome: readOutcome(field.get('outcome')) };
    case 'skipped':
      return { status, why: field.get('why').string() };
    case 'error':
      return { status, error: readError(field.get('error')) };
    case 'new':
      return { status, outcome: readOutcome(field.get('outcome')), ...readPendings(field) };
    case 'failed':
      return {
        status,
        outcome: readOutcome(field.get('outcome')),
        reasons: field.get('reasons').list(readReason),
        ...readPendings(field),
      };
  }
}

function readPendings(field: Field): {
  pending: PendingGolden[];
  refusal: { message: string; hint: string } | undefined;
} {
  return {
    pending: field.get('pending').list((item) => ({
      channel: item.get('channel').oneOf(CHANNELS),
      path: item.get('path').string(),
      expected: item.get('expected').optional((bytes) => bytes.get('base64').base64()),
      actual: item.get('actual').get('base64').base64(),
    })),
    refusal: field.get('refusal').optional((refusal) => ({
      message: refusal.get('message').string(),
      hint: refusal.get('hint').string(),
    })),
  };
}

function readOutcome(field: Field): Outcome {
  const kind = field.get('kind').oneOf(['exited', 'halted', 'timeout', 'stopped', 'crashed']);
  switch (kind) {
    case 'exited':
      return { kind, code: field.get('code').whole() };
    case 'timeout':
      return { kind, ms: field.get('ms').amount() };
    case 'crashed':
      return { kind, event: readCrash(field.get('event')) };
    default:
      return { kind };
  }
}

function readCrash(field: Field): CrashEvent {
  const kind = field
    .get('kind')
    .oneOf([
      'shutdown',
      'debug',
      'fail-entry',
      'internal-error',
      'unsupported',
      'run-failed',
      'output-limit',
    ]);
  switch (kind) {
    case 'shutdown':
      return { kind };
    case 'debug':
      return { kind, rip: field.get('rip').bigint(), dr6: field.get('dr6').bigint() };
    case 'fail-entry':
      return { kind, hardwareReason: field.get('hardwareReason').bigint() };
    case 'internal-error': {
      const data = field.get('data').list((item) => item.bigint());
      return { kind, suberror: field.get('suberror').whole(), data };
    }
    case 'unsupported':
      return { kind, exitReason: field.get('exitReason').whole() };
    case 'run-failed':
      return { kind, errno: field.get('errno').string() };
    case 'output-limit':
      return { kind, bytes: field.get('bytes').whole() };
  }
}

function readReason(field: Field): FailureReason {
  const kind = field.get('kind').oneOf(['outcome', 'golden', 'expectation', 'routine']);
  switch (kind) {
    case 'outcome':
    case 'routine':
      return { kind, message: field.get('message').string() };
    case 'expectation':
      return {
        kind,
        line: field.get('line').whole(1),
        message: field.get('message').string(),
        notes: field.get('notes').list((note) => note.string()),
      };
    case 'golden': {
      const at = field.get('at');
      return {
        kind,
        channel: field.get('channel').oneOf(CHANNELS),
        path: field.get('path').string(),
        diff: field.get('diff').list((line) => ({
          kind: line.get('kind').oneOf(['same', 'expected', 'actual', 'note']),
          text: line.get('text').string(),
        })),
        at: {
          offset: at.get('offset').whole(),
          line: at.get('line').whole(1),
          column: at.get('column').whole(1),
        },
        writtenBy: field.get('writtenBy').optional((place) => ({
          file: place.get('file').string(),
          line: place.get('line').whole(1),
          text: place.get('text').string(),
        })),
      };
    }
  }
}

function readError(field: Field): CaseError {
  return {
    code: field.get('code').string(),
    message: field.get('message').string(),
    hint: field.get('hint').optional((hint) => hint.string()),
    diagnostics: field.get('diagnostics').optional((said) => said.list(readDiagnostic)),
    place: field.get('place').optional((place) => ({
      file: place.get('file').string(),
      line: place.get('line').whole(1),
      column: place.get('column').whole(1),
    })),
  };
}

function readDiagnostic(field: Field): Diagnostic {
  return {
    file: field.get('file').string(),
    line: field.get('line').optional((line) => line.whole()),
    severity: field.get('severity').oneOf(['warning', 'error', 'fatal']),
    message: field.get('message').string(),
    flag: field.get('flag').optional((flag) => flag.string()),
    notes: field.get('notes').list((note) => ({
      file: note.get('file').string(),
      line: note.get('line').whole(),
      message: note.get('message').string(),
    })),
  };
}
